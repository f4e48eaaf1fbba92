"""Payouts at the desk: the queue, approving, paying, turning down, and what each of the staff may do."""

from __future__ import annotations

import pytest
from lxml import html

from portal.billing.commands.payouts import ask_payout
from portal.commissions.commands.payouts import approve_payout
from portal.commissions.models import Payout
from portal.partners.models import Member
from portal.storage import transaction
from tests.commissions.money import IBAN, balance_of, bank, earn

QUEUE = "/en/desk/payouts"


def text(response) -> str:
    return " ".join(html.fromstring(response.get_data(as_text=True)).text_content().split())


@pytest.fixture
def payout(cast, make_ctx):
    _ = cast.admin
    bank(make_ctx(), cast.andina)
    earn(make_ctx(), cast.andina, 50_000, "a")
    return ask_payout(cast.admin.ctx, "USD", 20_000, 50_000)


@pytest.fixture
def second(cast):
    return cast.person("second@vendor.example", "en", staff="admin")


def test_the_queue(cast, payout) -> None:
    browser = cast.reviewer.browser()
    assert "COM-000001" in text(browser.get(QUEUE))
    assert "No payouts here" in text(browser.get(f"{QUEUE}?state=paid"))
    assert browser.get(f"{QUEUE}?state=none").status_code == 404
    assert IBAN not in text(browser.get(QUEUE))


def test_four_eyes_from_the_queue_to_the_payment(cast, payout, second) -> None:
    path, first, other = f"{QUEUE}/{payout.public_id}", cast.reviewer.browser(), second.browser()
    assert IBAN not in first.get(path).get_data(as_text=True)
    assert first.send(f"{path}/approve", path, **{"approve-seen": 0}).status_code == 303
    mine = first.get(path)
    assert "You approved this payout." in text(mine)
    assert IBAN not in mine.get_data(as_text=True)
    assert b"payment-reference" not in mine.data
    assert first.send(f"{path}/payment", path, **{"payment-seen": 1, "payment-reference": "X"}).status_code == 409
    assert IBAN in text(other.get(path))
    answer = other.send(f"{path}/payment", path, **{"payment-seen": 1, "payment-reference": ""})
    assert answer.status_code == 422
    assert other.send(f"{path}/payment", path, **{"payment-seen": 1, "payment-reference": "SEPA 7"}).status_code == 303
    page = text(other.get(path))
    assert "SEPA 7" in page
    assert IBAN not in page
    assert Payout.get().state == "paid"


def test_turning_down_needs_words_for_the_partner(cast, payout) -> None:
    path, browser = f"{QUEUE}/{payout.public_id}", cast.reviewer.browser()
    assert browser.send(f"{path}/reject", path, **{"reject-seen": 0, "reject-reason": " "}).status_code == 422
    stale = browser.send(f"{path}/reject", path, **{"reject-seen": 3, "reject-reason": "The name differs"})
    assert stale.status_code == 409
    assert "The name differs" in text(stale)
    done = browser.send(f"{path}/reject", path, **{"reject-seen": 0, "reject-reason": "The name differs"})
    assert done.status_code == 303
    assert balance_of(cast.andina) == 50_000
    theirs = text(cast.admin.browser().get(f"/en/store/commission/payouts/{payout.public_id}"))
    assert "The name differs" in theirs
    assert "Staff" not in theirs, "partners read what was decided, not who"


def test_two_clicks_approve_once(cast, payout) -> None:
    path, browser = f"{QUEUE}/{payout.public_id}", cast.reviewer.browser()
    assert browser.send(f"{path}/approve", path, **{"approve-seen": 0}).status_code == 303
    assert browser.send(f"{path}/approve", path, **{"approve-seen": 0}).status_code == 409


def test_staff_who_work_at_the_partner_are_told_why_not(cast, payout, second) -> None:
    with transaction():
        Member.create(partner=cast.andina, account=second.account, role="admin", created_at=cast.now)
    path, browser = f"{QUEUE}/{payout.public_id}", second.browser()
    page = browser.get(path)
    assert "You work at this partner." in text(page)
    assert b"approve-seen" not in page.data
    assert browser.send(f"{path}/approve", path, **{"approve-seen": 0}).status_code == 409


def test_a_changed_bank_account_is_pointed_out(cast, payout, make_ctx) -> None:
    bank(make_ctx(), cast.andina, "12345678", waits=7)
    page = text(cast.reviewer.browser().get(f"{QUEUE}/{payout.public_id}"))
    assert "The partner has changed its bank account since." in page


def test_addresses_of_forms_lead_to_the_page(cast, payout) -> None:
    browser = cast.reviewer.browser()
    for part in ("approve", "payment", "reject"):
        answer = browser.get(f"{QUEUE}/{payout.public_id}/{part}")
        assert (answer.status_code, answer.headers["Location"]) == (303, f"{QUEUE}/{payout.public_id}")
    assert browser.get(f"{QUEUE}/none").status_code == 404


def test_approved_ones_wait_in_their_own_queue(cast, payout) -> None:
    approve_payout(cast.reviewer.ctx, payout.public_id, 0)
    browser = cast.reviewer.browser()
    assert "No payouts here" in text(browser.get(QUEUE))
    assert "COM-000001" in text(browser.get(f"{QUEUE}?state=approved"))
