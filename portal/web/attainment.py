"""The report of kept promises as partners and staff see it: its filter, its addresses, its chart and its files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from flask import abort, request, url_for
from flask_babel import gettext, pgettext
from werkzeug.wrappers import Response

from portal.billing.sheets import FORMATS
from portal.core.paging import Page
from portal.core.words import N_
from portal.support.policy.attainment import RESULTS, Figures, first_day, month_of, months_until
from portal.support.policy.clocks import CLOCKS
from portal.support.queries.attainment import (
    BY,
    PARTNERS,
    Asked,
    Line,
    Report,
    Run,
    partner_name,
    report,
    runs,
    table,
)
from portal.support.words import CAUSES
from portal.support.words import CLOCKS as CLOCK_NAMES
from portal.web import formats
from portal.web.access import ctx
from portal.web.chart import Chart, bars
from portal.web.commission import locale
from portal.web.i18n import current_language
from portal.web.languages import write_whole
from portal.web.listing import around
from portal.web.payments import file_response, words
from portal.web.render import page

CHOICE = 36  # months that can be chosen
_MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")
_PARTNER = re.compile(r"[a-z0-9]{1,32}")
RESULT_NAMES = {"aim": N_("Within the aim"), "limit": N_("Within the limit"), "late": N_("Late")}
TONES = {"aim": "good", "limit": "info", "late": "bad"}
_FIGURES = (N_("Runs of clocks"), *RESULT_NAMES.values(), N_("Kept, in percent"), N_("Median, in minutes"),
            N_("90 percent within, in minutes"))
Choice = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Listing:
    """What a page shows, and the addresses around it. `endpoint` is that of the report: `support` or `desk`."""

    asked: Asked
    audience: str
    page: Page[Run] | None = None

    @property
    def desk(self) -> bool:
        return self.audience == "desk"

    @property
    def path(self) -> str:
        return url_for(f"{self.audience}.attainment")

    @property
    def narrowed(self) -> bool:
        return bool(self.asked.clock or self.asked.severity or self.asked.region or self.asked.partner)

    def at(self, **changes: str) -> str:
        """Return the address of the report asked otherwise."""
        return self._address("attainment", **{"result": "", **changes})

    def behind(self, result: str, line: Line | None = None, **changes: str) -> str:
        """Return the address of the runs behind a figure of a line, or of a month as it is filtered."""
        of_line = {"clock": line.clock, **({self.asked.by: line.code} if self.asked.by else {})} if line else {}
        return self._address("attainment_runs", **{**of_line, **changes, "result": result, "by": ""})

    def file_url(self, fmt: str) -> str:
        values: dict[str, Any] = {"format": fmt, **given(replace(self.asked, result="", after=None))}
        return url_for(f"{self.audience}.attainment_file", **values)

    @property
    def previous_url(self) -> str | None:
        return self._turn(self.page.previous if self.page else None)

    @property
    def next_url(self) -> str | None:
        return self._turn(self.page.next if self.page else None)

    def _turn(self, cursor: str | None) -> str | None:
        return self._address("attainment_runs", after=cursor) if cursor else None

    def _address(self, name: str, **changes: str) -> str:
        asked = replace(self.asked, **{"after": None, **changes})  # type: ignore[arg-type]
        return f"{url_for(f'{self.audience}.{name}')}?{urlencode(given(asked))}"


@dataclass(frozen=True, slots=True)
class Drawn:
    """The chart of the trend, with the words of its axes."""

    chart: Chart
    scale: Sequence[str]
    names: Sequence[str]


def given(asked: Asked) -> dict[str, str]:
    """Return the query string of a report."""
    return {each.name: value for each in fields(asked) if (value := getattr(asked, each.name))}


def asked_from(args: Mapping[str, str], desk: bool) -> Asked:
    """Read a query string; what makes no sense, or is not the partner's to ask, is as if it had not been asked."""
    def one(name: str, known: Any) -> str:
        return args.get(name, "") if args.get(name) in known else ""

    month, programme = args.get("month", ""), ctx().programme
    return Asked(
        month if _MONTH.fullmatch(month) else month_of(ctx().now),
        one("by", BY if desk else ("severity",)), one("clock", CLOCKS), one("severity", programme.severities),
        one("region", programme.regions) if desk else "", _partner(args.get("partner", "")) if desk else "",
        one("result", RESULTS), args.get("after"),
    )


