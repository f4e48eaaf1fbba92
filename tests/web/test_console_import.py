"""Importing customers from a file: reading it, checking it, adding, and a worker that dies in the middle."""

import io
import re

import pytest

from portal.accounts.models import Account
from portal.core.errors import DomainError
from portal.customers.models import Organization
from portal.directory.jobs import customers as jobs
from portal.jobs.models import Job
from portal.mail.models import Outgoing
from portal.partners.models import Member
from portal.web.console.import_file import read
from portal.web.csv_file import decoded
from tests.client import HTMX, statements

PATH = "/es/console/customers/import"
HEADER = "name;domain;admin_name;admin_email;language;country;plan;licenses"


def line(number, **changes):
    values = {
        "name": f"Cliente {number}", "domain": f"cliente{number}.example", "admin_name": "Ana Ruiz",
        "admin_email": f"ana@cliente{number}.example", "language": "es", "country": "MX", "plan": "workplace-standard",
        "licenses": "7", **changes,
    }
    return ";".join(values.values())


def file_of(*lines, encoding="utf-8"):
    return "\r\n".join([HEADER, *lines]).encode(encoding)


@pytest.fixture
def browser(cast):
    return cast.admin.browser()


@pytest.fixture
def upload(browser):
    def send(data):
        return browser.send(PATH, once="upload", file=(io.BytesIO(data), "customers.csv"))

    return send


@pytest.fixture
def checked(upload, run_jobs):
    """Upload a file, let it be checked and return the address of the report."""

    def check(*lines):
        report = upload(file_of(*lines)).headers["Location"]
        run_jobs()
        return report

    return check


# ---- Reading ----

NAMES = ("Ñandú", "Café Évora", "ร้านสยาม")


@pytest.mark.parametrize(
    ("encoding", "names"),
    [("utf-8", NAMES), ("utf-8-sig", NAMES), ("utf-16", NAMES), ("cp1252", NAMES[:2]), ("cp874", NAMES[2:])],
)
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_any_usual_file_is_read(app, encoding, names, separator):
    lines = "\n".join([HEADER, *(line(n, name=name) for n, name in enumerate(names))])
    with app.test_request_context("/en/"):
        rows = read(lines.replace(";", separator).encode(encoding), app.extensions["programme"])
    assert [(number, answers["name"]) for number, answers in rows] == list(enumerate(names, start=2))
    assert rows[0][1]["licenses"] == 7


def test_words_are_understood_as_well_as_codes(app):
    text = (
        'sep=,\nPaís,Organization name,DOMAIN-NAME,Super administrator\'s name,admin email,Idioma,"Plan",Notes\n'
        'Tailandia,"Two\nlines",a.example,A,a@a.example,ภาษาไทย,Workplace Professional,x\n\n,,,\n'
        "fr,B,b.example,B,b@b.example,Français,workplace-standard,y\n"
    ).replace("País", "Country").replace("Idioma", "language").replace("DOMAIN-NAME", "domain")
    with app.test_request_context("/en/"):
        rows = read(text.replace("ภาษาไทย", "ไทย").encode(), app.extensions["programme"])
    first, second = rows
    assert first == (2, {
        "name": "Two lines", "domain": "a.example", "admin_name": "A", "admin_email": "a@a.example", "language": "th",
        "country": "TH", "plan": "workplace-professional", "licenses": 5,
    })
    assert (second[0], second[1]["country"], second[1]["language"]) == (6, "FR", "fr")


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\n\n", b"PK\x03\x04 a spreadsheet", b"\x00\x01", HEADER.encode(), b"name;domain\nA;a.example",
        HEADER.encode() + b"\n\x81\x8d", b"\xff\xfea", HEADER.encode() + b'\n"never closed',
    ],
)
def test_what_cannot_be_read_is_refused_at_the_file(app, data):
    with app.test_request_context("/en/"), pytest.raises(DomainError) as refusal:
        read(data, app.extensions["programme"])
    assert refusal.value.field == "file"


def test_thai_and_western_bytes_are_told_apart():
    assert decoded("ร้านดอกไม้;Bangkok".encode("cp874")).startswith("ร้าน")
    assert decoded("Peña Ibáñez – «Évora»".encode("cp1252")) == "Peña Ibáñez – «Évora»"


# ---- The pages ----

def test_the_page_explains_and_its_sample_passes_the_check(cast, run_jobs, browser):
    assert "import/sample.csv" in browser.get(PATH).text
    sample = browser.get(f"{PATH}/sample.csv")
    assert sample.data.startswith(b"\xef\xbb\xbf")
    assert sample.text.splitlines()[0].count(";") == 7
    report = browser.send(PATH, once="x", file=(io.BytesIO(sample.data), "customers.csv")).headers["Location"]
    run_jobs()
    assert Job.get(Job.kind == "directory.import-check").result == {"good": 2, "refused": []}
    assert browser.get(report).status_code == 200


@pytest.mark.parametrize(
    ("data", "status"), [(b"name\nA", 409), (b"x" * (2 * 1024 * 1024 + 1), 409), (None, 422)],
)
def test_a_useless_upload_is_refused_beside_the_field(browser, data, status):
    more = {} if data is None else {"file": (io.BytesIO(data), "customers.csv")}
    response = browser.send(PATH, **more)
    assert response.status_code == status
    assert 'id="file-error"' in response.text
    assert Job.select().where(Job.kind.startswith("directory.")).count() == 0


def test_too_many_lines_are_refused(upload):
    response = upload(file_of(*(line(n) for n in range(5001))))
    assert response.status_code == 409
    assert "5000" in response.text


