"""The renewal calendar: ends of trials and renewals of a partner's customers by their days, for a page and a feed."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from heapq import merge
from itertools import islice
from typing import Any

from peewee import JOIN, ModelSelect, fn

from portal.accounts.models import Account
from portal.core.context import Actor, Ctx
from portal.core.errors import NotFound
from portal.core.ids import derive
from portal.core.paging import Cursor, Page
from portal.customers.models import NEVER, Organization
from portal.customers.queries import assigned
from portal.partners.models import Member, Partner
from portal.partners.policy import roles_of
from portal.storage import is_postgresql
from portal.storage.paging import beyond, page, place
from portal.subscriptions.models import CalendarFeed, Scheduled, Subscription

SIZE = 500
FEED_MOST = 2000
PURPOSE = "calendar"
_FEW = 5000  # customers; a partner with more is looked up by days first
_STATES = ("paid", "trial")
_DAY = (Subscription.renews_on, Subscription.id)


@dataclass(frozen=True, slots=True)
class Renewal:
    """The next day of a subscription: its renewal, or the end of its trial. `price` is of a whole period, net."""

    on: date
    id: int
    subscription: str  # public id
    state: str
    renewal: str
    service: str
    plan: str
    licenses: int
    period: str
    price: int
    currency: str
    customer: str  # public id
    name: str


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose calendar asks with a secret address, and how they read."""

    actor: Actor
    language: str
    country: str


def renewals(actor: Actor, first: date, until: date, after: str | None = None, size: int = SIZE
             ) -> Page[Renewal]:
    """Return one page of what falls on a day from `first` to before `until` among the customers that the actor sees,
    by days; three statements.

    Days are those of each organization.
    """
    cursor = place(after, _DAY)
    downwards = cursor is not None and cursor.back
    few = _has_few(actor.partner_id)
    found = (_rows(_query(actor, state, first, until, cursor, few).limit(size + 1)) for state in _STATES)
    ordered = merge(*found, key=lambda row: (row.on, row.id), reverse=downwards)
    return page(list(islice(ordered, size + 1)), lambda row: [row.on.isoformat(), row.id], cursor, size)


def _has_few(partner_id: int | None) -> bool:
    """Tell whether it is quicker to look at all customers of a partner than at the days of all partners."""
    return not Organization.select(Organization.id).where(Organization.partner == partner_id).offset(_FEW).exists()


def _query(
    actor: Actor, state: str, first: date, until: date, cursor: Cursor | None, few: bool
) -> ModelSelect[Subscription]:
    mine, its_state, day = _spelled(actor.partner_id, few)
    planned = JOIN.LEFT_OUTER, Scheduled.subscription == Subscription.id

    def then(name: str) -> Any:
        return fn.COALESCE(getattr(Scheduled, name), getattr(Subscription, name))

    price = (then("licenses") * then("unit_price") + then("extra_storage_gb") * then("storage_price"))
    query = (
        Subscription.select(
            *_DAY, Subscription.public_id, Subscription.state, Subscription.renewal, Subscription.service, then("plan"),
            then("licenses"), then("period"), price, Subscription.currency, Organization.public_id, Organization.name,
        )
        .join(Organization)
        .join_from(Subscription, Scheduled, planned[0], on=planned[1])
        .where(mine, its_state == state, day >= first, day < until)
    )
    if not actor.sees_all:
        query = query.where(assigned(actor))
    downwards = cursor is not None and cursor.back
    if cursor:
        query = query.where(beyond(_DAY, cursor.key, downwards))
    return query.order_by(*(column.desc() if downwards else column for column in _DAY))


def _spelled(partner_id: int | None, few: bool) -> tuple[Any, Any, Any]:
    """Return the condition of the partner, the column of the state and that of the day, so that the right index serves.

    PostgreSQL knows whose customers are many. SQLite would not: spelled otherwise, an index is out of the question,
    that of days where customers are few, and that of customers where they are many and the days have the order of the
    page.
    """
    state, day = Subscription.state, Subscription.renews_on
    if is_postgresql():
        return Organization.partner == partner_id, state, day
    if few:
        return Organization.partner == partner_id, fn.COALESCE(state, ""), fn.COALESCE(day, NEVER)
    return fn.COALESCE(Organization.partner, 0) == (partner_id or -1), state, day


def _rows(query: Any) -> Iterator[Renewal]:
    for on, *values in query.tuples():
        yield Renewal(on, *values)


def feed_token(ctx: Ctx) -> str | None:
    """Return the secret part of the address of the actor's own feed, if they have one at their present partner."""
    mine = (CalendarFeed.account == ctx.actor.account_id) & (CalendarFeed.partner == ctx.actor.partner_id)
    handle = CalendarFeed.select(CalendarFeed.handle).where(mine).scalar()
    return f"{handle}.{derive(ctx.secret, PURPOSE, handle)}" if handle else None


def reader_of(ctx: Ctx, token: str) -> Reader:
    """Return who reads a feed, as long as they work at its partner; raises `NotFound` for any other token.

    A feed from before somebody left stays dead when they come back.
    """
    handle, _, secret = token.partition(".")
    genuine = hmac.compare_digest(derive(ctx.secret, PURPOSE, handle).encode(), secret.encode())
    query: Any = (
        CalendarFeed.select(
            CalendarFeed.partner, Member.id, Member.role, Partner.console, Member.sees, Member.help_center,
            Partner.state, Member.language, Account.language, Account.country, Partner.country,
        )
        .join(Account).join_from(CalendarFeed, Partner)
        .join_from(CalendarFeed, Member, on=(Member.account == CalendarFeed.account)
                   & (Member.partner == CalendarFeed.partner) & (Member.created_at <= CalendarFeed.created_at))
        .where(CalendarFeed.handle == handle, Member.expires_at.is_null() | (Member.expires_at > ctx.now))
    )
    row = query.tuples().first() if genuine else None
    if row is None:
        raise NotFound
    partner_id, member_id, *held, chosen, language, own, country = row
    actor = Actor(roles_of(*held), partner_id=partner_id, member_id=member_id)
    return Reader(actor, chosen or language, own or country)
