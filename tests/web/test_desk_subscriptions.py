"""Suspending a subscription from the desk, for the vendor's own reason."""

from __future__ import annotations

import pytest

from portal.subscriptions.models import Subscription
from tests.billing.rows import an_invoice
from tests.client import statements
from tests.no_js import NoJs


@pytest.fixture
def owned(cast):
    return Subscription.get(Subscription.organization == cast.siam)


def test_from_an_invoice_to_a_suspension_and_back(cast, owned):
    invoice = an_invoice(cast)
    staff = NoJs(cast.reviewer.browser())
    staff.open(f"/en/desk/invoices/{invoice.public_id}").click("Show the subscription")
    assert "Andina Cloud" in staff.text
    staff.press("Suspend")
    assert staff.status == 409
    staff.press("Suspend", note="Abuse was reported")
    assert Subscription.get_by_id(owned.id).state == "suspended"
    assert "Zoho has suspended it" in staff.text
    staff.press("Lift the suspension")
    assert Subscription.get_by_id(owned.id).state == "paid"
    path = f"/en/desk/subscriptions/{owned.public_id}"
    assert staff.client.send(f"{path}/suspension/lift", path).status_code == 409


def test_it_asks_little_and_lets_nobody_else_in(cast, owned):
    path, browser = f"/en/desk/subscriptions/{owned.public_id}", cast.reviewer.browser()
    with statements() as seen:
        browser.get(path)
    assert len(seen) <= 5
    assert cast.reviewer.browser().get("/en/desk/subscriptions/nothing").status_code == 404
    for stranger in (cast.admin, cast.siam_admin):
        assert stranger.browser().get(path).status_code == 403
