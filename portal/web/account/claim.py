"""Linking an account at an identity provider to one here, by the owner of both: who comes must prove the second."""

from __future__ import annotations

from flask import session, url_for
from werkzeug.wrappers import Response

from portal.accounts import commands
from portal.accounts.commands import identities
from portal.accounts.policy import SignOnRefused, TokenRefused, TooManyAttempts
from portal.accounts.queries import Claim, pending_claim
from portal.core.errors import DomainError, NotFound
from portal.core.words import N_
from portal.web.access import PUBLIC, ctx, does
from portal.web.account import pages
from portal.web.account.device import device
from portal.web.account.entrance import browser, enter, home_of, onward, remote_address
from portal.web.account.forms import ConfirmForm, ProofForm
from portal.web.account.links import refused
from portal.web.account.sign_on import trouble_url
from portal.web.i18n import local_path
from portal.web.render import notify, page, see_other


@pages.get("/sign-in/link")
@PUBLIC
def claim() -> Response:
    return _page(ProofForm())


@pages.post("/sign-in/link")
@PUBLIC
def submit_claim() -> Response:
    """Sign in with the password of the claimed account, and link; somebody with a second factor confirms after it."""
    form, pending = ProofForm(), pending_claim(ctx(), session.get("claim"))
    if pending is None:
        return _gone()
    if not form.validate_on_submit():
        return _page(form, 422)
    try:
        enter(commands.sign_in(ctx(), pending.email, form.password.data, device=device(), **browser()))
    except DomainError as error:
        form.refuse(error)
        return _page(form, 429 if isinstance(error, TooManyAttempts) else 409)
    led = onward(url_for("account.claim"))
    return _linked(pending) if ctx().actor.account_id == pending.account_id else led


@pages.get("/sign-in/link/<any(confirm, mail):claim_part>")
@PUBLIC
def claim_part(claim_part: str) -> Response:
    """Lead to the page: the address of a refused act is in the browser's bar."""
    return see_other(url_for("account.claim"))


@pages.post("/sign-in/link/confirm")
@does(identities.link_claimed)
def confirm_claim() -> Response:
    pending = pending_claim(ctx(), session.get("claim"))
    return _linked(pending) if pending else _gone()


@pages.post("/sign-in/link/mail")
@PUBLIC
def mail_claim() -> Response:
    try:
        identities.mail_claim(ctx(), session.get("claim", ""), remote_address())
    except NotFound:
        return _gone()
    except TooManyAttempts as error:
        notify("warning", error.message, **error.params)
        return _page(ProofForm(formdata=None), 429)
    notify("info", N_("A link is on its way. Open it in this browser; it works for half an hour."))
    return see_other(url_for("account.claim"))


@pages.get("/sign-in/link/<token>")
@PUBLIC
def claim_link(token: str) -> Response:
    """Show a button: programs that read mails open links, and must not use them up."""
    try:
        identities.check_claim_link(ctx(), token, session.get("claim", ""))
    except TokenRefused:
        return refused(url_for("account.sign_in"))
    return _page(ConfirmForm(), token=token)


@pages.post("/sign-in/link/<token>")
@PUBLIC
def submit_claim_link(token: str) -> Response:
    try:
        enter(identities.redeem_claim_link(ctx(), token, session.get("claim", ""), **browser()))
    except TokenRefused:
        return refused(url_for("account.sign_in"))
    return onward(url_for("account.claim"))


def _linked(pending: Claim) -> Response:
    """Link, and go on; the claim is used up whatever comes of it."""
    provider = pending.person.provider
    try:
        identities.link_claimed(ctx(), session.get("claim", ""))
    except SignOnRefused as refusal:
        return see_other(trouble_url(provider, refusal.reason, None))
    except NotFound:
        return _gone()
    session.pop("claim", None)
    notify("success", N_("Linked. From now on you can also sign in with %(service)s."), service=_service(pending))
    return see_other(local_path(pending.onward) or home_of(ctx().actor))


def _gone() -> Response:
    session.pop("claim", None)
    notify("warning", N_("That took too long. Please sign in again."))
    return see_other(url_for("account.sign_in"))


def _service(pending: Claim) -> str:
    known = ctx().ports.signon.providers.get(pending.person.provider)
    return known.name if known else pending.person.provider


def _page(form: ProofForm | ConfirmForm, status: int = 200, token: str | None = None) -> Response:
    pending = pending_claim(ctx(), session.get("claim"))
    if pending is None:
        return _gone()
    return page("account/claim.html", status=status, form=form, claim=pending, service=_service(pending), token=token,
                owner=pending.account_id == ctx().actor.account_id, sign_in_to=_usual_way())


def _usual_way() -> str:
    """Return the address of the sign-in page, which leads back here."""
    return url_for("account.sign_in", next=url_for("account.claim"))
