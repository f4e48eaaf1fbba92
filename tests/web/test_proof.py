"""Proving anew who one is, before money leaves and a customer's console opens: and then on, with what was typed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from lxml import html

from portal.accounts import passwords
from portal.accounts.models import Account, Session
from portal.billing.commands.payouts import ask_payout
from portal.billing.commands.refunds import ask_refund
from portal.billing.models import RefundRequest
from portal.commissions.commands.payouts import approve_payout
from portal.commissions.models import Payout
from portal.core.errors import ProofNeeded
from tests.authenticator import Authenticator
from tests.billing.shop import Shop, invoices
from tests.client import HTMX
from tests.commissions.money import bank, earn
from tests.web.test_second_factor import add

PASSWORD = "correct horse battery"
OURS = {"Origin": "http://localhost"}
COMMISSION = "/en/store/commission"
PAYOUTS = "/en/store/commission/payouts"


@pytest.fixture
def old(cast):
    """Let somebody's session be one that was proved three hours ago."""

    def age(person):
        Account.update(password_hash=passwords.hashed(PASSWORD)).where(Account.id == person.account.id).execute()
        Session.update(proved_at=cast.now - timedelta(hours=3)).where(Session.account == person.account.id).execute()
        return person.browser()

    return age


@pytest.fixture
def rich(cast, make_ctx):
    _ = cast.admin
    bank(make_ctx(), cast.andina)
    earn(make_ctx(), cast.andina, 50_000, "a")
    return cast.andina


def fields(response, action):
    form = html.fromstring(response.data).xpath(f"//form[contains(@action, '{action}')]")[0]
    return dict(form.form_values())


def post(browser, path, page="/en/account", headers=OURS, **data):
    return browser.post(path, data={"csrf_token": browser.csrf(page), **data}, headers=headers)


# ---- A customer's console ----


def test_a_customers_console_opens_after_the_proof(cast, old):
    console = f"/en/organizations/{cast.siam.public_id}/users"
    browser = old(cast.admin)
    asked = browser.get(console)
    assert asked.headers["Location"] == f"/en/account/prove?next={console}"
    wrong = browser.send(asked.headers["Location"], password="wrong guess 77")
    assert (wrong.status_code, "wrong guess 77" in wrong.text) == (409, False)
    assert browser.send(asked.headers["Location"], password=PASSWORD).headers["Location"] == console
    assert browser.get(console).status_code == 200


def test_its_own_people_are_not_asked(cast, old):
    assert old(cast.siam_admin).get(f"/en/organizations/{cast.siam.public_id}/users").status_code == 200


def test_with_htmx_the_browser_is_sent_to_the_proof(cast, old):
    console = f"/en/organizations/{cast.siam.public_id}/users"
    assert old(cast.admin).get(console, headers=HTMX).headers["HX-Redirect"] == f"/en/account/prove?next={console}"


def test_what_was_typed_there_is_offered_again(cast, old):
    base = f"/en/organizations/{cast.siam.public_id}"
    browser = old(cast.admin)
    for headers in (OURS, {**OURS, **HTMX}):
        asked = post(browser, f"{base}/groups/add", headers=headers, name="Sales", local="sales", domain="siam.example")
        assert asked.status_code == 403
        assert fields(asked, "/account/prove")["kept"]
    offered = browser.post("/en/account/prove", data={**fields(asked, "/account/prove"), "password": PASSWORD})
    assert fields(offered, f"{base}/groups/add")["name"] == "Sales"


def test_outsiders_learn_nothing_by_being_asked(cast, old):
    assert old(cast.outsider).get(f"/en/organizations/{cast.siam.public_id}/users").status_code == 404


# ---- Money ----


def test_asking_for_a_payout(cast, old, rich):
    browser = old(cast.admin)
    typed = {"currency": "USD", "USD-seen": "50000", "USD-amount": "200.00"}
    asked = post(browser, PAYOUTS, COMMISSION, **typed)
    assert asked.status_code == 403
    assert not Payout.select().exists()
    answer = {**fields(asked, "/account/prove"), "password": PASSWORD}
    offered = browser.post("/en/account/prove", data=answer)
    again = fields(offered, PAYOUTS)
    assert again["USD-amount"] == "200.00"
    assert browser.post(PAYOUTS, data=again).status_code == 303
    assert Payout.get().amount == 20_000


def test_approving_a_payout_by_the_app(cast, old, rich):
    payout = ask_payout(cast.admin.ctx, "USD", 20_000, 50_000)
    browser, path = old(cast.reviewer), f"/en/desk/payouts/{payout.public_id}"
    code = cast.code_of(cast.reviewer.account)
    asked = post(browser, f"{path}/approve", path, **{"approve-seen": "0"})
    assert asked.status_code == 403
    form = {**fields(asked, "/account/prove"), "otp": code}
    assert "With the authenticator app" in asked.text
    offered = browser.post("/en/account/prove", data=form)
    assert browser.post(f"{path}/approve", data=fields(offered, f"{path}/approve")).status_code == 303
    assert Payout.get().state == "approved"
    form = {**form, "csrf_token": browser.csrf("/en/account")}
    assert browser.post("/en/account/prove", data=form).status_code == 409


