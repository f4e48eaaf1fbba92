"""Another vendor changes data, not code: nothing of the first is hard-wired."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from portal.accounts.models import Account
from portal.adapters.dns import FakeDns
from portal.adapters.mailer import FakeMailer
from portal.directory.commands.organizations import add_organization
from portal.storage import transaction
from portal.subscriptions.models import Subscription

ROOT = Path(__file__).resolve().parents[2]
FIRST = re.compile("zoho|workplace", re.IGNORECASE)
KINDS = {".py", ".html", ".txt", ".xml", ".md", ".css", ".js", ".po", ".pot", ".sql", ".csv"}
PAGES = ["/", "/help", "/help/partner-programme", "/help/priority-support", "/apply", "/apply/partnership", "/sign-in"]


def test_only_the_programme_file_names_the_first_vendor() -> None:
    files = [p for folder in ("portal", "templates", "static", "translations") for p in (ROOT / folder).rglob("*")]
    named = [p for p in files if p.suffix in KINDS and FIRST.search(p.read_text("utf-8"))]
    assert named == []


@pytest.fixture
def settings(settings):
    return replace(settings, programme=ROOT / "tests/programme/acme.toml")


@pytest.fixture
def owner(cast):
    """Andina's super admin, of whom this vendor demands a second factor."""
    with transaction():
        Account.update(second_factor_at=cast.now).where(Account.id == cast.admin.account.id).execute()
    return cast.admin


@pytest.mark.parametrize("language", ["en", "es", "fr", "th"])
def test_pages_speak_of_the_vendor_of_the_file(client, owner, app, language) -> None:
    vendor = app.extensions["programme"].vendor.name
    for path in PAGES:
        page = client.get(f"/{language}{path}", follow_redirects=True)
        assert page.status_code == 200
        assert not FIRST.search(page.text), path
    assert vendor in client.get(f"/{language}/").text
    assert not FIRST.search(owner.browser().get(f"/{language}/console/customers/add").text)


def test_customers_begin_with_the_trial_of_the_file(app, owner, run_jobs, mailer: FakeMailer, dns: FakeDns) -> None:
    programme = app.extensions["programme"]
    plan = next(plan for plan in programme.plans.values() if plan.trial)
    add_organization(owner.ctx, "Nova", "nova.example", "Ada", "ada@nova.example", "fr", "FR", plan.code)
    assert Subscription.get().trial_days == programme.trial.initial_days
    run_jobs()
    words = [f"{mail['Subject']} {mail.get_body(('plain',)).get_content()}" for mail in mailer.sent]  # type: ignore[union-attr]
    assert [FIRST.search(text) for text in words] == [None]
