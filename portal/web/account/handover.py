"""The page on which a proposed person becomes the super administrator of their organization, or does not."""

from __future__ import annotations

from collections.abc import Callable

from flask import url_for
from werkzeug.wrappers import Response

from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.directory.commands import handover as commands
from portal.directory.queries.handover import asked
from portal.web.access import ctx, does, shows
from portal.web.account import pages
from portal.web.render import notify, page, see_other


@pages.get("/account/handover/<handover>")
@shows(P.ACCOUNT_SETTINGS)
def handover(handover: str) -> Response:
    return _page(handover)


@pages.get("/account/handover/<handover>/<any(accept, decline):answer>")
@shows(P.ACCOUNT_SETTINGS)
def handover_answer(handover: str, answer: str) -> Response:
    """Lead to the question: the address of a refused answer is in the browser's bar."""
    return see_other(url_for("account.handover", handover=handover))


@pages.post("/account/handover/<handover>/accept")
@does(commands.accept_handover)
def accept_handover(handover: str) -> Response:
    def accept() -> str:
        organization = commands.accept_handover(ctx(), handover)
        notify("success", N_("You are now the super administrator."))
        return url_for("organization.home", organization=organization.public_id)

    return _answer(handover, accept)


@pages.post("/account/handover/<handover>/decline")
@does(commands.decline_handover)
def decline_handover(handover: str) -> Response:
    def decline() -> str:
        commands.decline_handover(ctx(), handover)
        notify("success", N_("You have declined. Nothing has changed."))
        return url_for("account.handover", handover=handover)

    return _answer(handover, decline)


def _answer(handover: str, act: Callable[[], str]) -> Response:
    """Carry out the answer and go where it leads; a refusal is told on the page."""
    try:
        return see_other(act())
    except DomainError as error:
        notify("warning", error.message, **error.params)
        return _page(handover, 409)


def _page(handover: str, status: int = 200) -> Response:
    return page("account/handover.html", status=status, question=asked(ctx(), handover))
