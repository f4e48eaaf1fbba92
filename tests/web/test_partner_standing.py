"""A partner that the vendor has suspended or terminated: what its people read, and what still works."""

from __future__ import annotations

from datetime import date

import pytest
from lxml import html

from portal.billing.commands.cards import ask_card
from portal.billing.commands.orders import buy_service
from portal.billing.commands.payouts import ask_payout
from portal.billing.commands.standing import set_renewal
from portal.core.errors import Forbidden
from portal.customers.models import Organization
from portal.directory.commands.organizations import add_organization, ask_check, ask_import
from portal.jobs.models import Job
from portal.partners.models import Partner
from portal.storage import transaction
from portal.subscriptions.commands import extend_trial_of, try_service
from portal.subscriptions.models import Subscription
from tests.client import statements
from tests.commissions.money import bank, earn

NEW = ("Nova", "nova.example", "Ada", "ada@nova.example", "fr", "FR", "workplace-standard")


@pytest.fixture
def become(cast):
    def change(state: str, reason: str = "Invoices of January are disputed.") -> None:
        with transaction():
            since = None if state == "active" else cast.now
            Partner.update(state=state, state_since=since, state_reason=reason).where(
                Partner.id == cast.andina.id).execute()

    return change


def text(response) -> str:
    return " ".join(html.fromstring(response.get_data(as_text=True)).text_content().split())


def owned(cast) -> Subscription:
    return Subscription.get(Subscription.id == Organization.get_by_id(cast.siam.id).main_subscription)


def test_a_suspended_partner_reads_why_and_what_works(cast, become):
    browser = cast.admin.browser()
    assert "suspended your company" not in text(browser.get("/en/store/"))
    become("suspended")
    for path in ("/en/store/", "/en/console/customers", f"/en/store/customers/{cast.siam.public_id}"):
        with statements() as seen:
            page = text(browser.get(path))
        assert len(seen) <= 5
        assert "has suspended your company as a partner, since Mar 2, 2026" in page
        assert "Invoices of January are disputed." in page
        assert "New customers and new services cannot be added." in page
    assert "suspended your company" not in text(browser.get("/en/account"))
    assert "suspended your company" not in text(cast.outsider.browser().get("/en/store/"))


def test_a_suspended_partner_sells_nothing_new(cast, become):
    become("suspended")
    siam = cast.siam.public_id
    for act in (
        lambda: add_organization(cast.admin.ctx, *NEW), lambda: ask_check(cast.admin.ctx, [], "x"),
        lambda: buy_service(cast.admin.ctx, siam, "crm-standard", 1, "monthly", 0, 100),
        lambda: try_service(cast.admin.ctx, siam, "crm-standard", 1, "monthly"),
    ):
        with pytest.raises(Forbidden):
            act()
    assert Subscription.select().count() == 1


def test_a_suspended_partner_looks_after_its_customers(cast, become):
    trial = try_service(cast.admin.ctx, cast.siam.public_id, "crm-standard", 3, "monthly")
    become("suspended")
    assert extend_trial_of(cast.admin.ctx, trial.public_id, 15) > date(2026, 3, 17)
    set_renewal(cast.admin.ctx, owned(cast).public_id, "end", 0)
    assert ask_card(cast.admin.ctx, cast.siam.public_id, customer_card=False).state == "asked"
    browser = cast.admin.browser()
    assert browser.get(f"/en/organizations/{cast.siam.public_id}/").status_code == 200
    assert browser.get(f"/en/store/subscriptions/{owned(cast).public_id}/change").status_code == 200


def test_an_import_stops_with_a_reason(cast, become, run_jobs):
    line = dict(zip(("name", "domain", "admin_name", "admin_email", "language", "country", "plan"), NEW, strict=True))
    checked = ask_check(cast.admin.ctx, [(2, {**line, "licenses": 1})], "upload")
    run_jobs()
    job = ask_import(cast.admin.ctx, checked)
    become("suspended")
    run_jobs()
    assert Job.get(Job.public_id == job).state == "done"
    browser = cast.admin.browser()
    page = browser.get(f"/en/console/imports/{job}")
    assert "Your company gets no new customers at present" in text(page)
    assert "0 customers were added." in text(page)
    assert "/en/console/customers/import" not in page.get_data(as_text=True)
    assert b"Add 1 customer" not in browser.get(f"/en/console/imports/{checked}").data


def test_a_terminated_partner_reads_and_collects(cast, become, make_ctx):
    _ = cast.admin, cast.siam
    bank(make_ctx(), cast.andina)
    earn(make_ctx(), cast.andina, 50_000, "a")
    become("terminated", "The programme's terms were broken.")
    browser = cast.admin.browser()
    page = text(browser.get("/en/store/commission"))
    assert "The partnership with" in page
    assert "The programme's terms were broken." in page
    assert "collect your commission" in page
    assert ask_payout(cast.admin.ctx, "USD", 20_000, 50_000).state == "requested"
    siam = cast.siam.public_id
    for path in ("/en/console/customers", f"/en/store/customers/{siam}/edit", f"/en/store/customers/{siam}/card"):
        assert browser.get(path).status_code == 403, path
    for act in (
        lambda: set_renewal(cast.admin.ctx, owned(cast).public_id, "end", 0),
        lambda: ask_card(cast.admin.ctx, siam, customer_card=False),
    ):
        with pytest.raises(Forbidden):
            act()
    assert browser.get(f"/en/organizations/{siam}/").status_code == 404
    menu = browser.get("/en/store/").get_data(as_text=True)
    assert "/en/console/" not in menu
    assert "/en/store/commission" in menu
