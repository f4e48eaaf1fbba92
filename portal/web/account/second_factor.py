"""A person's second factor: the overview, setting an app up, recovery codes, and doing without."""

from __future__ import annotations

import pyotp
import segno
from flask import session, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from portal.accounts.commands import second_factor as commands
from portal.accounts.policy import CODE_DIGITS, TooManyAttempts, grouped
from portal.accounts.queries import passkeys_of, pending_secret, ways_in
from portal.core.errors import DomainError, NotFound
from portal.core.permissions import P
from portal.core.words import N_
from portal.directory.queries.second_factor import required_by
from portal.web.access import ctx, does, shows
from portal.web.account import pages
from portal.web.account.device import device
from portal.web.account.entrance import here, remote_address, wanted
from portal.web.account.forms import CodeForm
from portal.web.account.passkey_questions import possible
from portal.web.render import notify, page, see_other


@pages.get("/account/second-factor")
@shows(P.ACCOUNT_SETTINGS)
def second_factor() -> Response:
    me = ctx().actor.account_id
    return page(
        "account/second_factor.html", ways=ways_in(me), keys=passkeys_of(me), required=required_by(ctx()),
        passkeys=possible(), start=here("account.start_app"), onward=wanted(),
    )


@pages.get("/account/second-factor/<any('start', 'codes'):factor_act>")
@shows(P.ACCOUNT_SETTINGS)
def second_factor_part(factor_act: str) -> Response:
    """Lead a reader who has proved who they are, or reloads, to the page that the act belongs to."""
    return see_other(here("account.second_factor"))


@pages.post("/account/second-factor/start")
@does(commands.start_app)
def start_app() -> Response:
    commands.start_app(ctx())
    return see_other(here("account.app"))


@pages.get("/account/second-factor/app")
@shows(P.ACCOUNT_SETTINGS)
def app() -> Response:
    commands.needs_proof(ctx())
    return _app_page(CodeForm(digits=True))


@pages.post("/account/second-factor/app")
@shows(P.ACCOUNT_SETTINGS)
def confirm_app() -> Response:
    form = CodeForm(digits=True)
    if not form.validate_on_submit():
        return _app_page(form, 422)
    try:
        codes = commands.confirm_app(ctx(), form.otp.data, session["session"], remote_address(), device())
    except NotFound:  # confirmed in another window, or begun too long ago
        return _begin_again()
    except DomainError as error:
        form.refuse(error)
        return _app_page(form, 429 if isinstance(error, TooManyAttempts) else 409)
    return _codes_page(codes)


@pages.post("/account/second-factor/codes")
@does(commands.renew_codes)
def renew_codes() -> Response:
    return _codes_page(commands.renew_codes(ctx()))


@pages.get("/account/second-factor/remove")
@shows(P.ACCOUNT_SETTINGS)
def removal_of_app() -> Response:
    return page("account/remove_app.html", required=required_by(ctx()))


@pages.post("/account/second-factor/remove")
@does(commands.remove_app)
def remove_app() -> Response:
    commands.remove_app(ctx(), session["session"])
    notify("success", N_("Signing in asks for your password alone from now on. All other browsers are signed out."))
    return see_other(url_for("account.second_factor"))


def _app_page(form: CodeForm, status: int = 200) -> Response:
    commands.needs_proof(ctx())
    try:
        secret = pending_secret(ctx())
    except NotFound:
        return _begin_again()
    link = pyotp.TOTP(secret).provisioning_uri(name=ctx().actor.email, issuer_name=ctx().programme.vendor.name)
    response = page("account/app.html", status=status, form=form, action=here("account.app"), link=link,
                    secret=grouped(secret, 4), qr=_drawn(link), digits=CODE_DIGITS, back=here("account.second_factor"))
    return _unkept(response)


def _begin_again() -> Response:
    notify("info", N_("Begin once more: a QR code is good for an hour, and for one app."))
    return see_other(here("account.second_factor"))


def _drawn(link: str) -> Markup:
    """Return a QR code as SVG: dark on white whatever the colors of the page, or cameras do not read it."""
    svg = segno.make(link, error="m", micro=False).svg_inline(
        scale=4, border=4, dark="#000", light="#fff", svgclass="qr", lineclass=None, omitsize=True
    )
    return Markup(svg)  # drawn here: it has no text in it


def _codes_page(codes: list[str]) -> Response:
    """Show recovery codes in the answer itself, which nothing keeps: nobody sees them a second time."""
    # The sign-in page knows where a person starts who may do more from now on.
    home = "account.sign_in" if ctx().actor.unsecured else "account.second_factor"
    after = wanted() or url_for(home)
    return _unkept(page("account/recovery_codes.html", codes=codes, after=after))


def _unkept(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
