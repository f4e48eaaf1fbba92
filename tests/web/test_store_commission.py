"""Commission in the Store: balances, statements on screen and as a file, lines, payouts, the bank account, what if."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from lxml import html

from portal.commissions.models import BankAccount, Entry, Payout
from portal.storage import transaction
from portal.subscriptions.models import Subscription
from tests.billing.shop import Shop, invoices
from tests.client import HTMX, statements
from tests.commissions.money import IBAN, PASSWORD, balance_of, bank, earn, password

COMMISSION = "/en/store/commission"
BANK = "/en/store/commission/bank"


def text(response) -> str:
    """The words of a page, each blank one space."""
    return " ".join(html.fromstring(response.get_data(as_text=True)).text_content().split())


def field(response, name: str) -> str:
    return str(html.fromstring(response.data).xpath(f"//input[@name='{name}']/@value")[0])


@pytest.fixture
def rich(cast, make_ctx):
    _ = cast.admin
    bank(make_ctx(), cast.andina)
    earn(make_ctx(), cast.andina, 50_000, "a")
    return cast.andina


# ---- Balances and payouts ----

def test_without_anything_the_page_says_how_it_begins(cast) -> None:
    page = text(cast.admin.browser().get(COMMISSION))
    assert "Nothing has been earned yet." in page
    assert "Nobody has said yet where your commission goes." in page
    assert "Authorized" in page


def test_a_balance_with_its_threshold(cast, rich) -> None:
    page = text(cast.admin.browser().get(COMMISSION))
    assert "500.00 USD" in page
    assert "100.00 USD" in page
    assert "•••• 1332" in page
    assert IBAN not in page


@pytest.mark.parametrize(("typed", "kept"), [("", 50_000), ("123.45", 12_345), ("100", 10_000), ("1,00.00", None)])
def test_asking_for_the_whole_balance_or_a_part(cast, rich, typed, kept) -> None:
    browser = cast.admin.browser()
    page = browser.get(COMMISSION)
    data = {"currency": "USD", "USD-seen": field(page, "USD-seen"), "USD-amount": typed or field(page, "USD-amount")}
    answer = browser.send("/en/store/commission/payouts", COMMISSION, **data)
    if kept is None:
        assert answer.status_code == 422
        assert "Type the amount like this" in text(answer)
        assert typed in answer.get_data(as_text=True)
        return
    assert answer.status_code == 303
    assert Payout.get().amount == kept
    assert balance_of(rich) == 50_000 - kept
    assert answer.headers["Location"].endswith(f"/en/store/commission/payouts/{Payout.get().public_id}")


def test_a_spanish_comma_is_no_english_one(cast, rich) -> None:
    with transaction():
        cast.admin.account.country = "ES"
        cast.admin.account.save()
    browser = cast.admin.browser()
    data = {"currency": "USD", "USD-seen": 50_000}
    assert browser.send("/es/store/commission/payouts", "/es/store/commission", **data,
                        **{"USD-amount": "123.45"}).status_code == 422
    assert browser.send("/es/store/commission/payouts", "/es/store/commission", **data,
                        **{"USD-amount": "123,45"}).status_code == 303
    assert Payout.get().amount == 12_345


@pytest.mark.parametrize(("amount", "seen", "says"), [
    ("600", 50_000, "This is more than your balance."),
    ("99.99", 50_000, "This is less than the least amount that can be collected."),
    ("200", 49_999, "This has changed in the meantime."),
])
def test_what_a_rule_refuses_is_shown_with_the_fresh_balance(cast, rich, amount, seen, says) -> None:
    answer = cast.admin.browser().send(
        "/en/store/commission/payouts", COMMISSION, currency="USD", **{"USD-seen": seen, "USD-amount": amount})
    assert answer.status_code == 409
    assert says in text(answer)
    assert field(answer, "USD-seen") == "50000"
    assert Payout.select().count() == 0


@pytest.mark.parametrize("data", [{}, {"currency": "XXX"}, {"currency": "<b>", "<b>-amount": "1"}, {"currency": "USD"}])
def test_forms_of_no_use_are_answered(cast, rich, data) -> None:
    answer = cast.admin.browser().send("/en/store/commission/payouts", COMMISSION, **data)
    assert answer.status_code == 422


def test_members_read_and_do_not_ask(cast, rich) -> None:
    browser = cast.colleague.browser()
    page = browser.get(COMMISSION)
    assert "A super administrator of your company asks for payouts." in text(page)
    assert b"USD-amount" not in page.data
    assert browser.send("/en/store/commission/payouts", COMMISSION).status_code == 403


def test_a_new_account_says_from_when_on(cast, make_ctx, rich) -> None:
    bank(make_ctx(), rich, "12345678", waits=7)
    page = cast.admin.browser().get(COMMISSION)
    assert "payouts can be asked for from Mar 9, 2026, 9:00 AM on" in text(page)
    assert b"USD-amount" not in page.data


def test_the_invoice_of_a_payout_and_its_timeline(cast, rich) -> None:
    browser = cast.admin.browser()
    browser.send("/en/store/commission/payouts", COMMISSION, currency="USD",
                 **{"USD-seen": 50_000, "USD-amount": "200"})
    path = f"/en/store/commission/payouts/{Payout.get().public_id}"
    page = text(browser.get(path))
    for words in ("COM-000001", "Andina Cloud", "Zoho Corporation", "March 2026", "200.00 USD", "•••• 1332"):
        assert words in page
    assert IBAN not in page
    assert cast.outsider.browser().get(path).status_code == 404
    assert "มีนาคม 2569" in text(browser.get(path.replace("/en/", "/th/")))
    assert browser.get("/en/store/commission/payouts").status_code == 303


# ---- Statements and lines ----

@pytest.fixture
def sold(cast, gateway, clock, run_jobs):
    """A service that the customer's own card paid, and a third of it given back."""
    shop = Shop(cast, gateway, clock, run_jobs)
    cast.card(cast.siam)
    [invoice] = invoices(shop.bought(cast.siam, licenses=7))
    shop.refund(invoice, invoice.total // 3)
    shop.work()
    return invoice


def test_a_statement_adds_up_on_screen(cast, sold, rich) -> None:
    browser = cast.colleague.browser()
    page = text(browser.get(f"{COMMISSION}/THB/2026-03"))
    clawback = Entry.get(Entry.kind == "clawback")
    closing = f"{(sold.commission + clawback.amount) / 100:,.2f} THB"
    assert f"Closing balance{closing}" in page.replace("\xa0", " ")
    assert "Siam Trading" in page
    assert sold.code in page


@pytest.mark.parametrize("path", [
    "USD/2026-02", "USD/2026-04", "USD/2026-3", "USD/2026-13", "USD/x", "EUR/2026-03", "usd/2026-03", "USD/1999-12",
    "USD/2026-02.csv", "USD/0001-01",
])
def test_months_that_nobody_had(cast, rich, path) -> None:
    assert cast.admin.browser().get(f"{COMMISSION}/{path}").status_code == 404


def test_months_lead_to_each_other(cast, rich, clock) -> None:
    clock.advance(days=65)
    tree = html.fromstring(cast.admin.browser().get(f"{COMMISSION}/USD/2026-04").data)
    assert [link.rpartition("/")[2] for link in tree.xpath("//nav[@class='pager']//a/@href")] == ["2026-03", "2026-05"]
    assert "Nothing was booked in this month." in tree.text_content()


@pytest.mark.parametrize(("language", "country", "separator", "amount", "kind"), [
    ("en", "US", ",", "-12.50", "Commission returned with a credit note"), ("es", "ES", ";", "-12,50", None),
])
def test_the_file_is_in_the_reader_s_conventions(cast, make_ctx, language, country, separator, amount, kind) -> None:
    with transaction():
        cast.admin.account.country = country
        cast.admin.account.save()
    earn(make_ctx(), cast.andina, -1_250, "=x", "clawback")
    answer = cast.admin.browser().get(f"/{language}/store/commission/USD/2026-03.csv")
    assert answer.mimetype == "text/csv"
    [heading, line] = csv.reader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff")), delimiter=separator)
    assert len(heading) == len(line) == 12
    assert line[9] == amount
    assert line[2] == "'=X"  # no formula
    assert kind in (None, line[1])


def test_a_line_opens_to_its_formula(cast, sold) -> None:
    line, back = Entry.get(Entry.kind == "accrual"), Entry.get(Entry.kind == "clawback")
    browser = cast.colleague.browser()
    page = text(browser.get(f"{COMMISSION}/entries/{line.public_id}")).replace("\xa0", " ")
    assert f"{sold.commission_base / 100:,.2f} THB × 10% = " in page
    for words in ("Authorized", "January 1, 2026", sold.code, "Siam Trading"):
        assert words in page
    assert "−" in text(browser.get(f"{COMMISSION}/entries/{back.public_id}")).replace("-", "−")
    assert cast.outsider.browser().get(f"{COMMISSION}/entries/{line.public_id}").status_code == 404


@pytest.mark.parametrize(("base", "amount", "says"), [
    (36_000, 5_400, "Nothing had to be rounded."), (12_345, 1_852, "Rounded to 18.52 USD"),
    (12_345, 1_851, "Booked as 18.51 USD"),
])
def test_rounding_is_said(cast, make_ctx, base, amount, says) -> None:
    rule = make_ctx().programme.commission.rule("authorized", "mail", make_ctx().today())
    earn(make_ctx(), cast.andina, amount, "a", base=base, rule=rule)
    page = text(cast.admin.browser().get(f"{COMMISSION}/entries/{Entry.get().public_id}")).replace("\xa0", " ")
    assert says in page
    assert "15%" in page


def test_a_long_ledger_costs_no_more_statements(cast, make_ctx) -> None:
    browser, counts = cast.admin.browser(), []
    for number in range(130):
        earn(make_ctx(), cast.andina, 1, f"a{number}")
        if number in {0, 129}:
            with statements() as seen:
                answer = browser.get(f"{COMMISSION}/USD/2026-03")
            counts.append(len(seen))
    assert counts[0] == counts[1] <= 5
    assert html.fromstring(answer.data).xpath("//a[@rel='next'][contains(@href, 'after=')]")


# ---- The bank account ----

FORM = {"holder": "Andina Cloud SA", "country": "ES", "bank_name": "Banco Uno", "number": IBAN, "bic": ""}


@pytest.fixture
def boss(cast):
    password(cast.admin)
    return cast.admin.browser()


def test_adding_the_account(cast, boss) -> None:
    answer = boss.send(BANK, **FORM, seen="", password=PASSWORD)
    assert answer.status_code == 303
    page = text(boss.get(BANK))
    assert "•••• 1332" in page
    assert IBAN not in page
    assert "payouts can be asked for from Mar 9, 2026" in page
    assert BankAccount.get().usable_from == cast.now + timedelta(days=7)


def test_a_wrong_password_keeps_the_rest_of_the_form(boss) -> None:
    answer = boss.send(BANK, **FORM, seen="", password="wrong-password")
    assert answer.status_code == 409
    assert "This is not the password of this account." in text(answer)
    assert field(answer, "holder") == "Andina Cloud SA"
    assert b"wrong-password" not in answer.data
    assert BankAccount.select().count() == 0


def test_guesses_are_counted(boss) -> None:
    for _ in range(10):
        boss.send(BANK, **FORM, seen="", password="wrong-password")
    assert boss.send(BANK, **FORM, seen="", password=PASSWORD).status_code == 429
    assert BankAccount.select().count() == 0


@pytest.mark.parametrize(("changes", "status", "says"), [
    ({"holder": ""}, 422, "This field is required."), ({"number": "ES9121000418450200051323"}, 409, "This IBAN is not"),
    ({"country": "XX"}, 422, "Not a valid choice"), ({"password": ""}, 422, "This field is required."),
    ({"seen": "stale"}, 409, "This has changed in the meantime."), ({"bic": "X"}, 409, "A BIC has 8 or 11"),
])
def test_what_does_not_fit_is_said_beside_its_field(boss, changes, status, says) -> None:
    answer = boss.send(BANK, **{**FORM, "seen": "", "password": PASSWORD, **changes})
    assert answer.status_code == status
    assert says in text(answer)
    assert BankAccount.select().count() == 0


def test_former_accounts_stay_on_the_page(cast, boss) -> None:
    boss.send(BANK, **FORM, seen="", password=PASSWORD)
    seen = field(boss.get(BANK), "seen")
    boss.send(BANK, **{**FORM, "number": "9876543210"}, seen=seen, password=PASSWORD)
    page = text(boss.get(BANK))
    assert page.index("•••• 3210") < page.index("•••• 1332")
    assert cast.colleague.browser().get(BANK).status_code == 403


# ---- What if ----

@pytest.fixture
def path(cast):
    cast.card(cast.siam)
    with transaction():
        Subscription.update(renews_on=cast.now.date() + timedelta(days=200)).execute()
    return f"/en/store/customers/{cast.siam.public_id}/what-if"


def test_the_year_as_it_is(cast, path) -> None:
    page = text(cast.colleague.browser().get(path)).replace("\xa0", " ")
    assert "360.00 USD × 15% = 54.00 USD" in page
    assert "Accrues when the customer's card has paid" in page
    assert "After the change" not in page
    assert cast.outsider.browser().get(path).status_code == 404


@pytest.mark.parametrize(("query", "says"), [
    ("what=card&card=reseller", ["Kept as a margin when your card is charged", "0.00 USD"]),
    ("what=leave", ["If the customer leaves today", "-54.00 USD"]),
    ("what=nonsense", ["The year as it is"]),
])
def test_scenarios(cast, path, query, says) -> None:
    browser = cast.admin.browser()
    page = text(browser.get(f"{path}?{query}")).replace("\xa0", " ")
    assert all(words in page for words in says)
    part = browser.get(f"{path}?{query}", headers=HTMX)
    assert part.data.lstrip().startswith(b'<section id="outlook">')


def test_another_number_of_licenses(cast, path) -> None:
    owned = Subscription.get()
    asked = f"{path}?what=plan&subscription={owned.public_id}&plan={owned.plan}&licenses="
    browser = cast.admin.browser()
    page = text(browser.get(f"{asked}5")).replace("\xa0", " ")
    assert "180.00 USD × 15% = 27.00 USD" in page
    assert "-27.00 USD" in page
    for wrong in ("", "0", "x", "99999999999"):
        assert browser.get(asked + wrong).status_code == 422
    other = f"{path}?what=plan&subscription={owned.public_id}&plan=crm-standard&licenses=5"
    assert browser.get(other).status_code == 422
    assert Subscription.get().licenses == 10, "nothing is changed"


def test_a_customer_without_a_card_earns_nothing(cast) -> None:
    page = text(cast.admin.browser().get(f"/en/store/customers/{cast.siam.public_id}/what-if"))
    assert "This customer has no payment card yet" in page
