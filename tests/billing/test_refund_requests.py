"""Four eyes: what is more than one person may give back alone waits for a second one."""

from __future__ import annotations

import peewee
import pytest

from portal.billing.commands.refunds import approve_refund, ask_refund, reject_refund, withdraw_refund
from portal.billing.models import Refund, RefundRequest
from portal.billing.policy.refunds import SameHands, needs_approval
from portal.core.errors import DomainError, Forbidden, NotFound, Stale
from portal.storage import transaction
from tests.billing.shop import charge_of, fresh, invoices

MUCH = 700_001  # THB; the programme file lets one person give back 7,000.00


@pytest.mark.parametrize(("amount", "alone_up_to", "waits"), [(100, 100, False), (101, 100, True), (1, 0, True)])
def test_how_much_one_gives_back_alone(amount, alone_up_to, waits):
    assert needs_approval(amount, alone_up_to) is waits


@pytest.fixture
def invoice(shop, cast):
    cast.card(cast.siam)
    return invoices(shop.bought(cast.siam))[0]


@pytest.fixture
def second(cast):
    return cast.person("second@vendor.example", "en", staff="finance")


@pytest.fixture
def asked(cast, invoice) -> RefundRequest:
    return ask_refund(cast.reviewer.ctx, invoice.public_id, MUCH, "Paid twice", 0)


def test_nothing_moves_until_a_second_one_approves(shop, cast, invoice, asked, second):
    shop.work()
    assert (Refund.select().count(), fresh(invoice).credited) == (0, 0)
    approve_refund(second.ctx, asked.public_id)
    shop.work()
    assert fresh(invoice).credited == MUCH
    assert charge_of(invoice.order).refunded == MUCH
    assert Refund.get().asked_by == cast.reviewer.account.id
    assert shop.faults() == []


def test_whoever_asked_does_not_decide(cast, asked):
    for decide in (approve_refund, lambda ctx, request: reject_refund(ctx, request, "No")):
        with pytest.raises(SameHands):
            decide(cast.reviewer.ctx, asked.public_id)
    with pytest.raises(peewee.IntegrityError), transaction():  # nor by any other way
        RefundRequest.update(state="approved", decided_by=asked.asked_by).where(RefundRequest.id == asked.id).execute()


def test_it_is_decided_once(cast, asked, second):
    reject_refund(second.ctx, asked.public_id, "It was paid once")
    assert (fresh(asked).state, fresh(asked).answer) == ("rejected", "It was paid once")
    for decide in (approve_refund, withdraw_refund):
        with pytest.raises(Stale):
            decide(second.ctx, asked.public_id)
    assert Refund.select().count() == 0


def test_only_whoever_asked_takes_it_back(cast, asked, second):
    with pytest.raises(NotFound):
        withdraw_refund(second.ctx, asked.public_id)
    withdraw_refund(cast.reviewer.ctx, asked.public_id)
    assert fresh(asked).state == "withdrawn"
    with pytest.raises(Stale):
        approve_refund(second.ctx, asked.public_id)


def test_one_waits_at_a_time(cast, invoice, asked):
    with pytest.raises(DomainError, match="waits for its approval"):
        ask_refund(cast.reviewer.ctx, invoice.public_id, MUCH, "Again", 0)


def test_what_went_back_meanwhile_counts_at_the_approval(shop, cast, invoice, asked, second):
    ask_refund(cast.reviewer.ctx, invoice.public_id, 100_000, "A part at once", 0)
    shop.work()
    with pytest.raises(DomainError, match="no more than what is left"):
        approve_refund(second.ctx, asked.public_id)
    assert fresh(asked).state == "asked"


def test_neither_partners_nor_reviewers_decide(cast, asked):
    reviewer = cast.person("only-reviewer@vendor.example", "en", staff="reviewer")
    for person in (cast.admin, reviewer):
        with pytest.raises(Forbidden):
            approve_refund(person.ctx, asked.public_id)
    with pytest.raises(NotFound):
        approve_refund(cast.reviewer.ctx, "guessed")
