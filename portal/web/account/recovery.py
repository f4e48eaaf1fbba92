"""Forgotten passwords."""

from __future__ import annotations

from werkzeug.wrappers import Response

from portal.accounts import commands
from portal.accounts.policy import Purpose, TokenRefused
from portal.accounts.queries import link
from portal.core.errors import DomainError
from portal.core.words import N_
from portal.web.access import PUBLIC, ctx
from portal.web.account import pages
from portal.web.account.device import device
from portal.web.account.entrance import browser, enter, here, onward, remote_address
from portal.web.account.forms import ForgotForm, NewPasswordForm
from portal.web.account.links import refused
from portal.web.render import notify, page, see_other


@pages.get("/forgot-password")
@PUBLIC
def forgot_password() -> Response:
    return _forgot_page(ForgotForm())


@pages.post("/forgot-password")
@PUBLIC
def submit_forgot_password() -> Response:
    form = ForgotForm()
    if not form.validate_on_submit():
        return _forgot_page(form, 422)
    try:
        commands.request_reset(ctx(), form.email.data, remote_address())
    except DomainError as error:
        form.refuse(error)
        return _forgot_page(form, 429)
    notify("info", N_("If there is an account for %(address)s, a link is on its way."), address=form.email.data)
    return see_other(here("account.sign_in"))


@pages.get("/reset-password/<token>")
@PUBLIC
def reset_password(token: str) -> Response:
    return _reset_page(token, NewPasswordForm())


@pages.post("/reset-password/<token>")
@PUBLIC
def submit_reset_password(token: str) -> Response:
    form = NewPasswordForm()
    if not form.validate_on_submit():
        return _reset_page(token, form, 422)
    try:
        enter(commands.reset_password(ctx(), token, form.password.data, device=device(), **browser()))
    except TokenRefused:
        return refused(here("account.forgot_password"))
    except DomainError as error:
        form.refuse(error)
        return _reset_page(token, form, 409)
    notify("success", N_("Your new password is set. All other browsers are signed out."))
    return onward()


def _forgot_page(form: ForgotForm, status: int = 200) -> Response:
    return page("account/forgot_password.html", status=status, form=form, action=here("account.forgot_password"),
                sign_in_to=here("account.sign_in"))


def _reset_page(token: str, form: NewPasswordForm, status: int = 200) -> Response:
    try:
        pending = link(ctx(), Purpose.RESET_PASSWORD, token)
    except TokenRefused:
        return refused(here("account.forgot_password"))
    return page("account/reset_password.html", status=status, form=form, token=token, address=pending.email)
