"""Refunds: parts of a payment come back with their tax and commission, exact to the last cent, and never more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.audit.models import Event
from portal.billing.commands.refunds import ask_refund
from portal.billing.models import Charge, Invoice, Refund
from portal.billing.policy.bills import portion
from portal.billing.policy.refunds import Parts, parts, require_refundable
from portal.commissions.models import Balance, Entry
from portal.core.errors import DomainError, Forbidden, NotFound, Stale
from tests.billing.shop import charge_of, fresh, invoices


class Paid:
    """An invoice as the rules see it."""

    def __init__(self, net: int, tax: int, commission: int, credited: int = 0) -> None:
        self.net, self.total, self.commission, self.commission_base = net, net + tax, commission, net
        self.credited = credited


TABLE = [
    (Paid(700000, 49000, 70000), 100000, Parts(100000, 93458, 9346, 93458)),
    (Paid(700000, 49000, 70000), 749000, Parts(749000, 700000, 70000, 700000)),
    (Paid(100, 0, 10), 33, Parts(33, 33, 3, 33)),
    (Paid(100, 0, 10, credited=33), 33, Parts(33, 33, 4, 33)),  # 6.6 of 10 are 7 by now, 3 were before
    (Paid(100, 0, 10, credited=66), 34, Parts(34, 34, 3, 34)),
    (Paid(1, 0, 0), 1, Parts(1, 1, 0, 1)),
]


@pytest.mark.parametrize(("invoice", "amount", "wanted"), TABLE)
def test_what_a_part_consists_of(invoice, amount, wanted):
    assert parts(invoice, amount) == wanted


@given(st.integers(1, 10**7), st.integers(0, 3000), st.integers(0, 5000), st.data())
def test_all_parts_of_an_invoice_are_exactly_the_invoice(net, tax_rate, rate, data):
    """In however many pieces it goes back: net, tax and commission come to the last cent, and none is negative."""
    invoice = Paid(net, portion(net, tax_rate, 10_000), portion(net, rate, 10_000))
    pieces = []
    while invoice.credited < invoice.total and len(pieces) < 30:
        amount = data.draw(st.integers(1, invoice.total - invoice.credited))
        pieces.append(parts(invoice, amount))
        invoice.credited += amount
    pieces.append(parts(invoice, invoice.total - invoice.credited))
    assert sum(piece.net for piece in pieces) == invoice.net
    assert sum(piece.tax for piece in pieces) == invoice.total - invoice.net
    assert sum(piece.commission for piece in pieces) == invoice.commission
    assert sum(piece.base for piece in pieces) == invoice.commission_base
    assert all(min(piece.net, piece.tax, piece.commission) >= 0 for piece in pieces)


@pytest.mark.parametrize("amount", [-1, 0, 101])
def test_no_more_than_what_is_left(amount):
    with pytest.raises(DomainError) as refused:
        require_refundable(amount, 100)
    assert refused.value.field == "amount"


@pytest.fixture
def invoice(shop, cast):
    """A paid invoice of Siam's, on its own card."""
    cast.card(cast.siam)
    return invoices(shop.bought(cast.siam))[0]


def notes(invoice):
    return invoices(invoice.subscription, "credit-note")


@pytest.mark.parametrize(("kind", "books"), [("customer", ("accrual", "clawback")),
                                             ("reseller", ("margin", "margin-return"))])
