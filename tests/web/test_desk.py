"""The review desk: the queue, the whole application, and what every reader may and may not see."""

from __future__ import annotations

import html
from datetime import timedelta

import pytest

from portal.applications.models import Application, Note
from portal.mail.models import Outgoing
from portal.partners.models import Partner
from portal.storage import transaction
from tests.applications.stages import ANSWERS
from tests.client import HTMX, statements


def words(response):
    return html.unescape(response.get_data(as_text=True))


@pytest.fixture
def desk(cast):
    return cast.reviewer.browser()


@pytest.fixture
def many(cast):
    """Applications of many people, due on consecutive days; the first two are overdue."""

    def make(last, first=0):
        for number in range(first, last):
            person = cast.person(f"person-{number}@siam.example", "fr")
            with transaction():
                Application.create(
                    account=person.account, state="submitted", language="fr", created_at=cast.now, saved_at=cast.now,
                    submitted_at=cast.now, due_on=cast.now.date() + timedelta(days=number - 2), terms_version="1",
                    terms_language="fr", terms_accepted_at=cast.now,
                    **{**ANSWERS, "company": f"Company {number:03}"},
                )

    return make


def path_of(application):
    return f"/en/desk/applications/{application.public_id}"


def test_the_queue_is_for_the_desk(cast, client, submitted):
    for person, status in ((cast.newcomer, 403), (cast.outsider, 403), (cast.admin, 403), (cast.reviewer, 200)):
        assert person.browser().get("/en/desk/applications").status_code == status
        assert person.browser().get(path_of(submitted)).status_code == status
    assert client.get("/en/desk/applications").status_code == 302


def test_the_queue_goes_by_due_date_and_marks_what_is_overdue(desk, many):
    many(4)
    page = words(desk.get("/en/desk/applications"))
    assert [page.index(f"Company {number:03}") for number in range(4)] == sorted(
        page.index(f"Company {number:03}") for number in range(4))
    assert "2 applications are overdue." in page
    assert page.count("Overdue") == 2


@pytest.mark.parametrize(
    ("state", "there"), [("open", True), ("question", True), ("submitted", False), ("declined", False)]
)
def test_filters_are_addresses(desk, questioned, state, there):
    assert ("Siam Solutions" in words(desk.get(f"/en/desk/applications?state={state}"))) is there


def test_an_unknown_filter_is_no_page_and_a_broken_cursor_is_the_first(desk, submitted):
    assert desk.get("/en/desk/applications?state=draft").status_code == 404
    for cursor in ("x", "W2ZhbHNlLCJhYmMiLDFd", "W2ZhbHNlLDEsMV0"):
        assert "Siam Solutions" in words(desk.get(f"/en/desk/applications?after={cursor}"))


def test_pages_of_the_queue_cost_the_same_and_meet(desk, many):
    many(3)
    with statements() as few:
        desk.get("/en/desk/applications")
    many(60, 3)
    with statements() as lots:
        page = words(desk.get("/en/desk/applications"))
    assert len(lots) == len(few) <= 5
    assert "Company 024" in page
    assert "Company 025" not in page
    link = page.split('rel="next" href="')[1].split('"')[0]
    second = words(desk.get(link))
    assert "Company 025" in second
    assert "Company 024" not in second
    assert "<h1>" not in words(desk.get(link, headers=HTMX))


def test_the_whole_application_is_on_one_page_in_few_statements(desk, questioned):
    with statements() as seen:
        page = words(desk.get(path_of(questioned)))
    assert len(seen) <= 4
    for value in (*ANSWERS.values(), "newcomer@siam.example", "Thailand", "มีพนักงานกี่คน"):
        assert value in page or value in {"TH", "workplace"}
    assert "Write in the applicant's language: Thai." in page
    assert "The Partner Console will be open to this partner." in page


