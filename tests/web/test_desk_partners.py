"""Partners at the desk: found by name, with tier, balances, bank account and payouts."""

from __future__ import annotations

from datetime import date

import pytest
from lxml import html

from portal.commissions.models import TierChange
from tests.client import HTMX
from tests.commissions.money import IBAN, bank, earn

PARTNERS = "/en/desk/partners"


def text(response) -> str:
    return " ".join(html.fromstring(response.get_data(as_text=True)).text_content().split())


@pytest.fixture
def path(cast) -> str:
    return f"{PARTNERS}/{cast.andina.public_id}"


def test_the_list_is_searched(cast) -> None:
    _ = cast.andina, cast.outsider
    browser = cast.reviewer.browser()
    assert {"Andina Cloud", "Other Resale"} <= set(html.fromstring(browser.get(PARTNERS).data).xpath("//th/a/text()"))
    assert html.fromstring(browser.get(f"{PARTNERS}?q=ANDÍNA").data).xpath("//th/a/text()") == ["Andina Cloud"]
    assert "No partners found" in text(browser.get(f"{PARTNERS}?q=nobody"))
    part = browser.get(f"{PARTNERS}?q=andina", headers=HTMX)
    assert b"<html" not in part.data
    assert b"Andina Cloud" in part.data


def test_a_partner_with_its_money(cast, make_ctx, path) -> None:
    bank(make_ctx(), cast.andina)
    earn(make_ctx(), cast.andina, 12_345, "a")
    earn(make_ctx(), cast.andina, -700, "b", "clawback", currency="EUR")
    page = text(cast.reviewer.browser().get(path)).replace("\xa0", " ")
    for words in ("Authorized", "123.45 USD", "-7.00 EUR", "•••• 1332", "Nothing has been collected yet."):
        assert words in page
    assert IBAN not in page


def test_setting_a_tier(cast, path) -> None:
    browser = cast.reviewer.browser()
    answer = browser.send(f"{path}/tier", path, tier="premium", effective_from="2026-04-01")
    assert answer.status_code == 303
    change = TierChange.get()
    assert (change.tier, change.effective_from, change.set_by_name) == ("premium", date(2026, 4, 1), "Staff")
    assert "Premium" in text(browser.get(path))
    assert browser.get(f"{path}/tier").headers["Location"] == path


@pytest.mark.parametrize(("tier", "on", "status", "says"), [
    ("premium", "2026-03-01", 409, "Choose today or a later day"), ("gold", "2026-04-01", 422, "Not a valid choice"),
    ("premium", "", 422, "This field is required."), ("premium", "tomorrow", 422, "Not a valid date"),
])
def test_what_does_not_fit_is_said(cast, path, tier, on, status, says) -> None:
    answer = cast.reviewer.browser().send(f"{path}/tier", path, tier=tier, effective_from=on)
    assert answer.status_code == status
    assert says in text(answer)
    assert TierChange.select().count() == 0


def test_nobody_else_gets_in(cast, path) -> None:
    for person in (cast.admin, cast.siam_admin):
        assert person.browser().get(path).status_code == 403
    assert cast.reviewer.browser().get(f"{PARTNERS}/none").status_code == 404