@pytest.mark.parametrize("pieces", [[1], [333, 333, 334], [1, 1, 1, 997]])
def test_in_pieces_everything_comes_back(shop, cast, kind, books, pieces):
    cast.card(cast.siam, kind)
    invoice = invoices(shop.bought(cast.siam, "crm-standard", 7))[0]
    rest = invoice.total
    for thousandth in pieces[:-1]:
        part = invoice.total * thousandth // 1000
        shop.refund(invoice, part)
        shop.work()
        rest -= part
    shop.refund(invoice, rest)
    shop.work()
    made, done = notes(invoice), fresh(invoice)
    for column in ("total", "net", "tax", "commission"):
        assert sum(getattr(note, column) for note in made) == getattr(invoice, column), column
    assert (done.state, done.credited, done.paid) == ("credited", invoice.total, invoice.total)
    assert charge_of(done).refunded == invoice.total
    assert sum(amount for _reference, amount in shop.gateway.refunds.values()) == invoice.total
    lines = list(Entry.select().where(Entry.partner == cast.andina))
    assert {line.kind for line in lines} == set(books)
    assert sum(line.amount for line in lines) == 0
    assert sum(line.base for line in lines) == 0
    held = Balance.get_or_none(Balance.partner == cast.andina)
    assert (held.amount if held else 0) == 0


def test_each_credit_note_says_what_it_corrects_and_why(shop, invoice):
    refund = shop.refund(invoice, 1000)
    shop.work()
    [note] = notes(invoice)
    assert (note.corrects_id, note.reason, note.kind, note.state) == (invoice.id, "Too much", "credit-note", "issued")
    assert (note.language, note.country, note.tax_rate, note.tax_name) == (
        invoice.language, invoice.country, invoice.tax_rate, invoice.tax_name)
    assert (fresh(refund).state, fresh(refund).credit_note_id) == ("succeeded", note.id)
    assert note.number == invoice.number + 1


def test_a_second_refund_waits_for_the_first(shop, invoice):
    shop.refund(invoice, 1000)
    with pytest.raises(DomainError, match="under way"):
        shop.refund(invoice, 1000)
    shop.work()
    shop.refund(invoice, 1000)
    shop.work()
    assert len(notes(invoice)) == 2


def test_the_gateway_that_is_down_gives_back_once(shop, invoice):
    shop.gateway.swallow = True
    refund = shop.refund(invoice, 1000)
    shop.work()
    assert (fresh(refund).state, notes(invoice)) == ("pending", [])
    shop.gateway.swallow = False
    shop.clock.advance(hours=1)
    shop.work()
    assert fresh(refund).state == "succeeded"
    assert len(shop.gateway.refunds) == 1
    assert len(notes(invoice)) == 1


REFUSED = [(0, "Why", "amount"), (-1, "Why", "amount"), (749001, "Why", "amount"), (100, "", "reason")]


@pytest.mark.parametrize(("amount", "reason", "field"), REFUSED)
def test_what_is_refused(cast, shop, invoice, amount, reason, field):
    with pytest.raises(DomainError) as refused:
        ask_refund(cast.reviewer.ctx, invoice.public_id, amount, reason, 0)
    assert refused.value.field == field
    assert Refund.select().count() == 0


def test_who_saw_another_state_is_told(cast, shop, invoice):
    with pytest.raises(Stale):
        ask_refund(cast.reviewer.ctx, invoice.public_id, 100, "Why", 1)
    with pytest.raises(NotFound):
        ask_refund(cast.reviewer.ctx, "none", 100, "Why", 0)
    shop.refund(invoice, 100)
    shop.work()
    with pytest.raises(NotFound):  # a credit note is not given back
        ask_refund(cast.reviewer.ctx, notes(invoice)[0].public_id, 100, "Why", 0)


def test_only_staff_give_money_back(cast, invoice):
    for person in (cast.admin, cast.siam_admin, cast.outsider):
        with pytest.raises(Forbidden):
            ask_refund(person.ctx, invoice.public_id, 100, "Why", 0)


def test_both_are_in_the_record(shop, invoice):
    shop.refund(invoice, 1000)
    shop.work()
    acts = {act.verb: act for act in Event.select()}
    assert acts["refund.asked"].side == "staff"
    assert acts["refund.asked"].detail["note"] == "Too much"
    assert acts["invoice.credited"].side == "portal"


def test_a_refund_does_not_open_the_invoice_again(shop, invoice):
    shop.refund(invoice, 1000)
    shop.work()
    assert fresh(invoice).state == "paid"
    assert Invoice.select().where(Invoice.state == "open").count() == 0
    assert Charge.select().count() == 1
