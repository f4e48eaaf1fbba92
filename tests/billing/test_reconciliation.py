"""Sold, assigned, invoiced: what differs is found every day, and closes when it agrees again."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from portal.billing.commands.reconciling import close_ended, compare
from portal.billing.models import Difference, Invoice
from portal.billing.policy.reconciliation import Counts, Invoiced, day_compared, differences, invoiced_on
from portal.billing.queries.differences import differing
from portal.customers.models import Organization
from portal.storage import transaction
from portal.subscriptions.models import Subscription
from tests.billing.shop import fresh
from tests.client import statements

D = date.fromisoformat


# ---- The rules ----

@pytest.mark.parametrize(("sold", "assigned", "invoiced", "free", "kinds"), [
    (10, 10, 10, False, []),
    (10, 3, 10, False, []),
    (10, None, 10, False, []),
    (10, 11, 10, False, ["over-assigned"]),
    (10, 0, 0, False, ["not-invoiced"]),
    (10, 0, -2, False, ["not-invoiced"]),
    (10, 0, 12, False, ["invoiced-more"]),
    (10, 0, 9, False, ["invoiced-less"]),
    (10, 12, 11, False, ["over-assigned", "invoiced-more"]),
    (10, 12, 0, True, ["over-assigned"]),
    (10, 10, 0, True, []),
])
def test_what_differs(sold, assigned, invoiced, free, kinds) -> None:
    assert list(differences(Counts(sold, assigned, invoiced), free)) == kinds


YEAR = ("2026-01-01", "2027-01-01")


@pytest.mark.parametrize(("lines", "day", "licenses"), [
    ([], "2026-05-01", 0),
    ([("plan", 10, *YEAR)], "2026-01-01", 10),
    ([("plan", 10, *YEAR)], "2026-12-31", 10),
    ([("plan", 10, *YEAR)], "2027-01-01", 0),  # the first day after
    ([("plan", 10, *YEAR)], "2025-12-31", 0),
    ([("plan", 10, *YEAR), ("plan-part", 5, "2026-03-01", "2027-01-01")], "2026-02-28", 10),
    ([("plan", 10, *YEAR), ("plan-part", 5, "2026-03-01", "2027-01-01")], "2026-03-01", 15),
    # another plan, for more people, from June on
    ([("plan", 10, *YEAR), ("plan-credit", 10, "2026-06-01", "2027-01-01"),
      ("plan-part", 12, "2026-06-01", "2027-01-01")], "2026-07-01", 12),
    # from months to years in the middle of a month
    ([("plan", 10, "2026-01-01", "2026-02-01"), ("plan-credit", 10, "2026-01-10", "2026-02-01"),
      ("plan", 10, "2026-01-10", "2027-01-10")], "2026-01-15", 10),
    ([("plan", 10, "2026-01-01", "2026-02-01"), ("plan-credit", 10, "2026-01-10", "2026-02-01"),
      ("plan", 10, "2026-01-10", "2027-01-10")], "2026-02-15", 10),
])
def test_what_is_invoiced_on_a_day(lines, day, licenses) -> None:
    read = [Invoiced(kind, quantity, D(first), D(after)) for kind, quantity, first, after in lines]
    assert invoiced_on(D(day), read) == licenses


@pytest.mark.parametrize(("renews_on", "day"), [
    (None, "2026-03-02"), ("2026-03-03", "2026-03-02"), ("2026-03-02", "2026-03-01"), ("2026-03-01", "2026-02-28"),
    ("2026-02-28", "2026-03-02"),
])
def test_a_renewal_that_is_due_may_take_a_day(renews_on, day) -> None:
    assert day_compared(D("2026-03-02"), D(renews_on) if renews_on else None) == D(day)


# ---- The daily comparison ----

@pytest.fixture
def reconcile(make_ctx):
    def run() -> list[tuple[str, int, int | None, int, bool]]:
        """Compare everything; return all differences, the open ones first of each kind."""
        ctx, after = make_ctx(), 0
        while after is not None:
            after = compare(ctx, after)
        close_ended(ctx)
        return [(row.kind, row.sold, row.assigned, row.invoiced, row.ended_on is None)
                for row in Difference.select().order_by(Difference.kind, Difference.id)]

    return run


@pytest.fixture
def bought(shop, cast):
    """A customer with five users who has bought ten licenses of Workplace today."""
    customer = cast.customer("Thai Silk", "silk.example", standing="trial", licenses=10)
    cast.card(customer)
    owned = Subscription.get(Subscription.organization == customer)
    shop.convert(owned, licenses=10, period="monthly")
    shop.work()
    with transaction():
        Organization.update(users=5).where(Organization.id == customer.id).execute()
    return fresh(owned)


def test_what_agrees_is_not_there(bought, reconcile) -> None:
    assert reconcile() == []


def test_changes_agree_with_their_invoices(shop, bought, reconcile) -> None:
    shop.change(bought, licenses=14)
    shop.work()
    assert reconcile() == []
    shop.clock.advance(days=3)
    shop.change(bought, plan="workplace-professional", licenses=16)
    shop.work()
    assert (fresh(bought).licenses, reconcile()) == (16, [])
    shop.change(bought, period="yearly")
    shop.work()
    assert (fresh(bought).period, reconcile()) == ("yearly", [])
    shop.clock.advance(days=40)
    shop.work()
    assert reconcile() == []


def test_fewer_licenses_agree_after_the_renewal(shop, bought, reconcile) -> None:
    shop.change(bought, licenses=8)
    shop.work()
    assert (fresh(bought).licenses, reconcile()) == (10, [])
    shop.day(32)
    assert (fresh(bought).licenses, reconcile()) == (8, [])


def test_more_users_than_licenses_open_stay_and_close(shop, cast, bought, reconcile) -> None:
    def users(count: int) -> None:
        with transaction():
            Organization.update(users=count).where(Organization.id == bought.organization_id).execute()

    users(11)
    began = fresh(bought).started_on
    assert reconcile() == [("over-assigned", 10, 11, 10, True)]
    shop.clock.advance(days=2)
    users(12)
    assert reconcile() == [("over-assigned", 10, 12, 10, True)]
    row = Difference.get()
    assert (row.began_on, row.seen_on) == (began, began + timedelta(days=2))
    users(9)
    assert reconcile() == [("over-assigned", 10, 12, 10, False)]
    users(12)
    shop.clock.advance(days=1)
    assert [is_open for *_rest, is_open in reconcile()] == [False, True]
    assert Difference.select().order_by(Difference.id.desc()).get().began_on == began + timedelta(days=3)


def test_what_was_sold_before_anything_was_invoiced(cast, reconcile) -> None:
    cast.customer("Old", "old.example", licenses=7)
    assert reconcile() == [("not-invoiced", 7, 0, 0, True)]


def test_services_without_users_here_have_nothing_assigned(shop, cast, reconcile) -> None:
    customer = cast.customer("Trial", "trial.example", standing="trial")
    cast.card(customer)
    owned = shop.bought(customer, "crm-standard", 4)
    with transaction():
        Organization.update(users=50).where(Organization.id == customer.id).execute()
        Subscription.update(licenses=5).where(Subscription.id == owned.id).execute()
    assert reconcile() == [("invoiced-less", 5, None, 4, True)]


def test_an_invoice_that_was_credited_in_full_covers_nothing(shop, bought, reconcile) -> None:
    invoice = Invoice.select().get()
    shop.refund(invoice, invoice.total - 1)
    shop.work()
    assert reconcile() == []
    shop.refund(invoice, 1)
    shop.work()
    assert reconcile() == [("not-invoiced", 10, 5, 0, True)]


@pytest.mark.parametrize("standing", ["trial", "expired", "ended"])
def test_what_is_not_sold_is_not_compared(cast, reconcile, standing) -> None:
    cast.customer("Trial", "trial.example", standing=standing)
    assert reconcile() == []


def test_what_has_ended_differs_no_more(cast, reconcile) -> None:
    old = cast.customer("Old", "old.example")
    assert [is_open for *_rest, is_open in reconcile()] == [True]
    with transaction():
        Subscription.update(state="ended").where(Subscription.organization == old.id).execute()
    assert [is_open for *_rest, is_open in reconcile()] == [False]


def test_as_many_statements_for_many_as_for_few(cast, make_ctx) -> None:
    counts = []
    for number in (2, 30):
        for n in range(number):
            cast.customer(f"C{number}-{n}", f"c{number}-{n}.example")
        with statements() as seen:
            compare(make_ctx())
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 5
    assert Difference.select().count() == 32


def test_it_goes_on_batch_by_batch(cast, reconcile, monkeypatch) -> None:
    monkeypatch.setattr("portal.billing.commands.reconciling.BATCH", 2)
    for n in range(5):
        cast.customer(f"C{n}", f"c{n}.example")
    assert len(reconcile()) == 5
    assert len(reconcile()) == 5


def test_the_worker_compares_once_a_day(cast, clock, run_jobs) -> None:
    cast.customer("Old", "old.example")
    run_jobs()
    assert [row.began_on for row in Difference.select()] == [date(2026, 3, 2)]
    clock.advance(days=1)
    run_jobs()
    assert [(row.began_on, row.seen_on) for row in Difference.select()] == [(date(2026, 3, 2), date(2026, 3, 3))]


def test_partners_see_their_own(cast, reconcile) -> None:
    for n in range(60):
        cast.customer(f"C{n:02}", f"c{n}.example")
    cast.customer("Other", "other.example", partner=cast.outsider.partner)
    reconcile()
    first = differing(cast.admin.actor, None)
    assert [row.name for row in first.rows][:2] == ["C59", "C58"]
    rest = differing(cast.admin.actor, first.next)
    assert [row.name for row in rest.rows][-1] == "C00"
    assert len(first.rows) + len(rest.rows) == 60
    assert [row.name for row in differing(cast.outsider.actor, None).rows] == ["Other"]
