"""The application pages: every step without JavaScript, with and without an account, and nothing typed is lost."""

from __future__ import annotations

import html

import pytest

from portal.accounts.models import Session
from portal.applications.models import Application
from portal.core.ids import digest
from portal.mail.models import Outgoing
from portal.storage import transaction
from tests.applications.stages import ANSWERS
from tests.client import HTMX

COMPANY = {name: ANSWERS[name] for name in (
    "company", "website", "phone", "street", "city", "postal_code", "state_province", "country")}
PARTNERSHIP = {name: ANSWERS[name] for name in ("expertise", "experience", "plan")}


def words(response):
    return html.unescape(response.get_data(as_text=True))


def fill_in(browser, lang="th"):
    browser.send(f"/{lang}/apply/company", **COMPANY, action="next")
    return browser.send(f"/{lang}/apply/partnership", **PARTNERSHIP, action="next")


def submit(browser, programme_version, lang="th", **more):
    return browser.send(f"/{lang}/apply/review", terms_version=programme_version, accept="y", **more)


@pytest.fixture
def version(make_ctx):
    return make_ctx().programme.vendor.terms_version


@pytest.mark.parametrize("lang", ["en", "es", "fr", "th"])
def test_the_introduction_says_how_long_and_that_nothing_is_guaranteed(client, lang):
    response = client.get(f"/{lang}/apply")
    assert response.status_code == 200
    assert "7" in words(response)
    assert 'hreflang="x-default"' in response.get_data(as_text=True)


def test_countries_and_expertises_are_in_the_readers_language(client):
    page = words(client.get("/th/apply/company"))
    assert page.index("กรีซ") < page.index("เกาหลีใต้") < page.index("ไทย")
    assert "การขายและ CRM" in words(client.get("/th/apply/partnership"))


def test_the_journey_in_thai_from_visitor_to_partner(client, cast, version, run_jobs, mailer):
    """A visitor fills in everything, signs in at the last step, submits, answers a question and is accepted."""
    assert client.send("/th/apply/company", **COMPANY, action="next").headers["Location"] == "/th/apply/partnership"
    assert client.send("/th/apply/partnership", **PARTNERSHIP, action="next").headers["Location"] == "/th/apply/review"
    gate = client.get("/th/apply/review")
    assert "/th/sign-up?next=/th/apply/review" in words(gate)
    assert "/th/sign-in?next=/th/apply/review" in words(gate)

    with client.session_transaction() as session:
        session["session"] = cast.newcomer.token
    review = words(client.get("/th/apply/review"))
    for value in (*COMPANY.values(), "Workplace", ANSWERS["plan"]):
        assert value in review or value == "TH"
    assert "ไทย" in review
    assert "ในนามของคุณเอง" in review  # the terms
    assert submit(client, version).headers["Location"] == "/th/application"
    page = words(client.get("/th/application"))
    assert "9 มีนาคม" in page
    assert "2569" in page

    desk = cast.reviewer.browser()
    application = Application.get()
    path = f"/en/desk/applications/{application.public_id}"
    desk.send(f"{path}/note", path, **{"note-body": "SECRET", "note-seen": application.version})
    desk.send(f"{path}/question", path, **{"question-body": "มีพนักงานกี่คน", "question-seen": application.version + 1})
    page = client.get("/th/application")
    assert "มีพนักงานกี่คน" in words(page)
    client.send("/th/application", body="สิบคน", seen=application.version + 2)
    assert "สิบคน" in words(desk.get(path))
    desk.send(f"{path}/accept", path, **{"accept-seen": application.version + 3})
    run_jobs()
    assert [mail["Content-Language"] for mail in mailer.sent] == ["th"] * 3
    welcome = mailer.sent[-1].get_body(("plain",)).get_content()
    assert "http://portal.test/th/store/" in welcome
    assert "http://portal.test/th/console/customers" in welcome
    assert "SECRET" not in "".join(str(mail.get_body(("plain",)).get_content()) for mail in mailer.sent)
    assert "SECRET" not in words(client.get("/th/application"))
    assert Session.select().count() == 2


def test_what_is_wrong_is_said_beside_the_field_and_the_rest_is_kept(client):
    response = client.send(
        "/en/apply/company", company="Siam", website="not a site", city="x" * 300, country="TH", action="next"
    )
    assert response.status_code == 422
    page = words(response)
    assert 'value="https://not a site"' in page
    assert "x" * 300 in page
    assert 'id="street-error"' in page
    kept = words(client.get("/en/apply/company"))
    assert 'value="Siam"' in kept
    assert "x" * 300 not in kept
    assert '<option selected value="TH">' in kept


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("www.siam.example", "https://www.siam.example"), ("HTTP://siam.example", "HTTP://siam.example"), ("", "")],
)
def test_a_website_may_be_typed_as_people_say_it(client, typed, kept):
    client.send("/en/apply/company", **{**COMPANY, "website": typed}, action="next")
    assert Application.get().website == kept


@pytest.mark.parametrize("typed", ["javascript:alert(1)", "javascript://siam.example/%0aalert(1)", "data:text/html,x"])
def test_a_website_is_never_a_script(client, typed):
    client.send("/en/apply/company", **{**COMPANY, "website": typed}, action="next")
    assert Application.get().website.startswith("https://") or not Application.get().website


