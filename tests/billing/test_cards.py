"""Cards: entered on the gateway's page, chosen, replaced, taken away, and warned about before they expire."""

from __future__ import annotations

from datetime import date

import pytest

from portal.adapters.cards import Saved
from portal.audit.models import Event
from portal.billing.commands import expiry
from portal.billing.commands.cards import ask_card, card_returned, remove_card, use_card
from portal.billing.models import Card, CardSetup, Charge
from portal.billing.policy.cards import CardExpired, called
from portal.billing.queries.cards import kept_cards, payment
from portal.core.errors import DomainError, NotFound, Stale
from portal.customers.models import Organization
from portal.mail.models import Outgoing
from portal.storage import transaction
from tests.client import statements


def fresh(organization):
    return Organization.get_by_id(organization.id)


def pays(organization):
    row = fresh(organization)
    return row.card_kind, row.card_id


def card_of(owner, token, **more):
    """A card that nobody pays with yet; `owner` is a partner or a customer."""
    kind = "organization" if isinstance(owner, Organization) else "partner"
    values = {"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2030, "gateway": "fake",
              "customer": "payer", "created_at": owner.created_at, **more}
    with transaction():
        return Card.create(**{kind: owner}, token=token, **values)


def entered(setup, gateway, saved):
    """Let somebody enter a card (None: leave) on the page of a set-up."""
    gateway.entered[CardSetup.get_by_id(setup.id).reference] = saved


# ---- Entering a new one ----

@pytest.mark.parametrize(("customers", "kind"), [(False, "reseller"), (True, "customer")])
def test_a_new_card_is_kept_for_its_owner_and_pays(cast, gateway, run_jobs, customers, kind):
    setup = ask_card(cast.colleague.ctx, cast.siam.public_id, customers, "/en/store/")
    run_jobs()
    assert CardSetup.get_by_id(setup.id).state == "open"
    entered(setup, gateway, Saved("payer", "tok_new", "mastercard", "4444", 5, 2031))
    card_returned(cast.colleague.ctx, setup.public_id)
    run_jobs()
    card = Card.get(Card.token == "tok_new")
    assert CardSetup.get_by_id(setup.id).state == "done"
    assert pays(cast.siam) == (kind, card.id)
    assert (card.partner_id, card.organization_id) == ((None, cast.siam.id) if customers else (cast.andina.id, None))
    act = Event.get(Event.verb == "card.changed")
    assert (act.detail["before"]["card_kind"], act.detail["after"]["card_kind"]) == ("none", kind)


def test_who_leaves_the_page_keeps_the_card_of_before(cast, gateway, run_jobs):
    before = cast.card(cast.siam)
    setup = ask_card(cast.admin.ctx, cast.siam.public_id, False)
    run_jobs()
    entered(setup, gateway, None)
    card_returned(cast.admin.ctx, setup.public_id)
    run_jobs()
    row = CardSetup.get_by_id(setup.id)
    assert (row.state, row.fault) == ("failed", "cancelled")
    assert pays(cast.siam) == ("customer", before.id)


def test_another_partner_cannot_ask_for_a_card(cast):
    with pytest.raises(NotFound):
        ask_card(cast.outsider.ctx, cast.siam.public_id, True)
    setup = ask_card(cast.admin.ctx, cast.siam.public_id, True)
    with pytest.raises(NotFound):
        card_returned(cast.outsider.ctx, setup.public_id)


# ---- Choosing one that is there ----

def test_the_partner_s_card_marks_reseller_and_the_customer_s_marks_customer(cast):
    ours, theirs = card_of(cast.andina, "ours"), card_of(cast.siam, "theirs")
    use_card(cast.admin.ctx, cast.siam.public_id, ours.public_id)
    assert pays(cast.siam) == ("reseller", ours.id)
    use_card(cast.admin.ctx, cast.siam.public_id, theirs.public_id)
    assert pays(cast.siam) == ("customer", theirs.id)


def test_choosing_the_same_card_again_is_no_act(cast):
    ours = card_of(cast.andina, "ours")
    for _click in range(2):
        use_card(cast.admin.ctx, cast.siam.public_id, ours.public_id)
    assert Event.select().where(Event.verb == "card.changed").count() == 1


