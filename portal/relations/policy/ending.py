"""Rules of ending a relation: the customer asks nobody, the partner gives notice and a reason."""

from __future__ import annotations

from datetime import date

from portal.core.errors import DomainError
from portal.core.words import N_

REASON_MAX = 500
SUBSCRIPTIONS = ("continue", "end")


class NoPartner(DomainError):
    """There is nothing to end."""

    def __init__(self) -> None:
        super().__init__(N_("This organization has no partner. There is nothing to end."))


class NoLongerToTakeBack(DomainError):
    """The day has come, somebody has taken it back already, or it is another's to take back."""

    def __init__(self) -> None:
        super().__init__(N_("This cannot be taken back any more, or was taken back already."))


def check_subscriptions(chosen: str) -> None:
    """Raise a `DomainError` beside the field unless one of the two ways on was chosen: nobody chooses for them."""
    if chosen not in SUBSCRIPTIONS:
        raise DomainError(N_("Choose what happens to the subscriptions."), "subscriptions")


def check_reason(reason: str, required: bool) -> None:
    """Raise a `DomainError` beside the field for a reason that is missing or too long."""
    if required and not reason:
        raise DomainError(N_("Say why: your customer reads it."), "reason")
    if len(reason) > REASON_MAX:
        raise DomainError(N_("Use at most %(count)s characters."), "reason", count=REASON_MAX)


def check_still_announced(state: str, effective_on: date, today: date) -> None:
    """Raise `NoLongerToTakeBack` from the day on; `today` is the organization's."""
    if state != "announced" or today >= effective_on:
        raise NoLongerToTakeBack
