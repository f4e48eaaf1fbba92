"""What the archives hold, how they are made, and how they end."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import tracemalloc
from dataclasses import replace
from zipfile import ZipFile

import pytest

from portal.accounts.commands import issue_token
from portal.accounts.models import Account, Identity, Session
from portal.accounts.policy import Purpose
from portal.audit import record
from portal.core.errors import Forbidden, ProofNeeded
from portal.directory.models import Picture
from portal.jobs.worker import MAX_ATTEMPTS
from portal.mail.models import Outgoing
from portal.privacy import contents
from portal.privacy.commands import ask_export, ask_organization_export
from portal.privacy.models import DataExport
from portal.privacy.subjects import OF_ORGANIZATION, OF_PERSON
from portal.storage import transaction
from tests.billing.rows import an_invoice


def opened(export: DataExport) -> dict[str, bytes]:
    with ZipFile(io.BytesIO(DataExport.get_by_id(export.id).archive)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def rows(files: dict[str, bytes], name: str) -> list[dict]:
    found = json.loads(files[f"{name}.json"])
    table = list(csv.DictReader(io.StringIO(files[f"{name}.csv"].decode("utf-8-sig"))))
    assert len(table) == len(found)
    return found


@pytest.fixture
def of_person(cast, run_jobs):
    """The archive of a member of Andina who is a user of Siam as well."""
    person = cast.colleague
    user = cast.employ(cast.siam, person)
    with transaction():
        Account.update(password_hash="argon2-of-the-password").where(Account.id == person.account.id).execute()
        issue_token(cast.make_ctx(), Purpose.RESET_PASSWORD, person.account)
        Identity.create(account=person.account, provider="acme", issuer="https://acme.example", subject="4711",
                        email=person.email, created_at=cast.now)
        Picture.create(user=user, data=b"RIFF-picture", digest="d1ge57", updated_at=cast.now)
        record(person.ctx, "user.edited", "somebody", cast.siam.id, "Somebody", before={"phone": "+66 1"}, after={})
        record(cast.siam_admin.ctx, "user.edited", user.public_id, cast.siam.id, user.name, before={}, after={"n": 1})
        record(cast.outsider.ctx, "secret.done", "other", None, "not theirs")
        Outgoing.create(key="a", event="reset-password", to_address=person.email, language="fr",
                        params={"handle": "the-handle", "partner": "Andina"}, created_at=cast.now, state="sent")
        Outgoing.create(key="b", event="welcome", to_address=cast.outsider.email, language="fr", params={},
                        created_at=cast.now, state="sent")
    export = ask_export(person.ctx, "fr", "Lisez-moi")
    run_jobs()
    return export


def test_a_person_gets_everything_with_checksums(cast, of_person):
    files = opened(of_person)
    manifest = json.loads(files.pop("manifest.json"))
    assert {entry["name"]: entry["sha256"] for entry in manifest["files"]} == {
        name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    assert {f"{subject.name}.json" for subject in OF_PERSON} <= files.keys()
    assert files["README.txt"] == b"Lisez-moi"
    assert manifest["about"] == cast.colleague.email
    assert [row["email"] for row in rows(files, "account")] == [cast.colleague.email]
    assert rows(files, "memberships")[0]["partner"] == "Andina Cloud"
    assert rows(files, "users")[0]["organization"] == "Siam Trading"
    assert rows(files, "addresses")[0]["text"] == cast.colleague.email
    assert rows(files, "identities")[0]["subject"] == "4711"
    assert [name for name, data in files.items() if data == b"RIFF-picture"] == [
        f"pictures/{rows(files, 'users')[0]['public_id']}.webp"]
    assert [row["event"] for row in rows(files, "mails")] == ["reset-password"]
    assert rows(files, "mails")[0]["params"] == {"partner": "Andina"}
    own = [row for row in rows(files, "acts-by-you") if row["verb"] == "user.edited"]
    assert own[0]["name"] == "Somebody"
    assert [row["actor_name"] for row in rows(files, "acts-about-you")] == ["Super Admin"]


def test_nobody_elses_data_and_no_secret_is_in_it(cast, of_person):
    everything = b"\n".join(opened(of_person).values()).decode()
    hidden = [
        cast.outsider.email, "not theirs", "secret.done", "argon2-of-the-password", "the-handle", "d1ge57",
        "+66 1",  # what somebody's phone was, in an act of theirs
        cast.siam_admin.email, *(session.digest for session in Session.select()),
    ]
    assert [secret for secret in hidden if secret in everything] == []


def test_an_organization_gets_everything_that_is_its_own(cast, run_jobs):
    an_invoice(cast, card_kind="customer")
    cast.user("emily@siam.example", "=Emily")
    cast.card(cast.siam)
    with transaction():
        record(cast.admin.ctx, "user.edited", "x", cast.siam.id, "Emily")
        record(cast.outsider.ctx, "user.edited", "x", 4711, "of others")
    export = ask_organization_export(inside(cast, cast.siam_admin), "th", "?")
    run_jobs()
    files = opened(export)
    assert {f"{subject.name}.json" for subject in OF_ORGANIZATION} <= files.keys()
    assert rows(files, "organization")[0]["name"] == "Siam Trading"
    assert {row["email"] for row in rows(files, "users")} == {"super-admin@siam.example", "emily@siam.example"}
    assert b"'=Emily" in files["users.csv"]  # no formula
    assert rows(files, "cards")[0].keys() >= {"brand", "last4"}
    assert len(rows(files, "invoices")) == 1
    assert not any("commission" in column for column in rows(files, "invoices")[0])
    assert len(rows(files, "invoice-lines")) >= 1
    assert "user.edited" in [row["verb"] for row in rows(files, "record")]
    assert b"of others" not in b"".join(files.values())


def inside(cast, person):
    """Return the context of somebody who stands in Siam's console."""
    from portal.directory.queries.entrance import entrance
    from portal.directory.queries.entrance import inside as entered

    return cast.make_ctx(entered(person.actor, entrance(person.actor, cast.siam.public_id)))