def _partner(given: str) -> str:
    if given and not _PARTNER.fullmatch(given):
        abort(404)
    return given


# ---- Pages ----

def attainment_page(audience: str) -> Response:
    """Answer with the report, or with its block `figures` for htmx."""
    listing = Listing(replace(asked_from(request.args, audience == "desk"), result="", after=None), audience)
    found = report(ctx(), listing.asked)
    return page("reports/attainment.html", block="figures", listing=listing, report=found, drawn=_drawn(found),
                **_names(listing))


def runs_page(audience: str) -> Response:
    """Answer with the runs behind a figure, or with its block `rows` for htmx."""
    asked = asked_from(request.args, audience == "desk")
    partner = partner_name(ctx(), asked)
    listing = Listing(asked, audience, runs(ctx(), asked))
    return page("reports/attainment_runs.html", block="rows", listing=listing, partner=partner,
                ticket_page=around(f"{audience}.ticket", "ticket"), causes=CAUSES, **_names(listing))


def _names(listing: Listing) -> dict[str, Any]:
    """Return what the templates name codes with, and the choices of the filter."""
    programme, language = ctx().programme, current_language()
    severities = {code: entry.name.get(language) for code, entry in programme.severities.items()}
    regions = {code: entry.name.get(language) for code, entry in programme.regions.items()}
    return {
        "month_name": _month, "clock_names": {code: gettext(CLOCK_NAMES[code]) for code in CLOCKS},
        "severity_names": severities, "region_names": regions, "tones": TONES,
        "result_names": {code: gettext(name) for code, name in RESULT_NAMES.items()}, "months": _months(listing.asked),
        "most_partners": PARTNERS,
    }


def _months(asked: Asked) -> Choice:
    """Return the months that can be chosen, the latest first, and the one that is."""
    known = {*months_until(month_of(ctx().now), CHOICE), asked.month}
    return [(month, _month(month)) for month in sorted(known, reverse=True)]


def _month(month: str) -> str:
    return formats.month(first_day(month), locale())


def _drawn(found: Report) -> Drawn:
    """Draw how many of a hundred were kept in each month, rounded down as in the table."""
    chart = bars([[(figures.share or 0) // 10 for _month, figures in found.trend]])
    return Drawn(
        chart, [formats.percent(mark.value * 100, locale()) for mark in chart.scale],
        [formats.short_month(first_day(month), locale(), with_year=False) for month, _figures in found.trend],
    )


# ---- Files ----

def attainment_file(audience: str, fmt: str) -> Response:
    """Answer with the figures as a file: twelve months by clock, severity and region; by partner, one month.

    Partners have one region and are one: of them, neither is told.
    """
    if fmt not in FORMATS:
        abort(404)
    asked = asked_from(request.args, audience == "desk")
    partner_name(ctx(), asked)  # it is there
    write_whole()
    about = [N_("Month"), N_("Clock"), N_("Severity")]
    if audience == "desk":
        about += [N_("Region"), *([N_("Partner")] if asked.by == "partner" else [])]
    said = words((*about, *_FIGURES), gettext("Service level"))
    lines = _lines(asked, len(about))
    return file_response(fmt, said, lines, "service-level", pgettext("file name", "service-level"))


def _lines(asked: Asked, columns: int) -> Iterator[list[object]]:
    """Yield the lines of a file whose figures stand behind so many columns."""
    programme, language = ctx().programme, current_language()
    for (month, clock, severity, *more), figures in table(ctx(), asked, with_region=columns > 3):
        region = [_called(language, programme.regions, code) for code in more[:1]]
        about = [gettext(CLOCK_NAMES[clock]), _called(language, programme.severities, severity), *region, *more[1:]]
        yield [first_day(month), *about[: columns - 1], *_cells(figures)]


def _called(language: str, entries: Mapping[str, Any], code: str) -> str:
    """Return the name of an entry of the programme; one that it no longer has is called by its code."""
    return str(entries[code].name.get(language)) if code in entries else code


def _cells(figures: Figures) -> list[object]:
    share = Decimal(figures.share or 0).scaleb(-1)
    times = ["" if minutes is None else minutes for minutes in (figures.median, figures.p90)]
    return [figures.counted, figures.aim, figures.limit, figures.late, share, *times]
