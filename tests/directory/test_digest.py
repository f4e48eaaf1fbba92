"""The monthly digest: to each super administrator whose partner did something, once, in their own words and days."""

from collections.abc import Callable
from datetime import date, datetime

import pytest

from portal.audit import record
from portal.audit.models import Chain
from portal.audit.policy import month_over
from portal.audit.verification import Verification
from portal.directory.jobs import digest
from portal.mail.models import Outgoing
from tests.client import statements
from tests.inside import inside


@pytest.fixture
def act(cast, make_ctx):
    def do(verb="user.added", person=None, organization=None, at="2026-02-10T12:00:00+00:00"):
        place = organization or cast.siam
        ctx = make_ctx((person or cast.admin).actor, datetime.fromisoformat(at))
        record(ctx, verb, subject="x", organization_id=place.id, name="Emily")

    return do


@pytest.fixture
def digests(mailer, run_jobs) -> Callable[[], list]:
    def run():
        run_jobs()
        return [mail for mail in mailer.sent if "/record?" in mail.get_body(("plain",)).get_content()]

    return run


def text(mail) -> str:
    return mail.get_body(("plain",)).get_content()


@pytest.mark.parametrize(("now", "month"), [
    ("2026-03-01T00:00:00+00:00", date(2026, 1, 1)),  # it is still February in America
    ("2026-03-01T11:59:59+00:00", date(2026, 1, 1)),
    ("2026-03-01T12:00:00+00:00", date(2026, 2, 1)),
    ("2026-03-31T23:00:00+00:00", date(2026, 2, 1)),
    ("2026-01-02T00:00:00+00:00", date(2025, 12, 1)),
])
def test_a_month_is_over_when_it_is_over_everywhere(now, month):
    assert month_over(datetime.fromisoformat(now)) == month


def test_the_digest_tells_kinds_people_where_to_read_and_the_fingerprint(cast, act, digests):
    for verb in ("user.added", "user.edited", "super-admin.proposed", "alias.added"):
        act(verb)
    act("alias.added", cast.colleague)
    act("moon.painted", cast.colleague)
    cast.siam_admin.account.language = "en"
    cast.siam_admin.account.save()
    [mail] = digests()
    words = text(mail)
    assert cast.siam.admin_email in mail["To"]
    assert mail["Subject"] == f"What your partner did for {cast.siam.name}, Feb 1, 2026 to Feb 28, 2026"
    for line in ("- Users: 3", "- Aliases: 2", "- Other acts: 1", "- Partner Admin, Andina Cloud: 4",
                 "- Partner Member, Andina Cloud: 2"):
        assert f"{line}\n" in words, words
    assert f"/en/organizations/{cast.siam.public_id}/record?side=partner&since=2026-02-01&until=2026-02-28" in words
    anchor = Chain.get(Chain.chain == cast.siam.id).hash
    assert anchor in words
    assert list(Verification(cast.siam.id, anchor).faults()) == []


def test_the_link_shows_what_the_mail_counts(cast, act, digests):
    act(at="2026-01-31T16:59:59+00:00")
    act("alias.added")
    [mail] = digests()
    [link] = [word for word in text(mail).split() if "/record?" in word]
    page = cast.siam_admin.browser().get(link.removeprefix("http://portal.test")).get_data(as_text=True)
    assert page.count("<tr>") == 2  # the heading, and one act


@pytest.mark.parametrize("language", ["es", "fr", "th"])
def test_the_super_administrator_reads_their_own_language(cast, act, digests, language):
    act()
    cast.siam_admin.account.language = language
    cast.siam_admin.account.save()
    [mail] = digests()
    assert mail["Content-Language"] == language
    assert f"/{language}/organizations/" in text(mail)
    if language == "th":
        assert "2569" in text(mail)


@pytest.mark.parametrize(("at", "counts"), [
    ("2026-01-31T16:59:59+00:00", False),  # the last second of January in Bangkok
    ("2026-01-31T17:00:00+00:00", True),
    ("2026-02-28T16:59:59+00:00", True),
    ("2026-02-28T17:00:00+00:00", False),
])
def test_months_are_those_of_the_organizations_time_zone(act, digests, at, counts):
    act(at=at)
    assert len(digests()) == counts


def test_what_others_did_makes_no_digest(cast, act, digests, make_ctx):
    record(make_ctx(inside(cast.siam_admin, cast.siam).actor, datetime.fromisoformat("2026-02-10T12:00:00+00:00")),
           "user.added", "x", cast.siam.id)
    act(person=cast.reviewer)
    assert digests() == []


def test_every_month_has_one_digest_however_often_the_worker_looks(cast, act, digests, clock, make_ctx, app):
    act()
    assert len(digests()) == 1
    for _ in range(40):
        clock.advance(days=1)
        digests()
    assert len(digests()) == 1  # nothing in March
    act(at="2026-04-10T12:00:00+00:00")
    clock.advance(days=30)
    assert len(digests()) == 2


def test_a_month_that_is_asked_for_again_sends_nothing_twice(cast, act, digests, make_ctx):
    act()
    digests()
    digest.send_digests(make_ctx(), date(2026, 2, 1), 0, 500)
    assert Outgoing.select().where(Outgoing.event == "record-digest").count() == 1


def test_many_organizations_are_done_in_batches_of_few_statements(cast, act, digests, make_ctx, monkeypatch):
    monkeypatch.setattr(digest, "_BATCH", 3)
    for number in range(7):
        zone = ("Asia/Bangkok", "Europe/Paris", "America/Lima")[number % 3]
        place = cast.customer(f"C{number}", f"c{number}.example", time_zone=zone)
        if number != 4:
            act(organization=place)
    with statements() as seen:
        digest.send_digests(make_ctx(), date(2026, 1, 1), 0, 7)
    assert len(seen) == 3  # who, what, and the fingerprints: nothing happened in January
    assert len(digests()) == 6