@pytest.mark.parametrize("who", ["siam_manager", "admin"])
def test_only_the_super_administrator_asks_for_an_organization(cast, who):
    assert cast.siam_admin  # there is one
    with pytest.raises(Forbidden):
        ask_organization_export(inside(cast, getattr(cast, who)), "en", "?")


def test_asking_needs_a_fresh_proof(cast):
    for ask, ctx in ((ask_export, cast.admin.ctx), (ask_organization_export, inside(cast, cast.siam_admin))):
        with pytest.raises(ProofNeeded):
            ask(replace(ctx, actor=replace(ctx.actor, fresh=False)), "en", "?")
    assert DataExport.select().count() == 0


def test_there_is_one_at_a_time_and_one_archive(cast, run_jobs, clock):
    first = ask_export(cast.admin.ctx, "en", "?")
    assert ask_export(cast.admin.ctx, "en", "?").id == first.id
    assert ask_export(cast.colleague.ctx, "en", "?").id != first.id
    run_jobs()
    second = ask_export(cast.admin.ctx, "en", "?")
    assert second.id != first.id
    run_jobs()
    states = {row.id: (row.state, row.archive is None) for row in DataExport.select()}
    assert (states[first.id], states[second.id]) == (("expired", True), ("ready", False))
    days = cast.make_ctx().programme.retention.data_exports
    clock.advance(days=days, hours=1)
    run_jobs()
    assert {(row.state, row.archive) for row in DataExport.select()} == {("expired", None)}


def test_who_asked_is_told_once_in_their_language(cast, run_jobs, mailer):
    ask_export(cast.admin.ctx, "en", "?")
    run_jobs()
    run_jobs()
    assert [(mail.event, mail.language) for mail in Outgoing.select()] == [("data-export-ready", "es")]


def test_what_cannot_be_made_fails_in_the_end(cast, run_jobs, monkeypatch, clock):
    monkeypatch.setattr(contents, "rows", lambda *_args: 1 / 0)
    ask_export(cast.admin.ctx, "en", "?")
    for _ in range(MAX_ATTEMPTS):
        run_jobs()
        clock.advance(hours=1)
    assert DataExport.get().state == "failed"
    assert ask_export(cast.admin.ctx, "en", "?").state == "asked"


@pytest.mark.parametrize("count", [500, 5000])
def test_a_large_archive_needs_the_memory_of_a_batch(cast, count, monkeypatch):
    monkeypatch.setattr(contents, "_BATCH", 100)
    with transaction():
        for number in range(count):
            record(cast.siam_admin.ctx, "user.edited", "x", cast.siam.id, f"{number}", note="x" * 200)
    export = DataExport.create(account=cast.siam_admin.account, organization=cast.siam, language="en",
                               created_at=cast.now)
    with open("/dev/null", "wb") as nowhere:
        tracemalloc.start()
        contents.write(_Sink(nowhere), cast.now, export, "?", lambda _done, _total: True)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 3_000_000, peak


class _Sink:
    """A file that keeps nothing."""

    def __init__(self, file) -> None:
        self.file, self.place = file, 0

    def write(self, data: bytes) -> int:
        self.place += len(data)
        return self.file.write(data)

    def tell(self) -> int:
        return self.place

    def flush(self) -> None:
        self.file.flush()

    def seekable(self) -> bool:
        return False
