"""What follows a renewal that was not paid: more tries, suspension, the end; one published timetable for both sides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from portal.programme.billing import Dunning


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happens on a day unless the renewal is paid before: `charge`, `retry`, `suspend` or `end`."""

    kind: str
    on: date


def timetable(due_on: date, terms: Dunning) -> list[Step]:
    """Return every step from the first try on, in order."""
    steps = [Step("charge", due_on), *(Step("retry", due_on + timedelta(days=days)) for days in terms.retry_days)]
    return [*steps, Step("suspend", due_on + timedelta(days=terms.suspend_days)),
            Step("end", due_on + timedelta(days=terms.end_days))]


def step_after(due_on: date, terms: Dunning, done: int) -> Step | None:
    """Return the step that follows after `done` steps of the timetable, or None after its end."""
    steps = timetable(due_on, terms)
    return steps[done] if done < len(steps) else None


def suspends(due_on: date, terms: Dunning, done: int) -> bool:
    """Tell whether the suspension is among the `done` steps of an invoice that is still unpaid."""
    return any(step.kind == "suspend" for step in timetable(due_on, terms)[:done])
