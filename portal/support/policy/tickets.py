"""Rules of a ticket: its number, what may be written, and which state follows which."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from portal.core.errors import DomainError
from portal.core.words import N_

SUBJECT_MAX, BODY_MAX, REASON_MAX = 200, 50_000, 1000
ID_MAX = 64  # of the numbers that the services give to organizations and users (S4.15, S4.30)
RATINGS = ("good", "bad")
ENDED = ("resolved", "closed")
GOING = ("open", "waiting", "hold")
PROMISE_MAX = timedelta(days=31)  # further away, it is no update
# What the partner hears from a person, and what either side says to the other.
ANSWERS = ("staff-reply", "call", "determined")
CONVERSATION = ("partner-reply", *ANSWERS, "waiting", "held", "resolved", "closed", "merged", "reopened")
CHANNELS = ("help-center", "general", "email", "phone", "chat")


class TooLateToReopen(DomainError):
    """The period in which a partner opens a ticket again is over."""

    def __init__(self, days: int) -> None:
        super().__init__(N_("A request can be opened again for %(days)s days. Please add a new one."), days=days)


class Overtaken(DomainError):
    """Somebody else has written to the ticket since its page was opened."""

    def __init__(self, name: str) -> None:
        super().__init__(
            N_("%(name)s wrote while you were writing. Nothing was sent yet: read it, then send or change your text.")
            if name else
            N_("Something happened while you were writing. Nothing was sent yet: read it, then send your text."),
            name=name,
        )


class NotThatState(DomainError):
    """The ticket is in a state in which this cannot be done."""

    def __init__(self) -> None:
        super().__init__(N_("In its present state, this cannot be done with the request."))


def new_number() -> str:
    """Return the number that people quote: random, so that it tells nobody how many tickets there are."""
    return str(secrets.randbelow(90_000_000) + 10_000_000)


def check_reopening(finished_at: datetime | None, now: datetime, days: int) -> None:
    """Raise `NotThatState` or `TooLateToReopen` unless a ticket may be opened again by its partner now."""
    if finished_at is None:
        raise NotThatState
    if now > finished_at + timedelta(days=days):
        raise TooLateToReopen(days)


def check_text(text: str, field: str, most: int = BODY_MAX) -> str:
    """Return what somebody wrote, trimmed, or raise a `DomainError` beside its field."""
    text = text.replace("\r\n", "\n").replace("\0", "").strip()
    if not text:
        raise DomainError(N_("This field is required."), field)
    if len(text) > most:
        raise DomainError(N_("Use at most %(count)s characters."), field, count=most)
    return text
