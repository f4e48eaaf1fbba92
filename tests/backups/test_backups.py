"""Back-ups: what is in them, who may have them, and how they end."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile

import pytest

from portal.audit.models import Event
from portal.backups import contents, jobs
from portal.backups.archive import packed
from portal.backups.commands import ask_backup
from portal.backups.models import Backup
from portal.backups.queries import archive, backups
from portal.core.errors import Forbidden, NotFound
from portal.directory.models import Address, Group, GroupMember, Picture, User
from portal.jobs.models import Job
from portal.mailpolicies.models import Assignment, MailPolicy, SenderRule
from portal.storage import transaction
from tests.inside import inside


@pytest.fixture
def ctx(cast):
    return inside(cast.siam_admin, cast.siam)


@pytest.fixture
def emily(cast):
    """A user with everything that a back-up can hold."""
    user = cast.user("emily@siam.example", "Emily Satō")
    with transaction():
        Address.create(organization=cast.siam, text="em@siam.example", domain="siam.example", kind="alias", user=user,
                       created_at=cast.now)
        group = Group.create(organization=cast.siam, name="ฝ่ายขาย", name_key="x", description="Sales",
                             size=1, created_at=cast.now)
        Address.create(organization=cast.siam, text="sales@siam.example", domain="siam.example", kind="group",
                       group=group, created_at=cast.now)
        GroupMember.create(group=group, user=user)
        Picture.create(user=user, data=b"RIFF webp", digest="x", updated_at=cast.now)
        for position, name in enumerate(("Default", "Sales"), start=1):
            policy = MailPolicy.create(organization=cast.siam, name=name, position=position, attachment_mb=25,
                                       is_default=name == "Default", forwarding="off", created_at=cast.now)
        SenderRule.create(policy=policy, pattern="@spam.example", verdict="block")
        Assignment.create(policy=policy, group=group)
    return user


@pytest.fixture
def made(ctx, run_jobs):
    """Have a back-up of a user made and return its row."""

    def make(user):
        backup = ask_backup(ctx, user.public_id)
        run_jobs()
        return Backup.get_by_id(backup.id)

    return make


def opened(backup):
    return zipfile.ZipFile(io.BytesIO(bytes(backup.archive)))


def held(backup, name):
    return json.loads(opened(backup).read(name))


# ---- What is in it ----

def test_the_archive_holds_what_the_directory_knows(cast, emily, made):
    backup = made(emily)
    user = held(backup, "user.json")
    assert (user["name"], user["email"], user["role"], "account" in user) == (
        "Emily Satō", "emily@siam.example", "member", False)
    assert [(a["address"], a["kind"]) for a in held(backup, "addresses.json")] == [
        ("emily@siam.example", "user"), ("em@siam.example", "alias")]
    assert held(backup, "groups.json") == [
        {"name": "ฝ่ายขาย", "address": "sales@siam.example", "description": "Sales"}]
    assert [(p["counts"], p["rules"]["name"], p["assigned"]) for p in held(backup, "mail-policies.json")] == [
        (True, "Sales", {"by": "group", "group": "ฝ่ายขาย"}), (False, "Default", {"by": "default", "group": ""})]
    assert held(backup, "mail-policies.json")[0]["rules"]["blocked"] == ["@spam.example"]
    assert opened(backup).read("picture.webp") == b"RIFF webp"


def test_acts_by_and_about_the_user_are_in_it_and_nobody_elses(cast, made, emily, ctx):
    manager = User.get(User.account == cast.siam_manager.account)
    ask_backup(ctx, emily.public_id)  # about somebody else, by somebody else
    backup = made(manager)
    assert [(act["act"], act["by"]) for act in held(backup, "activity.json")] == [
        ("user.backed-up", cast.siam_admin.account.name)]
    own = made(User.get(User.account == cast.siam_admin.account))
    assert len(held(own, "activity.json")) == 3
    assert held(own, "user.json")["account"]["language"] == "th"


def test_only_the_newest_acts_are_in_it(made, emily, monkeypatch, cast, ctx):
    monkeypatch.setattr(contents, "ACTS_MOST", 1)
    cast.siam_admin  # noqa: B018
    made(emily)
    again = made(emily)
    act, = held(again, "activity.json")
    assert act["detail"]["backup"] == again.public_id


def test_the_manifest_names_every_file_with_its_digest(emily, made):
    backup = made(emily)
    manifest = held(backup, "manifest.json")
    files = {file["name"]: file for file in manifest["files"]}
    assert files.keys() | {"manifest.json"} == set(opened(backup).namelist())
    for name, file in files.items():
        data = opened(backup).read(name)
        assert (file["size"], file["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
    assert (manifest["organization"], manifest["user"]) == ("Siam Trading", "Emily Satō <emily@siam.example>")


def test_size_and_checksum_are_those_of_the_archive(emily, made):
    backup = made(emily)
    data = bytes(backup.archive)
    assert (backup.size, backup.sha256) == (len(data), hashlib.sha256(data).hexdigest())


def test_the_same_contents_are_the_same_archive(clock):
    one, other = (packed({"a": b"1"}, clock(), user="x") for _ in range(2))
    assert one == other


# ---- Who may ----

@pytest.mark.parametrize("person", ["siam_manager", "admin", "colleague"])
def test_only_the_super_administrator_asks(cast, person):
    user = cast.user("emily@siam.example")
    with pytest.raises(Forbidden):
        ask_backup(inside(getattr(cast, person), cast.siam), user.public_id)


def test_users_and_archives_of_other_organizations_do_not_exist(cast, ctx, emily, made):
    other = cast.customer("Nube", "nube.example")
    stranger = cast.user("ana@nube.example", organization=other)
    with pytest.raises(NotFound):
        ask_backup(ctx, stranger.public_id)
    backup = made(emily)
    owner = cast.person("owner@nube.example", "es")
    cast.employ(other, owner, "super-admin")
    with pytest.raises(NotFound):
        archive(inside(owner, other), backup.public_id)
    assert backups(inside(owner, other), None).rows == []


def test_it_is_in_the_record(cast, ctx, emily):
    backup = ask_backup(ctx, emily.public_id)
    event = Event.get(Event.verb == "user.backed-up")
    assert (event.subject, event.organization_id, event.detail) == (
        emily.public_id, cast.siam.id, {"backup": backup.public_id})


# ---- From the request to the end ----

def test_who_asked_gets_a_mail_in_their_language(cast, emily, made, mailer):
    made(emily)
    mail, = mailer.sent
    assert mail["To"].addresses[0].addr_spec == cast.siam_admin.email
    assert mail["Content-Language"] == "th"
    assert f"/th/organizations/{cast.siam.public_id}/backups" in mail.get_body(("plain",)).get_content()


def test_asking_twice_makes_one_and_a_new_one_only_after_it_is_ready(ctx, emily, run_jobs):
    assert ask_backup(ctx, emily.public_id) == ask_backup(ctx, emily.public_id)
    run_jobs()
    ask_backup(ctx, emily.public_id)
    run_jobs()
    assert [backup.state for backup in Backup.select()] == ["ready", "ready"]


def test_a_worker_that_dies_in_the_middle_costs_nothing_but_time(emily, ctx, run_jobs, clock, monkeypatch, mailer):
    calls = []

    def dies(user):
        calls.append(user)
        if len(calls) == 1:
            raise RuntimeError("the power goes out")
        return b"{}"

    monkeypatch.setitem(jobs.FILES, "groups.json", dies)
    backup = ask_backup(ctx, emily.public_id)
    run_jobs()
    assert Backup.get_by_id(backup.id).state == "asked"
    clock.advance(minutes=5)
    run_jobs()
    assert Backup.get_by_id(backup.id).state == "ready"
    assert len(mailer.sent) == 1


def test_what_cannot_be_made_ends_as_failed_and_may_be_asked_for_again(emily, ctx, run_jobs, clock, monkeypatch):
    def broken(_user):
        raise RuntimeError("always")

    monkeypatch.setitem(jobs.FILES, "groups.json", broken)
    backup = ask_backup(ctx, emily.public_id)
    for _ in range(10):
        run_jobs()
        clock.advance(hours=2)
    assert Backup.get_by_id(backup.id).state == "failed"
    assert ask_backup(ctx, emily.public_id) != backup


def test_a_user_who_is_deleted_before_it_is_made_has_none(emily, ctx, run_jobs, mailer):
    backup = ask_backup(ctx, emily.public_id)
    with transaction():
        User.delete().where(User.id == emily.id).execute()
    run_jobs()
    assert Backup.get_by_id(backup.id).state == "failed"
    assert mailer.sent == []


def test_the_archive_of_a_deleted_user_stays_until_it_expires(emily, made, ctx):
    backup = made(emily)
    with transaction():
        User.delete().where(User.id == emily.id).execute()
    assert archive(ctx, backup.public_id).data == bytes(backup.archive)
    row, = backups(ctx, None).rows
    assert (row.user, row.user_name, row.state) == ("", "Emily Satō", "ready")


def test_an_archive_is_deleted_in_time(cast, emily, made, run_jobs, clock, app):
    days = app.extensions["programme"].retention.backups
    backup = made(emily)
    clock.advance(days=days - 1)
    run_jobs()
    assert archive(inside(cast.siam_admin, cast.siam), backup.public_id).user_email == "emily@siam.example"
    clock.advance(days=1)
    with pytest.raises(NotFound):  # before any worker has come
        archive(inside(cast.siam_admin, cast.siam), backup.public_id)
    run_jobs()
    row = Backup.get_by_id(backup.id)
    assert (row.state, row.archive) == ("expired", None)
    assert [row.state for row in backups(inside(cast.siam_admin, cast.siam), None).rows] == ["expired"]


def test_the_list_shows_how_far_the_work_is(emily, ctx, make_ctx, cast):
    ask_backup(ctx, emily.public_id)
    with transaction():
        Job.update(done=2, total=6).where(Job.kind == "backups.make").execute()
    row, = backups(ctx, None).rows
    assert (row.state, row.done, row.total) == ("asked", 2, 6)