def test_waiting_shows_progress_with_and_without_javascript(upload, browser, run_jobs):
    report = upload(file_of(line(1))).headers["Location"]
    waiting = browser.get(report).text
    assert 'hx-trigger="every 2s"' in waiting
    assert f'<a class="button secondary" href="{report}">' in waiting
    run_jobs()
    done = browser.get(report, headers=HTMX).text
    assert "hx-trigger" not in done
    assert "<html" not in done


def test_the_check_tells_every_fault_with_line_and_column_and_adds_nothing(cast, app, checked, browser):
    cast.customer("Rival", "taken.example", partner=cast.outsider.partner)
    cast.customer("Own", "own.example")
    before = Organization.select().count()
    report = checked(
        line(1), line(2, domain="taken.example"), line(3, domain="own.example"), line(4, domain="cliente1.example"),
        line(5, admin_email="ana", country="Atlantis", licenses="many"),
    )
    result = Job.get(Job.kind == "directory.import-check").result
    assert result["good"] == 1
    assert [(number, field) for number, field, *_words in result["refused"]] == [
        (3, "domain"), (4, "domain"), (5, "domain"), (6, "admin_email"), (6, "country"), (6, "licenses"),
    ]
    text = browser.get(report).text
    words = app.extensions["templates"]["es"].catalog.ugettext("There is no country “%(country)s”.")
    assert words % {"country": "Atlantis"} in text
    assert "Rival" not in text
    assert Organization.select().count() == before


def test_three_hundred_lines_of_which_twenty_are_bad(checked, browser, run_jobs, mailer):
    report = checked(*(line(n, domain="" if n % 15 == 0 else f"cliente{n}.example") for n in range(300)))
    started = browser.send(report)
    assert started.status_code == 303
    run_jobs()
    result = Job.get(Job.kind == "directory.import").result
    assert (len(result["added"]), len(result["refused"])) == (280, 20)
    assert Organization.select().count() == 280
    assert len({mail["To"] for mail in mailer.sent}) == len(mailer.sent) == 280
    text = browser.get(started.headers["Location"]).text
    assert "Cliente 1<" in text
    assert len(re.findall('<tr><td class="number"', text)) == 20


def test_confirming_twice_adds_once(checked, browser, run_jobs):
    report = checked(line(1))
    first, second = (browser.send(report).headers["Location"] for _ in range(2))
    assert first == second
    run_jobs()
    assert Organization.select().count() == 1


def test_a_worker_that_dies_in_the_middle_leaves_nothing_twice_and_nothing_out(
    checked, browser, run_jobs, clock, monkeypatch
):
    browser.send(checked(*(line(n) for n in range(120))))
    real, calls = jobs.add_organization, []

    def dies(*args, **more):
        calls.append(more["once"])
        if len(calls) == 77:
            raise RuntimeError("the power goes out")
        return real(*args, **more)

    monkeypatch.setattr(jobs, "add_organization", dies)
    run_jobs()
    assert 50 < Organization.select().count() < 120
    clock.advance(minutes=5)
    run_jobs()
    assert len(calls) > 120
    assert Organization.select().count() == Outgoing.select().count() == 120
    result = Job.get(Job.kind == "directory.import").result
    assert sorted(added[0] for added in result["added"]) == list(range(2, 122))


def test_a_killed_worker_loses_its_lease_and_the_next_one_goes_on(checked, browser, run_jobs, make_ctx, clock, app):
    from portal.jobs.queue import claim

    browser.send(checked(*(line(n) for n in range(60))))
    dead = claim(clock())
    with app.app_context(), pytest.raises(jobs.Later):
        jobs.import_lines(make_ctx(), dead)  # one piece done, then nothing more is heard of it
    run_jobs()
    assert Organization.select().count() == 50
    clock.advance(minutes=2)
    run_jobs()
    assert Organization.select().count() == Outgoing.select().count() == 60


def test_who_leaves_the_partner_meanwhile_adds_nothing(cast, checked, browser, run_jobs):
    browser.send(checked(line(1)))
    Member.delete().where(Member.account == cast.admin.account).execute()
    run_jobs()
    assert Organization.select().count() == 0


def test_nobody_else_sees_the_import(cast, checked):
    report = checked(line(1))
    assert cast.admin.browser().get(report).status_code == 200
    for person in (cast.colleague, cast.outsider):
        assert person.browser().get(report).status_code == 404
        token = person.browser().csrf(PATH)
        browser = person.browser()
        assert browser.post(report, data={"csrf_token": browser.csrf(PATH)}).status_code == 404, token
    assert cast.admin.browser().get("/es/console/imports/23456789abcd").status_code == 404


def test_who_changes_partner_loses_sight_of_the_import(cast, checked):
    report = checked(line(1))
    Member.update(partner=cast.outsider.partner).where(Member.account == cast.admin.account).execute()
    assert cast.admin.browser().get(report).status_code == 404


def test_polling_costs_two_statements_and_does_not_read_the_file(checked, browser):
    report = checked(line(1))
    with statements() as seen:
        browser.get(report, headers=HTMX)
    assert len(seen) == 2
    assert "payload" not in seen[-1]


def test_old_files_are_forgotten(checked, browser, run_jobs, clock, app):
    browser.send(checked(line(1)))
    run_jobs()
    clock.advance(days=app.extensions["programme"].retention.import_files + 1)
    run_jobs()
    assert Job.select().where(Job.kind.in_(["directory.import", "directory.import-check"])).count() == 0
    assert Account.select().where(Account.email == "ana@cliente1.example").exists()
