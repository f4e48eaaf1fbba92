"""The calendar feed of a partner's renewals, under a secret address that needs no sign-in."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, g, url_for
from flask_babel import gettext

from portal.core.locales import whole
from portal.core.words import N_
from portal.subscriptions.queries.renewals import FEED_MOST, Reader, Renewal, reader_of, renewals
from portal.web.access import PUBLIC, ctx
from portal.web.ics_file import Day, written
from portal.web.listing import plan_names

files = Blueprint("calendar", __name__)

_BACK, _AHEAD = timedelta(days=31), timedelta(days=400)
# What a day is about; a program shows little more than this.
_SUMMARIES = {
    "trial": N_("%(customer)s: the trial of %(plan)s ends"),
    "renew": N_("%(customer)s: %(plan)s is renewed"),
    "ask": N_("%(customer)s: decide about the renewal of %(plan)s"),
    "end": N_("%(customer)s: %(plan)s ends"),
}


@files.get("/calendar/<token>.ics")
@PUBLIC
def feed(token: str) -> Response:
    reader = reader_of(ctx(), token)
    g.lang = whole(reader.language)  # the address says none; the feed speaks its owner's
    response = Response(_calendar(reader), content_type="text/calendar; charset=utf-8")
    response.headers["Cache-Control"] = "private, max-age=3600"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _calendar(reader: Reader) -> str:
    today, plans = ctx().today(), plan_names()
    found = renewals(reader.actor, today - _BACK, today + _AHEAD, size=FEED_MOST)
    vendor = ctx().programme.vendor.name
    name = gettext("Renewals at %(vendor)s", vendor=vendor)
    return written(name, vendor, ctx().now, (_day(renewal, plans[renewal.plan]) for renewal in found.rows))


def _day(renewal: Renewal, plan: str) -> Day:
    about = "trial" if renewal.state == "trial" else renewal.renewal
    base = ctx().base_url
    return Day(
        f"{renewal.subscription}@{base.partition('//')[2]}", renewal.on,
        gettext(_SUMMARIES[about], customer=renewal.name, plan=plan),
        base + url_for("store.customer", lang=g.lang, customer=renewal.customer),
    )
