"""`flask portal check money` finds nothing in what the portal wrote, and names everything that was written by hand."""

from __future__ import annotations

from datetime import date

import pytest

from portal.billing.models import Charge, DayTotal, Invoice, InvoiceLine, InvoiceNumber, MonthlyTotal, Order, Refund
from portal.billing.verification import Verification
from portal.commissions.models import Balance, Entry, MonthTotal, Payout
from portal.jobs.models import Job
from portal.storage import database, is_postgresql, transaction


@pytest.fixture
def traded(shop, cast):
    """A customer that bought, changed, was declined, and got some of its money back."""
    customer = cast.customer("Acme", "acme.example", standing="ended", country="US", language="en", time_zone="UTC")
    cast.card(customer)
    owned = shop.bought(customer, "crm-standard", 10)
    shop.change(owned, licenses=12)
    shop.gateway.decline["tok"] = "do_not_honor"
    shop.work()
    shop.gateway.decline.clear()
    shop.bought(customer, "desk-standard", 3)
    shop.refund(Invoice.get(Invoice.service == "crm"), 1234)
    shop.work()
    assert shop.faults() == []
    return owned


def by_hand(*statements) -> None:
    """Write what the engine refuses to anybody who does not switch that off."""
    if is_postgresql():
        database.execute_sql("SET session_replication_role = replica")
    else:
        for table in ("invoice", "invoice_line", "commission_entry"):
            for guard in ("frozen", "kept"):
                database.execute_sql(f'DROP TRIGGER IF EXISTS "{table}_{guard}"')
        database.execute_sql("PRAGMA foreign_keys = OFF")
    with transaction():
        for statement in statements:
            assert statement.execute()
    if is_postgresql():
        database.execute_sql("RESET session_replication_role")


def first(table, *where):
    rows = table.select(table.id).order_by(table.id).limit(1)
    return (rows.where(*where) if where else rows).scalar()


def is_(table, *where):
    return table.id == first(table, *where)


def crm(column=Invoice.service):
    return column == "crm"


def uncounted(state):
    """Take the charges of a state out of the totals that reports are made of."""
    return [table.delete().where(table.state == state) for table in (DayTotal, MonthlyTotal)]


