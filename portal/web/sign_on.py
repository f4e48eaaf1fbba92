"""Where identity providers send people back to: one address each, without language, as it is registered there."""

from __future__ import annotations

from flask import Blueprint, g, request, session, url_for
from werkzeug.wrappers import Response

from portal.accounts.commands.identities import check_free, check_own
from portal.accounts.commands.proof import note_proof
from portal.accounts.commands.sign_on import Question, answered, arrive, keep_claim, take
from portal.accounts.policy import SignOnRefused
from portal.adapters.signon import AnswerRefused, Person, ProviderDown
from portal.web.access import PUBLIC, ctx
from portal.web.account.entrance import browser, enter, onward
from portal.web.account.sign_on import known, return_address, trouble_url
from portal.web.i18n import local_path
from portal.web.render import see_other

pages = Blueprint("sign_on", __name__)


@pages.get("/signed-on/<provider>")
@PUBLIC
def back(provider: str) -> Response:
    """Read an answer, once, and lead on: to where somebody wanted to go, or to the page that says what went wrong."""
    known(provider)
    response = _lead_on(provider)
    response.vary.update(["Accept-Language", "Cookie"])
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _lead_on(provider: str) -> Response:
    to = None
    try:
        question = take(ctx(), session.get("browser"), request.args.get("state", ""))
        g.lang, to = question.errand.language, local_path(question.errand.onward)
        person = answered(ctx(), question, provider, return_address(provider), request.args)
        return _RUN[question.errand.purpose](question, person, to)
    except ProviderDown:
        g.refusal = "down"
    except (AnswerRefused, SignOnRefused) as refused:
        g.refusal = refused.reason  # for the security log, which tells more than the page
    return see_other(trouble_url(provider, g.refusal, to))


def _enter(question: Question, person: Person, to: str | None) -> Response:
    arrived = arrive(ctx(), person, question.errand, **browser())
    if arrived.session:
        enter(arrived.session)
        return onward(to)
    session["claim"] = arrived.claim
    return see_other(url_for("account.claim"))


def _link(_question: Question, person: Person, to: str | None) -> Response:
    check_free(ctx(), person)
    session["claim"] = keep_claim(ctx(), person, to)
    return see_other(url_for("account.claim"))


def _prove(_question: Question, person: Person, to: str | None) -> Response:
    check_own(ctx(), person)
    note_proof(ctx(), session["session"])
    return see_other(to or url_for("account.settings"))


_RUN = {"enter": _enter, "link": _link, "prove": _prove}