def test_cards_that_are_not_for_this_customer(cast):
    other = cast.customer("Other", "other-customer.example")
    foreign = card_of(cast.outsider.partner, "foreign")
    removed = card_of(cast.andina, "removed", state="removed")
    expired = card_of(cast.andina, "old", exp_year=2026, exp_month=2)
    before = pays(cast.siam)
    for card in (card_of(other, "of other customer"), foreign, removed):
        with pytest.raises(NotFound):
            use_card(cast.admin.ctx, cast.siam.public_id, card.public_id)
    with pytest.raises(CardExpired):
        use_card(cast.admin.ctx, cast.siam.public_id, expired.public_id)
    assert pays(cast.siam) == before


def test_a_card_counts_until_the_last_day_of_its_month(cast):
    last = card_of(cast.andina, "last", exp_year=2026, exp_month=3)
    use_card(cast.admin.ctx, cast.siam.public_id, last.public_id)
    assert pays(cast.siam) == ("reseller", last.id)


# ---- What a choice means ----

def test_consequences_of_both_choices(cast):
    cast.card(cast.siam, "customer")
    ctx, customer = cast.admin.ctx, cast.siam.public_id
    with statements() as seen:
        found = payment(ctx, customer)
    ours, theirs = found.consequences
    assert (ours.kind, ours.recipient.name, ours.settlement) == ("reseller", "Andina Cloud", "margin")
    assert (theirs.kind, theirs.recipient.name, theirs.settlement) == ("customer", "Siam Trading", "accrual")
    mine, customers = ours.renewals[0], theirs.renewals[0]
    assert mine.bill.commission_base == customers.bill.commission_base == 10 * 3600
    assert mine.bill.commission == customers.bill.commission == 36000 * mine.rule.rate // 10_000 > 0
    assert mine.bill.net == 36000 - mine.bill.commission  # the margin is taken off
    assert customers.bill.net == 36000
    assert customers.bill.tax > 0  # a Thai recipient pays the tax of Thailand
    assert len(seen) == 4


def test_only_cards_that_can_be_charged_are_offered_but_the_present_one_is_shown(cast):
    paying = cast.card(cast.siam, "customer", token="old", exp_year=2025)
    good = card_of(cast.andina, "good")
    card_of(cast.andina, "gone", state="removed")
    found = payment(cast.admin.ctx, cast.siam.public_id)
    assert found.present == paying
    assert [card.token for card in found.cards] == [good.token]


# ---- Taking one away ----

def test_a_card_that_nobody_pays_with_is_removed(cast):
    unused = card_of(cast.andina, "unused")
    remove_card(cast.colleague.ctx, unused.public_id)
    assert Card.get_by_id(unused.id).state == "removed"
    with pytest.raises(Stale):
        remove_card(cast.colleague.ctx, unused.public_id)


def test_a_card_that_pays_stays(cast):
    for kind, token in (("reseller", "ours"), ("customer", "theirs")):
        card = cast.card(cast.siam, kind, token=token)
        with pytest.raises(DomainError):
            remove_card(cast.admin.ctx, card.public_id)
        assert Card.get_by_id(card.id).state == "active"


def test_nobody_removes_another_partner_s_cards(cast):
    mine, theirs = card_of(cast.andina, "ours"), card_of(cast.siam, "theirs")
    for card in (mine, theirs):
        with pytest.raises(NotFound):
            remove_card(cast.outsider.ctx, card.public_id)


def test_the_list_counts_who_pays(cast):
    first = cast.card(cast.siam, "reseller", token="ours")
    other = cast.customer("Other", "other-customer.example")
    use_card(cast.admin.ctx, other.public_id, first.public_id)
    card_of(cast.andina, "unused")
    card_of(other, "theirs")
    card_of(cast.outsider.partner, "foreign")
    actor = cast.admin.actor
    assert [card.pays_for for card in kept_cards(actor, "reseller").rows] == [0, 2]
    assert [(card.name, card.pays_for) for card in kept_cards(actor, "customer").rows] == [("Other", 0)]
    assert kept_cards(cast.outsider.actor, "customer").rows == []


def test_the_list_of_customers_cards_goes_by_names_page_by_page(cast, monkeypatch):
    monkeypatch.setattr("portal.billing.queries.cards.SIZE", 2)
    for name in ("Cedar", "Acacia", "Birch"):
        card_of(cast.customer(name, f"{name.lower()}.example"), name)
    first = kept_cards(cast.admin.actor, "customer")
    second = kept_cards(cast.admin.actor, "customer", first.next)
    assert [card.name for card in (*first.rows, *second.rows)] == ["Acacia", "Birch", "Cedar"]
    assert second.next is None


