"""Which identity providers a person signs in with: linking and unlinking."""

from __future__ import annotations

from dataclasses import dataclass

from flask import session, url_for
from werkzeug.wrappers import Response

from portal.accounts.commands import identities as commands
from portal.accounts.queries import Linked, linked
from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.web.access import ctx, does, shows
from portal.web.account import pages
from portal.web.render import notify, page, see_other


@dataclass(frozen=True, slots=True)
class Service:
    """A provider as its row shows it: with the account that is linked, or the address to link one."""

    name: str
    account: Linked | None
    link_url: str | None


@pages.get("/account/identities")
@shows(P.ACCOUNT_SETTINGS)
def identities() -> Response:
    return _page()


@pages.get("/account/identities/<identity>/unlink")
@shows(P.ACCOUNT_SETTINGS)
def identity(identity: str) -> Response:
    """Lead to the list: the address of a refused act is in the browser's bar."""
    return see_other(url_for("account.identities"))


@pages.post("/account/identities/<identity>/unlink")
@does(commands.unlink_identity)
def unlink_identity(identity: str) -> Response:
    try:
        provider = commands.unlink_identity(ctx(), identity, session["session"])
    except DomainError as error:
        notify("warning", error.message, **error.params)
        return _page(409)
    notify("success", N_("%(service)s is unlinked. Other browsers that came in by such a service are signed out."),
           service=_name(provider))
    return see_other(url_for("account.identities"))


def _page(status: int = 200) -> Response:
    return page("account/identities.html", status=status, services=_services(linked(ctx())))


def _services(mine: list[Linked]) -> list[Service]:
    """Return the providers of this portal, and after them what is linked at others."""
    by_code = {account.provider: account for account in mine}
    here = url_for("account.identities")
    offered = [
        Service(one.name, by_code.pop(code, None), url_for("account.sign_on", provider=code, link=1, next=here))
        for code, one in ctx().ports.signon.providers.items()
    ]
    return offered + [Service(account.provider, account, None) for account in by_code.values()]


def _name(provider: str) -> str:
    known = ctx().ports.signon.providers.get(provider)
    return known.name if known else provider
