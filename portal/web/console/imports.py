"""Importing many customers: upload, check line by line, add, all visible to the person who asked for it."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core.errors import DomainError
from portal.core.locales import LANGUAGES
from portal.core.permissions import P
from portal.core.words import N_
from portal.directory.commands.organizations import ask_check, ask_import
from portal.directory.policy.organizations import IMPORT_MAX_LINES, LICENSES_DEFAULT, QUESTIONS, REQUIRED, trial_plans
from portal.directory.queries.imports import CUSTOMERS, ImportJob, import_job
from portal.web.access import ctx, does, shows
from portal.web.console import pages
from portal.web.console.import_file import read
from portal.web.csv_file import CsvForm, contents, download
from portal.web.i18n import current_language
from portal.web.languages import write_whole
from portal.web.render import notify, page, see_other

MAX_MEGABYTES = 2
_SHOWN = 500  # lines of a report on one page: the first ones are enough to mend a file


@pages.get("/customers/import")
@shows(P.CUSTOMER_IMPORT)
def import_customers() -> Response:
    return _page(CsvForm(), 200)


@pages.post("/customers/import")
@does(ask_check)
def do_import_customers() -> Response:
    form = CsvForm()
    if not form.validate():
        return _page(form, 422)
    try:
        rows = read(contents(form.file.data, MAX_MEGABYTES), ctx().programme)
        job = ask_check(ctx(), rows, form.name)
    except DomainError as error:
        form.refuse(error)
        return _page(form, 409)
    return see_other(url_for("console.import_status", job=job))


def _page(form: CsvForm, status: int) -> Response:
    plans = trial_plans(ctx().programme)
    return page(
        "console/import.html", status=status, form=form, columns=_columns(), most=IMPORT_MAX_LINES, size=MAX_MEGABYTES,
        plans=[(plan.code, plan.name.get(current_language())) for plan in plans], spoken=LANGUAGES,
        licenses=LICENSES_DEFAULT,
    )


def _columns() -> list[tuple[str, str, bool]]:
    """Return label, code and whether it is required, for each column."""
    return [(gettext(label), key, key in REQUIRED) for key, label in QUESTIONS.items()]


@pages.get("/customers/import/sample.csv")
@shows(P.CUSTOMER_IMPORT)
def import_sample() -> Response:
    """A small file as a spreadsheet of the reader's language opens it by double click."""
    write_whole()
    plan = trial_plans(ctx().programme)[0].code
    return download("customers.csv", (gettext(label) for label in QUESTIONS.values()), [
        ["Café Azul", "cafe-azul.example", "Lucía Pérez", "lucia@cafe-azul.example", "es", "MX", plan, 5],
        ["ร้านดอกไม้", "dokmai.example", "สมชาย ใจดี", "somchai@dokmai.example", "th", "TH", plan, 12],
    ])


@pages.get("/imports/<job>")
@shows(P.CONSOLE_OPEN)
def import_status(job: str) -> Response:
    return _status(import_job(ctx().actor, CUSTOMERS, job), 200)


@pages.post("/imports/<job>")
@does(ask_import)
def do_import(job: str) -> Response:
    started = ask_import(ctx(), job)
    notify("info", N_("The customers are being added. You may leave this page; the work goes on."))
    return see_other(url_for("console.import_status", job=started))


def _status(job: ImportJob, status: int) -> Response:
    refused = job.result.get("refused", [])
    return page(
        "console/import_status.html", block="job", status=status, job=job, shown=_SHOWN, stopped=_stopped(job),
        may=ctx().actor.can(P.CUSTOMER_IMPORT),
        added=job.result.get("added", []), refused=refused[:_SHOWN], faulty=len({line for line, *_rest in refused}),
        label=lambda field: gettext(QUESTIONS[field]) if field in QUESTIONS else "",
        say=lambda message, params: gettext(message, **params),
    )


_STOPPED = {
    "partner": N_("Your company gets no new customers at present, so no more were added. Those that were added stay."),
    "person": N_("You may not add customers any more, so no more were added. Those that were added stay."),
}


def _stopped(job: ImportJob) -> str:
    """Return why the import ended before its last line, in words; usually it did not."""
    why = job.result.get("stopped")
    return gettext(_STOPPED[why]) if why in _STOPPED else ""