# ---- Warnings ----

def warn(make_ctx):
    for year, month in expiry.months_ahead(make_ctx()):
        after = 0
        while after is not None:
            after = expiry.warn_of_cards(make_ctx(), year, month, after)


def warned():
    return [(mail.to_address, mail.params["day"]) for mail in Outgoing.select().where(
        Outgoing.event == "card-expiring").order_by(Outgoing.id)]


@pytest.mark.parametrize(("kind", "to"), [
    ("reseller", ["partner-admin@andina.example"]),
    ("customer", ["partner-admin@andina.example", "super-admin@siam.example"]),
])
def test_who_is_warned(cast, make_ctx, kind, to):
    assert cast.admin
    assert cast.colleague
    assert cast.outsider
    cast.card(cast.siam, kind)
    Card.update(exp_year=2026, exp_month=3).execute()
    warn(make_ctx)
    assert warned() == [(address, "2026-03-31") for address in to]


def test_each_threshold_warns_once_and_an_expired_card_no_more(cast, make_ctx, clock):
    assert cast.admin
    cast.card(cast.siam, "reseller")
    Card.update(exp_year=2026, exp_month=4).execute()
    counts = {}
    for _day in range(70):
        warn(make_ctx)
        counts[make_ctx().today()] = len(warned())
        clock.advance(days=1)
    assert (counts[date(2026, 3, 30)], counts[date(2026, 3, 31)]) == (0, 1)
    assert (counts[date(2026, 4, 22)], counts[date(2026, 4, 23)], counts[date(2026, 5, 10)]) == (1, 2, 2)


def test_a_card_that_nobody_pays_with_warns_nobody(cast, make_ctx):
    assert cast.admin
    card_of(cast.andina, "unused", exp_year=2026, exp_month=3)
    warn(make_ctx)
    assert warned() == []


def test_warnings_are_written_in_each_reader_s_language(cast, mailer, run_jobs):
    assert cast.admin
    cast.card(cast.siam, "customer", last4="1881")
    Card.update(exp_year=2026, exp_month=3).execute()
    run_jobs()
    mails = {mail["To"].addresses[0].addr_spec: mail for mail in mailer.sent}
    assert mails[cast.admin.email]["Content-Language"] == "es"
    assert mails["super-admin@siam.example"]["Content-Language"] == "th"
    assert all("1881" in mail["Subject"] for mail in mails.values())
    partner = mails[cast.admin.email].get_body(("plain",)).get_content()
    assert f"/es/store/customers/{cast.siam.public_id}/card" in partner


def test_statements_of_a_batch_of_warnings(cast, make_ctx):
    assert cast.admin

    def cost():
        with statements() as seen:
            warn(make_ctx)
        return len(seen)

    cast.card(cast.siam, "reseller", token="one")
    Card.update(exp_year=2026, exp_month=3).execute()
    one = cost()
    for n in range(8):
        cast.card(cast.customer(f"More{n}", f"more{n}.example"), "customer", token=f"more{n}")
    Card.update(exp_year=2026, exp_month=3).execute()
    assert cost() <= one + 1  # the accounts of customers, as soon as there is one


@pytest.mark.parametrize(("brand", "words"), [
    ("visa", "Visa •••• 4242"), ("amex", "American Express •••• 4242"), ("brandnew", "Brandnew •••• 4242"),
])
def test_what_a_card_is_called(brand, words):
    assert called(brand, "4242") == words


def test_a_new_card_is_tried_with_what_is_open(cast, gateway, run_jobs, clock):
    """A renewal is declined; the next card pays it at once, and only once."""
    gateway.decline["bad"] = "insufficient_funds"
    cast.card(cast.siam, "customer", token="bad")
    clock.advance(days=366)
    run_jobs()
    good = card_of(cast.andina, "good")
    assert [bill.total > 0 for bill in payment(cast.admin.ctx, cast.siam.public_id).unpaid] == [True]
    use_card(cast.admin.ctx, cast.siam.public_id, good.public_id)
    run_jobs()
    assert [charge.state for charge in Charge.select().order_by(Charge.id)] == ["declined", "succeeded"]
    assert payment(cast.admin.ctx, cast.siam.public_id).unpaid == []
