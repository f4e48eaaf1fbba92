"""Payouts: never more than there is, four eyes, nobody decides about their own partner, what is turned down returns."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import peewee
import pytest

from portal.audit.models import Event
from portal.billing.commands.payouts import ask_payout
from portal.billing.models import BillTo
from portal.commissions.commands.payouts import approve_payout, record_payment, reject_payout
from portal.commissions.models import Entry, Payout
from portal.commissions.policy.payouts import BankMissing, BankWaits, OwnPartner, SameHands
from portal.commissions.queries.payouts import any_payout, find_payout, payouts_of, queue
from portal.core.errors import DomainError, Forbidden, NotFound, Stale
from portal.mail.models import Outgoing
from portal.partners.models import Member
from portal.storage import database, transaction
from tests.commissions.money import IBAN, balance_of, bank, earn


@pytest.fixture
def rich(cast, make_ctx):
    """Andina has 500.00 USD and a bank account."""
    _ = cast.admin
    bank(make_ctx(), cast.andina)
    earn(make_ctx(), cast.andina, 50_000, "a")
    return cast.andina


@pytest.fixture
def second(cast):
    """Another member of the vendor's staff."""
    return cast.person("second@vendor.example", "en", staff="admin")


def events() -> list[str]:
    rows = Outgoing.select().where(Outgoing.event.startswith("payout")).order_by(Outgoing.id)
    return [f"{row.event} {row.to_address} {row.language}" for row in rows]


def test_a_payout_from_the_question_to_the_money(cast, rich, second, clock, run_jobs, mailer) -> None:
    payout = ask_payout(cast.admin.ctx, "USD", 20_000, 50_000)
    assert balance_of(rich) == 30_000
    assert [p.code for p in queue(cast.reviewer.ctx, "requested").rows] == ["COM-000001"]
    approve_payout(cast.reviewer.ctx, payout.public_id, 0)
    clock.advance(days=1)
    record_payment(second.ctx, payout.public_id, "SEPA 1", 1)
    found = find_payout(cast.colleague.actor, payout.public_id)
    assert [(step.state, step.by) for step in found.steps] == [
        ("requested", "Partner Admin"), ("approved", "Staff"), ("paid", "Second")]
    assert (found.state, found.reference, balance_of(rich)) == ("paid", "SEPA 1", 30_000)
    assert events() == [f"{event} partner-admin@andina.example es"
                        for event in ("payout-requested", "payout-approved", "payout-paid")]
    run_jobs()
    texts = [mail.get_body(("plain",)).get_content() for mail in mailer.sent]
    assert all(f"/es/store/commission/payouts/{payout.public_id}" in text for text in texts)
    assert not any(IBAN in text for text in texts)


def test_only_a_super_admin_of_the_partner_asks(cast, rich) -> None:
    for person in (cast.colleague, cast.reviewer, cast.siam_admin):
        with pytest.raises(Forbidden):
            ask_payout(person.ctx, "USD", 20_000, 50_000)
    with pytest.raises(BankMissing):
        ask_payout(cast.outsider.ctx, "USD", 20_000, 50_000)
    assert Payout.select().count() == 0


@pytest.mark.parametrize(("amount", "seen"), [(9_999, 50_000), (50_001, 50_000), (0, 50_000), (-20_000, 50_000)])
def test_amounts_out_of_reach_are_refused(cast, rich, amount, seen) -> None:
    with pytest.raises(DomainError) as refused:
        ask_payout(cast.admin.ctx, "USD", amount, seen)
    assert refused.value.field == "amount"
    assert balance_of(rich) == 50_000


def test_below_the_threshold_and_in_debt_nothing_is_collected(cast, make_ctx) -> None:
    bank(make_ctx(), cast.andina)
    earn(make_ctx(), cast.andina, 9_999, "a")
    with pytest.raises(DomainError):
        ask_payout(cast.admin.ctx, "USD", 9_999, 9_999)
    earn(make_ctx(), cast.andina, -20_000, "b", "clawback")
    assert balance_of(cast.andina) == -10_001
    with pytest.raises(DomainError):
        ask_payout(cast.admin.ctx, "USD", 10_000, -10_001)
    earn(make_ctx(), cast.andina, 20_001, "c")
    assert ask_payout(cast.admin.ctx, "USD", 10_000, 10_000).amount == 10_000


