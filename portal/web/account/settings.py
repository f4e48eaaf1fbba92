"""A person's own settings."""

from __future__ import annotations

from dataclasses import asdict

from flask import session, url_for
from werkzeug.wrappers import Response

from portal.accounts import commands
from portal.accounts.policy import TooManyAttempts
from portal.accounts.queries import profile
from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.web.access import ctx, does, shows
from portal.web.account import pages
from portal.web.account.device import device
from portal.web.account.entrance import remote_address
from portal.web.account.forms import ChangePasswordForm, SettingsForm
from portal.web.render import notify, page, see_other


@pages.get("/account")
@shows(P.ACCOUNT_SETTINGS)
def settings() -> Response:
    return _page()


@pages.post("/account")
@does(commands.change_settings)
def change_settings() -> Response:
    form = SettingsForm(**asdict(profile(ctx())))
    if not form.validate_on_submit():
        return _page(422, form=form)
    answers = {name: form[name].data for name in ("name", "language", "time_zone", "country", "calendar")}
    try:
        commands.change_settings(ctx(), **answers)
    except DomainError as error:
        form.refuse(error)
        return _page(409, form=form)
    notify("success", N_("Your settings are saved."))
    return see_other(url_for("account.settings", lang=answers["language"]))


@pages.get("/account/password")
@shows(P.ACCOUNT_SETTINGS)
def password() -> Response:
    """Lead to the form: the address of a refused change is in the browser's bar."""
    return see_other(url_for("account.settings"))


@pages.post("/account/password")
@shows(P.ACCOUNT_SETTINGS)
def change_password() -> Response:
    form = ChangePasswordForm()
    if not form.validate_on_submit():
        return _page(422, password_form=form)
    try:
        commands.change_password(
            ctx(), form.current.data, form.password.data, session["session"], remote_address(), device()
        )
    except DomainError as error:
        form.refuse(error)
        return _page(429 if isinstance(error, TooManyAttempts) else 409, password_form=form)
    notify("success", N_("Your new password is set. All other browsers are signed out."))
    return see_other(url_for("account.settings"))


def _page(
    status: int = 200, form: SettingsForm | None = None, password_form: ChangePasswordForm | None = None
) -> Response:
    saved = profile(ctx())
    return page("account/settings.html", status=status, form=form or SettingsForm(**asdict(saved)),
                password_form=password_form or ChangePasswordForm(), address=saved.email, now=ctx().now,
                currency=ctx().programme.currency_for_country(ctx().actor.country))
