"""Rules of disputes: each side once, in time; settled by staff who belong to neither side."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256

from portal.core.errors import DomainError
from portal.core.permissions import GRANTS, P, Role
from portal.core.words import N_

TEXT_MAX = DECISION_MAX = 2000


class TooLateToDispute(DomainError):
    """The period is over."""

    def __init__(self, days: int) -> None:
        super().__init__(N_("A change can be disputed for %(days)s days after it was announced. That time is over."),
                         days=days)


class DisputedAlready(DomainError):
    """Each side says once what is wrong."""

    def __init__(self) -> None:
        super().__init__(N_("Your side has disputed this change already."))


class OwnSide(DomainError):
    """Staff who belong to a side do not decide about it."""

    def __init__(self) -> None:
        super().__init__(N_("You belong to one of the sides. Somebody else has to decide about this."))


def disputable_until(created_at: datetime, days: int) -> datetime:
    """Return the instant until which a change that was made at `created_at` can be disputed."""
    return created_at + timedelta(days=days)


def check_period(created_at: datetime, now: datetime, days: int) -> None:
    """Raise `TooLateToDispute` after the period."""
    if now >= disputable_until(created_at, days):
        raise TooLateToDispute(days)


def check_text(text: str, field: str, most: int) -> None:
    """Raise a `DomainError` beside the field for a text that is missing or too long."""
    if not text:
        raise DomainError(N_("This field is required."), field)
    if len(text) > most:
        raise DomainError(N_("Use at most %(count)s characters."), field, count=most)


def deciders() -> list[str]:
    """Return the tasks of staff who settle disputes: they are told of each."""
    return [role.value.removeprefix("staff-") for role, granted in GRANTS.items()
            if role is not Role.STAFF and role.value.startswith("staff-") and P.DISPUTE_DECIDE in granted]


def mark(change_state: str, disputes: Iterable[tuple[str, str, str]]) -> str:
    """Return what a form carries of what it showed: how the change stands, and what each side has said (side, state,
    text). Whoever decides has read both.
    """
    return sha256(repr((change_state, sorted(disputes))).encode()).hexdigest()[:32]
