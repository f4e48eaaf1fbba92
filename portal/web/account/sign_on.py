"""The way to an identity provider, and the pages for when nobody comes back from there as hoped (S0.20)."""

from __future__ import annotations

from dataclasses import dataclass

from flask import abort, redirect, request, session, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.accounts.commands.sign_on import Errand, ask
from portal.accounts.policy import TooManyAttempts
from portal.adapters.signon import Provider, ProviderDown
from portal.core.ids import random_token
from portal.core.words import N_
from portal.web.access import PUBLIC, ctx
from portal.web.account import pages
from portal.web.account.entrance import here, home_of, remote_address, wanted
from portal.web.i18n import current_language
from portal.web.render import page, see_other


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why somebody was not let in, linked or believed, and what to do; `retry`: the same once more may well do."""

    status: int
    title: str
    text: str
    advice: str
    retry: bool = False


_USUAL = N_("Sign in as you otherwise do; in your settings you can link the account of %(service)s then.")
TROUBLES = {
    "down": Trouble(
        503, N_("%(service)s does not answer"),
        N_("Nothing is wrong with your account. We could not reach %(service)s, or its answer made no sense."),
        N_("Try again in a few minutes, or sign in with your password."),
        retry=True,
    ),
    "busy": Trouble(
        429, N_("Too many attempts"),
        N_("From your network, sign-in was tried very often within a short time."),
        N_("Wait a quarter of an hour and try again."),
        retry=True,
    ),
    "denied": Trouble(
        200, N_("You have not signed in"),
        N_("%(service)s tells us that the sign-in was cancelled, or that you did not agree to it."),
        N_("Nothing has changed. Try again, or sign in another way."),
        retry=True,
    ),
    "clock": Trouble(
        502, N_("The clocks do not agree"),
        N_("The answer of %(service)s is of a time that has passed or has not come yet. Its clock or ours is wrong."),
        N_("Sign in with your password meanwhile, and tell us, so that we can set it right."),
    ),
    "state": Trouble(
        400, N_("This answer was not expected here"),
        N_("Each sign-in counts once, in the browser in which it was begun. This one was used already, or was begun "
           "elsewhere. If a link from somebody else has brought you here, do not follow it again."),
        N_("Begin again in this browser."),
        retry=True,
    ),
    "expired": Trouble(
        410, N_("That took too long"),
        N_("A sign-in at %(service)s must be completed within ten minutes."),
        N_("Begin again; nothing has changed."),
        retry=True,
    ),
    "token": Trouble(
        400, N_("The answer of %(service)s could not be verified"),
        N_("It is not certain that it comes from %(service)s, or that it was meant for us. Nobody was signed in."),
        N_("Begin again. If it happens once more, tell us."),
        retry=True,
    ),
    "again": Trouble(
        403, N_("%(service)s did not ask you anew"),
        N_("To be certain that it is you, %(service)s must ask you to sign in once more. It did not say that it has."),
        N_("Prove with your password that it is you, or with a passkey."),
    ),
    "unverified": Trouble(
        409, N_("%(service)s does not vouch for your address"),
        N_("We know people by their e-mail address. %(service)s gave us none, or has not confirmed that it is yours."),
        _USUAL,
    ),
    "changed": Trouble(
        409, N_("This is another account at %(service)s"),
        N_("Your account here is linked to an account of %(service)s, and this one is another, although the address is "
           "the same. Addresses can be given to somebody else, so it does not open your account."),
        N_("Sign in another way, unlink the former account of %(service)s in your settings, and link the new one."),
    ),
    "taken": Trouble(
        409, N_("This account of %(service)s is linked already"),
        N_("It signs in as somebody else here. Nothing has changed."),
        N_("Use another account at %(service)s, or unlink this one where it is linked."),
    ),
    "linked": Trouble(
        200, N_("This account of %(service)s is linked already"), N_("You can sign in with it. Nothing has changed."),
        N_("You find it in your settings."),
    ),
    "other": Trouble(
        409, N_("This account of %(service)s is not linked to yours"),
        N_("It proves who you are at %(service)s, but not that you are the person who is signed in here."),
        N_("Use the account that is linked in your settings, or prove with your password that it is you."),
    ),
    "invited": Trouble(
        409, N_("An invitation is waiting for you"),
        N_("You have been invited with this address, and have not accepted yet."),
        N_("Open the link in the mail that you have got. After that you can link your account of %(service)s."),
    ),
    "closed": Trouble(
        403, N_("This account is closed"), N_("Its data were erased, and nobody can sign in with it any more."),
        N_("You are welcome to begin anew with another account."),
    ),
}
# Reasons of which a person learns no more than another one says; the log has them.
_SAME = {"code": "state", "issuer": "token", "audience": "token", "nonce": "token"}


@pages.get("/sign-in/with/<provider>")
@PUBLIC
def sign_on(provider: str) -> Response:
    """Lead to the provider: by a link, because our content policy lets no form end elsewhere."""
    known(provider)
    errand = Errand(_purpose(), wanted(), current_language())
    if errand.purpose == "enter" and ctx().actor.signed_in:
        return see_other(errand.onward or home_of(ctx().actor))
    try:
        url = ask(ctx(), provider, return_address(provider), _browser_token(), errand, remote_address())
    except ProviderDown:
        return see_other(trouble_url(provider, "down", errand.onward))
    except TooManyAttempts:
        return see_other(trouble_url(provider, "busy", errand.onward))
    response = redirect(url)
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.get("/sign-in/with/<provider>/<reason>")
@PUBLIC
def sign_on_trouble(provider: str, reason: str) -> Response:
    service = known(provider)
    trouble = TROUBLES.get(reason)
    if trouble is None:
        abort(404)
    title, text, advice = (
        gettext(words, service=service.name) for words in (trouble.title, trouble.text, trouble.advice)
    )
    return page("account/sign_on_trouble.html", status=trouble.status, title=title, text=text, advice=advice,
                service=service.name, retry=trouble.retry, again_url=here("account.sign_on", provider=provider),
                sign_in_to=here("account.sign_in"))


def known(provider: str) -> Provider:
    """Return the provider of this name, or answer that there is nothing at this address."""
    found = ctx().ports.signon.providers.get(provider)
    return found or abort(404)


def trouble_url(provider: str, reason: str, onward: str | None) -> str:
    return url_for("account.sign_on_trouble", provider=provider, reason=_SAME.get(reason, reason), next=onward)


def return_address(provider: str) -> str:
    """Return the one address that is registered at the provider."""
    return ctx().base_url + url_for("sign_on.back", provider=provider)


def services() -> list[tuple[str, str]]:
    """Return name and address of each provider to sign in with."""
    return [(one.name, here("account.sign_on", provider=code)) for code, one in ctx().ports.signon.providers.items()]


def _purpose() -> str:
    if "prove" in request.args:
        return "prove"
    return "link" if "link" in request.args else "enter"


def _browser_token() -> str:
    """Return what tells this browser from all others until somebody enters or leaves."""
    if "browser" not in session:
        session["browser"] = random_token()
    return str(session["browser"])
