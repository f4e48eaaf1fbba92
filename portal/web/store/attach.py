"""Attaching customers that are here already: codes, tokens and requests, and who came by them (S0.14)."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from portal.accounts.policy import TooManyAttempts
from portal.core.errors import DomainError
from portal.core.ids import random_token
from portal.core.permissions import P
from portal.core.words import N_
from portal.relations.commands import attaching, offers
from portal.relations.policy.offers import MESSAGE_MAX
from portal.relations.queries.offers import entered_token, lately_attached, own_offers
from portal.web.access import ctx, does, shows
from portal.web.forms import Form, tidy, tidy_line
from portal.web.render import notify, page, see_other
from portal.web.store import pages


class MakeForm(Form):
    """Nothing to fill in: what it makes, it makes once."""

    once = HiddenField()


class TokenForm(Form):
    """A customer's token, as it was written down or heard on the phone."""

    token = StringField(
        N_("Transfer token"), [DataRequired(), Length(max=60)], filters=[tidy_line],
        description=N_("For example K7MP-3QXW-9TFA-H2RD. Blanks, hyphens and small letters make no difference."),
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"},
    )


class RequestForm(Form):
    """Whom a partner asks, and in which words."""

    domain = StringField(
        N_("Domain name of the organization"), [DataRequired(), Length(max=253)], filters=[tidy_line],
        description=N_("For example siam.example, as in the addresses of its mails."),
        render_kw={"autocapitalize": "none", "spellcheck": "false"},
    )
    message = TextAreaField(
        N_("Message to its super administrator"), [DataRequired(), Length(max=MESSAGE_MAX)], filters=[tidy],
        description=N_("Say who you are and what you would do. Write in their language."), render_kw={"rows": 4},
    )


@pages.get("/attach")
@shows(P.CUSTOMER_ATTACH)
def attach() -> Response:
    return _overview()


@pages.get("/attach/codes")
@pages.get("/attach/requests")
@pages.get("/attach/offers/<offer>/withdraw")
@shows(P.CUSTOMER_ATTACH)
def attach_act(offer: str = "") -> Response:
    """Lead a reader who reloads a refused form, or changes its language, to the page it belongs to."""
    return see_other(url_for("store.attach"))


@pages.post("/attach/codes")
@does(offers.make_code)
def make_code() -> Response:
    """The answer is the page itself, this one time: a code in an address or a cookie would stay somewhere."""
    form = MakeForm()
    form.validate()
    try:
        made = offers.make_code(ctx(), form.once.data or random_token())
    except DomainError as error:
        notify("warning", error.message, **error.params)
        return _overview(409)
    response = _overview(made=made)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@pages.post("/attach/requests")
@does(offers.ask_customer)
def ask_customer() -> Response:
    form = RequestForm()
    if not form.validate():
        return _overview(422, asking=form)
    try:
        offers.ask_customer(ctx(), form.domain.data or "", form.message.data or "")
    except DomainError as error:
        form.refuse(error)
        return _overview(409, asking=form)
    notify("success", N_("If this organization is here, its super administrator now has your request."))
    return see_other(url_for("store.attach"))


@pages.post("/attach/offers/<offer>/withdraw")
@does(offers.withdraw_offer)
def withdraw_offer(offer: str) -> Response:
    try:
        offers.withdraw_offer(ctx(), offer)
    except DomainError as error:
        notify("warning", error.message, **error.params)
        return _overview(409)
    notify("success", N_("It is withdrawn: nobody can use it any more."))
    return see_other(url_for("store.attach"))


@pages.get("/attach/token")
@shows(P.CUSTOMER_ATTACH)
def redeem_token() -> Response:
    return _redeem(TokenForm(formdata=None))


@pages.post("/attach/token")
@shows(P.CUSTOMER_ATTACH)
def do_redeem_token() -> Response:
    form = TokenForm()
    if not form.validate():
        return _redeem(form, 422)
    try:
        offer = attaching.enter_token(ctx(), form.token.data or "", request.remote_addr or "")
    except DomainError as error:
        form.refuse(error)
        return _redeem(form, 429 if isinstance(error, TooManyAttempts) else 409)
    return see_other(url_for("store.token", offer=offer))


@pages.get("/attach/tokens/<offer>")
@shows(P.CUSTOMER_ATTACH)
def token(offer: str) -> Response:
    return page("store/token.html", found=entered_token(ctx(), offer))


@pages.post("/attach/tokens/<offer>")
@does(attaching.redeem_token)
def confirm_token(offer: str) -> Response:
    try:
        change = attaching.redeem_token(ctx(), offer)
    except DomainError as error:
        notify("warning", error.message, **error.params)
        return page("store/token.html", status=409, found=entered_token(ctx(), offer))
    notify("success", N_("%(name)s is now your customer."), name=change.organization.name)
    return see_other(url_for("store.attach"))


def _redeem(form: TokenForm, status: int = 200) -> Response:
    form.token.data = None  # a wrong token is typed anew, a right one belongs on no page
    return page("store/redeem_token.html", status=status, form=form)


def _overview(status: int = 200, asking: RequestForm | None = None, made: offers.Made | None = None) -> Response:
    found = own_offers(ctx())
    by_kind: dict[str, Any] = {
        f"{kind}s": [one for one in found if one.kind == kind] for kind in ("code", "token", "request")}
    relations = ctx().programme.relations
    return page(
        "store/attach.html", status=status, made=made, asking=asking or RequestForm(formdata=None),
        making=MakeForm(formdata=None, data={"once": random_token()}), lately=lately_attached(ctx().actor),
        code_days=relations.code_days, token_days=relations.token_days, request_days=relations.request_days, **by_kind,
    )
