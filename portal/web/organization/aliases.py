"""Aliases of an organization's users, and who gets the mail that is for nobody."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.directory.commands import addresses as commands
from portal.directory.policy.addresses import shown
from portal.directory.queries import addresses as queries
from portal.directory.queries.addresses import MailDomain
from portal.web.access import ctx, does, shows
from portal.web.forms import tidy
from portal.web.organization import pages
from portal.web.organization.address_forms import AliasForm, CatchAllForm
from portal.web.organization.lists import neighbors, searched
from portal.web.organization.realm import organization as here
from portal.web.organization.realm import realm
from portal.web.render import notify, page, see_other

_CATCH_ALL = "catch-all-"  # the page has two forms that ask for a domain


@pages.get("/<organization>/aliases")
@shows(P.DIRECTORY_READ, realm)
def aliases(organization: str) -> Response:
    return _answer(_domains())


@pages.post("/<organization>/aliases")
@does(commands.add_alias, realm)
def add_alias(organization: str) -> Response:
    domains = _domains()
    form = AliasForm(_choices(domains))
    if not form.validate():
        return _answer(domains, 422, form=form)
    try:
        alias = commands.add_alias(ctx(), form.user.data, form.local.data, form.domain.data)
    except DomainError as error:
        form.refuse(error)
        return _answer(domains, 409, form=form)
    notify("success", N_("The alias %(address)s is there."), address=shown(alias.text))
    return see_other(_address())


@pages.post("/<organization>/aliases/<address>/remove")
@does(commands.remove_alias, realm)
def remove_alias(organization: str, address: str) -> Response:
    alias = commands.remove_alias(ctx(), address)
    notify("success", N_("The alias %(address)s is removed."), address=shown(alias.text))
    return see_other(_address())


@pages.post("/<organization>/aliases/catch-all")
@does(commands.set_catch_all, realm)
def set_catch_all(organization: str) -> Response:
    domains = _domains()
    form = CatchAllForm(_choices(domains), prefix=_CATCH_ALL)
    if not form.validate():
        return _answer(domains, 422, catch_all=form)
    try:
        commands.set_catch_all(ctx(), form.domain.data, form.user.data)
    except DomainError as error:
        form.refuse(error)
        return _answer(domains, 409, catch_all=form)
    notify("success", N_("Mail to unknown addresses of %(domain)s goes to %(user)s."),
           domain=dict(_choices(domains))[form.domain.data], user=form.user.data)
    return see_other(_address())


@pages.post("/<organization>/aliases/catch-all/remove")
@does(commands.remove_catch_all, realm)
def remove_catch_all(organization: str) -> Response:
    commands.remove_catch_all(ctx(), tidy(request.form.get("domain")))
    notify("success", N_("Mail to unknown addresses is refused again."))
    return see_other(_address())


@pages.get("/<organization>/aliases/catch-all")
@shows(P.DIRECTORY_READ, realm)
def catch_all(organization: str) -> Response:
    """Lead a reader who reloads a refused form, or changes its language, to the page it belongs to."""
    return see_other(_address())


def _domains() -> list[MailDomain]:
    return queries.domains_with_catch_all(here().id)


def _choices(domains: list[MailDomain]) -> list[tuple[str, str]]:
    return [(domain.name, domain.display) for domain in domains]


def _address() -> str:
    """Return the address of the list, of the same user's aliases if it showed only theirs."""
    return url_for("organization.aliases", organization=here().public_id, user=request.args.get("user"))


def _answer(
    domains: list[MailDomain], status: int = 200, form: AliasForm | None = None, catch_all: CatchAllForm | None = None
) -> Response:
    found = _list()
    choices, owner = _choices(domains), found["owner"]
    return page(
        "organization/aliases.html", status=status, organization=here(), domains=domains, shown=shown, **found,
        form=form or AliasForm(choices, formdata=None, user=owner.email if owner else None),
        catch_all=catch_all or CatchAllForm(choices, formdata=None, prefix=_CATCH_ALL),
    )


def _list() -> dict[str, Any]:
    """Return the aliases that were asked for: all, those that are like some words, or those of one user."""
    user, search = tidy(request.args.get("user")), searched()
    if user:
        owner, rows = queries.aliases_of(here().id, user)
        return {"owner": owner, "aliases": rows, "search": "", "previous_url": None, "next_url": None}
    found = queries.aliases(here().id, search, request.args.get("after"))
    turns = neighbors(found, "organization.aliases", organization=here().public_id, q=search or None)
    return {"owner": None, "aliases": found.rows, "search": search, **turns}
