"""Importing users: the check tells every fault and adds nobody; the adding bears crashes and ends with the access."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portal.audit.models import Event
from portal.core.errors import DomainError, Forbidden, NotFound, Stale
from portal.customers.models import Organization
from portal.delegation.models import Access
from portal.directory.commands.user_imports import ask_user_check, ask_user_import
from portal.directory.jobs import users as jobs
from portal.directory.models import Address, Group, User
from portal.jobs.models import Job
from portal.mail.models import Outgoing
from portal.storage import transaction
from portal.subscriptions.models import Subscription
from tests.client import statements
from tests.inside import inside


def answers(number, **changes):
    return {"name": f"Person {number}", "email": f"person-{number}@siam.example", "role": "member", "title": "",
            "phone": "", "language": "th", **changes}


def rows_of(*lines):
    return [[number, line] for number, line in enumerate(lines, start=2)]


def buy(cast, licenses):
    with transaction():
        Subscription.update(licenses=licenses).where(Subscription.organization == cast.siam).execute()


def result_of(job):
    return Job.get(Job.public_id == job).result


def faults_of(job):
    return [(line, field) for line, field, *_words in result_of(job)["refused"]]


@pytest.fixture
def check(cast, run_jobs):
    """Have lines checked as somebody (the super administrator) and return the job."""

    def run(*lines, person=None, once="upload"):
        job = ask_user_check(inside(person or cast.siam_admin, cast.siam), rows_of(*lines), once)
        run_jobs()
        return job

    return run


@pytest.fixture
def ctx(cast):
    return inside(cast.siam_admin, cast.siam)


def make_group(cast, address):
    with transaction():
        group = Group.create(organization=cast.siam, name="Sales", name_key="sales", created_at=cast.now)
        Address.create(organization=cast.siam, text=address, domain="siam.example", kind="group", group=group,
                       created_at=cast.now)


def make_alias(cast, user, address):
    with transaction():
        Address.create(organization=cast.siam, text=address, domain="siam.example", kind="alias", user=user,
                       created_at=cast.now)


# ---- The check ----

@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({}, []),
        ({"name": ""}, ["name"]),
        ({"name": "x" * 200, "title": "x" * 200, "phone": "1" * 200}, ["name", "title", "phone"]),
        ({"email": ""}, ["email"]),
        ({"email": "somchai"}, ["email"]),
        ({"email": "somchai@rival.example"}, ["email"]),
        ({"email": "Somchai@SIAM.example"}, []),
        ({"role": "super-admin"}, ["role"]),
        ({"role": "boss"}, ["role"]),
        ({"role": "admin"}, []),
        ({"language": "de"}, ["language"]),
        ({"name": "", "email": "?", "role": "boss", "language": "xx"}, ["role", "email", "name", "language"]),
    ],
)
def test_each_fault_of_a_line_is_told(check, changes, fields):
    job = check(answers(1, **changes))
    assert faults_of(job) == [(2, field) for field in fields]
    assert result_of(job)["good"] == (not fields)


def test_addresses_that_are_taken_are_told_with_their_owner(cast, check):
    user = cast.user("emily@siam.example", "Emily Sato")
    make_alias(cast, user, "em@siam.example")
    make_group(cast, "sales@siam.example")
    with transaction():
        cast.customer("Rival", "rival.example", partner=cast.outsider.partner)
    job = check(
        answers(1, email="emily@siam.example"), answers(2, email="EM@siam.example"),
        answers(3, email="sales@siam.example"), answers(4), answers(5, email="Person-4@siam.example"),
    )
    assert [(line, field, params) for line, field, _message, params in result_of(job)["refused"]] == [
        (2, "email", {"owner": "Emily Sato"}), (3, "email", {"owner": "Emily Sato"}), (4, "email", {"owner": "Sales"}),
        (6, "email", {"line": 5}),
    ]


@pytest.mark.parametrize("person", ["siam_manager", "admin"])
def test_who_may_not_change_roles_adds_members_only(cast, check, person):
    job = check(answers(1, role="admin"), answers(2), person=getattr(cast, person))
    assert faults_of(job) == [(2, "role")]


def test_lines_beyond_the_free_licenses_are_told_and_faulty_lines_take_none(cast, check):
    cast.siam_admin  # noqa: B018 - takes a license
    buy(cast, 3)
    job = check(answers(1), answers(2, name=""), answers(3), answers(4), answers(5))
    assert faults_of(job) == [(3, "name"), (5, "licenses"), (6, "licenses")]
    assert (result_of(job)["good"], result_of(job)["free"]) == (2, 2)


def test_the_check_adds_nobody_and_writes_to_nobody(check, ctx):
    before = User.select().count()
    check(answers(1))
    assert (User.select().count(), Outgoing.select().count()) == (before, 0)


def bad_lines(count, bad):
    """Return so many lines, of which every so-manieth is bad in its turn of five ways."""
    ways = ({"name": ""}, {"email": "?"}, {"email": "a@rival.example"}, {"role": "boss"}, {"language": "xx"})
    step = count // bad
    return [answers(n, **(ways[n // step % 5] if n % step == 0 else {})) for n in range(count)]


def test_ten_thousand_lines_with_two_hundred_bad_ones(cast, make_ctx, ctx):
    buy(cast, 20_000)
    asked = []
    for count, bad in ((100, 10), (10_000, 200)):
        ask_user_check(ctx, rows_of(*bad_lines(count, bad)), f"upload {count}")
        job = Job.select().order_by(Job.id.desc()).get()
        with statements() as seen:
            result = jobs.check_lines(make_ctx(), job)
        asked.append(len(seen))
        assert {line for line, *_rest in result["refused"]} == {n + 2 for n in range(0, count, count // bad)}
        assert result["good"] == count - bad
    assert asked[0] == asked[1], "a long file costs the database no more questions than a short one"


def test_too_many_lines_are_refused(ctx):
    with pytest.raises(DomainError) as refused:
        ask_user_check(ctx, rows_of(*([answers(1)] * 10_001)), "upload")
    assert refused.value.field == "file"


# ---- The adding ----

def added(cast):
    return sorted(user.email for user in User.select().where(User.email.startswith("person-")))


def test_good_lines_are_added_and_invited(cast, check, ctx, run_jobs, mailer):
    check_job = check(answers(1, name="สมชาย ใจดี", title="ผู้จัดการ", phone="02", language="fr"), answers(2, name=""),
                      answers(3, role="admin"))
    job = ask_user_import(ctx, check_job)
    run_jobs()
    assert result_of(job) == {"added": 2, "refused": [], "stopped": False}
    user = User.get(User.email == "person-1@siam.example")
    assert (user.name, user.title, user.phone, user.role) == ("สมชาย ใจดี", "ผู้จัดการ", "02", "member")
    assert User.get(User.email == "person-3@siam.example").role == "admin"
    invited = {mail["To"].addresses[0].addr_spec: mail["Content-Language"] for mail in mailer.sent}
    assert invited == {"person-1@siam.example": "fr", "person-3@siam.example": "th"}


def test_each_user_is_in_the_record_with_who_asked_and_why(cast, check, run_jobs):
    check_job = check(answers(1), person=cast.admin)
    ask_user_import(replace(inside(cast.admin, cast.siam), reason="New branch"), check_job)
    run_jobs()
    event = Event.get(Event.verb == "user.added")
    assert (event.side, event.actor_name, event.partner_name, event.reason) == (
        "partner", cast.admin.account.name, "Andina Cloud", "New branch")


def test_only_a_finished_check_with_good_lines_leads_on(cast, check, ctx):
    with pytest.raises(Stale):
        ask_user_import(ctx, check(answers(1, name="")))
    with pytest.raises(Stale):
        ask_user_import(ctx, ask_user_check(ctx, rows_of(answers(1)), "waiting"))


def test_confirming_twice_adds_once(cast, check, ctx, run_jobs):
    check_job = check(answers(1))
    assert ask_user_import(ctx, check_job) == ask_user_import(ctx, check_job)
    run_jobs()
    assert added(cast) == ["person-1@siam.example"]


def test_what_has_changed_since_the_check_is_refused_then(cast, check, ctx, run_jobs):
    buy(cast, 4)
    check_job = check(*(answers(n) for n in range(1, 4)))
    cast.user("person-1@siam.example", "Quicker")
    job = ask_user_import(ctx, check_job)
    run_jobs()
    assert result_of(job)["added"] == 2
    assert faults_of(job) == [(2, "email")]
    assert Organization.get_by_id(cast.siam.id).users == 4


def test_a_worker_that_dies_in_the_middle_leaves_nobody_twice_and_nobody_out(
    cast, check, ctx, run_jobs, clock, monkeypatch
):
    buy(cast, 200)
    job = ask_user_import(ctx, check(*(answers(n) for n in range(120))))
    real, calls = jobs.add_user, []

    def dies(*args, **more):
        calls.append(more["once"])
        if len(calls) == 77:
            raise RuntimeError("the power goes out")
        return real(*args, **more)

    monkeypatch.setattr(jobs, "add_user", dies)
    run_jobs()
    assert 50 < len(added(cast)) < 120
    clock.advance(minutes=5)
    run_jobs()
    assert len(calls) > 120
    assert len(added(cast)) == Outgoing.select().count() == 120
    assert result_of(job) == {"added": 120, "refused": [], "stopped": False}


def close_access(cast):
    with transaction():
        Access.update(state="revoked").where(Access.organization == cast.siam).execute()


def leave(cast):
    with transaction():
        User.update(state="suspended").where(User.account == cast.siam_manager.account).execute()


def become_member(cast):
    with transaction():
        User.update(role="member").where(User.account == cast.siam_manager.account).execute()


@pytest.mark.parametrize(
    ("person", "end"), [("admin", close_access), ("siam_manager", leave), ("siam_manager", become_member)],
)
def test_the_import_of_who_may_not_enter_any_more_stops_in_the_middle(cast, check, run_jobs, monkeypatch, person, end):
    buy(cast, 200)
    asker = getattr(cast, person)
    job = ask_user_import(inside(asker, cast.siam), check(*(answers(n) for n in range(120)), person=asker))
    real, calls = jobs.add_user, []

    def watched(*args, **more):
        calls.append(1)
        if len(calls) == 60:
            end(cast)
        return real(*args, **more)

    monkeypatch.setattr(jobs, "add_user", watched)
    run_jobs()
    assert result_of(job) == {"added": 60, "refused": [], "stopped": True}
    assert len(added(cast)) == 60, "the line that was being added, and none after it"


def test_a_check_for_who_has_left_meanwhile_tells_nothing(cast, run_jobs):
    job = ask_user_check(inside(cast.admin, cast.siam), rows_of(answers(1)), "upload")
    close_access(cast)
    run_jobs()
    assert result_of(job) == {"good": 0, "free": 0, "refused": [], "stopped": True}


# ---- Whose it is ----

def test_nobody_else_has_the_import(cast, check):
    job = check(answers(1))
    with pytest.raises(NotFound):
        ask_user_import(inside(cast.siam_manager, cast.siam), job)
    with pytest.raises(NotFound):
        ask_user_import(inside(cast.admin, cast.siam), job)
    with pytest.raises(Forbidden):
        ask_user_check(cast.admin.ctx, [], "outside of any organization")


def test_an_import_belongs_to_one_organization(cast, check):
    job = check(answers(1), person=cast.admin)
    other = cast.customer("Nube", "nube.example")
    with pytest.raises(NotFound):
        ask_user_import(inside(cast.admin, other), job)


def test_old_files_are_forgotten(cast, check, ctx, run_jobs, clock, app):
    ask_user_import(ctx, check(answers(1)))
    run_jobs()
    clock.advance(days=app.extensions["programme"].retention.import_files + 1)
    run_jobs()
    assert Job.select().where(Job.kind.contains("user-import")).count() == 0
    assert added(cast) == ["person-1@siam.example"]
