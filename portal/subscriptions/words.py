"""What the codes of subscriptions say to people, on pages and in the record alike."""

from __future__ import annotations

from portal.core.words import N_

# What happens on the renewal date.
RENEWALS: dict[str, str] = {
    "renew": N_("It renews by itself"),
    "ask": N_("The partner is asked; without an answer it ends"),
    "end": N_("It ends"),
}
