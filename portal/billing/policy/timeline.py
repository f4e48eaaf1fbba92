"""What has happened to an invoice and what comes next, in order: the same for partner, customer and staff."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import pairwise

from portal.billing.policy.dunning import Step, timetable
from portal.programme.billing import Dunning

_OUTCOMES = {"pending": "charging", "action": "confirm", "succeeded": "paid", "declined": "declined"}
_REFUNDS = {"pending": "refunding", "succeeded": "refunded", "failed": "refund-failed"}


@dataclass(frozen=True, slots=True)
class Happening:
    """A charge, a refund, or a credit note without one, as it is stored.

    `code`: why it was declined or failed; `about`: the card's last four digits, or the number of the credit note;
    `link`: where a charge is confirmed, or the public id of the credit note.
    """

    kind: str
    asked_at: datetime
    settled_at: datetime | None
    state: str
    code: str
    amount: int
    about: str
    link: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What of an invoice its timeline needs."""

    state: str
    issued_at: datetime
    due_on: date
    tries: int
    next_try_on: date | None
    suspended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of a timeline: something that happened `at` an instant, or that comes `on` a day (`ahead`)."""

    kind: str
    at: datetime | None = None
    on: date | None = None
    ahead: bool = False
    code: str = ""
    amount: int = 0
    about: str = ""
    link: str = ""


def timeline(facts: Facts, happened: Sequence[Happening], terms: Dunning) -> list[Moment]:
    """Return everything that has happened, then the steps of the timetable that are still to come."""
    past = [Moment("issued", facts.issued_at), *map(_happened, happened)]
    past += [Moment("no-card", on=step.on) for step in _without_card(facts, happened, terms)]
    if facts.suspended_at:
        past.append(Moment("suspended", facts.suspended_at))
    past += [Moment("ended", one.asked_at) for one in happened if one.kind == "note" and one.code == "unpaid"]
    return sorted(past, key=_when) + list(_ahead(facts, terms))


def _happened(one: Happening) -> Moment:
    kinds = {"charge": _OUTCOMES, "refund": _REFUNDS}.get(one.kind, {})
    return Moment(kinds.get(one.state, "credited"), one.settled_at or one.asked_at, code=one.code, amount=one.amount,
                  about=one.about, link=one.link)


def _without_card(facts: Facts, happened: Sequence[Happening], terms: Dunning) -> Iterator[Step]:
    """Yield the tries of the timetable that found no card: nothing was asked for then, and nothing was under way."""
    steps = timetable(facts.due_on, terms)
    for step, following in pairwise(steps[: facts.tries + 1]):
        tried = step.kind in {"charge", "retry"}
        own = step.on >= facts.issued_at.date()  # an invoice that was made out anew has taken earlier ones over
        if tried and own and not any(
            one.kind == "charge" and one.asked_at.date() < following.on
            and (one.settled_at is None or one.settled_at.date() >= step.on) for one in happened
        ):
            yield step


def _ahead(facts: Facts, terms: Dunning) -> Iterator[Moment]:
    if facts.state != "open":
        return
    earliest = facts.next_try_on  # a step that could not be taken waits for another day
    for step in timetable(facts.due_on, terms)[facts.tries :]:
        on = max(step.on, earliest) if earliest else step.on
        yield Moment({"charge": "try", "retry": "try"}.get(step.kind, step.kind), on=on, ahead=True)


def _when(moment: Moment) -> datetime:
    if moment.at:
        return moment.at
    assert moment.on
    return datetime.combine(moment.on, time(), UTC)
