"""Invoices: numbered without gaps whatever happens at once, and never changed once they are issued."""

from __future__ import annotations

import threading

import peewee
import pytest

from portal.billing.commands.invoicing import issue, issue_credit_note
from portal.billing.models import BillTo, Invoice, InvoiceLine, InvoiceNumber
from portal.billing.policy.bills import Bill, Line
from portal.customers.models import Organization
from portal.partners.models import Partner
from portal.storage import database, transaction
from portal.subscriptions.models import Subscription
from tests.billing.rows import an_invoice
from tests.billing.shop import fresh, invoices

BILL = Bill("THB", (Line("plan", 1000, "crm-standard", 1, 1000),), 1000, 70, 700)


def issued(ctx, organization: Organization) -> Invoice:
    owned = Subscription.get(Subscription.organization == organization.id)
    return issue(ctx, Organization.get_by_id(organization.id), owned, BILL)


def numbers(entity: str = "th") -> list[int]:
    query = Invoice.select(Invoice.number).where(Invoice.entity == entity).order_by(Invoice.number)
    return [row.number for row in query]


def test_each_entity_counts_for_itself(cast, make_ctx):
    spanish = cast.customer("Moda", "moda.example", country="ES", language="es")
    with transaction():
        made = [issued(make_ctx(), customer) for customer in (cast.siam, spanish, cast.siam, spanish)]
    assert [one.code for one in made] == ["TH-000001", "EU-000001", "TH-000002", "EU-000002"]


def test_what_is_rolled_back_leaves_no_gap(cast, make_ctx):
    siam = cast.siam

    def fail() -> None:
        with transaction():
            issued(make_ctx(), siam)
            raise RuntimeError

    with transaction():
        issued(make_ctx(), siam)
    with pytest.raises(RuntimeError):
        fail()
    with transaction():
        issued(make_ctx(), siam)
        with pytest.raises(RuntimeError):
            fail()  # a savepoint
        issued(make_ctx(), siam)
    assert numbers() == [1, 2, 3]


def test_many_at_once_get_numbers_without_gaps(cast, make_ctx):
    """Eight workers, some of which fail after they have had their number."""
    siam, faults = cast.siam, []

    def work(worker: int) -> None:
        with database.connection_context():
            for turn in range(6):
                try:
                    with transaction():
                        issued(make_ctx(), siam)
                        if (worker + turn) % 3 == 0:
                            raise RuntimeError
                except RuntimeError:
                    pass
                except peewee.PeeweeException as fault:
                    faults.append(fault)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert numbers() == list(range(1, 33))
    assert InvoiceNumber.get(InvoiceNumber.entity == "th").last == 32


FROZEN = {"total": 1, "net": 1, "tax": 1, "number": 9, "code": "X", "currency": "USD", "recipient": {}, "issuer": {},
          "issued_on": "2020-01-01", "reason": "?", "commission": 0, "card_kind": "none", "language": "en",
          "tax_rate": 1, "kind": "credit-note"}


@pytest.mark.parametrize("column", FROZEN)
def test_what_an_invoice_says_never_changes(cast, column):
    invoice = an_invoice(cast)
    change = Invoice.update({column: FROZEN[column]}).where(Invoice.id == invoice.id)
    with pytest.raises(peewee.DatabaseError, match="never changed"), transaction():
        change.execute()
    assert getattr(fresh(invoice), column) == getattr(invoice, column)


def test_every_column_of_an_invoice_is_frozen_or_tells_what_becomes_of_it(cast):
    """A column that is added later is frozen unless somebody says otherwise."""
    invoice = an_invoice(cast)
    open_columns = {"paid": 1, "credited": 1, "state": "paid", "tries": 1, "next_try_on": "2026-01-01"}
    for name, value in open_columns.items():
        with transaction():
            Invoice.update({name: value}).where(Invoice.id == invoice.id).execute()
    for field in Invoice._meta.sorted_fields:
        if field.name in {*open_columns, "id"}:
            continue
        other = "2" if isinstance(field, peewee.CharField | peewee.TextField) else 987_654
        raw = peewee.SQL("'2020-02-02'") if "date" in field.field_type.lower() else peewee.Value(other, converter=False)
        with pytest.raises(peewee.DatabaseError, match="never changed"), transaction():
            Invoice.update({field: raw}).where(Invoice.id == invoice.id).execute()


@pytest.mark.parametrize("table", [Invoice, InvoiceLine])
def test_nothing_that_was_issued_is_deleted(cast, table):
    an_invoice(cast)
    with pytest.raises(peewee.DatabaseError, match="never changed"), transaction():
        table.delete().execute()
    assert table.select().count() == 1


@pytest.mark.parametrize("column", ["net", "quantity", "label", "kind"])
def test_lines_never_change(cast, column):
    an_invoice(cast)
    value = {"net": 1, "quantity": 9, "label": {}, "kind": "margin"}[column]
    with pytest.raises(peewee.DatabaseError, match="never changed"), transaction():
        InvoiceLine.update({column: value}).execute()


def test_the_recipient_is_who_it_was(shop, cast):
    with transaction():
        BillTo.create(organization=cast.siam, name="Siam Head Office", street="1 Old Road", city="Bangkok",
                      country="TH", tax_id="0105500000000", email="bills@siam.example", language="en")
    cast.card(cast.siam)
    invoice = invoices(shop.bought(cast.siam))[0]
    with transaction():
        BillTo.update(name="Elsewhere", street="2 New Road", tax_id="1", country="ES", language="es").execute()
        Organization.update(name="Renamed").execute()
        Partner.update(name="Renamed").execute()
    kept = fresh(invoice)
    assert {name: kept.recipient[name] for name in ("name", "street", "city", "country", "tax_id", "customer")} == {
        "name": "Siam Head Office", "street": "1 Old Road", "city": "Bangkok", "country": "TH",
        "tax_id": "0105500000000", "customer": "Siam Trading",
    }
    assert (kept.language, kept.country, kept.entity) == ("en", "TH", "th")
    shop.refund(invoice, 100)
    shop.work()
    [note] = invoices(invoice.subscription, "credit-note")
    assert note.recipient == kept.recipient
    assert note.issuer == kept.issuer


def test_what_the_vendor_calls_itself_and_its_plans_later_changes_nothing(shop, cast):
    cast.card(cast.siam)
    invoice = invoices(shop.bought(cast.siam))[0]
    line = InvoiceLine.get(InvoiceLine.invoice == invoice)
    assert line.label["en"] == "CRM Standard"
    assert invoice.tax_name["th"] == "ภาษีมูลค่าเพิ่ม"
    assert invoice.issuer["name"] == "Zoho Technologies (Thailand) Co., Ltd."


def test_an_entity_that_the_programme_no_longer_has_goes_on_counting(cast, make_ctx):
    """Its old invoices can still be corrected, under its own numbers."""
    ctx, old = make_ctx(), an_invoice(cast, entity="gone", code="GONE-000001", issuer={
        "name": "Gone", "address": [], "country": "TH", "tax_id": "", "email": "a@b.example", "prefix": "GONE-",
        "vendor": "Vendor"})
    with transaction():
        note = issue_credit_note(ctx, old, 107, 100, 10, "?")
    assert (note.code, note.entity) == ("GONE-000002", "gone")


def test_an_invoice_that_comes_to_nothing_is_paid(cast, make_ctx):
    free = Bill("THB", (Line("plan", 0, "crm-standard", 1, 0),), 0, 0)
    with transaction():
        owned = Subscription.get(Subscription.organization == cast.siam)
        assert issue(make_ctx(), cast.siam, owned, free).state == "paid"
