"""Words of commission that several audiences read: kinds of lines, states of payouts, names of tiers."""

from __future__ import annotations

from portal.core.words import N_, NP_
from portal.web.access import ctx
from portal.web.formats import ReaderLocale
from portal.web.i18n import current_language, reader_locale

KINDS = {
    "accrual": N_("Commission on a paid invoice"),
    "margin": N_("Margin kept when your card was charged"),
    "clawback": N_("Commission returned with a credit note"),
    "margin-return": N_("Margin returned with a credit note"),
    "payout": N_("Payout"),
    "payout-return": N_("Payout that was turned down"),
}
STATES = {  # of payouts, with the tone of their badge
    "requested": (NP_("payout state", "Asked for"), "info"),
    "approved": (NP_("payout state", "Approved"), "attention"),
    "paid": (NP_("payout state", "Paid"), "good"),
    "rejected": (NP_("payout state", "Turned down"), "bad"),
}


def locale() -> ReaderLocale:
    """Return the formatting locale of the reader."""
    return reader_locale()


def tier_names() -> dict[str, str]:
    """Return the names of the programme's tiers in the reader's language."""
    return {code: tier.name.get(current_language()) for code, tier in ctx().programme.commission.tiers.items()}


def service_name(code: str) -> str:
    """Return the name of a service in the reader's language; one that is gone goes by its code."""
    service = ctx().programme.services.get(code)
    return service.name.get(current_language()) if service else code
