"""Signing up, the page to wait on, and the link that confirms the address."""

from __future__ import annotations

from flask import session
from werkzeug.wrappers import Response

from portal.accounts import commands
from portal.accounts.commands.sign_up import chose_password
from portal.accounts.policy import TOKEN_LIFETIME, Purpose, TokenRefused, TooManyAttempts
from portal.accounts.queries import link
from portal.core.errors import DomainError
from portal.web.access import PUBLIC, ctx
from portal.web.account import pages
from portal.web.account.entrance import browser, enter, here, home_of, onward, remote_address, wanted
from portal.web.account.forms import ConfirmForm, ProveForm, SignUpForm
from portal.web.account.links import refused
from portal.web.i18n import current_language, local_path
from portal.web.render import page, see_other


@pages.get("/sign-up")
@PUBLIC
def sign_up() -> Response:
    if ctx().actor.signed_in:
        return see_other(wanted() or home_of(ctx().actor))
    return _page(SignUpForm())


@pages.post("/sign-up")
@PUBLIC
def submit_sign_up() -> Response:
    form = SignUpForm()
    if not form.validate_on_submit():
        return _page(form, 422)
    payload = {"next": wanted(), "draft": session.get("draft")}
    try:
        session["chosen"] = commands.sign_up(
            ctx(), form.name.data, form.email.data, form.password.data, current_language(), payload=payload,
            address=remote_address(),
        )
    except DomainError as error:
        form.refuse(error)
        return _page(form, 429 if isinstance(error, TooManyAttempts) else 409)
    session["sent_to"] = form.email.data
    return see_other(here("account.sign_up_sent"))


@pages.get("/sign-up/sent")
@PUBLIC
def sign_up_sent() -> Response:
    return page("account/sign_up_sent.html", address=session.get("sent_to"), sign_up_url=here("account.sign_up"),
                sign_in_to=here("account.sign_in"), link_days=TOKEN_LIFETIME[Purpose.VERIFY_EMAIL].days)


@pages.get("/verify-email/<token>")
@PUBLIC
def verify_email(token: str) -> Response:
    """Show a button: programs that read mails open links, and must not use them up."""
    return _verify_page(token, None)


@pages.post("/verify-email/<token>")
@PUBLIC
def submit_verify_email(token: str) -> Response:
    form = ProveForm()
    try:
        entered = commands.verify_email(
            ctx(), token, chosen=session.get("chosen", ""), password=form.password.data or "", **browser()
        )
    except TokenRefused:
        return refused(here("account.sign_up"))
    except DomainError as error:
        form.refuse(error)
        return _verify_page(token, form, 429 if isinstance(error, TooManyAttempts) else 409)
    enter(entered.session, entered.payload.get("draft"))
    return onward(local_path(entered.payload.get("next")))


def _verify_page(token: str, form: ProveForm | None, status: int = 200) -> Response:
    """Ask for the password too when another browser chose it (see `commands.verify_email`)."""
    try:
        pending = link(ctx(), Purpose.VERIFY_EMAIL, token)
    except TokenRefused:
        return refused(here("account.sign_up"))
    known = chose_password(pending, session.get("chosen", ""))
    return page("account/verify_email.html", status=status, address=pending.email, token=token,
                form=form or (ConfirmForm() if known else ProveForm()))


def _page(form: SignUpForm, status: int = 200) -> Response:
    return page("account/sign_up.html", status=status, form=form, action=here("account.sign_up"),
                sign_in_to=here("account.sign_in"))
