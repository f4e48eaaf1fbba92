"""One subscription of a customer: what it is, what becomes of it, and what the partner decides about it."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response
from wtforms import RadioField, TextAreaField

from portal.audit.queries import about, page_of
from portal.billing.commands import standing
from portal.billing.queries.holdings import Holding, holding
from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.subscriptions.commands import extend_trial_of as extend
from portal.subscriptions.policy import RENEWALS as CODES
from portal.subscriptions.policy import extensions_left, refusal
from portal.subscriptions.words import RENEWALS
from portal.web.access import ctx, does, shows
from portal.web.formats import day
from portal.web.forms import Form, SeenForm, tidy
from portal.web.i18n import current_language, reader_locale
from portal.web.listing import plan_names
from portal.web.record import entries_of
from portal.web.render import notify, page, see_other
from portal.web.store import pages
from portal.web.store.terms import card_of

_ACTS = 10


class RenewalForm(SeenForm):
    """What happens on the renewal date."""

    renewal = RadioField(N_("On the renewal date"))

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.renewal.choices = [(code, gettext(RENEWALS[code])) for code in CODES]


class NoteForm(Form):
    """Why a subscription is suspended."""

    note = TextAreaField(
        N_("Why"), filters=[tidy], render_kw={"rows": 3},
        description=N_("Your customer reads it. Write in your customer's language."),
    )


@pages.get("/subscriptions/<subscription>")
@shows(P.STORE_OPEN)
def subscription(subscription: str) -> Response:
    return _answer(subscription)


@pages.get("/subscriptions/<subscription>/renewal")
@pages.get("/subscriptions/<subscription>/planned")
@pages.get("/subscriptions/<subscription>/suspension")
@pages.get("/subscriptions/<subscription>/suspension/lift")
@pages.get("/subscriptions/<subscription>/trial")
@shows(P.STORE_OPEN)
def subscription_act(subscription: str) -> Response:
    """Lead a reader who reloads a refused form, or changes its language, to the page it belongs to."""
    return see_other(_address(subscription))


@pages.post("/subscriptions/<subscription>/renewal")
@does(standing.set_renewal)
def set_renewal(subscription: str) -> Response:
    form = RenewalForm()
    if not form.validate():
        return _answer(subscription, 422, renewal=form)
    try:
        standing.set_renewal(ctx(), subscription, form.renewal.data, form.seen.data or 0)
    except DomainError as error:
        form.refuse(error)
        return _answer(subscription, 409, renewal=form)
    notify("success", N_("Saved."))
    return see_other(_address(subscription))


@pages.post("/subscriptions/<subscription>/planned")
@does(standing.cancel_planned)
def cancel_planned(subscription: str) -> Response:
    try:
        standing.cancel_planned(ctx(), subscription, request.form.get("seen", -1, int))
    except DomainError as error:
        return _refused(subscription, error)
    notify("success", N_("The planned change is cancelled. The subscription renews as it is."))
    return see_other(_address(subscription))


@pages.post("/subscriptions/<subscription>/suspension")
@does(standing.suspend_subscription)
def suspend_subscription(subscription: str) -> Response:
    form = NoteForm()
    if not form.validate():
        return _answer(subscription, 422, note=form)
    try:
        standing.suspend_subscription(ctx(), subscription, form.note.data or "")
    except DomainError as error:
        form.refuse(error)
        return _answer(subscription, 409, note=form)
    notify("success", N_("The subscription is suspended, and your customer was told."))
    return see_other(_address(subscription))


@pages.post("/subscriptions/<subscription>/suspension/lift")
@does(standing.lift_suspension)
def lift_suspension(subscription: str) -> Response:
    try:
        standing.lift_suspension(ctx(), subscription)
    except DomainError as error:
        return _refused(subscription, error)
    notify("success", N_("Your suspension is lifted, and your customer was told."))
    return see_other(_address(subscription))


@pages.post("/subscriptions/<subscription>/trial")
@does(extend)
def extend_trial_of(subscription: str) -> Response:
    try:
        ends_on = extend(ctx(), subscription, request.form.get("seen", -1, int))
    except DomainError as error:
        return _refused(subscription, error)
    until = day(ends_on, reader_locale(), "long")
    notify("success", N_("The trial now ends on %(day)s."), day=until)
    return see_other(_address(subscription))


@pages.get("/subscriptions/<subscription>/end")
@shows(P.SUBSCRIPTION_CHANGE)
def end_subscription(subscription: str) -> Response:
    return _end_page(subscription, SeenForm(formdata=None))


@pages.post("/subscriptions/<subscription>/end")
@does(standing.end_subscription)
def do_end_subscription(subscription: str) -> Response:
    form = SeenForm()
    if not form.validate():
        return _end_page(subscription, form, 422)
    try:
        standing.end_subscription(ctx(), subscription, form.seen.data or 0)
    except DomainError as error:
        form.refuse(error)
        return _end_page(subscription, form, 409)
    notify("success", N_("The subscription has ended, and your customer was told."))
    return see_other(_address(subscription))


def _address(subscription: str) -> str:
    return url_for("store.subscription", subscription=subscription)


def _refused(subscription: str, error: DomainError) -> Response:
    notify("error", error.message, **error.params)
    return _answer(subscription, 409)


def _end_page(subscription: str, form: SeenForm, status: int = 200) -> Response:
    found = holding(ctx().actor, subscription)
    form.show(found.owned.row.version)
    return page("store/end_subscription.html", status=status, found=found, owned=found.owned.row, form=form,
                plans=plan_names())


def _answer(
    subscription: str, status: int = 200, renewal: RenewalForm | None = None, note: NoteForm | None = None
) -> Response:
    found = holding(ctx().actor, subscription)
    owned, organization = found.owned.row, found.organization
    renewal = renewal or RenewalForm(formdata=None, data={"renewal": owned.renewal})
    renewal.show(owned.version)
    acts = page_of(about(ctx().actor, organization.id, owned.public_id), None, _ACTS)
    service = ctx().programme.services.get(owned.service)
    return page(
        "store/subscription.html", status=status, found=found, owned=owned, plans=plan_names(),
        service=service.name.get(current_language()) if service else owned.service, renewal=renewal,
        note=note or NoteForm(formdata=None), card=card_of(organization, found.card, _address(subscription)),
        today=ctx().today(organization.time_zone), extension=_extension(found),
        acts=entries_of(acts.rows, organization.time_zone), here_zone=organization.time_zone,
    )


def _extension(found: Holding) -> int:
    """Return how many extensions of a trial are left, or 0 when none may be made now."""
    owned, terms = found.owned.row, ctx().programme.trial
    if owned.state not in {"trial", "expired"} or owned.trial_days is None or owned.renews_on is None:
        return 0
    refused = refusal(owned.trial_days, terms, ctx().today(found.organization.time_zone), owned.renews_on)
    return 0 if refused else extensions_left(owned.trial_days, terms)