def test_saving_for_later_asks_for_nothing_and_keeps_everything(client):
    response = client.send("/en/apply/partnership", expertise="", experience="So far: a lot", plan="", action="later")
    assert (response.status_code, response.headers["Location"]) == (303, "/en/apply")
    page = words(client.get("/en/apply"))
    assert "It is kept until" in page
    assert "Continue your draft" in page
    assert "So far: a lot" in words(client.get("/en/apply/partnership"))


def test_what_is_typed_after_the_session_ended_reaches_the_account(cast):
    browser = cast.newcomer.browser()
    browser.send("/th/apply/company", **COMPANY, action="next")
    token = browser.csrf("/th/apply/partnership")
    with transaction():
        Session.delete().execute()
    sent = browser.post("/th/apply/partnership", data={"csrf_token": token, **PARTNERSHIP, "action": "next"})
    assert sent.headers["Location"] == "/th/apply/review"
    with transaction():
        Session.insert(
            digest=digest(cast.newcomer.token), account=cast.newcomer.account, created_at=cast.now, seen_at=cast.now,
            expires_at=cast.now.replace(year=2027),
        ).execute()
    review = words(browser.get("/th/apply/review"))
    assert ANSWERS["company"] in review
    assert ANSWERS["plan"] in review


def test_the_review_waits_for_missing_answers(client):
    client.send("/en/apply/partnership", **PARTNERSHIP, action="next")
    response = client.get("/en/apply/review")
    assert response.headers["Location"] == "/en/apply/company"
    assert "Please complete this step first." in words(client.get("/en/apply/company"))


def test_terms_must_be_accepted_as_they_are(cast, version):
    browser = cast.newcomer.browser()
    fill_in(browser, "en")
    assert browser.send("/en/apply/review", terms_version=version).status_code == 422
    response = submit(browser, "of last year", "en")
    assert response.status_code == 409
    assert "The terms and conditions have changed." in words(response)
    assert f'value="{version}"' in words(response)
    assert Application.get().state == "draft"


def test_a_visitor_who_submits_meets_the_account_page(client, version):
    fill_in(client, "en")
    token = client.csrf("/en/apply/company")
    sent = client.post("/en/apply/review", data={"csrf_token": token, "terms_version": version, "accept": "y"})
    assert sent.headers["Location"] == "/en/apply/review"
    assert Application.get().state == "draft"


def test_a_second_click_on_submit_leads_to_the_same_page(cast, version):
    browser = cast.newcomer.browser()
    fill_in(browser)
    token = browser.csrf("/th/apply/review")
    for _click in range(2):
        sent = browser.post("/th/apply/review", data={"csrf_token": token, "terms_version": version, "accept": "y"})
        assert sent.headers["Location"] == "/th/application"
    assert Outgoing.select().count() == 1


def test_while_under_review_the_steps_lead_to_the_application(cast, submitted):
    browser = cast.newcomer.browser()
    for path in ("company", "partnership", "review"):
        assert browser.get(f"/th/apply/{path}").headers["Location"] == "/th/application"
    assert browser.get("/th/apply/nothing").status_code == 404
    assert "/th/application" in words(browser.get("/th/apply"))


def test_partners_see_that_they_are_partners(cast):
    browser = cast.admin.browser()
    assert "Andina Cloud" in words(browser.get("/es/apply"))
    assert browser.get("/es/apply/company").headers["Location"] == "/es/apply"
    assert browser.send("/es/apply/company", "/es/account", **COMPANY).headers["Location"] == "/es/apply"
    assert Application.select().count() == 0


def test_withdrawing_asks_first_and_the_answers_serve_again(cast, submitted):
    browser = cast.newcomer.browser()
    assert "/th/application/withdraw" in words(browser.get("/th/application"))
    browser.send("/th/application/withdraw", seen=submitted.version)
    assert Application.get().state == "withdrawn"
    assert browser.get("/th/application/withdraw").headers["Location"] == "/th/application"
    assert browser.send("/th/application/again", "/th/application").headers["Location"] == "/th/apply/company"
    assert ANSWERS["company"] in words(browser.get("/th/apply/company"))


def test_an_answer_to_a_state_that_has_passed_is_refused_and_kept(cast, questioned):
    browser = cast.newcomer.browser()
    assert browser.send("/th/application", body=" ", seen=questioned.version).status_code == 422
    response = browser.send("/th/application", body="สิบคน", seen=questioned.version - 1)
    assert response.status_code == 409
    assert "สิบคน" in words(response)
    fresh = browser.send("/th/application", body="สิบคน", seen=questioned.version, htmx=True)
    assert fresh.headers["HX-Redirect"] == "/th/application"


def test_an_applicants_page_is_their_own(cast, client, submitted):
    assert client.get("/en/application").headers["Location"].startswith("/en/sign-in")
    page = words(cast.person("other@siam.example", "en").browser().get("/en/application"))
    assert "Siam Solutions" not in page
    assert "You have not applied yet" in page


def test_a_fragment_request_for_a_page_gets_the_page(client):
    assert "<h1>" in words(client.get("/en/apply/company", headers=HTMX))


def test_one_network_begins_thirty_drafts_an_hour(app, client):
    client.send("/en/apply/company", company="Mine")
    for _ in range(29):
        app.test_client().send("/en/apply/company", company="Another")
    refused = app.test_client().send("/en/apply/company", company="One too many")
    assert refused.status_code == 429
    assert "One too many" in words(refused)
    assert Application.select().count() == 30
    assert client.send("/en/apply/company", **COMPANY, action="next").status_code == 303
