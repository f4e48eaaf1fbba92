"""The renewal calendar by months, and the secret address of its feed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from portal.core.permissions import P
from portal.core.words import N_
from portal.subscriptions.commands.feeds import drop_feed as drop
from portal.subscriptions.commands.feeds import make_feed as make
from portal.subscriptions.queries.renewals import Renewal, feed_token
from portal.subscriptions.queries.renewals import renewals as found_in
from portal.subscriptions.words import RENEWALS
from portal.web.access import ctx, does, shows
from portal.web.listing import around, plan_names
from portal.web.render import notify, page, see_other
from portal.web.store import pages

_YEARS = range(2000, 2100)


@pages.get("/renewals")
@shows(P.STORE_OPEN)
def renewals() -> Response:
    first = _month(request.args.get("month", ""))
    following = _after(first)
    found = found_in(ctx().actor, first, following, request.args.get("after"))
    token = feed_token(ctx())

    def turn(cursor: str | None) -> str | None:
        return _address(first, cursor) if cursor else None

    return page(
        "store/renewals.html", first=first, renewals=found.rows, plans=plan_names(), behaviors=RENEWALS,
        services=ctx().programme.services, sums=_sums(found.rows), partial=bool(found.previous or found.next),
        customer_page=around("store.customer", "customer"), previous_month=_before(first), next_month=following,
        month_url=_address, previous_url=turn(found.previous), next_url=turn(found.next),
        feed_url=ctx().base_url + url_for("calendar.feed", token=token) if token else None,
    )


def _month(asked: str) -> date:
    """Return the first day of the month that was asked for; without a sensible one, of the present month."""
    try:
        first = date.fromisoformat(f"{asked}-01")
    except ValueError:
        return ctx().today(ctx().actor.time_zone).replace(day=1)
    return first if first.year in _YEARS else ctx().today(ctx().actor.time_zone).replace(day=1)


def _after(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)


def _before(first: date) -> date:
    return (first - timedelta(days=1)).replace(day=1)


def _address(month: date, after: str | None = None) -> str:
    return url_for("store.renewals", month=f"{month:%Y-%m}", after=after)


def _sums(rows: Iterable[Renewal]) -> list[tuple[str, int]]:
    """Add up what renews by itself, for each currency: sums across currencies mean nothing."""
    sums = Counter[str]()
    for row in rows:
        if row.state == "paid" and row.renewal == "renew":
            sums[row.currency] += row.price
    return sorted(sums.items())


@pages.get("/renewals/feed")
@pages.get("/renewals/feed/drop")
@shows(P.STORE_OPEN)
def feed() -> Response:
    """Lead a reader who reloads an act, or changes its language, to the page it belongs to."""
    return see_other(url_for("store.renewals"))


@pages.post("/renewals/feed")
@does(make)
def make_feed() -> Response:
    return _act(make, N_("The calendar has a new secret address. One that was there before no longer works."))


@pages.post("/renewals/feed/drop")
@does(drop)
def drop_feed() -> Response:
    return _act(drop, N_("The secret address of the calendar no longer works."))


def _act(command: Any, done: str) -> Response:
    command(ctx())
    notify("success", done)
    return see_other(url_for("store.renewals"))