# What is done by hand, and words of what is then said: all of them, in order.
CASES = {
    "an invoice's net amount": (
        lambda: [Invoice.update(net=20001, total=20001).where(is_(Invoice, crm()))],
        ["net amount of its lines: expected 20000, found 20001", "amount charged and invoiced: expected 20000, USD"],
    ),
    "a line": (
        lambda: [InvoiceLine.update(net=InvoiceLine.net + 5).where(is_(InvoiceLine))],
        ["US-000001, line 1: net amount of its formula: expected 20000, found 20005", "net amount of its lines",
         "base of the commission", "commission of its base"],
    ),
    "a line that is gone": (
        lambda: [InvoiceLine.delete().where(is_(InvoiceLine))],
        ["net amount of its lines: expected 0, found 20000", "base of the commission", "commission of its base"],
    ),
    "tax": (
        lambda: [Invoice.update(tax=7, total=20007).where(is_(Invoice, crm()))],
        ["tax of its net amount: expected 0, found 7", "amount charged and invoiced: expected 20000, USD"],
    ),
    "what was paid": (
        lambda: [Invoice.update(paid=19999).where(is_(Invoice, crm()))],
        ["US-000001: paid, by charges that succeeded: expected 20000, found 19999"],
    ),
    "a charge that never was": (
        lambda: [Charge.update(state="succeeded", reference="x").where(Charge.state == "declined"),
                 *uncounted("declined")],
        ["charges under way, charges that succeeded and invoices of one that is declined: expected 0, 0, 0, "
         "found 0, 1, 0", "what its money bought", "count, amount, net amount and commission of the day"],
    ),
    "what was credited": (
        lambda: [Invoice.update(credited=0).where(is_(Invoice, crm()))],
        ["credited, by its credit notes: expected 1234, found 0"],
    ),
    "a credit note that is gone": (
        lambda: [Invoice.delete().where(Invoice.kind == "credit-note")],
        ["credited, by its credit notes: expected 0, found 1234", "given back, by its credit notes: expected 0",
         "numbers of us: the last one given out: expected 3, found 2", "its credit note, and of how much",
         "cause: expected credit-note, found nothing",
         "USD crm customer refunded: count, amount, net amount and commission of the day"],
    ),
    "the state of an invoice": (
        lambda: [Invoice.update(state="open").where(is_(Invoice, crm()))],
        ["state: expected paid, found open", "day of the next try: expected one, because it is unpaid"],
    ),
    "a number that is missing": (
        lambda: [Invoice.update(number=9, code="US-000009").where(Invoice.number == 2),
                 InvoiceNumber.update(last=9)],
        ["line of the ledger (accrual)", "numbers of us: documents up to the last number: expected 9, found 3",
         "numbers of us: the first number that is missing: expected nothing, found 2"],
    ),
    "a number that people do not know": (
        lambda: [Invoice.update(code="US-2").where(Invoice.number == 2)],
        ["US-2: number as people write it: expected US-000002", "line of the ledger (accrual)"],
    ),
    "a rule that did not count": (
        lambda: [Invoice.update(commission=4000, commission_rate=2000, commission_tier="premium").where(
            is_(Invoice, crm()))],
        ["rule of the commission on its day: expected authorized, 2026-01-01, 1000 basis points, "
         "found premium, 2026-01-01, 2000 basis points", "line of the ledger (accrual)", "commission of its part",
         "line of the ledger (clawback)", "count, amount, net amount and commission of the day"],
    ),
    "a schedule that the programme never had": (
        lambda: [Invoice.update(commission_from=date(2025, 1, 1)).where(is_(Invoice, crm())),
                 Entry.update(rule_from=date(2025, 1, 1)).where(Entry.service == "crm")],
        ["rule of the commission: expected authorized, 2025-01-01, found not in the programme"],
    ),
    "a line of the ledger that is gone": (
        lambda: [Entry.delete().where(Entry.kind == "clawback")],
        ["line of the ledger (clawback): expected", "count and amount of the month: expected nothing, found 1, -123",
         "balance, by the lines of the ledger: expected 2600, found 2477"],
    ),
    "a line of the ledger from nowhere": (
        lambda: [Entry.insert(
            key="accrual:gift", partner=first(Entry._meta.fields["partner"].rel_model), kind="accrual", payable=1,
            amount=1, currency="USD", on=date(2026, 3, 2), at=Order.select(Order.created_at).limit(1).scalar(),
            cause="gift")],
        ["cause: expected invoice, found nothing", "count and amount of the month", "balance"],
    ),
    "another amount in the ledger": (
        lambda: [Entry.update(amount=2001).where(Entry.kind == "accrual", crm(Entry.service))],
        ["US-000001: line of the ledger (accrual): expected", "count and amount of the month",
         "balance, by the lines of the ledger"],
    ),
    "a balance": (
        lambda: [Balance.update(amount=99)],
        ["USD: balance, by the lines of the ledger: expected 2477, found 99"],
    ),
    "a month": (
        lambda: [MonthTotal.update(count=7).where(MonthTotal.kind == "accrual")],
        ["USD 2026-03-01 accrual: count and amount of the month: expected 2, 2600, found 7, 2600"],
    ),
    "a day": (
        lambda: [DayTotal.update(amount=1).where(DayTotal.state == "declined")],
        ["USD crm customer declined: count, amount, net amount and commission of the day: expected 1, 4000, 4000, 0, "
         "found 1, 1, 4000, 0",
         "2026-03-01 USD crm customer declined: count, amount, net amount and commission of the month, by its days: "
         "expected 1, 1, 4000, 0, found 1, 4000, 4000, 0"],
    ),
    "what was given back of a charge": (
        lambda: [Charge.update(refunded=0).where(Charge.refunded > 0)],
        ["given back, by its refunds: expected 1234, found 0"],
    ),
    "a refund": (
        lambda: [Refund.update(amount=1000)],
        ["US-000001: given back, by its credit notes: expected 1234, found 1000",
         "given back, by its refunds: expected 1000, found 1234", "its credit note, and of how much",
         "count, amount, net amount and commission of the day"],
    ),
    "an order that is done without its money": (
        lambda: [Order.update(state="done").where(Order.state == "declined")],
        ["charges under way, charges that succeeded and invoices of one that is done: expected 0, 1, 1, found 0, 0, 0"],
    ),
    "a charge that nobody asks about any more": (
        lambda: [Charge.update(state="pending").where(Charge.state == "declined"),
                 Order.update(state="pending").where(Order.state == "declined"),
                 *uncounted("declined"),
                 Job.update(state="failed").where(Job.kind == "billing.charge")],
        ["job that learns its outcome: expected ready, found nothing"],
    ),
    "a payout that was not taken from the ledger": (
        lambda: [Payout.insert(
            partner=first(Entry._meta.fields["partner"].rel_model), amount=5, currency="USD", number=1, document={},
            bank_account=1, asked_at=Order.select(Order.created_at).limit(1).scalar())],
        ["line of the ledger (payout): expected"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_written_by_hand_is_found(shop, traded, case) -> None:
    statements, words = CASES[case]
    by_hand(*statements())
    said = shop.faults()
    for fault, part in zip(said, words, strict=True):
        assert part in fault


def test_collected_more_than_earned(shop, traded, cast) -> None:
    from portal.commissions.commands.ledger import Cause, book

    with transaction():
        book(cast.make_ctx(), "payout:x", cast.andina.id, "payout", -2601, "USD", Cause("x", "COM-000001"))
    assert [fault for fault in shop.faults() if "collected" in fault] == [
        f"partner {cast.andina.public_id}, USD: collected: expected 2600 at most, found 2601"]


def test_what_it_has_seen(traded, make_ctx) -> None:
    verification = Verification(make_ctx())
    assert list(verification.faults()) == []
    assert verification.seen == {"invoices": 2, "credit notes": 1, "orders": 3, "charges": 3, "refunds": 1,
                                 "lines of the ledger": 3, "partners": 1}


def test_the_command_says_so_and_its_exit_code_too(app, traded) -> None:
    run = app.test_cli_runner().invoke
    fine = run(args=["portal", "check", "money"])
    assert (fine.exit_code, fine.output.splitlines()[-1].rpartition(", ")[2]) == (0, "faults: 0")
    with transaction():
        Balance.update(amount=99).execute()
    broken = run(args=["portal", "check", "money"])
    assert broken.exit_code == 1
    assert "balance, by the lines of the ledger: expected 2477, found 99" in broken.output
    assert broken.output.endswith("faults: 1\n")
    plain = run(args=["portal", "check"])
    assert (plain.exit_code, plain.output) == (0, "ok\n")


def test_it_reads_in_batches(shop, cast, traded, monkeypatch) -> None:
    """The same faults come out however few rows are in memory at a time."""
    by_hand(Balance.update(amount=99), Invoice.update(credited=0).where(is_(Invoice, crm())))
    whole = shop.faults()
    monkeypatch.setattr("portal.billing.verification.walking._BATCH", 1)
    assert shop.faults() == whole
    assert len(whole) == 2