def test_drafts_are_not_there(desk, drafted):
    assert desk.get(path_of(drafted)).status_code == 404
    assert "Siam Solutions" not in words(desk.get("/en/desk/applications"))
    assert desk.get("/en/desk/applications/guessed").status_code == 404
    assert desk.send("/en/desk/applications/guessed/accept", "/en/account", **{"accept-seen": 1}).status_code == 404


def test_declining_needs_a_reason_and_sends_it(desk, submitted, run_jobs, mailer):
    path = path_of(submitted)
    blank = desk.send(f"{path}/decline", path, **{"decline-body": " ", "decline-seen": submitted.version})
    assert blank.status_code == 422
    assert Application.get().state == "submitted"
    sent = desk.send(f"{path}/decline", path, **{"decline-body": "ยังไม่มีลูกค้า", "decline-seen": submitted.version})
    assert sent.headers["Location"] == path
    run_jobs()
    mail = mailer.sent[-1]
    assert mail["Content-Language"] == "th"
    assert "ยังไม่มีลูกค้า" in mail.get_body(("plain",)).get_content()
    assert "http://portal.test/th/application" in mail.get_body(("plain",)).get_content()
    assert "ยังไม่มีลูกค้า" in words(desk.get(path))


def test_a_double_click_accepts_once(desk, submitted):
    path = path_of(submitted)
    assert desk.send(f"{path}/accept", path, **{"accept-seen": submitted.version}).status_code == 303
    second = desk.send(f"{path}/accept", path, **{"accept-seen": submitted.version})
    assert second.status_code == 409
    assert "Nothing was done" in words(second)
    assert (Partner.select().count(), Outgoing.select().where(Outgoing.event == "welcome").count()) == (1, 1)


def test_a_refused_form_keeps_what_was_typed_and_shows_the_fresh_state(cast, desk, submitted):
    path = path_of(submitted)
    desk.send(f"{path}/note", path, **{"note-body": "First", "note-seen": submitted.version})
    late = desk.send(f"{path}/decline", path, **{"decline-body": "Long reason", "decline-seen": submitted.version})
    assert late.status_code == 409
    page = words(late)
    assert "Long reason" in page
    assert "First" in page
    assert f'name="decline-seen" type="hidden" value="{submitted.version + 1}"' in page
    assert desk.get(f"{path}/decline").headers["Location"] == path


@pytest.mark.parametrize("act", ["note", "question", "accept", "decline"])
def test_only_the_desk_acts(cast, submitted, act):
    path = path_of(submitted)
    data = {f"{act}-body": "x", f"{act}-seen": submitted.version}
    assert cast.newcomer.browser().send(f"{path}/{act}", "/th/account", **data).status_code == 403
    assert (Application.get().state, Note.select().count()) == ("submitted", 0)


def test_notes_stay_inside(cast, desk, submitted, run_jobs, mailer):
    path = path_of(submitted)
    desk.send(f"{path}/note", path, **{"note-body": "SECRET", "note-seen": submitted.version})
    desk.send(f"{path}/question", path, **{"question-body": "เท่าไร", "question-seen": submitted.version + 1})
    run_jobs()
    browser = cast.newcomer.browser()
    for page in ("/th/application", "/th/apply", "/th/application/withdraw"):
        assert "SECRET" not in words(browser.get(page))
    desk.send(f"{path}/decline", path, **{"decline-body": "เหตุผล", "decline-seen": submitted.version + 2})
    run_jobs()
    assert "SECRET" not in words(browser.get("/th/application"))
    assert len(mailer.sent) == 3
    assert not any("SECRET" in part.get_content() for mail in mailer.sent for part in mail.iter_parts())


def test_the_reviewers_name_stays_inside_too(cast, desk, questioned):
    assert cast.reviewer.account.name in words(desk.get(path_of(questioned)))
    assert cast.reviewer.account.name not in words(cast.newcomer.browser().get("/th/application"))


def test_dates_on_the_desk_are_the_reviewers(desk, cast, submitted):
    assert "Mar 9, 2026" in words(desk.get(path_of(submitted)))
    assert "2569" in words(desk.get(path_of(submitted).replace("/en/", "/th/")))