def test_a_balance_that_has_changed_is_shown_first(cast, rich, make_ctx) -> None:
    earn(make_ctx(), rich, 1, "late")
    with pytest.raises(Stale):
        ask_payout(cast.admin.ctx, "USD", 20_000, 50_000)


@pytest.mark.parametrize("currency", ["EUR", "XXX", ""])
def test_other_currencies_have_nothing(cast, rich, currency) -> None:
    with pytest.raises(DomainError):
        ask_payout(cast.admin.ctx, currency, 20_000, 0)


def test_a_new_bank_account_waits(cast, rich, make_ctx, clock) -> None:
    bank(make_ctx(), rich, "12345678", waits=7)
    with pytest.raises(BankWaits):
        ask_payout(cast.admin.ctx, "USD", 20_000, 50_000)
    clock.advance(days=7)
    payout = ask_payout(cast.admin.ctx, "USD", 20_000, 50_000)
    assert payout.bank_account.number == "12345678"


def test_two_at_once_take_no_more_than_there_is(app, cast, rich) -> None:
    together, ctx, outcomes = threading.Barrier(4), cast.admin.ctx, list[str]()

    def ask() -> None:
        with database.connection_context():
            together.wait()
            try:
                ask_payout(ctx, "USD", 30_000, 50_000)
                outcomes.append("done")
            except DomainError as error:
                outcomes.append(type(error).__name__)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["Stale", "Stale", "Stale", "done"]
    assert balance_of(rich) == 20_000
    assert [p.number for p in Payout.select()] == [1]


