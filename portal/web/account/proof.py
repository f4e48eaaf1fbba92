"""Proving once more who is sitting there, before what needs it."""

from __future__ import annotations

from flask import request, session
from werkzeug.wrappers import Response

from portal.accounts.commands.proof import prove_by_password
from portal.accounts.policy import TooManyAttempts
from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.web.access import ctx, shows
from portal.web.account import pages
from portal.web.account.entrance import here, home_of, remote_address, wanted
from portal.web.account.forms import ProofForm
from portal.web.render import notify, page, see_other
from portal.web.resend import offer, opened


@pages.get("/account/prove")
@shows(P.ACCOUNT_SETTINGS)
def prove() -> Response:
    return _page(ProofForm())


@pages.post("/account/prove")
@shows(P.ACCOUNT_SETTINGS)
def submit_prove() -> Response:
    form = ProofForm()
    if not form.validate_on_submit():
        return _page(form, 422)
    try:
        prove_by_password(ctx(), form.password.data, session["session"], remote_address())
    except DomainError as error:
        form.refuse(error)
        return _page(form, 429 if isinstance(error, TooManyAttempts) else 409)
    kept = opened(request.form.get("kept"))
    return offer(kept) if kept else see_other(wanted() or home_of(ctx().actor))


def keeping(kept: str) -> Response:
    """Ask for the proof in the place of what somebody wanted to send, which comes along."""
    notify("info", N_("Nothing was sent yet, and what you typed is kept: prove that it is you, then send it."))
    return _page(ProofForm(formdata=None), 403, kept)


def _page(form: ProofForm, status: int = 200, kept: str | None = None) -> Response:
    return page("account/prove.html", status=status, form=form, action=here("account.prove"),
                kept=kept or request.form.get("kept"))
