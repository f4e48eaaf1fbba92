"""The pages of importing users: what they say, to whom, and what a file may look like."""

from __future__ import annotations

import csv
import io
import re

import pytest

from portal.directory.models import User
from portal.jobs.models import Job
from portal.storage import transaction
from portal.subscriptions.models import Subscription
from tests.client import HTMX, statements

HEADER = "name;email;role;title;phone;language"


def line(number, **changes):
    given = {"name": f"Person {number}", "email": f"person-{number}@siam.example", **changes}
    values = dict.fromkeys(HEADER.split(";"), "") | given
    return ";".join(values.values())


def file_of(*lines, header=HEADER):
    return "\r\n".join([header, *lines]).encode()


@pytest.fixture
def path(cast):
    return f"/en/organizations/{cast.siam.public_id}/users/import"


@pytest.fixture
def upload(cast, path):
    def send(data, person=None, page=None):
        browser = (person or cast.siam_manager).browser()
        return browser.send(page or path, once="upload", file=(io.BytesIO(data), "users.csv"))

    return send


@pytest.fixture
def checked(upload, run_jobs):
    """Upload a file, let it be checked and return the address of the report."""

    def check(*lines, person=None):
        report = upload(file_of(*lines), person).headers["Location"]
        run_jobs()
        return report

    return check


def payload():
    return Job.get(Job.kind == "directory.user-import-check").payload["rows"]


# ---- The file ----

def test_empty_cells_get_what_is_usual_and_words_are_understood(upload, cast):
    upload(file_of(
        "a@siam.example,A,,", "b@siam.example,B,Administrator,Français", "c@siam.example,C,USER,ไทย",
        header="E-Mail-Address,NAME,role,Language",
    ))
    assert [(cells["email"], cells["role"], cells["language"]) for _line, cells in payload()] == [
        ("a@siam.example", "member", "th"), ("b@siam.example", "admin", "fr"), ("c@siam.example", "member", "th"),
    ]


def test_columns_are_known_in_the_language_of_the_file(upload, app, cast):
    words = app.extensions["templates"]["th"].catalog.ugettext
    header = ";".join(words(label) for label in ("Name", "E-mail address", "Role"))
    upload(f"{header}\nสมชาย;somchai@siam.example;{words('Administrator')}".encode("utf-16"))
    assert payload() == [[2, {"name": "สมชาย", "email": "somchai@siam.example", "role": "admin", "title": "",
                              "phone": "", "language": "th"}]]


@pytest.mark.parametrize(
    ("data", "status"),
    [(b"name\nA", 409), (HEADER.encode(), 409), (b"PK\x03\x04", 409), (b"x" * (5 * 1024 * 1024 + 1), 409), (None, 422)],
)
def test_a_useless_upload_is_refused_beside_the_field(cast, path, data, status):
    more = {} if data is None else {"file": (io.BytesIO(data), "users.csv")}
    response = cast.siam_manager.browser().send(path, **more)
    assert response.status_code == status
    assert 'id="file-error"' in response.text
    assert Job.select().where(Job.kind.contains("user-import")).count() == 0


def test_the_sample_passes_the_check(cast, path, upload, run_jobs):
    browser = cast.siam_manager.browser()
    assert f'href="{path}/sample.csv"' in browser.get(path).text
    sample = browser.get(f"{path}/sample.csv")
    assert sample.mimetype == "text/csv"
    upload(sample.data)
    run_jobs()
    assert Job.get(Job.kind == "directory.user-import-check").result["good"] == 2


# ---- The report ----

def test_waiting_shows_progress_with_and_without_javascript(upload, cast, run_jobs):
    report = upload(file_of(line(1))).headers["Location"]
    browser = cast.siam_manager.browser()
    waiting = browser.get(report).text
    assert 'hx-trigger="every 2s"' in waiting
    assert f'<a class="button secondary" href="{report}">' in waiting
    run_jobs()
    done = browser.get(report, headers=HTMX).text
    assert "hx-trigger" not in done
    assert "<html" not in done


def test_from_the_file_to_the_users(cast, checked, run_jobs, mailer):
    report = checked(line(1), line(2), line(3, email="x@rival.example"))
    browser = cast.siam_manager.browser()
    shown = browser.get(report).text
    assert "2 lines can be added." in shown
    assert "1 line cannot be added and will be left out." in shown
    assert "Add 2 users" in shown
    assert User.select().where(User.email.startswith("person-")).count() == 0
    started = browser.send(report)
    assert started.status_code == 303
    run_jobs()
    assert "2 users were added and get an invitation by mail." in browser.get(started.headers["Location"]).text
    assert len(mailer.sent) == 2


def test_the_page_shows_the_first_faults_and_the_file_all_of_them(cast, checked):
    report = checked(*(line(n, name="") for n in range(505)), line(600, name="=1+1", email="=cmd"))
    browser = cast.siam_manager.browser()
    page = browser.get(report).text
    assert len(re.findall('<tr><td class="number"', page)) == 500
    assert f'href="{report}/faults.csv"' in page
    text = browser.get(f"{report}/faults.csv").data.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert len(rows) == 1 + 506
    assert rows[1] == ["2", "Name", "This field is required."]


@pytest.mark.parametrize(("person", "words"), [
    ("siam_manager", "Your partner Andina Cloud can change the number of licenses."),
    ("admin", "You change the number of licenses yourself, in the Partner Store."),
])
def test_who_can_change_the_licenses_is_said_where_they_do_not_suffice(cast, checked, person, words):
    with transaction():
        Subscription.update(licenses=2).where(Subscription.organization == cast.siam).execute()
    asker = getattr(cast, person)
    report = checked(line(1), line(2), line(3), person=asker)
    shown = asker.browser().get(report).text
    assert words in shown
    assert "No license is left for this line (free before the import:" in shown


def test_a_partner_gives_a_reason_and_brings_in_members_only(cast, path, upload, checked, run_jobs):
    browser = cast.admin.browser()
    assert "<code translate=\"no\">admin</code>" not in browser.get(path).text
    report = checked(line(1, role="admin"), line(2), person=cast.admin)
    shown = browser.get(report).text
    assert 'name="reason"' in shown
    assert "You can add users only" in shown
    browser.send(report, reason="New branch")
    run_jobs()
    assert User.select().where(User.email.startswith("person-")).count() == 1


def test_an_import_that_was_stopped_says_so(cast, checked, run_jobs):
    report = checked(line(1))
    browser = cast.siam_manager.browser()
    started = browser.send(report).headers["Location"]

    def role(given):
        with transaction():
            User.update(role=given).where(User.account == cast.siam_manager.account).execute()

    role("member")
    run_jobs()
    assert browser.get(started).status_code == 404
    role("admin")
    assert "The import was stopped" in browser.get(started).text


def test_nobody_else_sees_the_import(cast, path, checked):
    report = checked(line(1))
    for person in (cast.siam_admin, cast.admin, cast.colleague, cast.outsider):
        browser = person.browser()
        assert browser.get(report).status_code == 404
        assert browser.get(f"{report}/faults.csv").status_code == 404
        page = path if person is not cast.outsider else "/en/account"
        assert browser.post(report, data={"csrf_token": browser.csrf(page)}).status_code == 404
    assert Job.select().where(Job.kind == "directory.user-import").count() == 0


def test_polling_costs_few_statements_and_does_not_read_the_file(cast, checked):
    report = checked(line(1))
    browser = cast.siam_manager.browser()
    with statements() as seen:
        browser.get(report, headers=HTMX)
    assert len(seen) == 3
    assert not any("payload" in sql for sql in seen)
