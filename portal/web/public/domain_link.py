"""The page for whoever holds the DNS of a domain: opened by a link in a mail, without an account."""

from __future__ import annotations

from flask import url_for
from werkzeug.wrappers import Response

from portal.core.errors import NotFound
from portal.core.words import N_
from portal.domains import commands, queries
from portal.domains.policy import Method
from portal.web.access import PUBLIC, ctx, does
from portal.web.domain_parts import posted_method, shown, tell_whether
from portal.web.errors import error_page
from portal.web.public import pages
from portal.web.render import page, see_other, wants_fragment

_ENDED = (
    N_("This link is no longer valid"),
    N_("It has expired or is not complete. Ask the person who sent it to you for a new one."),
)


@pages.get("/domain/<token>")
@PUBLIC
def domain_link(token: str) -> Response:
    return _answer(token)


@pages.post("/domain/<token>/check")
@does(commands.ask_check_by_link)
def check_domain_link(token: str) -> Response:
    method = posted_method()
    try:
        tell_whether(commands.ask_check_by_link(ctx(), token, method))
    except NotFound:
        return error_page(404, *_ENDED)
    return _answer(token, method) if wants_fragment() else see_other(_address(token, method))


def _address(token: str, method: Method) -> str:
    return url_for("public.domain_link", token=token, method=method)


def _answer(token: str, method: Method | None = None) -> Response:
    try:
        link = queries.link(ctx(), token)
    except NotFound:
        return error_page(404, *_ENDED)
    return page(
        "public/domain_link.html", block="progress",
        **shown(link.domain, method, lambda method: _address(token, method)),
        check_url=url_for("public.check_domain_link", token=token), manage_url=None,
    )
