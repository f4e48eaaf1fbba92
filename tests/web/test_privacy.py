"""The pages of personal data: one's own, an organization's, and how long what is kept."""

from __future__ import annotations

import html
import io
import json
import re
from datetime import timedelta
from zipfile import ZipFile

import pytest

from portal.accounts.models import Account, Session
from portal.commissions.models import BankAccount, Payout
from portal.core.ids import digest
from portal.partners.models import Member
from portal.privacy.models import DataExport, Erasure
from portal.privacy.subjects import OF_PERSON
from portal.storage import transaction
from portal.subscriptions.models import Subscription
from tests.client import HTMX, statements
from tests.commissions.money import bank, earn

OWN = "/en/account/privacy"


def stale(person) -> None:
    """Let the person's proof be long ago."""
    with transaction():
        Session.update(proved_at=None).where(Session.digest == digest(person.token)).execute()


def siam(cast) -> str:
    return f"/en/organizations/{cast.siam.public_id}/privacy"


@pytest.mark.parametrize("whose", ["own", "organization"])
def test_from_the_question_to_the_file(cast, run_jobs, whose):
    person, page = (cast.admin, OWN) if whose == "own" else (cast.siam_admin, siam(cast))
    browser = person.browser()
    asked = browser.send(f"{page}/export", page=page)
    assert (asked.status_code, asked.headers["Location"]) == (303, page)
    waiting = browser.get(page).text
    assert 'hx-trigger="every 2s"' in waiting
    assert f'<a class="button secondary" href="{page}">Refresh</a>' in waiting
    assert "/export\"" not in waiting  # one at a time
    run_jobs()
    done = browser.get(page, headers=HTMX).text
    assert "hx-trigger" not in done
    assert "<html" not in done
    file = browser.get(re.search(r'href="([^"]+/file)"', done)[1])
    assert file.mimetype == "application/zip"
    assert file.headers["Content-Disposition"] == f'attachment; filename="personal-data-{cast.now.date()}.zip"'
    assert "no-store" in file.headers["Cache-Control"]
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    with ZipFile(io.BytesIO(file.data)) as archive:
        assert json.loads(archive.read("manifest.json"))["files"][0]["name"] == "README.txt"


def test_the_readme_names_each_file(cast, run_jobs):
    browser = cast.admin.browser()
    browser.send(f"{OWN}/export", page=OWN)
    run_jobs()
    with ZipFile(io.BytesIO(DataExport.get().archive)) as archive:
        words = archive.read("README.txt").decode()
        assert {f"{subject.name}.json" for subject in OF_PERSON} <= set(archive.namelist())
    assert all(f"{subject.name}.json, {subject.name}.csv: {subject.label}" in words for subject in OF_PERSON)


def ready(cast, person, organization=None, **more) -> str:
    with transaction():
        made = DataExport.create(**{
            "account": person.account, "organization": organization, "language": "en", "state": "ready",
            "archive": b"PK", "created_at": cast.now, "ready_at": cast.now,
            "expires_at": cast.now + timedelta(days=7), **more,
        })
    return made.public_id


def test_nobody_gets_the_archive_of_somebody_else(cast):
    own, its = ready(cast, cast.siam_admin), ready(cast, cast.siam_admin, cast.siam)
    browser = cast.siam_admin.browser()
    assert browser.get(f"{OWN}/exports/{own}/file").data == b"PK"
    assert browser.get(f"{siam(cast)}/exports/{its}/file").data == b"PK"
    # Each only at its own address.
    assert browser.get(f"{OWN}/exports/{its}/file").status_code == 404
    assert browser.get(f"{siam(cast)}/exports/{own}/file").status_code == 404
    for person in (cast.admin, cast.colleague, cast.outsider, cast.reviewer, cast.siam_manager):
        assert person.browser().get(f"{OWN}/exports/{own}/file").status_code == 404
    assert cast.siam_manager.browser().get(f"{siam(cast)}/exports/{its}/file").status_code == 403
    assert cast.admin.browser().get(f"{siam(cast)}/exports/{its}/file").status_code == 403  # on behalf
    for person in (cast.outsider, cast.reviewer):
        assert person.browser().get(f"{siam(cast)}/exports/{its}/file").status_code == 404


