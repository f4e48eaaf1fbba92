"""What becomes of a recommendation, and how often the public form may be sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from email_validator import EmailNotValidError, validate_email

from portal.core.errors import DomainError
from portal.core.locales import LANGUAGES
from portal.core.words import N_

TEXT_MAX = 120
WINDOW = timedelta(hours=1)
TRIES_PER_ADDRESS = 10
TRIES_PER_CODE = 100

# The states of a recommended organization, from its domain: named, added as a customer, past its trial.
STATES: Mapping[str, str] = {
    "received": N_("Received"),
    "customer": N_("Customer"),
    "paying": N_("Paying customer"),
}


@dataclass(frozen=True, slots=True)
class Draft:
    """A recommended organization as somebody there described it, its domain in ASCII."""

    company: str
    domain: str
    contact_name: str
    contact_email: str
    language: str


class OwnDomain(DomainError):
    """An organization does not recommend itself."""

    def __init__(self) -> None:
        super().__init__(N_("This domain belongs to the organization that recommends."), "domain")


def check(draft: Draft) -> None:
    """Raise a `DomainError` for the first answer that is wrong by itself."""
    for field in ("company", "contact_name"):
        text = getattr(draft, field)
        if not text:
            raise DomainError(N_("This field is required."), field)
        if len(text) > TEXT_MAX:
            raise DomainError(N_("Use at most %(count)s characters."), field, count=TEXT_MAX)
    try:
        validate_email(draft.contact_email, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise DomainError(N_("Invalid email address."), "contact_email") from error
    if draft.language not in LANGUAGES:
        raise DomainError(N_("Not a valid choice."), "language")


def state_of(recommended: datetime, standing: str | None, since: datetime | None) -> str:
    """Return the state of a recommendation from the organization that has proved its domain, if there is one.

    Who was a customer before did not come by it; nor does whoever recommends learn that they are one.
    """
    if standing is None or since is None or since < recommended:
        return "received"
    return "paying" if standing == "paid" else "customer"
