"""Choosing a partner: its code entered, its request answered, or a token made; and the consent that each takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from portal.accounts.policy import TooManyAttempts
from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.relations.commands import attaching, offers
from portal.relations.queries.offers import of_organization
from portal.relations.queries.terms import Reading, general, reading
from portal.web.access import ctx, does, shows
from portal.web.countries import countries
from portal.web.i18n import current_language
from portal.web.organization import pages
from portal.web.organization.attach_forms import AttachForm, CodeForm, TokenForm
from portal.web.organization.realm import organization as here
from portal.web.organization.realm import realm
from portal.web.render import notify, page, see_other
from portal.web.terms import shown


@pages.get("/<organization>/partner/code")
@shows(P.PARTNER_CHOOSE, realm)
def enter_code(organization: str) -> Response:
    return _choose(CodeForm(formdata=None))


@pages.post("/<organization>/partner/code")
@shows(P.PARTNER_CHOOSE, realm)
def do_enter_code(organization: str) -> Response:
    form = CodeForm()
    if not form.validate():
        return _choose(form, 422)
    try:
        offer = attaching.enter_code(ctx(), form.code.data or "", request.remote_addr or "")
    except DomainError as error:
        form.refuse(error)
        return _choose(form, 429 if isinstance(error, TooManyAttempts) else 409)
    return see_other(url_for("organization.attach", organization=organization, offer=offer))


@pages.get("/<organization>/partner/attach/<offer>")
@shows(P.PARTNER_CHOOSE, realm)
def attach(organization: str, offer: str) -> Response:
    found = reading(ctx(), offer, current_language())
    return _consent(found, _attach_form(found, formdata=None))


@pages.post("/<organization>/partner/attach/<offer>")
@does(attaching.attach, realm)
def do_attach(organization: str, offer: str) -> Response:
    found = reading(ctx(), offer, current_language())
    form = _attach_form(found)
    if not form.validate():
        return _consent(found, form, 422)
    try:
        change = attaching.attach(
            ctx(), offer, form.gives_access, form.effective_on.data, form.seen.data or "", current_language())
    except DomainError as error:
        found = reading(ctx(), offer, current_language())
        form.shown = found.seen
        form.refuse(error)
        return _consent(found, form, 409)
    notify("success", N_("You have agreed. The change is made, or comes on the day that you chose."))
    return see_other(url_for("organization.change_of_partner", organization=organization, change=change.public_id))


@pages.get("/<organization>/partner/token")
@shows(P.PARTNER_CHOOSE, realm)
def make_token(organization: str) -> Response:
    found = general(ctx(), current_language())
    return _token(found, TokenForm(here().name, found.seen, formdata=None))


@pages.post("/<organization>/partner/token")
@does(offers.make_token, realm)
def do_make_token(organization: str) -> Response:
    found = general(ctx(), current_language())
    form = TokenForm(here().name, found.seen)
    if not form.validate():
        return _token(found, form, status=422)
    try:
        made = offers.make_token(
            ctx(), form.once.data or "", form.only.data or "", form.gives_access, form.seen.data or "",
            current_language())
    except DomainError as error:
        form.refuse(error)
        return _token(found, form, status=409)
    return _token(found, None, made)


@pages.get("/<organization>/partner/attach/<offer>/decline")
@pages.get("/<organization>/partner/attach/<offer>/unblock")
@pages.get("/<organization>/partner/attach/<offer>/withdraw")
@shows(P.PARTNER_CHOOSE, realm)
def attach_act(organization: str, offer: str) -> Response:
    """Lead a reader who reloads a refused act, or changes its language, to the page it belongs to."""
    return see_other(url_for("organization.enter_code", organization=organization))


@pages.post("/<organization>/partner/attach/<offer>/decline")
@does(offers.decline_request, realm)
def decline_offer(organization: str, offer: str) -> Response:
    block = request.form.get("block") == "yes"
    blocked = N_("The request is declined, and this partner cannot ask again.")
    done = blocked if block else N_("The request is declined.")
    return _carry_out(lambda: offers.decline_request(ctx(), offer, block), done)


@pages.post("/<organization>/partner/attach/<offer>/unblock")
@does(offers.unblock_partner, realm)
def unblock_partner(organization: str, offer: str) -> Response:
    return _carry_out(lambda: offers.unblock_partner(ctx(), offer), N_("This partner can ask again."))


@pages.post("/<organization>/partner/attach/<offer>/withdraw")
@does(offers.withdraw_token, realm)
def withdraw_token(organization: str, offer: str) -> Response:
    return _carry_out(lambda: offers.withdraw_token(ctx(), offer), N_("The token is withdrawn: nobody can use it."))


def _carry_out(act: Callable[[], object], done: str) -> Response:
    """Run a command; whatever refuses it, the page shows the truth."""
    try:
        act()
    except DomainError as error:
        notify("warning", error.message, **error.params)
        return _choose(CodeForm(formdata=None), 409)
    notify("success", done)
    return see_other(url_for("organization.enter_code", organization=here().public_id))


def _choose(form: CodeForm, status: int = 200) -> Response:
    form.code.data = None  # a wrong code is typed anew, a right one belongs on no page
    found = of_organization(ctx())
    waiting: dict[str, Any] = {
        f"{kind}s": [one for one in found if one.kind == kind and not one.blocks]
        for kind in ("code", "token", "request")}
    return page(
        "organization/choose_partner.html", status=status, organization=here(), form=form,
        blocked={one.partner: one for one in found if one.blocks}, country_names=dict(countries(current_language())),
        **waiting,
    )


def _attach_form(found: Reading, **more: Any) -> AttachForm:
    return AttachForm(
        here().name, found.seen, ctx().today(here().time_zone), ctx().programme.relations.move_within_days, **more)


def _consent(found: Reading, form: AttachForm, status: int = 200) -> Response:
    form.renew()
    return page(
        "organization/attach.html", status=status, organization=here(), found=found, form=form,
        terms=shown(found.terms), country_names=dict(countries(current_language())),
    )


def _token(found: Reading, form: TokenForm | None, made: offers.Made | None = None, status: int = 200) -> Response:
    if form is not None:
        form.renew()
    return page(
        "organization/make_token.html", status=status, organization=here(), form=form, made=made,
        terms=shown(found.terms), days=ctx().programme.relations.token_days,
    )
