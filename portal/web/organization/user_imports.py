"""Importing many users: upload, check line by line, add, all visible to the person who asked for it alone."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core.errors import DomainError
from portal.core.locales import LANGUAGES
from portal.core.permissions import P
from portal.core.words import N_
from portal.directory.commands.user_imports import ask_user_check, ask_user_import
from portal.directory.policy.user_imports import COLUMNS, IMPORT_MAX_LINES, REQUIRED
from portal.directory.policy.users import GIVEN_ROLES, ROLES, free_licenses
from portal.directory.queries.imports import USERS, ImportJob, import_job
from portal.web.access import ctx, does, shows
from portal.web.csv_file import CsvForm, Line, contents, download, languages, plain, rows, spellings
from portal.web.languages import write_whole
from portal.web.organization import pages
from portal.web.organization.realm import organization as here
from portal.web.organization.realm import realm
from portal.web.render import notify, page, see_other

MAX_MEGABYTES = 5
_SHOWN = 500  # lines of a report on one page: the first ones are enough to mend a file, and all are one click away
_LABELS = {**COLUMNS, "licenses": N_("Number of licenses")}


@pages.get("/<organization>/users/import")
@shows(P.USER_IMPORT, realm)
def import_users(organization: str) -> Response:
    return _page(CsvForm(), 200)


@pages.post("/<organization>/users/import")
@does(ask_user_check, realm)
def do_import_users(organization: str) -> Response:
    form = CsvForm()
    if not form.validate():
        return _page(form, 422)
    try:
        job = ask_user_check(ctx(), _read(contents(form.file.data, MAX_MEGABYTES)), form.name)
    except DomainError as error:
        form.refuse(error)
        return _page(form, 409)
    return see_other(url_for("organization.user_import", organization=organization, report=job))


def _read(data: bytes) -> list[Line]:
    """Return the lines of a file with what its words mean; who has no role or language there gets the usual ones."""
    usual = {"role": "member", "language": here().language}
    meant = {"role": spellings(ROLES), "language": languages()}
    lines = rows(data, COLUMNS, REQUIRED, N_("The file has no users below its first line."))
    for _line, cells in lines:
        for key, words in meant.items():
            cells[key] = words.get(plain(cells[key]), cells[key]) or usual[key]
    return lines


def _page(form: CsvForm, status: int) -> Response:
    found = here()
    return page(
        "organization/import_users.html", status=status, form=form, organization=found, most=IMPORT_MAX_LINES,
        size=MAX_MEGABYTES, columns=[(gettext(label), key, key in REQUIRED) for key, label in COLUMNS.items()],
        roles=[(role, gettext(ROLES[role])) for role in GIVEN_ROLES if role == "member" or _gives_roles()],
        spoken=LANGUAGES, free=free_licenses(found.users, found.licenses),
    )


def _gives_roles() -> bool:
    return ctx().actor.can(P.USER_ROLE_CHANGE)


@pages.get("/<organization>/users/import/sample.csv")
@shows(P.USER_IMPORT, realm)
def user_import_sample(organization: str) -> Response:
    """A small file as a spreadsheet of the reader's language opens it by double click."""
    write_whole()
    domain = here().domain
    return download("users.csv", (gettext(label) for label in COLUMNS.values()), [
        ["Lucía Pérez", f"lucia.perez@{domain}", "member", "Ventas", "", "es"],
        ["สมชาย ใจดี", f"somchai.jaidee@{domain}", "member", "", "02 123 4567", "th"],
    ])


@pages.get("/<organization>/users/imports/<report>")
@shows(P.USER_IMPORT, realm)
def user_import(organization: str, report: str) -> Response:
    found = import_job(ctx().actor, USERS, report)
    refused = _refused(found)
    return page(
        "organization/user_import.html", block="job", organization=here(), job=found, refused=refused[:_SHOWN],
        shown=_SHOWN, faults=len(refused), faulty=len({line for line, *_rest in refused}),
        unlicensed=sum(field == "licenses" for _line, field, *_rest in refused), words=_words,
    )


@pages.post("/<organization>/users/imports/<report>")
@does(ask_user_import, realm)
def do_user_import(organization: str, report: str) -> Response:
    started = ask_user_import(ctx(), report)
    notify("info", N_("The users are being added. You may leave this page; the work goes on."))
    return see_other(url_for("organization.user_import", organization=organization, report=started))


@pages.get("/<organization>/users/imports/<report>/faults.csv")
@shows(P.USER_IMPORT, realm)
def user_import_faults(organization: str, report: str) -> Response:
    refused = _refused(import_job(ctx().actor, USERS, report))
    write_whole()
    heading = (gettext("Line number"), gettext("Column"), gettext("What is wrong"))
    return download("faults.csv", heading, (_words(*fault) for fault in refused))


def _refused(job: ImportJob) -> list[Any]:
    return list(job.result.get("refused", []))


def _words(line: int, field: str | None, message: str, params: dict[str, Any]) -> tuple[int, str, str]:
    """Return a fault in words of the page's language: line, column, sentence."""
    return line, gettext(_LABELS[field]) if field in _LABELS else "", gettext(message, **params)
