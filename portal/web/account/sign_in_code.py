"""The second half of signing in: a code of the app, a recovery code, or a passkey; and coming in by passkey alone."""

from __future__ import annotations

from flask import request, session, url_for
from werkzeug.wrappers import Response

from portal.accounts.commands import passkeys
from portal.accounts.commands.second_factor import complete_sign_in
from portal.accounts.commands.sessions import half_session
from portal.accounts.policy import SignInExpired, TooManyAttempts
from portal.accounts.queries import ways_in
from portal.core.errors import DomainError
from portal.web.access import PUBLIC, ctx
from portal.web.account import pages, sign_in
from portal.web.account.device import device
from portal.web.account.entrance import browser, enter, here, home_of, onward, remote_address, wanted
from portal.web.account.forms import CodeForm, PasskeyForm
from portal.web.account.passkey_questions import kept as kept_question
from portal.web.account.passkey_questions import possible, put
from portal.web.render import page, see_other


@pages.get("/sign-in/code")
@PUBLIC
def sign_in_code() -> Response:
    if ctx().actor.signed_in:
        return see_other(wanted() or home_of(ctx().actor))
    try:
        return _page(CodeForm())
    except SignInExpired:
        return see_other(here("account.sign_in"))


@pages.post("/sign-in/code")
@PUBLIC
def submit_sign_in_code() -> Response:
    form = CodeForm()
    try:
        if not form.validate_on_submit():
            return _page(form, 422)
        enter(complete_sign_in(
            ctx(), session.get("session", ""), form.otp.data, device=device(), **browser()))
    except SignInExpired as error:
        return sign_in.again(error, request.form.get("kept"))
    except DomainError as error:
        form.refuse(error)
        return _page(form, 429 if isinstance(error, TooManyAttempts) else 409)
    return onward(wanted(), request.form.get("kept"))


@pages.get("/sign-in/<any('passkey', 'passkey-question'):entry_act>")
@PUBLIC
def sign_in_part(entry_act: str) -> Response:
    """Lead a reader who reloads a refused passkey to the page it belongs to."""
    return see_other(here("account.sign_in_code"))


@pages.post("/sign-in/passkey-question")
@PUBLIC
def ask_passkey_to_enter() -> Response:
    return put(passkeys.ask_to_enter(ctx(), session.get("session"), remote_address()))


@pages.post("/sign-in/passkey")
@PUBLIC
def enter_by_passkey() -> Response:
    form, kept = PasskeyForm(), request.form.get("kept")
    if not form.validate_on_submit():
        return see_other(here("account.sign_in_code"))
    try:
        enter(passkeys.enter_by_passkey(
            ctx(), kept_question(), form.credential.data, session.get("session"), **browser()))
    except DomainError as error:
        return _refused(error, kept)
    return onward(wanted(), kept)


def _refused(error: DomainError, kept: str | None) -> Response:
    """Tell beside the code that is asked for, or beside the password where nothing has begun."""
    form = CodeForm(formdata=None)
    form.refuse(error)
    try:
        return _page(form, 409)
    except SignInExpired:
        return sign_in.again(error, kept)


def asking(to: str | None, kept: str | None) -> Response:
    """Ask for the second factor of whoever has just entered by half; a kept form comes along on the page itself."""
    if not kept:
        return see_other(url_for("account.sign_in_code", next=to))
    return _page(CodeForm(formdata=None), kept=kept, to=to)


def _page(form: CodeForm, status: int = 200, kept: str | None = None, to: str | None = None) -> Response:
    """Raises `SignInExpired` in a browser that has not begun to sign in."""
    ways = ways_in(half_session(ctx(), session.get("session")).account_id)
    to = to or wanted()
    return page(
        "account/sign_in_code.html", status=status, form=form, action=url_for("account.sign_in_code", next=to),
        kept=kept or request.form.get("kept"), passkey_action=url_for("account.enter_by_passkey", next=to),
        passkeys=possible() and ways.passkeys, begin_again=url_for("account.sign_in", next=to),
    )
