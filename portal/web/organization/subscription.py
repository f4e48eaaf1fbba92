"""What an organization subscribes to, to look at, and asking the partner for a change."""

from __future__ import annotations

from flask import request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response
from wtforms import IntegerField, RadioField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length
from wtforms.validators import Optional as Left

from portal.billing.queries.holdings import Owned, owned_by
from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.subscriptions import commands
from portal.subscriptions.commands.keeping import main_of
from portal.subscriptions.models import Subscription
from portal.subscriptions.policy import Wish, offers
from portal.subscriptions.queries.changes import changes_of
from portal.web.access import ctx, does, shows
from portal.web.forms import Form, tidy
from portal.web.i18n import current_language
from portal.web.listing import plan_names
from portal.web.organization import pages
from portal.web.organization.realm import organization as here
from portal.web.organization.realm import realm
from portal.web.render import notify, page, see_other

_TOPICS = {"plan": N_("The plan"), "licenses": N_("The number of licenses"), "storage_gb": N_("The storage")}


class ChangeForm(Form):
    """One wish about one subscription; the fields of the other wishes do not count."""

    subscription = SelectField(N_("Subscription"))
    topic = RadioField(N_("What should change?"), [InputRequired()])
    plan = SelectField(N_("New plan"), [Left()])
    licenses = IntegerField(N_("Number of licenses in total"), [Left()])
    storage_gb = IntegerField(N_("Extra storage in total, in GB"), [Left()])
    note = TextAreaField(N_("Note for your partner"), [Length(max=2000)], filters=[tidy], description=N_("Optional."))

    def wish(self) -> Wish | None:
        """Return what is wanted, or None with the error beside the field that should say it."""
        field = self[self.topic.data]
        if field.data in (None, ""):
            field.errors = [gettext("This field is required.")]
            return None
        return Wish(**{self.topic.data: field.data})


@pages.get("/<organization>/subscription")
@shows(P.SUBSCRIPTION_READ, realm)
def subscription(organization: str) -> Response:
    return _answer()


@pages.post("/<organization>/subscription/requests")
@does(commands.ask_change, realm)
def ask_change(organization: str) -> Response:
    held = owned_by(here().id)
    form = _form(held)
    wish = form.wish() if form.validate() else None
    if wish is None:
        return _answer(held, form, 422)
    try:
        commands.ask_change(ctx(), form.subscription.data, wish, form.note.data or "")
    except DomainError as error:
        form.refuse(error)
        return _answer(held, form, 409)
    notify("success", N_("Your partner %(partner)s has your request and will answer it here."), partner=here().partner)
    return see_other(_address())


@pages.post("/<organization>/subscription/requests/<change>/withdraw")
@does(commands.withdraw_change, realm)
def withdraw_change(organization: str, change: str) -> Response:
    try:
        commands.withdraw_change(ctx(), change)
    except DomainError as error:
        notify("error", error.message, **error.params)
        return _answer(status=409)
    notify("success", N_("The request was withdrawn."))
    return see_other(_address())


def _address(after: str | None = None) -> str:
    return url_for("organization.subscription", organization=here().public_id, after=after)


def _form(held: list[Owned], **values: object) -> ChangeForm:
    """Build the form of what there is to ask for: plans of the services that the organization has."""
    form = ChangeForm(**values)
    names, programme, live = plan_names(), ctx().programme, _live(held)
    form.subscription.choices = [(one.public_id, names[one.plan]) for one in live]
    form.topic.choices = [(topic, gettext(label)) for topic, label in _TOPICS.items()]
    sold = {
        offer.code: names[offer.code] for one in live
        for offer in offers(programme, one.service, one.plan, one.period, one.currency, one.state == "trial")
    }
    form.plan.choices = [("", "–"), *sold.items()]
    return form


def _live(held: list[Owned]) -> list[Subscription]:
    return [owned.row for owned in held if owned.row.state != "ended"]


def _answer(held: list[Owned] | None = None, form: ChangeForm | None = None, status: int = 200) -> Response:
    held = owned_by(here().id) if held is None else held
    found = changes_of(here().id, request.args.get("after"))
    asks = ctx().actor.can(P.CHANGE_ASK) and bool(_live(held) and here().partner)
    return page(
        "organization/subscription.html", status=status, organization=here(), held=held, plans=plan_names(),
        live=_live(held), main=main_of(ctx(), [owned.row for owned in held]), today=ctx().today(here().time_zone),
        storage={code: plan.storage_gb for code, plan in ctx().programme.plans.items()},
        services={code: one.name.get(current_language()) for code, one in ctx().programme.services.items()},
        form=(form or _form(held, formdata=None)) if asks else None, changes=found.rows,
        previous_url=found.previous and _address(found.previous), next_url=found.next and _address(found.next),
    )
