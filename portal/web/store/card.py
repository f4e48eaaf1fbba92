"""With which card a customer pays: what each choice means, another card, and a new one from the gateway's page."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response
from wtforms import BooleanField, HiddenField, RadioField, SelectChoice

from portal.billing.commands.cards import ask_card, use_card
from portal.billing.models import Card
from portal.billing.policy.cards import called
from portal.billing.queries.cards import KINDS, Payment, find_setup, payment
from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.web.access import ctx, does, shows
from portal.web.forms import Form
from portal.web.i18n import local_path
from portal.web.listing import plan_names
from portal.web.render import notify, page, see_other
from portal.web.store import pages

NEW = "new"
_BACK_MAX = 500  # as long as the path of a page may be that a new card leads back to
# Why no card came of a visit of the gateway's page, by the gateway's code.
_FAULTS = {
    "cancelled": N_("The page was left without a card."),
    "no_gateway": N_("No payment gateway is connected to the portal, so no card can be entered."),
    "card_declined": N_("The bank refused the card."),
    "expired_card": N_("The card has expired."),
}
_OTHER_FAULT = N_("The payment gateway gave no card back.")


class CardForm(Form):
    """Whose card pays (S3.34), and which of theirs."""

    customer_card = BooleanField(N_("Using a customer's card?"))
    reseller = RadioField(N_("Your cards"), validate_choice=False)
    customer = RadioField(N_("Cards of the customer"), validate_choice=False)
    next = HiddenField()

    def __init__(self, found: Payment, **more: Any) -> None:
        given = {"customer_card": found.organization.card_kind == "customer", "next": request.values.get("next", "")}
        super().__init__(data={**given, **{kind: _first(found, kind) for kind in KINDS}}, **more)
        for kind in KINDS:
            new = SelectChoice(NEW, gettext("A new card"))
            self[kind].choices = [*(SelectChoice(card.public_id, words(card)) for card in found.of(kind)), new]

    @property
    def kind(self) -> str:
        return "customer" if self.customer_card.data else "reseller"

    @property
    def chosen(self) -> str:
        """The public id of the card that was chosen among those of the chosen side, or `NEW`."""
        return str(self[self.kind].data or "")

    def validate(self, *args: Any, **more: Any) -> bool:
        return super().validate(*args, **more) and self._is_there()

    def _is_there(self) -> bool:
        field = self[self.kind]
        if self.chosen in {choice.value for choice in field.choices}:
            return True
        field.errors = [gettext("This card is not there any more. Choose another one.")]
        return False


def words(card: Card) -> str:
    """Return what tells a card from others: brand, last digits, and the month until which it is valid."""
    until = f"{card.exp_month:02}/{card.exp_year}"
    return gettext("%(card)s, valid until %(month)s", card=called(card.brand, card.last4), month=until)


def _first(found: Payment, kind: str) -> str:
    """Return what is chosen on one side before anybody has chosen: the card that pays, or the newest."""
    cards = found.of(kind)
    paying = [card for card in cards if card.id == found.organization.card_id]
    return str((paying or cards)[0].public_id) if cards else NEW


@pages.get("/customers/<customer>/card")
@shows(P.CARD_CHANGE)
def card(customer: str) -> Response:
    found = payment(ctx(), customer)
    return _page(found, CardForm(found, formdata=None))


@pages.post("/customers/<customer>/card")
@does(use_card)
def change_card(customer: str) -> Response:
    found = payment(ctx(), customer)
    form = CardForm(found)
    if not form.validate():
        return _page(found, form, 422)
    onward = _onward(form.next.data, customer)
    if form.chosen == NEW:
        back = onward if len(onward) <= _BACK_MAX else ""
        setup = ask_card(ctx(), customer, form.kind == "customer", back)
        return see_other(url_for("store.card_setup", setup=setup.public_id))
    try:
        use_card(ctx(), customer, form.chosen)
    except DomainError as error:
        form.refuse(error)
        return _page(payment(ctx(), customer), form, 409)
    notify("success", N_("The card is changed."))
    return see_other(onward)


def _onward(wanted: str | None, customer: str) -> str:
    """Return where a changed card leads: to the page of the portal that asked for it, or to the customer."""
    return local_path(wanted) or url_for("store.customer", customer=customer)


def _page(found: Payment, form: CardForm, status: int = 200) -> Response:
    return page("store/card.html", status=status, payment=found, form=form, called=called, plans=plan_names())


@pages.get("/cards/setups/<setup>")
@shows(P.CARD_CHANGE)
def card_setup(setup: str) -> Response:
    found = find_setup(ctx().actor, setup)
    return page(
        "store/card_setup.html", block="setup", setup=found, called=called,
        fault=_FAULTS.get(found.fault, _OTHER_FAULT), onward=_onward(found.back, found.organization.public_id),
    )