def test_two_currencies_at_once_get_two_numbers(app, cast, rich, make_ctx) -> None:
    earn(make_ctx(), rich, 50_000, "euros", currency="EUR")
    together, ctx, faults = threading.Barrier(2), cast.admin.ctx, list[Exception]()

    def ask(currency: str) -> None:
        with database.connection_context():
            together.wait()
            try:
                ask_payout(ctx, currency, 30_000, 50_000)
            except Exception as error:
                faults.append(error)

    threads = [threading.Thread(target=ask, args=(currency,)) for currency in ("USD", "EUR")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert sorted(p.number for p in Payout.select()) == [1, 2]


def test_who_approved_does_not_pay(cast, rich, second) -> None:
    payout = ask_payout(cast.admin.ctx, "USD", 20_000, 50_000)
    approve_payout(cast.reviewer.ctx, payout.public_id, 0)
    with pytest.raises(SameHands):
        record_payment(cast.reviewer.ctx, payout.public_id, "SEPA 1", 1)
    with pytest.raises(peewee.IntegrityError), transaction():  # not even past the command
        Payout.update(paid_by=cast.reviewer.account.id).execute()
    record_payment(second.ctx, payout.public_id, "SEPA 1", 1)


def test_staff_who_work_at_the_partner_decide_nothing(cast, rich, second) -> None:
    with transaction():
        Member.create(partner=rich, account=second.account, role="admin", created_at=cast.now)
    payout = ask_payout(cast.admin.ctx, "USD", 20_000, 50_000)
    with pytest.raises(OwnPartner):
        approve_payout(second.ctx, payout.public_id, 0)
    with pytest.raises(OwnPartner):
        reject_payout(second.ctx, payout.public_id, "No", 0)
    approve_payout(cast.reviewer.ctx, payout.public_id, 0)
    with pytest.raises(OwnPartner):
        record_payment(second.ctx, payout.public_id, "SEPA", 1)
    _request, hands, number = any_payout(second.ctx, payout.public_id)
    assert (hands.approve, hands.pay, hands.reject, hands.own_partner, number) == (False, False, False, True, "")


def test_partners_decide_nothing(cast, rich) -> None:
    payout = ask_payout(cast.admin.ctx, "USD", 20_000, 50_000)
    for person in (cast.admin, cast.outsider):
        with pytest.raises(Forbidden):
            approve_payout(person.ctx, payout.public_id, 0)
        with pytest.raises(Forbidden):
            queue(person.ctx, "requested")
    with pytest.raises(NotFound):
        find_payout(cast.outsider.actor, payout.public_id)
    assert payouts_of(cast.outsider.actor).rows == []


@pytest.mark.parametrize("approved", [False, True])
def test_what_is_turned_down_returns(cast, rich, approved) -> None:
    payout = ask_payout(cast.admin.ctx, "USD", 50_000, 50_000)
    if approved:
        approve_payout(cast.reviewer.ctx, payout.public_id, 0)
    with pytest.raises(DomainError) as refused:
        reject_payout(cast.reviewer.ctx, payout.public_id, "", int(approved))
    assert refused.value.field == "reason"
    reject_payout(cast.reviewer.ctx, payout.public_id, "The name differs", int(approved))
    assert balance_of(rich) == 50_000
    with pytest.raises(Stale):
        reject_payout(cast.reviewer.ctx, payout.public_id, "Again", int(approved) + 1)
    assert [line.kind for line in Entry.select().order_by(Entry.id)] == ["accrual", "payout", "payout-return"]
    assert events()[-1] == "payout-rejected partner-admin@andina.example es"
    again = ask_payout(cast.admin.ctx, "USD", 50_000, 50_000)
    assert (again.number, again.document["lines"]) == (2, payout.document["lines"])


def test_what_is_over_stays_so(cast, rich, second) -> None:
    payout = ask_payout(cast.admin.ctx, "USD", 20_000, 50_000)
    with pytest.raises(Stale):
        record_payment(second.ctx, payout.public_id, "SEPA", 0)  # not approved yet
    with pytest.raises(Stale):
        approve_payout(second.ctx, payout.public_id, 5)
    approve_payout(cast.reviewer.ctx, payout.public_id, 0)
    with pytest.raises(DomainError) as refused:
        record_payment(second.ctx, payout.public_id, "", 1)
    assert refused.value.field == "reference"
    record_payment(second.ctx, payout.public_id, "SEPA", 1)
    for act in (lambda: approve_payout(second.ctx, payout.public_id, 2),
                lambda: reject_payout(second.ctx, payout.public_id, "No", 2),
                lambda: record_payment(second.ctx, payout.public_id, "SEPA", 2)):
        with pytest.raises(Stale):
            act()
    assert balance_of(rich) == 30_000


def test_the_invoice_keeps_both_parties_and_its_months(cast, rich, make_ctx, clock) -> None:
    with transaction():
        BillTo.create(partner=rich, name="Andina Cloud SA de CV", street="Calle 1", city="Monterrey", country="MX",
                      tax_id="ACL010101AAA")
    clock.advance(days=40)
    earn(make_ctx(), rich, -5_000, "back", "clawback")
    earn(make_ctx(), rich, 25_000, "more")
    first = ask_payout(cast.admin.ctx, "USD", 55_000, 70_000)
    with transaction():
        BillTo.update(name="Another name").execute()
    rest = ask_payout(cast.admin.ctx, "USD", 15_000, 15_000)
    document = find_payout(cast.admin.actor, first.public_id).document
    assert (document["issuer"]["name"], document["issuer"]["tax_id"]) == ("Andina Cloud SA de CV", "ACL010101AAA")
    assert document["recipient"]["name"] == make_ctx().programme.billing.entity_for("MX").name
    assert document["lines"] == [{"month": "2026-03-01", "amount": 50_000}, {"month": "2026-04-01", "amount": 5_000}]
    assert rest.document["lines"] == [{"month": "2026-04-01", "amount": 15_000}]
    assert document["account"]["number"] == "•••• 1332"
    assert date.fromisoformat(document["lines"][0]["month"]) < make_ctx().today() - timedelta(days=30)


def test_the_account_number_is_shown_to_who_pays_and_nobody_else(cast, rich, second) -> None:
    payout = ask_payout(cast.admin.ctx, "USD", 20_000, 50_000)
    numbers = lambda: [any_payout(p.ctx, payout.public_id)[2] for p in (cast.reviewer, second)]  # noqa: E731
    assert numbers() == ["", ""]
    approve_payout(cast.reviewer.ctx, payout.public_id, 0)
    assert numbers() == ["", IBAN]
    record_payment(second.ctx, payout.public_id, "SEPA", 1)
    assert numbers() == ["", ""]
    stored = " ".join(str(event.detail) for event in Event.select())
    assert IBAN not in stored
    assert IBAN not in str(payout.document)
