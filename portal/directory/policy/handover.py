"""Rules of changing the super administrator: who can be proposed, and when a proposal may be accepted."""

from __future__ import annotations

from datetime import datetime, timedelta

from portal.core.errors import DomainError
from portal.core.words import N_

LIFETIME = timedelta(days=7)


class AlreadyProposed(DomainError):
    """One proposal at a time: two people could not both accept."""

    def __init__(self, name: str) -> None:
        super().__init__(N_("%(name)s has already been proposed. Withdraw that proposal first."), "user", name=name)


class NotOpen(DomainError):
    """Somebody was quicker, or a week has passed."""

    def __init__(self) -> None:
        super().__init__(N_("This proposal is no longer open. Nothing has changed."))


def check_candidate(role: str, state: str, has_account: bool) -> None:
    """Raise a `DomainError` unless a user like this can be proposed (or can still accept)."""
    if role == "super-admin":
        raise DomainError(N_("This person is the super administrator already."), "user")
    if state != "active" or not has_account:
        message = N_("Only an active user who has signed in here before can become the super administrator.")
        raise DomainError(message, "user")


def is_open(state: str, expires_at: datetime, now: datetime) -> bool:
    """Tell whether a proposal waits for its answer."""
    return state == "open" and now < expires_at