def test_a_button_alone_is_offered_again(cast, old, gateway, clock, run_jobs):
    shop = Shop(cast, gateway, clock, run_jobs)
    cast.card(cast.siam)
    [invoice] = invoices(shop.bought(cast.siam))
    asked = ask_refund(cast.reviewer.ctx, invoice.public_id, 700_001, "Too much", 0)
    second, path = cast.person("second@vendor.example", "en", staff="finance"), f"/en/desk/refunds/{asked.public_id}"
    browser, code = old(second), cast.code_of(second.account)
    foreign = post(browser, f"{path}/approve", headers={"Origin": "https://evil.example"})
    assert foreign.headers["Location"] == f"/en/account/prove?next={path}/approve"
    proof = fields(post(browser, f"{path}/approve"), "/account/prove")
    offered = browser.post("/en/account/prove", data={**proof, "otp": code})
    assert RefundRequest.get().state == "asked"
    assert browser.post(f"{path}/approve", data=fields(offered, f"{path}/approve")).status_code == 303
    assert RefundRequest.get().state == "approved"


def test_the_commands_refuse_too(cast, old, rich):
    payout = ask_payout(cast.admin.ctx, "USD", 20_000, 50_000)
    old(cast.admin), old(cast.reviewer)
    with pytest.raises(ProofNeeded):
        ask_payout(cast.admin.ctx, "USD", 20_000, 30_000)
    with pytest.raises(ProofNeeded):
        approve_payout(cast.reviewer.ctx, payout.public_id, 0)
    assert [row.state for row in Payout.select()] == ["requested"]


def test_a_form_of_another_site_is_not_kept(cast, old, rich):
    browser = old(cast.admin)
    asked = post(browser, PAYOUTS, COMMISSION, {"Origin": "https://evil.example"}, currency="USD", **{
        "USD-seen": "50000", "USD-amount": "500.00"})
    assert asked.headers["Location"] == f"/en/account/prove?next={PAYOUTS}"


def test_a_form_with_a_password_leads_back_to_its_page(cast, old, rich):
    asked = post(old(cast.admin), "/en/store/commission/bank", COMMISSION, password=PASSWORD, holder="x")
    assert asked.headers["Location"] == "/en/account/prove?next=/en/store/commission/bank"


def test_a_made_up_kept_form_is_none(cast, old):
    browser = old(cast.admin)
    done = browser.send("/en/account/prove", password=PASSWORD, kept="made.up")
    assert done.headers["Location"] == "/en/store/"


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_the_proof_leads_nowhere_else(cast, old, to):
    browser = old(cast.admin)
    done = browser.post("/en/account/prove", query_string={"next": to}, data={
        "csrf_token": browser.csrf("/en/account/prove"), "password": PASSWORD})
    assert done.headers["Location"] == "/en/store/"


# ---- The ways ----


def test_a_proof_counts_for_two_hours(cast, old, clock):
    browser, console = old(cast.admin), f"/en/organizations/{cast.siam.public_id}/users"
    browser.send("/en/account/prove", password=PASSWORD)
    clock.advance(minutes=119)
    assert browser.get(console).status_code == 200
    clock.advance(minutes=1)
    assert browser.get(console).status_code == 303


def test_by_passkey(cast, old):
    device = Authenticator()
    add(cast.admin.browser(), device)
    browser, console = old(cast.admin), f"/en/organizations/{cast.siam.public_id}/users"
    page = browser.get("/en/account/prove")
    assert "With a passkey" in page.text
    question = browser.send("/en/account/prove/question", "/en/account/prove").text
    path = f"/en/account/prove/passkey?next={console}"
    done = browser.send(path, "/en/account/prove", credential=device.get(question))
    assert done.headers["Location"] == console
    assert browser.get(console).status_code == 200
    refused = browser.send("/en/account/prove/passkey", "/en/account/prove", credential=device.get(question))
    assert refused.status_code == 409
    assert browser.send("/en/account/prove/passkey", "/en/account/prove").status_code == 422


def test_each_is_offered_the_ways_they_have(cast, old):
    assert "With your password" not in cast.newcomer.browser().get("/en/account/prove").text
    assert "Sign out, and sign in again" in cast.newcomer.browser().get("/en/account/prove").text
    page = old(cast.admin).get("/en/account/prove").text
    assert "With your password" in page
    assert "With the authenticator app" not in page
    assert "With a passkey" not in page
