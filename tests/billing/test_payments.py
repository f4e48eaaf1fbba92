"""The list of payments and its sums: every filter, for all customers, for one, and for those of the Console."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from portal.billing.models import Charge, Refund
from portal.billing.queries.payments import SIZE, Asked, chosen, every, listed, matching, payments, sums
from portal.core.errors import NotFound
from portal.customers.models import Organization
from portal.storage import transaction
from tests.billing.history import naive, told
from tests.client import statements

ALL = Asked(date(2025, 1, 1), date(2026, 12, 31))
FILTERS = [
    {}, {"service": "crm"}, {"service": "mail"}, {"card_kind": "reseller"}, {"currency": "THB"}, {"currency": "USD"},
    {"service": "crm", "card_kind": "customer", "currency": "THB"},
]
STATES = ("", "succeeded", "declined", "waiting", "refunded")
PERIODS = [(ALL.since, ALL.until), (date(2026, 1, 11), date(2026, 2, 24)), (date(2026, 2, 1), date(2026, 2, 28)),
           (date(2026, 1, 1), date(2026, 2, 20))]


@pytest.fixture
def history(shop, cast):
    return told(shop, cast)


def seen(row):
    return (row.on, row.customer, row.service, row.card_kind, row.state, row.amount, row.currency)


def naive_list(asked, customers):
    """Return the same list by looking at every row in Python, newest first."""
    def fits(on, charge):
        return (asked.since <= on <= asked.until and charge.organization_id in customers
                and all(getattr(charge, name) == value for name in ("service", "card_kind", "currency")
                        if (value := getattr(asked, name))))

    def cells(on, charge, state, amount):
        return (on, charge.organization.public_id, charge.service, charge.card_kind, state, amount, charge.currency)

    if asked.state == "refunded":
        rows = Refund.select().where(Refund.state == "succeeded").order_by(Refund.on.desc(), Refund.id.desc())
        return [cells(row.on, row.charge, "refunded", row.amount) for row in rows if fits(row.on, row.charge)]
    wanted = {"waiting": {"pending", "action"}, "": {"pending", "action", "succeeded", "declined"}}
    states = wanted.get(asked.state, {asked.state})
    rows = Charge.select().order_by(Charge.on.desc(), Charge.id.desc())
    return [cells(row.on, row, row.state, row.amount) for row in rows if row.state in states and fits(row.on, row)]


@pytest.mark.parametrize("administered", [False, True])
@pytest.mark.parametrize("who", ["all", "thai", "french"])
def test_every_filter_lists_and_adds_up_what_it_says(history, cast, who, administered) -> None:
    ctx = cast.admin.ctx
    customer = chosen(ctx, getattr(history, who).public_id, administered) if who != "all" else None
    everybody = {history.thai.id, history.french.id} | (set() if administered else {history.gone.id})
    customers = {customer.id} if customer else everybody
    for since, until in PERIODS:
        expected = naive(since, until, customers=customers)
        assert expected
        for given in FILTERS:
            for state in STATES:
                asked = Asked(since, until, customer, state=state, administered=administered, **given)
                rows = payments(ctx, asked, size=500).rows
                assert [seen(row) for row in rows] == naive_list(asked, customers), asked
                expected = naive(since, until, customers=customers, **given)
                found = sums(ctx, asked)
                assert {(each.currency, each.state): [each.number, each.amount, each.net, each.commission]
                        for each in found} == {key: value for key, value in expected.items() if state in {"", key[1]}}
                assert listed(asked, found) == len(rows)


def test_a_row_tells_how_it_was_paid_and_what_became_of_it(history, cast) -> None:
    rows = payments(cast.admin.ctx, ALL, size=500).rows
    paid = next(row for row in rows if row.refunded == 2234)
    assert (paid.name, paid.brand, paid.last4, paid.state, paid.decline_code) == (
        "Thai Silk", "visa", "4242", "succeeded", "")
    assert paid.invoice
    assert paid.code.startswith("TH-")
    declined = next(row for row in rows if row.state == "declined")
    assert (declined.decline_code, declined.invoice, declined.commission) == ("insufficient_funds", None, 0)
    assert declined.order
    back = payments(cast.admin.ctx, replace(ALL, state="refunded"), size=500).rows
    assert [(row.name, row.amount) for row in back] == [("Gone", 500), ("Thai Silk", 1000), ("Thai Silk", 1234)]
    assert [(row.code, row.commission) for row in back] == [
        ("TH-000007", 47), ("TH-000006", 94), ("TH-000005", 115)]  # a tenth of what is without tax


def test_a_declined_try_earns_nothing_although_the_next_one_paid_its_invoice(shop, cast) -> None:
    thai = cast.customer("Thai Silk", "silk.example")
    cast.card(thai, "customer", token="t")
    shop.bought(thai, "crm-standard", 10)
    shop.gateway.decline["t"] = "insufficient_funds"
    shop.day(31)
    shop.gateway.decline.clear()
    shop.day(2)
    tries = [(row.state, bool(row.commission)) for row in payments(cast.admin.ctx, ALL).rows]
    assert tries == [("succeeded", True), ("declined", False), ("succeeded", True)]
    assert {each.state: bool(each.commission) for each in sums(cast.admin.ctx, ALL)} == {
        "succeeded": True, "declined": False}
    one = replace(ALL, customer=chosen(cast.admin.ctx, thai.public_id, False))
    assert sums(cast.admin.ctx, one) == sums(cast.admin.ctx, ALL)


def many(history, count: int) -> None:
    """Add charges like one that is there, some on the same day."""
    model = Charge.select().where(Charge.state == "declined").get()
    values = {field.name: getattr(model, field.name) for field in Charge._meta.sorted_fields
              if field.name not in {"id", "public_id", "key", "reference"}}
    with transaction():
        for number in range(count):
            Charge.create(**{**values, "key": f"copy-{number}", "on": date(2026, 2, 1 + number % 20)})


@pytest.mark.parametrize("state", ["", "declined"])
def test_paging_there_and_back_shows_each_once(history, cast, state) -> None:
    many(history, 3 * SIZE)
    asked = replace(ALL, state=state)
    whole = [row.id for row in payments(cast.admin.ctx, asked, size=1000).rows]
    forward, after, back = [], None, None
    while True:
        read = payments(cast.admin.ctx, replace(asked, after=after))
        forward.append([row.id for row in read.rows])
        if read.next is None:
            break
        after, back = read.next, read
    assert [row for part in forward for row in part] == whole
    assert all(len(part) == SIZE for part in forward[:-1])
    before = payments(cast.admin.ctx, replace(asked, after=read.previous))
    assert [row.id for row in before.rows] == [row.id for row in back.rows]
    assert [row.id for piece in every(cast.admin.ctx, asked) for row in piece] == whole


def test_two_statements_whatever_the_filter_and_the_rows(history, cast) -> None:
    ctx = cast.admin.ctx
    for count in (0, 100):
        many(history, count)
        for asked in (ALL, replace(ALL, administered=True), replace(ALL, state="refunded")):
            with statements() as seen_:
                payments(ctx, asked)
                sums(ctx, asked)
            assert len(seen_) == 2
        Charge.delete().where(Charge.key.startswith("copy-")).execute()


@pytest.mark.parametrize("cursor", ["", "nonsense", "WzEsMiwzXQ", "W2ZhbHNlLCIyMDI2LTEzLTAxIiwxXQ"])
def test_a_place_that_makes_no_sense_is_the_first_page(history, cast, cursor) -> None:
    assert payments(cast.admin.ctx, replace(ALL, after=cursor)) == payments(cast.admin.ctx, ALL)


def test_whose_customers(history, cast) -> None:
    ctx = cast.admin.ctx
    assert [found.name for found in matching(ctx, "SILK", False)] == ["Thai Silk"]
    assert [found.name for found in matching(ctx, "example", False)] == ["Boulangerie", "Gone", "Thai Silk"]
    assert [found.name for found in matching(ctx, "example", True)] == ["Boulangerie", "Thai Silk"]
    assert matching(cast.outsider.ctx, "silk", False) == []
    with pytest.raises(NotFound):
        chosen(cast.outsider.ctx, history.thai.public_id, False)
    with pytest.raises(NotFound):
        chosen(ctx, history.gone.public_id, True)
    assert chosen(ctx, history.gone.public_id, False).name == "Gone"
    assert payments(cast.outsider.ctx, ALL).rows == []
    assert Organization.select().count() == 3
