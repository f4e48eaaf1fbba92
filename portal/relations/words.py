"""The words of relations: what is open between a customer and its partner."""

from __future__ import annotations

from collections.abc import Mapping

from portal.core.words import N_

# kind -> what it is; the day, and the amount where there is one, stand beside it.
OBLIGATIONS: Mapping[str, str] = {
    "invoice-partner": N_("An invoice to the partner is open: the partner still owes it"),
    "invoice-customer": N_("An invoice to the customer is open: the customer still owes it"),
    "paid-by-partner": N_("A subscription is paid by the partner's card until this day; no card is set for it then"),
    "paid-by-partner-then-own": N_(
        "A subscription is paid by the partner's card until this day; then the customer's own card pays for it"),
    "trial": N_("A trial runs until this day"),
    "scheduled": N_("A change of a subscription is scheduled for this day"),
    "order": N_("A purchase or change is being paid; one that waits for a confirmation is withdrawn"),
    "request": N_("A change that the customer asked for is not answered"),
    "consent": N_("A partner's question for a single task is not answered; it is withdrawn"),
}
