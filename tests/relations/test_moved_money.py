"""Money around a move: whose commission it is, whose it was, and sums that fit however often a customer moves."""

from __future__ import annotations

from typing import Any

import pytest
from peewee import fn

from portal.billing.models import Invoice
from portal.commissions.models import Balance, Entry
from portal.partners.models import Partner
from portal.relations.commands.changes import announce
from portal.storage import transaction
from tests.billing.shop import Shop, fresh, invoices


@pytest.fixture
def shop(cast, gateway, clock, run_jobs) -> Shop:
    return Shop(cast, gateway, clock, run_jobs)


def move(cast: Any, to: Partner | None) -> None:
    ctx = cast.siam_admin.ctx
    with transaction():
        announce(ctx, cast.siam, to_partner=to, by="customer", effective_on=ctx.today("Asia/Bangkok"))


def earned(partner: Partner) -> dict[str, int]:
    """Return what a partner's lines of each kind come to."""
    lines = Entry.select(Entry.kind, fn.SUM(Entry.amount)).where(Entry.partner == partner).group_by(Entry.kind)
    return {kind: int(amount) for kind, amount in lines.tuples()}


def test_a_refund_after_the_move_is_clawed_back_from_who_had_earned_it(cast, shop) -> None:
    cast.card(cast.siam)
    owned, other = shop.bought(cast.siam), cast.outsider.partner
    [first] = invoices(owned)
    before = earned(cast.andina)["accrual"]
    move(cast, other)
    shop.day(32)
    shop.refund(first, first.total)
    shop.work()
    assert earned(cast.andina) == {"accrual": before, "clawback": -before}
    [_, second] = invoices(owned)
    assert earned(other) == {"accrual": fresh(second).commission}
    assert Balance.get(Balance.partner == cast.andina).amount == 0
    assert shop.faults() == []
    for person, own, foreign in ((cast.admin, first, second), (cast.outsider, second, first)):
        browser = person.browser()
        for page in ("commission", "invoices", "reports", "reports/payments", "renewals", "former"):
            assert browser.get(f"/en/store/{page}").status_code == 200, page
        assert browser.get(f"/en/store/invoices/{own.public_id}").status_code == 200
        assert browser.get(f"/en/store/invoices/{foreign.public_id}").status_code == 404


def test_there_and_back_in_the_middle_of_periods(cast, shop) -> None:
    """Andina, nobody, Other Resale, Andina again: each period is whose it was when it began, and all sums fit."""
    cast.card(cast.siam)
    owned = shop.bought(cast.siam)
    for to in (None, cast.outsider.partner, cast.andina):
        shop.day(10)
        move(cast, to)
        shop.day(21)
    sellers = [Invoice.get_by_id(one.id).partner for one in invoices(owned)]
    assert [one.house for one in sellers] == [False, True, False, False]
    assert [one.id for one in sellers[2:]] == [cast.outsider.partner.id, cast.andina.id]
    assert {one.state for one in invoices(owned)} == {"paid"}
    assert earned(sellers[1]) == {}
    assert shop.faults() == []


def test_a_charge_that_asks_its_holder_is_withdrawn_with_the_former_partner(cast, shop, gateway) -> None:
    cast.card(cast.siam, "reseller", token="asks")
    gateway.action.add("asks")
    order = shop.buy(cast.siam)
    shop.work()
    move(cast, cast.outsider.partner)
    shop.day(3)
    assert fresh(order).state in {"declined", "withdrawn"}
    assert not Invoice.select().where(Invoice.order == order).exists()
    assert earned(cast.andina) == {} == earned(cast.outsider.partner)
    assert shop.faults() == []
