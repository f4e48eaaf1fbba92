"""Rules of the vendor's staff: the tasks, who changes them, and that an administrator always stays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from portal.core.errors import DomainError
from portal.core.words import N_

WARNED_BEFORE = timedelta(days=7)
INVITATIONS_MOST, INVITATIONS_WINDOW = 3, timedelta(hours=1)  # to one address

TASKS: Mapping[str, str] = {
    "reviewer": N_("Reviewer"),
    "support": N_("Support associate"),
    "support-lead": N_("Support lead"),
    "finance": N_("Finance"),
    "admin": N_("Administrator"),
}
INCLUDES: Mapping[str, str] = {
    "reviewer": N_("Reads and decides applications of partners, and reads recommendations."),
    "support": N_("Works on tickets and received mail, and reads how partners and customers stand with each other."),
    "support-lead": N_("Everything of a support associate; changes the support rules, and decides disputes about "
                       "partners and customers."),
    "finance": N_("Reads invoices, commission and bank accounts, approves payouts, makes refunds, sets tiers, and "
                  "suspends subscriptions."),
    "admin": N_("Everything that the other tasks include; appoints staff, suspends partners, and looks after what is "
                "kept for how long."),
}


@dataclass(frozen=True, slots=True)
class Task:
    """What a member of staff is given: a task, and the instant at which it ends by itself."""

    role: str
    expires_at: datetime | None

    @property
    def stays_admin(self) -> bool:
        """Whether it makes an administrator for good."""
        return self.role == "admin" and self.expires_at is None


@dataclass(frozen=True, slots=True)
class Case:
    """A change of somebody's task. `before` is none for an appointment, `wanted` for an end.

    `own`: they are the one who acts. `last`: nobody else is an administrator for good.
    """

    before: Task | None
    wanted: Task | None
    own: bool = False
    last: bool = False


def check(case: Case) -> None:
    """Raise a `DomainError`, beside its field where it has one, unless the change is allowed."""
    for rule in _RULES:
        if refused := rule(case):
            raise refused


def _not_ones_own(case: Case) -> DomainError | None:
    if not case.own:
        return None
    return DomainError(N_("Nobody changes their own task. Ask another administrator."))


def _a_known_task(case: Case) -> DomainError | None:
    if case.wanted is None or case.wanted.role in TASKS:
        return None
    return DomainError(N_("Not a valid choice."), field="role")


def _an_administrator_stays(case: Case) -> DomainError | None:
    if not (case.last and case.before and case.before.stays_admin) or (case.wanted and case.wanted.stays_admin):
        return None
    return DomainError(N_("This is the last administrator without an end. Appoint another one first."))


_RULES: tuple[Callable[[Case], DomainError | None], ...] = (_not_ones_own, _a_known_task, _an_administrator_stays)


def end_of(day: date | None, time_zone: str, now: datetime) -> datetime | None:
    """Return the instant at which a task ends that is good until the end of `day`, or None for one without end.

    Raises a `DomainError` beside `until` for a day that is over.
    """
    if day is None:
        return None
    zone = ZoneInfo(time_zone)
    if day < now.astimezone(zone).date():
        raise DomainError(N_("Choose today or a later day."), field="until")
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(now.tzinfo)


def last_day(expires_at: datetime | None, time_zone: str) -> date | None:
    """Return the last day of a task as people in `time_zone` say it."""
    if expires_at is None:
        return None
    return (expires_at - timedelta(microseconds=1)).astimezone(ZoneInfo(time_zone)).date()


def mark(task: Task) -> str:
    """Return what a form carries of the task that its page showed."""
    return f"{task.role} {task.expires_at.isoformat() if task.expires_at else ''}".strip()
