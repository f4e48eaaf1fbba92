"""An organization's own data: all of it as one archive, and its erasure; the super administrator's alone."""

from __future__ import annotations

from collections.abc import Callable

from flask import url_for
from werkzeug.wrappers import Response

from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.privacy.commands import ask_organization_erasure, ask_organization_export, withdraw_organization_erasure
from portal.privacy.queries import exports, prospect_of_organization
from portal.privacy.subjects import OF_ORGANIZATION
from portal.web.access import ctx, does, shows
from portal.web.i18n import current_language
from portal.web.languages import written_whole
from portal.web.organization import pages
from portal.web.organization.realm import organization as here
from portal.web.organization.realm import realm
from portal.web.privacy import archive_file, readme, said
from portal.web.render import notify, page, see_other


@pages.get("/<organization>/privacy")
@shows(P.ORGANIZATION_EXPORT, realm)
def privacy(organization: str) -> Response:
    return _page()


@pages.get("/<organization>/privacy/export")
@pages.get("/<organization>/privacy/erasure")
@pages.get("/<organization>/privacy/erasure/withdraw")
@shows(P.ORGANIZATION_EXPORT, realm)
def privacy_act(organization: str) -> Response:
    """Lead to the page: the address of a refused act is in the browser's bar."""
    return see_other(_address())


@pages.post("/<organization>/privacy/export")
@does(ask_organization_export, realm)
def ask_export(organization: str) -> Response:
    with written_whole():
        ask_organization_export(ctx(), current_language(), readme(OF_ORGANIZATION))
    notify("info", N_("The archive of the organization's data is being made. You get a mail when it is ready."))
    return see_other(_address())


@pages.get("/<organization>/privacy/exports/<archive>/file")
@shows(P.ORGANIZATION_EXPORT, realm)
def export_file(organization: str, archive: str) -> Response:
    return archive_file(archive)


@pages.post("/<organization>/privacy/erasure")
@does(ask_organization_erasure, realm)
def ask_erasure(organization: str) -> Response:
    done = N_("The erasure of the organization is announced. You may take it back until its day.")
    return _carry_out(lambda: ask_organization_erasure(ctx()), done)


@pages.post("/<organization>/privacy/erasure/withdraw")
@does(withdraw_organization_erasure, realm)
def withdraw_erasure(organization: str) -> Response:
    done = N_("The erasure of the organization is taken back. Nothing was erased.")
    return _carry_out(lambda: withdraw_organization_erasure(ctx()), done)


def _carry_out(act: Callable[[], None], done: str) -> Response:
    """Run a command; whatever refuses it, the page shows the truth."""
    try:
        act()
    except DomainError as error:
        notify("warning", error.message, **error.params)
        return _page(409)
    notify("success", done)
    return see_other(_address())


def _address() -> str:
    return url_for("organization.privacy", organization=here().public_id)


def _file_url(export: str) -> str:
    return url_for("organization.export_file", organization=here().public_id, archive=export)


def _page(status: int = 200) -> Response:
    found = exports(ctx())
    prospect = prospect_of_organization(here().id)
    return page(
        "organization/privacy.html", block="archives", status=status, organization=here(), exports=found,
        working=any(export.state == "asked" for export in found), refresh_url=_address(), due_at=prospect.due_at,
        obstacles=said(prospect.obstacles), file_url=_file_url, kept=ctx().programme.retention,
    )