def test_a_super_administrator_of_two_gets_each_where_it_belongs(cast):
    other = cast.customer("Lima Foods", "lima.example")
    cast.employ(other, cast.siam_admin, "super-admin")
    its = ready(cast, cast.siam_admin, cast.siam)
    browser = cast.siam_admin.browser()
    assert browser.get(f"/en/organizations/{other.public_id}/privacy/exports/{its}/file").status_code == 404


def test_what_is_over_or_not_there_yet_is_not_there(cast):
    browser = cast.admin.browser()
    for more in ({"expires_at": cast.now}, {"state": "expired", "archive": None}, {"state": "asked", "archive": None}):
        assert browser.get(f"{OWN}/exports/{ready(cast, cast.admin, **more)}/file").status_code == 404
    shown = browser.get(OWN).text
    assert shown.count("Expired") == 2
    assert "/file" not in shown


def pressed(browser, page: str, act: str, value: str):
    """Press a button of the page as a browser does, which says where it comes from."""
    token = browser.csrf(page)
    headers = {"Origin": "http://localhost"}
    return browser.post(f"{page}/{act}", data={"csrf_token": token, "act": value}, headers=headers)


@pytest.mark.parametrize(("act", "value"), [("export", "export"), ("erasure", "erase")])
@pytest.mark.parametrize("whose", ["own", "organization"])
def test_asking_needs_a_proof_and_keeps_what_was_asked(cast, act, value, whose):
    person, page = (cast.colleague, OWN) if whose == "own" else (cast.siam_admin, siam(cast))
    with transaction():
        Subscription.update(state="ended").where(Subscription.organization == cast.siam).execute()
        Account.update(password_hash="x").where(Account.id == person.account.id).execute()
    browser = person.browser()
    assert f'name="act" value="{value}"' in browser.get(page).text
    stale(person)
    asked = pressed(browser, page, act, value)
    assert asked.status_code == 403
    assert "Is it you?" in asked.text
    assert 'name="kept"' in asked.text
    assert (DataExport.select().count(), Erasure.select().count()) == (0, 0)


def test_downloading_needs_a_proof(cast):
    own = ready(cast, cast.admin)
    stale(cast.admin)
    answer = cast.admin.browser().get(f"{OWN}/exports/{own}/file")
    assert answer.status_code == 303
    assert "/account/prove" in answer.headers["Location"]


def test_no_form_works_without_its_token(cast):
    for person, page in ((cast.colleague, OWN), (cast.siam_admin, siam(cast))):
        for act in ("export", "erasure", "erasure/withdraw"):
            assert person.browser().post(f"{page}/{act}").status_code == 400
    assert (DataExport.select().count(), Erasure.select().count()) == (0, 0)


def test_nobody_is_erased_by_an_id_in_the_form(cast):
    browser = cast.colleague.browser()
    browser.send(f"{OWN}/erasure", page=OWN, account=str(cast.admin.account.id), account_id=str(cast.admin.account.id),
                 due_at="2020-01-01", organization=str(cast.siam.id))
    erasure = Erasure.get()
    assert (erasure.account_id, erasure.organization_id) == (cast.colleague.account.id, None)
    assert erasure.due_at == cast.now + timedelta(days=cast.make_ctx().programme.retention.erasure_wait)


def test_announcing_and_taking_back(cast, run_jobs, mailer, clock):
    browser = cast.colleague.browser()
    assert browser.send(f"{OWN}/erasure", page=OWN).status_code == 303
    shown = browser.get(OWN).text
    assert "Keep my account" in shown
    again = browser.send(f"{OWN}/erasure", page=OWN)
    assert again.status_code == 409
    run_jobs()
    mail = mailer.sent[-1]
    assert mail["Content-Language"] == "fr"
    assert "/fr/account/privacy" in mail.get_body(("plain",)).get_content()
    stale(cast.colleague)  # taking it back needs no proof
    assert browser.send(f"{OWN}/erasure/withdraw", page=OWN).status_code == 303
    assert browser.send(f"{OWN}/erasure/withdraw", page=OWN).status_code == 409
    clock.advance(days=30)
    run_jobs()
    assert Account.get_by_id(cast.colleague.account.id).erased_at is None


def test_another_persons_erasure_cannot_be_taken_back(cast):
    cast.colleague.browser().send(f"{OWN}/erasure", page=OWN)
    assert cast.outsider.browser().send(f"{OWN}/erasure/withdraw", page=OWN).status_code == 409
    assert Erasure.get().state == "announced"


