"""Payments of all customers: the report, and its files, at once or made by a job."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import abort, request, url_for
from flask_babel import pgettext
from werkzeug.wrappers import Response

from portal.billing.commands.exports import ask_export as ask
from portal.billing.queries.exports import content_of, watched
from portal.billing.queries.payments import every, listed, sums
from portal.billing.sheets import FORMATS, lines
from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.web.access import ctx, does, shows
from portal.web.forms import Form
from portal.web.i18n import current_language
from portal.web.languages import write_whole, written_whole
from portal.web.payments import (
    DIRECT,
    Filter,
    asked_from,
    attachment,
    file_response,
    filter_from,
    payments_page,
    query,
    words,
)
from portal.web.render import notify, page, see_other
from portal.web.store import pages


@pages.get("/reports/payments")
@shows(P.REPORT_READ)
def payments() -> Response:
    return payments_page(filter_from(request.args, administered=False), url_for("store.payments"))


@pages.get("/reports/payments.<format>")
@shows(P.REPORT_READ)
def payments_file(format: str) -> Response:
    if format not in FORMATS:
        abort(404)
    asked = asked_from(request.args, _administered())
    if listed(asked, sums(ctx(), asked)) > DIRECT:
        notify("info", N_("This file is long: prepare it first."))
        return see_other(f"{url_for(_report(asked.administered))}?{urlencode(query(asked))}")
    write_whole()
    said = words()
    rows = (line for piece in every(ctx(), asked) for line in lines(said, piece))
    return file_response(format, said, rows, "payments", pgettext("file name", "payments"))


@pages.get("/reports/exports")
@shows(P.REPORT_READ)
def exports() -> Response:
    """Lead a reader who reloads a refused question, or changes its language, to the page it belongs to."""
    return see_other(url_for("store.payments"))


@pages.post("/reports/exports")
@does(ask)
def ask_export() -> Response:
    asked, fmt, form = asked_from(request.form, _administered()), request.form.get("format", "csv"), Form()
    if not form.validate() or fmt not in FORMATS:
        return payments_page(Filter(asked), url_for(_report(asked.administered)), 422)
    try:
        with written_whole():
            export = ask(ctx(), asked, fmt, words(), current_language())
    except DomainError as error:
        notify("warning", error.message, **error.params)
        return payments_page(Filter(asked), url_for(_report(asked.administered)), 409)
    return see_other(url_for("store.export", export=export.public_id))


@pages.get("/reports/exports/<export>")
@shows(P.REPORT_READ)
def export(export: str) -> Response:
    found = watched(ctx(), export)
    return page(
        "reports/export.html", block="file", export=found, days=ctx().programme.retention.exports,
        file_url=url_for("store.export_file", export=export), report_url=url_for(_report(found.administered)),
    )


@pages.get("/reports/exports/<export>/file")
@shows(P.REPORT_READ)
def export_file(export: str) -> Response:
    found = content_of(ctx(), export)
    return attachment(
        found.content, found.format, "payments", pgettext("file name", "payments"), found.ready_at.date()
    )


def _administered() -> bool:
    """Tell whether a file is of the Console's report: only of customers that the partner administers."""
    return request.values.get("administered") == "1"


def _report(administered: bool) -> str:
    return "console.payments" if administered and ctx().actor.can(P.CONSOLE_OPEN) else "store.payments"
