"""What is open between a customer and its partner: each kind, whose it is, and that nothing else is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from portal.billing.models import Order
from portal.consents.models import Consent
from portal.customers.models import Organization
from portal.relations.commands.changes import announce
from portal.relations.models import Change
from portal.relations.queries.obligations import obligations
from portal.relations.words import OBLIGATIONS
from portal.storage import transaction
from portal.subscriptions.models import ChangeRequest, Scheduled, Subscription
from tests.billing.rows import an_invoice
from tests.client import statements


def owned_by(organization: Organization) -> Subscription:
    return Subscription.get(Subscription.organization == organization)  # type: ignore[no-any-return]


def told(organization: Organization) -> list[str]:
    return [one.kind for one in obligations(organization.id)]


def invoice_of_partner(cast: Any, to: Organization) -> None:
    an_invoice(cast, to, card_kind="reseller", paid=700)


def invoice_without_card(cast: Any, to: Organization) -> None:
    an_invoice(cast, to, card_kind="none", paid=700)


def invoice_of_customer(cast: Any, to: Organization) -> None:
    an_invoice(cast, to, paid=700)


def partners_card(cast: Any, to: Organization) -> None:
    cast.card(to, "reseller")


def both_cards(cast: Any, to: Organization) -> None:
    cast.card(to, "customer", token="own")
    cast.card(to, "reseller")


def suspended(cast: Any, to: Organization) -> None:
    cast.card(to, "reseller")
    Subscription.update(state="suspended").where(Subscription.organization == to).execute()


def trial(cast: Any, to: Organization) -> None:
    cast.card(to, "reseller")
    Subscription.update(state="trial", trial_days=15).where(Subscription.organization == to).execute()


def scheduled(cast: Any, to: Organization) -> None:
    Scheduled.create(subscription=owned_by(to), plan="crm-standard", licenses=3, period="monthly", unit_price=1,
                     extra_storage_gb=0, storage_price=1, created_at=cast.now)


def order(cast: Any, to: Organization) -> None:
    owned = owned_by(to)
    Order.create(organization=to, partner=to.partner, subscription=owned, kind="change", service=owned.service,
                 target={}, bill={}, currency="THB", total=10000, card_kind="none", seen=0, state="pending",
                 created_at=cast.now)


def request(cast: Any, to: Organization) -> None:
    ChangeRequest.create(organization=to, subscription=owned_by(to), kind="licenses", licenses=9, created_at=cast.now)


def consent(cast: Any, to: Organization) -> None:
    Consent.create(organization=to, partner=to.partner, task="tfa:set", arguments={"required": True}, reason="?",
                   asked_by=cast.admin.account.id, asked_by_name="?", created_at=cast.now,
                   expires_at=cast.now + timedelta(days=3))


CASES = [
    (invoice_of_partner, "invoice-partner", "issued", 10000),
    (invoice_of_customer, "invoice-customer", "issued", 10000),
    (invoice_without_card, "invoice-customer", "issued", 10000), (partners_card, "paid-by-partner", "renews", None),
    (both_cards, "paid-by-partner-then-own", "renews", None), (suspended, "paid-by-partner", "renews", None),
    (trial, "trial", "renews", None), (scheduled, "scheduled", "renews", None), (order, "order", "", 10000),
    (request, "request", "", None), (consent, "consent", "", None),
]


@pytest.mark.parametrize(("happens", "kind", "day", "amount"), CASES)
def test_what_is_open_is_told_with_its_day_and_amount(cast, happens, kind, day, amount) -> None:
    nova = cast.customer("Nova", "nova.example")
    with transaction():
        happens(cast, nova)
    [found] = obligations(nova.id)
    days = {"issued": cast.now.date(), "renews": owned_by(nova).renews_on, "": None}
    assert (found.kind, found.day, found.amount) == (kind, days[day], amount)
    assert bool(found.currency) is (amount is not None)


def test_every_kind_has_its_words(cast) -> None:
    assert {kind for _, kind, *_ in CASES} == set(OBLIGATIONS)


def test_what_is_settled_or_another_s_is_not_told(cast) -> None:
    nova = cast.customer("Nova", "nova.example")
    with transaction():
        an_invoice(cast, nova, 1, state="paid", paid=10700)
        an_invoice(cast, nova, 2, card_kind="reseller", partner=cast.outsider.partner)  # of the partner before
        request(cast, nova)
        ChangeRequest.update(state="done").execute()
        order(cast, nova)
        Order.update(state="done").execute()
        consent(cast, nova)
        Consent.update(state="declined").execute()
    assert told(nova) == []


def test_all_of_it_is_one_statement_the_earliest_first_and_kept_with_the_change(cast) -> None:
    nova = cast.customer("Nova", "nova.example")
    with transaction():
        for happens in (request, order, partners_card, invoice_of_customer):
            happens(cast, nova)
    with statements() as seen:
        kinds = told(nova)
    assert len(seen) == 1
    assert kinds == ["invoice-customer", "paid-by-partner", "order", "request"]
    ctx = cast.siam_admin.ctx
    with transaction():
        announce(ctx, nova, to_partner=None, by="customer", effective_on=ctx.today("Asia/Bangkok"))
    assert [one["kind"] for one in Change.get().obligations] == kinds
