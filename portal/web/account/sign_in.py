"""Signing in and out."""

from __future__ import annotations

from flask import request, session, url_for
from werkzeug.wrappers import Response

from portal.accounts import commands
from portal.accounts.policy import NotVerified, TooManyAttempts
from portal.core.errors import DomainError
from portal.core.words import N_
from portal.web.access import PUBLIC, ctx
from portal.web.account import pages
from portal.web.account.device import device
from portal.web.account.entrance import browser, enter, here, home_of, leave, onward, wanted
from portal.web.account.forms import SignInForm
from portal.web.account.passkey_questions import possible
from portal.web.account.sign_on import services
from portal.web.cookies import cookie
from portal.web.i18n import LANGUAGE
from portal.web.render import notify, page, see_other


@pages.get("/sign-in")
@PUBLIC
def sign_in() -> Response:
    if ctx().actor.signed_in:
        return see_other(wanted() or home_of(ctx().actor))
    return _page(SignInForm())


@pages.post("/sign-in")
@PUBLIC
def submit_sign_in() -> Response:
    form = SignInForm()
    if not form.validate_on_submit():
        return _page(form, 422)
    try:
        enter(commands.sign_in(ctx(), form.email.data, form.password.data, device=device(), **browser()))
    except DomainError as error:
        if isinstance(error, NotVerified):
            session["chosen"] = error.chosen
        form.refuse(error)
        return _page(form, 429 if isinstance(error, TooManyAttempts) else 409)
    return onward(wanted(), request.form.get("kept"))


@pages.post("/sign-out")
@PUBLIC
def sign_out() -> Response:
    """Leave nothing behind on a shared computer, not even the language."""
    leave()
    response = see_other(url_for("public.home"))
    response.delete_cookie(cookie(LANGUAGE), secure=request.is_secure)
    response.headers["Clear-Site-Data"] = '"cache"'  # the pages of this visit, which Back would show
    return response


def keeping(kept: str) -> Response:
    """Show the sign-in page in the place of what somebody wanted to send, which comes along."""
    notify("warning", N_("You are signed out. Nothing was saved yet, but what you typed is kept: sign in to send it."))
    return _page(SignInForm(formdata=None), 403, kept)


def again(error: DomainError, kept: str | None) -> Response:
    """Begin anew where the rest of a sign-in was refused."""
    form = SignInForm(formdata=None)
    form.refuse(error)
    return _page(form, 409, kept)


def _page(form: SignInForm, status: int = 200, kept: str | None = None) -> Response:
    return page("account/sign_in.html", status=status, form=form, action=here("account.sign_in"),
                kept=kept or request.form.get("kept"), sign_up_url=here("account.sign_up"),
                forgot_url=here("account.forgot_password"), passkeys=possible(), services=services(),
                passkey_action=here("account.enter_by_passkey"))
