"""Proving once more who is sitting there, before what needs it: by password, by the app's code, or by a passkey."""

from __future__ import annotations

from flask import current_app, request, session, url_for
from werkzeug.wrappers import Response

from portal.accounts.commands.passkeys import ask_to_prove
from portal.accounts.commands.passkeys import prove_by_passkey as by_passkey
from portal.accounts.commands.proof import prove_by_password
from portal.accounts.commands.second_factor import prove_by_code
from portal.accounts.policy import TooManyAttempts
from portal.accounts.queries import providers_of, ways_in
from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.web.access import ctx, shows
from portal.web.account import pages
from portal.web.account.device import device
from portal.web.account.entrance import here, home_of, remote_address, wanted
from portal.web.account.forms import CodeForm, PasskeyForm, ProofForm
from portal.web.account.passkey_questions import kept as kept_question
from portal.web.account.passkey_questions import possible, put
from portal.web.render import notify, page, see_other
from portal.web.resend import offer, opened


@pages.get("/account/prove")
@shows(P.ACCOUNT_SETTINGS)
def prove() -> Response:
    return _page()


@pages.post("/account/prove")
@shows(P.ACCOUNT_SETTINGS)
def submit_prove() -> Response:
    """Take whichever form of the page was sent."""
    form = CodeForm(digits=True) if "otp" in request.form else ProofForm()
    if not form.validate_on_submit():
        return _page(form, 422)
    try:
        if isinstance(form, CodeForm):
            prove_by_code(ctx(), form.otp.data, session["session"], remote_address(), device())
        else:
            prove_by_password(ctx(), form.password.data, session["session"], remote_address())
    except DomainError as error:
        form.refuse(error)
        return _page(form, 429 if isinstance(error, TooManyAttempts) else 409)
    return _onward()


@pages.get("/account/prove/<any('passkey', 'question'):proof_act>")
@shows(P.ACCOUNT_SETTINGS)
def prove_part(proof_act: str) -> Response:
    """Lead a reader who reloads a refused proof to the page it belongs to."""
    return see_other(here("account.prove"))


@pages.post("/account/prove/question")
@shows(P.ACCOUNT_SETTINGS)
def ask_passkey_to_prove() -> Response:
    return put(ask_to_prove(ctx(), remote_address()))


@pages.post("/account/prove/passkey")
@shows(P.ACCOUNT_SETTINGS)
def prove_by_passkey() -> Response:
    form = PasskeyForm()
    if not form.validate_on_submit():
        return _page(status=422)
    try:
        by_passkey(ctx(), kept_question(), form.credential.data, session["session"])
    except DomainError as error:
        refused = ProofForm(formdata=None)
        refused.refuse(error)
        return _page(refused, 409)
    return _onward()


def keeping(kept: str) -> Response:
    """Ask for the proof in the place of what somebody wanted to send, which comes along."""
    notify("info", N_("Nothing was sent yet, and what you typed is kept: prove that it is you, then send it."))
    return _page(status=403, kept=kept)


def _onward() -> Response:
    kept = opened(request.form.get("kept"))
    return offer(kept) if kept else see_other(wanted() or home_of(ctx().actor))


def _page(sent: ProofForm | CodeForm | None = None, status: int = 200, kept: str | None = None) -> Response:
    """Answer with a form for each way that the account has; `sent` is one that was not taken."""
    person = ctx().actor.account_id
    ways = ways_in(person)
    by_code = sent if isinstance(sent, CodeForm) else CodeForm(digits=True, formdata=None)
    by_password = sent if isinstance(sent, ProofForm) else ProofForm(formdata=None)
    return page(
        "account/prove.html", status=status, ways=ways, sent=sent, by_code=by_code, by_password=by_password,
        action=here("account.prove"), passkey_action=here("account.prove_by_passkey"),
        passkeys=possible() and ways.passkeys, kept=kept or request.form.get("kept"),
        signs_on=_sign_on_links(person),
    )


def _sign_on_links(account_id: int | None) -> list[tuple[str, str]]:
    """Return name and address of each identity provider with which this person can sign in again."""
    if "account.sign_on" not in current_app.view_functions:
        return []
    known = ctx().ports.signon.providers
    return [(known[code].name, url_for("account.sign_on", provider=code, prove=1, next=wanted()))
            for code in providers_of(account_id) if code in known]