def payout_in_hand(cast) -> None:
    bank(cast.make_ctx(), cast.andina)
    earn(cast.make_ctx(), cast.andina, 50_000, "x")
    with transaction():
        Payout.create(partner=cast.andina, amount=1, currency="USD", state="approved", bank_account=BankAccount.get(),
                      number=1, document={}, asked_at=cast.now, approved_by=cast.reviewer.account.id,
                      approved_at=cast.now)


@pytest.mark.parametrize(("who", "words"), [
    ("admin", "the only super administrator of the partner Andina Cloud"),
    ("siam_admin", "You are the super administrator of Siam Trading"),
    ("reviewer", "the only administrator among the vendor"),
])
def test_who_still_answers_for_something_reads_what(cast, who, words):
    browser = getattr(cast, who).browser()
    assert cast.siam.id
    shown = html.unescape(browser.get(OWN).text)
    assert words in shown
    assert 'action="/en/account/privacy/erasure"' not in shown
    refused = browser.send(f"{OWN}/erasure", page="/en/account")
    assert refused.status_code == 409
    assert words in html.unescape(refused.text)
    assert Erasure.select().count() == 0


def test_a_payout_in_hand_obstructs(cast):
    cast.person("second@vendor.example", "en", staff="admin")
    payout_in_hand(cast)
    assert "A payout that you have approved is not paid yet" in cast.reviewer.browser().get(OWN).text


def test_a_second_super_administrator_sets_the_first_one_free(cast):
    with transaction():
        Member.update(role="super-admin").where(Member.account == cast.colleague.account.id).execute()
    assert cast.admin.browser().send(f"{OWN}/erasure", page=OWN).status_code == 303


def test_an_organization_with_a_paid_subscription_is_not_erased(cast):
    browser, page = cast.siam_admin.browser(), siam(cast)
    assert "A paid subscription is still running" in browser.get(page).text
    assert browser.send(f"{page}/erasure", page=page).status_code == 409
    with transaction():
        Subscription.update(state="ended").where(Subscription.organization == cast.siam).execute()
    assert browser.send(f"{page}/erasure", page=page).status_code == 303
    assert "Keep the organization" in browser.get(page).text
    assert browser.send(f"{page}/erasure/withdraw", page=page).status_code == 303
    assert Erasure.get().state == "withdrawn"


@pytest.mark.parametrize(("who", "status"), [
    ("siam_manager", 403), ("admin", 403), ("colleague", 403), ("outsider", 404), ("reviewer", 404),
])
def test_everybody_but_the_super_administrator_is_kept_out(cast, who, status):
    browser, page = getattr(cast, who).browser(), siam(cast)
    token = browser.csrf("/en/account")
    assert browser.get(page).status_code == status
    for act in ("export", "erasure", "erasure/withdraw"):
        assert browser.post(f"{page}/{act}", data={"csrf_token": token}).status_code == status
    assert (DataExport.select().count(), Erasure.select().count()) == (0, 0)


def test_archives_are_never_read_for_the_page(cast):
    def opened() -> int:
        with statements() as seen:
            assert cast.siam_admin.browser().get(siam(cast)).status_code == 200
            assert cast.siam_admin.browser().get(OWN).status_code == 200
        assert not any('"archive"' in sql for sql in seen)
        return len(seen)

    opened()  # whoever is there for the first time is made
    before = opened()
    for _ in range(20):
        ready(cast, cast.siam_admin)
        ready(cast, cast.siam_admin, cast.siam)
    assert opened() == before


def test_retention_is_for_who_keeps_the_data(cast):
    shown = cast.reviewer.browser().get("/en/desk/retention").text
    assert "It has not run yet" in shown
    assert shown.count("<tr id=") == 17
    for who in ("support", "finance", "reviewer"):
        assert cast.person(f"{who}@vendor.example", "en", staff=who).browser().get(
            "/en/desk/retention").status_code == 403
    assert cast.admin.browser().get("/en/desk/retention").status_code == 403


@pytest.mark.parametrize("language", ["es", "fr", "th"])
def test_in_each_language(cast, language):
    browser = cast.siam_admin.browser()
    for path in ("account/privacy", f"organizations/{cast.siam.public_id}/privacy"):
        assert f'<html lang="{language}"' in browser.get(f"/{language}/{path}").text
