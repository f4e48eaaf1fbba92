"""A person's own data: all of it as one archive, and its erasure."""

from __future__ import annotations

from collections.abc import Callable

from flask import url_for
from werkzeug.wrappers import Response

from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.privacy.commands import ask_erasure, ask_export, withdraw_erasure
from portal.privacy.queries import exports, prospect_of_person
from portal.privacy.subjects import OF_PERSON
from portal.web.access import ctx, does, shows
from portal.web.account import pages
from portal.web.i18n import current_language
from portal.web.languages import written_whole
from portal.web.privacy import archive_file, readme, said
from portal.web.render import notify, page, see_other


@pages.get("/account/privacy")
@shows(P.ACCOUNT_SETTINGS)
def privacy() -> Response:
    return _page()


@pages.get("/account/privacy/export")
@pages.get("/account/privacy/erasure")
@pages.get("/account/privacy/erasure/withdraw")
@shows(P.ACCOUNT_SETTINGS)
def privacy_act() -> Response:
    """Lead to the page: the address of a refused act is in the browser's bar."""
    return see_other(url_for("account.privacy"))


@pages.post("/account/privacy/export")
@does(ask_export)
def ask_own_export() -> Response:
    with written_whole():
        ask_export(ctx(), current_language(), readme(OF_PERSON))
    notify("info", N_("The archive of your data is being made. You get a mail when it is ready."))
    return see_other(url_for("account.privacy"))


@pages.get("/account/privacy/exports/<own_export>/file")
@shows(P.ACCOUNT_SETTINGS)
def own_export_file(own_export: str) -> Response:
    return archive_file(own_export)


@pages.post("/account/privacy/erasure")
@does(ask_erasure)
def ask_own_erasure() -> Response:
    return _carry_out(lambda: ask_erasure(ctx()), N_("Your erasure is announced. You may take it back until its day."))


@pages.post("/account/privacy/erasure/withdraw")
@does(withdraw_erasure)
def withdraw_own_erasure() -> Response:
    return _carry_out(lambda: withdraw_erasure(ctx()), N_("Your erasure is taken back. Nothing was erased."))


def _carry_out(act: Callable[[], None], done: str) -> Response:
    """Run a command; whatever refuses it, the page shows the truth."""
    try:
        act()
    except DomainError as error:
        notify("warning", error.message, **error.params)
        return _page(409)
    notify("success", done)
    return see_other(url_for("account.privacy"))


def _file_url(export: str) -> str:
    return url_for("account.own_export_file", own_export=export)


def _page(status: int = 200) -> Response:
    here, found = ctx(), exports(ctx())
    prospect = prospect_of_person(here.actor.account_id or 0)
    return page(
        "account/privacy.html", block="archives", status=status, exports=found,
        working=any(export.state == "asked" for export in found), refresh_url=url_for("account.privacy"),
        due_at=prospect.due_at, obstacles=said(prospect.obstacles), file_url=_file_url, kept=here.programme.retention,
    )
