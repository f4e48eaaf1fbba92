"""Rules of a partner's team: the tasks, who gives them to whom, and what the last super administrator keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from portal.core.errors import DomainError
from portal.core.words import N_

INVITATION_LIFETIME = timedelta(days=15)
WARNED_BEFORE = timedelta(days=7)
MOST_OPEN = 100  # invitations of a partner that wait at the same time
MOST_CHOSEN = 500  # customers that a form names one by one
_SHOWN = 5  # unknown domains that a refusal names
_FURTHEST = timedelta(days=3653)

TASKS: Mapping[str, str] = {
    "super-admin": N_("Super administrator"),
    "admin": N_("Administrator"),
    "sales": N_("Sales"),
    "billing": N_("Billing"),
    "support": N_("Support"),
    "reader": N_("Read-only"),
}
INCLUDES: Mapping[str, str] = {
    "super-admin": N_("Everything, also the bank account, payouts, other super administrators and the help center."),
    "admin": N_("Everything about customers, money and the team, except what is the super administrators' alone."),
    "sales": N_("Finds and adds customers, sells and changes subscriptions, reads reports."),
    "billing": N_("Looks after cards, invoices and billing details, reads reports and the commission."),
    "support": N_("Verifies domains and administers the consoles of customers on their behalf."),
    "reader": N_("Sees customers, invoices, reports and the commission, and changes nothing."),
}
_RANKS = {"super-admin": 2, "admin": 1}  # the other tasks have none: nobody is below them


@dataclass(frozen=True, slots=True)
class Grant:
    """What somebody is given at a partner: a task, customers, the help center, and until when."""

    role: str
    sees: str  # all or chosen
    help_center: bool
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Case:
    """Who wants to change what: `hand` is the task of the person who acts, `before` what the other one has at present.

    `wanted` is none for a removal. `own`: they are the same person. `last`: no other super administrator is left.
    """

    hand: str
    before: Grant | None
    wanted: Grant | None
    own: bool = False
    last: bool = False


def manages(hand: str, role: str) -> bool:
    """Tell whether somebody with the task `hand` invites, changes and removes people with the task `role`."""
    rank = _RANKS.get(hand, 0)
    return rank > _RANKS.get(role, 0) or hand == "super-admin"


def tasks_given_by(hand: str) -> tuple[str, ...]:
    """Return the tasks that somebody with the task `hand` may give."""
    return tuple(role for role in TASKS if manages(hand, role))


def check(case: Case) -> None:
    """Raise a `DomainError`, beside its field where it has one, unless the change is allowed (S4.27)."""
    for rule in _RULES:
        if refused := rule(case):
            raise refused


def _only_from_above(case: Case) -> DomainError | None:
    if case.before is None or manages(case.hand, case.before.role) or (case.own and case.wanted is None):
        return None
    return DomainError(N_("Only a super administrator can change or remove this person."))


def _the_last_one_stays(case: Case) -> DomainError | None:
    if case.last and case.before and case.before.role == "super-admin" and (
            case.wanted is None or case.wanted.role != "super-admin"):
        return DomainError(N_("This is the last super administrator. Make somebody else one first."),
                           field="role" if case.wanted else None)
    return None


def _gives_what_is_theirs(case: Case) -> DomainError | None:
    if case.wanted is None or case.wanted.role in tasks_given_by(case.hand):
        return None
    return DomainError(N_("Only a super administrator can give this task."), field="role")


def _help_by_super_admins(case: Case) -> DomainError | None:
    had = case.before is not None and case.before.help_center
    if case.wanted is None or case.wanted.help_center == had or case.hand == "super-admin":
        return None
    return DomainError(N_("Only a super administrator decides who uses the help center."), field="help_center")


def _super_admins_see_all_for_good(case: Case) -> DomainError | None:
    if case.wanted is None or case.wanted.role != "super-admin":
        return None
    if case.wanted.sees != "all":
        return DomainError(N_("A super administrator sees all customers."), field="sees")
    if case.wanted.expires_at is not None:
        return DomainError(N_("The task of a super administrator has no end."), field="until")
    return None


_RULES: tuple[Callable[[Case], DomainError | None], ...] = (
    _only_from_above, _the_last_one_stays, _gives_what_is_theirs, _help_by_super_admins, _super_admins_see_all_for_good,
)


def end_of(day: date | None, time_zone: str, now: datetime) -> datetime | None:
    """Return the instant at which a grant ends that is good until the end of `day`, or None for one without end.

    Raises a `DomainError` beside `until` for a day that is over, or too far away.
    """
    if day is None:
        return None
    zone = ZoneInfo(time_zone)
    today = now.astimezone(zone).date()
    if not today <= day <= today + _FURTHEST:
        raise DomainError(N_("Choose today or a later day, within ten years."), field="until")
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(now.tzinfo)


def last_day(expires_at: datetime | None, time_zone: str) -> date | None:
    """Return the last day of a grant as people in `time_zone` say it."""
    if expires_at is None:
        return None
    return (expires_at - timedelta(microseconds=1)).astimezone(ZoneInfo(time_zone)).date()


class UnknownCustomers(DomainError):
    """Domains that belong to no customer of the partner."""

    def __init__(self, domains: Iterable[str]) -> None:
        named = list(domains)
        more = " …" if len(named) > _SHOWN else ""
        super().__init__(N_("These are not primary domains of your customers: %(domains)s"), field="customers",
                         domains=", ".join(named[:_SHOWN]) + more)


def check_chosen(sees: str, names: Iterable[str]) -> None:
    """Raise a `DomainError` beside `customers` unless as many are named as the choice needs and a form takes."""
    count = len(set(names))
    if sees == "chosen" and not count:
        raise DomainError(N_("Name at least one customer."), field="customers")
    if count > MOST_CHOSEN:
        raise DomainError(N_("Name at most %(count)s customers, or let this person see all."), field="customers",
                          count=MOST_CHOSEN)
