"""Reads of customers with what they subscribe to: the lists of Store and Console, and what needs attention."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from peewee import JOIN, Field, ModelSelect, fn

from portal.core.context import Ctx
from portal.core.paging import Cursor, Key, Page
from portal.customers.models import Assignment, Organization
from portal.customers.policy import spelled
from portal.programme.schema import Trial
from portal.storage.hot import rows, slot
from portal.storage.paging import beyond, page, place
from portal.storage.search import contains
from portal.subscriptions.models import Subscription
from portal.subscriptions.policy import days_left, extensions_left, refusal

SIZE = 25
STANDINGS = ("trial", "paid", "expired", "suspended", "ended")
STATES = ("unverified", *STANDINGS)
SORTS: Mapping[str, Field] = {
    "name": Organization.name_key, "domain": Organization.domain, "renewal": Organization.renews_on,
}
SEARCH_MAX = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """Which part of a customer list somebody wants: words to find, a state, an order, and where the page begins."""

    search: str = ""
    state: str = ""
    sort: str = "name"
    descending: bool = False
    after: str | None = None
    until: date | None = None  # renewing by this day


class Customer(NamedTuple):
    """A customer with the subscription that lists show. Pages unpack the first fields, in this order."""

    public_id: str
    domain: str
    name: str
    admin_name: str
    admin_email: str
    plan: str | None
    licenses: int | None
    period: str | None
    renews_on: date | None
    standing: str
    verified: bool
    access: str
    trial_days: int | None
    days_left: int
    extensions_left: int
    extendable: bool
    id: int
    key: Key
    card_kind: str  # who pays (S3.29-30)


_COLUMNS = (
    Organization.public_id, Organization.domain, Organization.name, Organization.admin_name, Organization.admin_email,
    Subscription.plan, Subscription.licenses, Subscription.period, Subscription.renews_on, Organization.standing,
    Organization.domain_verified_at, Organization.access, Subscription.trial_days, Organization.time_zone,
    Organization.card_kind, Organization.id,
)


def listed(ctx: Ctx, asked: Asked, administered: bool, size: int = SIZE) -> Page[Customer]:
    """Return one page of the customers of the actor's partner, in one statement.

    `administered` leaves only those that the partner may administer: the Console's list (S3.7). The price of a page
    does not depend on the number of customers: nothing is counted, and every order has its index.
    """
    column = SORTS[asked.sort]
    cursor = place(asked.after, (column, Organization.id))
    key, row_id = cursor.key if cursor else (None, None)
    values = {"partner": ctx.actor.partner_id, "state": asked.state, "until": asked.until, "key": key, "id": row_id,
              "size": size + 1, "member": ctx.actor.member_id}
    shown = _Shown(administered, ctx.actor.sees_all)
    found = rows(_shape(asked, shown, cursor), lambda: _query(asked, shown, cursor), values)
    read = page(found, lambda row: [_text(row[-1]), row[-2]], cursor, size)
    return replace(read, rows=list(_customers(ctx, read.rows)))


class _Shown(NamedTuple):
    """Which customers a list is of: those that the partner administers, those that its member sees."""

    administered: bool
    all: bool


def _shape(asked: Asked, shown: _Shown, cursor: Cursor | None) -> Hashable:
    """Return what the text of the query depends on; each search has a text of its own and is not remembered."""
    if asked.search:
        return None
    state = "standing" if asked.state in STANDINGS else asked.state
    return shown, state, asked.sort, asked.descending, asked.until is None, cursor and cursor.back


def _query(asked: Asked, shown: _Shown, cursor: Cursor | None) -> ModelSelect[Organization]:
    column = SORTS[asked.sort]
    downwards = asked.descending != (cursor is not None and cursor.back)
    query = (
        Organization.select(*_COLUMNS, column)
        .join(Subscription, JOIN.LEFT_OUTER, on=(Subscription.id == Organization.main_subscription))
        .where(*_conditions(asked, shown))
        .limit(slot("size"))
    )
    if cursor:
        query = query.where(beyond((column, Organization.id), (slot("key"), slot("id")), downwards))
    order = (column.desc(), Organization.id.desc()) if downwards else (column, Organization.id)
    return query.order_by(*order)


def _conditions(asked: Asked, shown: _Shown) -> Iterator[Any]:
    # A partner of None is equal to nothing in SQL: who belongs to no partner sees no row.
    yield Organization.partner == slot("partner")
    if not shown.all:
        chosen = Assignment.select(Assignment.organization).where(Assignment.member == slot("member"))
        yield Organization.id.in_(chosen)
    if shown.administered and asked.state:
        # Spelled so that no index by access serves it: the one by state finds few rows, that one nearly all.
        yield fn.COALESCE(Organization.access, "") == "active"
    elif shown.administered:
        yield Organization.access == "active"
    if asked.state == "unverified":
        yield Organization.domain_verified_at.is_null()
    elif asked.state:
        yield Organization.standing == slot("state")
    if asked.until:
        yield Organization.renews_on <= slot("until")
    words = contains(Organization.search, asked.search)
    if words is not None:
        yield words


def _customers(ctx: Ctx, found: Sequence[tuple[Any, ...]]) -> Iterator[Customer]:
    terms, today = ctx.programme.trial, _calendar(ctx)
    for (public_id, domain, name, admin_name, admin_email, plan, licenses, period, renews, standing, verified_at,
         access, days, zone, card_kind, row_id, key) in found:
        renews_on = _day(renews)
        left = (0, 0, False)
        if days is not None and renews_on and standing in {"trial", "expired"}:
            left = _trial(days, renews_on, today(zone), terms)
        yield Customer(
            public_id, spelled(domain), name, admin_name, admin_email, plan, licenses, period, renews_on, standing,
            verified_at is not None, access, days, *left, row_id, [_text(key), row_id], card_kind,
        )


def _trial(days: int, ends_on: date, today: date, terms: Trial) -> tuple[int, int, bool]:
    """Return days left, extensions left, and whether one may be used now."""
    return days_left(ends_on, today), extensions_left(days, terms), refusal(days, terms, today, ends_on) is None


def _calendar(ctx: Ctx) -> Callable[[str], date]:
    """Return today by time zone, worked out once per zone of the page."""
    return lru_cache(maxsize=None)(ctx.today)


@lru_cache(maxsize=4096)
def _parsed(text: str) -> date:
    return date.fromisoformat(text)


def _day(value: Any) -> date | None:
    """Return a date column as the driver gave it: SQLite has text."""
    return _parsed(value) if isinstance(value, str) else value


def _text(key: Any) -> str:
    return key if isinstance(key, str) else key.isoformat()  # type: ignore[no-any-return]


class Plan(NamedTuple):
    """One of the subscriptions of a customer, as the Store shows it."""

    service: str
    plan: str
    licenses: int
    period: str
    state: str
    renews_on: date | None
    trial_days: int | None


def plans_of(organization_ids: Iterable[int]) -> dict[int, list[Plan]]:
    """Return all subscriptions of these customers by row number, in one statement."""
    ids = list(organization_ids)
    found: dict[int, list[Plan]] = {row_id: [] for row_id in ids}
    query: Any = (
        Subscription.select(
            Subscription.organization, Subscription.service, Subscription.plan, Subscription.licenses,
            Subscription.period, Subscription.state, Subscription.renews_on, Subscription.trial_days,
        )
        .where(Subscription.organization.in_(ids))
        .order_by(Subscription.organization, Subscription.id)
        .tuples()
    )
    for row_id, *values in query:
        found[row_id].append(Plan(*values))
    return found


class Attention(NamedTuple):
    """What a partner should look at: domains to verify, trials about to end, renewals about to come."""

    unverified: Page[Customer]
    trials: Page[Customer]
    renewals: Page[Customer]


COUNTED = 99  # more than these are not counted
TRIAL_NOTICE = timedelta(days=7)
RENEWAL_NOTICE = timedelta(days=30)


def attention(ctx: Ctx) -> Attention:
    """Return what needs attention among all customers of the actor's partner, up to `COUNTED` of each, first to do
    first; three statements."""
    today = ctx.today(ctx.actor.time_zone)
    return Attention(
        listed(ctx, Asked(state="unverified"), administered=False, size=COUNTED),
        listed(ctx, Asked(state="trial", sort="renewal", until=today + TRIAL_NOTICE), False, COUNTED),
        listed(ctx, Asked(state="paid", sort="renewal", until=today + RENEWAL_NOTICE), False, COUNTED),
    )


@dataclass(frozen=True, slots=True)
class Held:
    """A subscription as the organization's overview shows it."""

    plan: str
    state: str
    licenses: int
    period: str
    started_on: date
    renews_on: date | None
    trial_days: int | None


def held(organization_id: int) -> list[Held]:
    """Return what the organization subscribes to, oldest first."""
    columns = (Subscription.plan, Subscription.state, Subscription.licenses, Subscription.period,
               Subscription.started_on, Subscription.renews_on, Subscription.trial_days)
    query = Subscription.select(*columns).where(Subscription.organization == organization_id).order_by(Subscription.id)
    found: Any = query.tuples()
    return [Held(*row) for row in found]
