"""Rules of applications: what a complete one holds, which state follows which, and by when the answer comes."""

from __future__ import annotations

from collections.abc import Container, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from portal.core.errors import DomainError, Stale
from portal.core.words import N_

Answers = Mapping[str, str]

STEPS: dict[str, tuple[str, ...]] = {
    "company": ("company", "website", "phone", "street", "city", "postal_code", "state_province", "country"),
    "partnership": ("expertise", "experience", "plan"),
}
FIELDS = tuple(name for names in STEPS.values() for name in names)
REQUIRED = frozenset({"company", "street", "city", "country", "expertise", "experience", "plan"})


class State(StrEnum):
    """Where an application stands; the last three are its ends."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    QUESTION = "question"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class Act(StrEnum):
    """What a person may do to an application, as the record writes it."""

    SUBMIT = "submitted"
    ASK = "questioned"
    ANSWER = "answered"
    ACCEPT = "accepted"
    DECLINE = "declined"
    WITHDRAW = "withdrawn"


UNDER_REVIEW = (State.SUBMITTED, State.QUESTION)
OPEN = (State.DRAFT, *UNDER_REVIEW)
REFUSED = (State.DECLINED, State.WITHDRAWN)

_AFTER = {(State.DRAFT, Act.SUBMIT): State.SUBMITTED, (State.QUESTION, Act.ANSWER): State.SUBMITTED} | {
    (state, act): end
    for state in UNDER_REVIEW
    for act, end in (
        (Act.ASK, State.QUESTION),
        (Act.ACCEPT, State.ACCEPTED),
        (Act.DECLINE, State.DECLINED),
        (Act.WITHDRAW, State.WITHDRAWN),
    )
}


class AlreadyPartner(DomainError):
    """Who belongs to a partner has nothing to apply for."""

    def __init__(self) -> None:
        super().__init__(N_("This person already belongs to a partner."))


class Incomplete(DomainError):
    """Required answers are missing; `step` is the first one to go back to."""

    def __init__(self, step: str) -> None:
        super().__init__(N_("Some answers are still missing."))
        self.step = step


class TermsChanged(DomainError):
    """The terms that were shown are no longer the current ones: nobody accepts what they have not seen."""

    def __init__(self) -> None:
        super().__init__(N_("The terms and conditions have changed. Please read them again."), field="accept")


class OwnApplication(DomainError):
    """Nobody reviews themselves."""

    def __init__(self) -> None:
        super().__init__(N_("Somebody else has to review your own application."))


def after(state: str, act: Act) -> State:
    """Return the state that `act` leads to; `Stale` when the application is no longer where the person saw it."""
    try:
        return _AFTER[State(state), act]
    except KeyError:
        raise Stale from None


def due_on(now: datetime, time_zone: str, review_days: int) -> date:
    """Return the calendar day by which the applicant hears from the vendor, as their own calendar shows it.

    The days are calendar days (S0.9, G15), counted from the day on which the applicant last sent something.
    """
    return now.astimezone(ZoneInfo(time_zone)).date() + timedelta(days=review_days)


def overdue(state: str, due: date | None, today: date) -> bool:
    """Tell whether the vendor is late. While a question is open, the applicant has the turn."""
    return state == State.SUBMITTED and due is not None and due < today


def first_incomplete(answers: Answers, expertises: Container[str]) -> str | None:
    """Return the first step that lacks a required answer, or None. An expertise no longer offered is no answer."""
    known = {**answers, "expertise": answers["expertise"] if answers["expertise"] in expertises else ""}
    return next((step for step, names in STEPS.items() if any(not known[n] for n in REQUIRED & set(names))), None)


def check_complete(answers: Answers, expertises: Container[str]) -> None:
    """Raise `Incomplete` unless every required answer is there (S0.5-7)."""
    step = first_incomplete(answers, expertises)
    if step:
        raise Incomplete(step)


def merged(older: Answers, newer: Answers) -> dict[str, str]:
    """Return two drafts of one person as one: what was typed last wins, and nothing typed earlier is lost."""
    return {name: newer[name] or older[name] for name in FIELDS}
