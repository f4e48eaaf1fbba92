"""What the programme keeps no longer goes, nothing else does, and the dry run says so before."""

from __future__ import annotations

import hashlib
from dataclasses import fields, replace
from datetime import timedelta

import pytest

from portal.accounts.commands import issue_token, throttle
from portal.accounts.models import Account, Attempts, Challenge, Device, Session
from portal.accounts.policy import Purpose
from portal.applications.models import Application
from portal.audit import record
from portal.audit.verification import Verification
from portal.backups.models import Backup
from portal.billing.models import Export
from portal.core.errors import Forbidden
from portal.help.models import Answer, Reading
from portal.jobs.models import Job
from portal.mail.models import Outgoing
from portal.privacy.models import DataExport
from portal.privacy.retention import IMPORTS, RULES, last_run, look, run
from portal.programme.schema import Retention
from portal.relations.models import Offer
from portal.storage import transaction
from portal.storage.tables import all_tables
from portal.support.models import Attachment, Received, Ticket
from portal.support.models import Event as TicketEvent

ARCHIVES = {"backups", "exports", "data_exports"}  # carry their own day


def test_every_period_of_the_programme_has_a_rule():
    assert [rule.kind for rule in RULES] == [field.name for field in fields(Retention)]
    assert all(rule.goes or rule.only_told or rule.kind == "audit" for rule in RULES)


def snapshot() -> dict[str, dict[int, str]]:
    """Return a digest of each row of each table."""
    return {
        model.__name__ + model.__module__: {
            row[0]: hashlib.sha256(repr(row).encode()).hexdigest()
            for row in model.select(model.id, *model._meta.sorted_fields).tuples()
        } for model in all_tables()
    }


def fill(cast, at, far) -> None:
    """Write one thing of each kind whose time begins at an instant; `far` is far after it."""
    ctx = replace(cast.make_ctx(), now=at)
    person = cast.newcomer.account
    number = int(at.timestamp())
    with transaction():
        Application.create(draft_digest=f"d{number}", language="en", created_at=at, saved_at=at)
        Application.create(account=person, state="declined", language="en", created_at=at, saved_at=at, decided_at=at)
        Application.create(account=person, state="accepted", language="en", created_at=at, saved_at=at, decided_at=at)
        Session.create(digest=f"s{number}", account=person, created_at=at, seen_at=at, expires_at=at)
        nobody = Account.create(email=f"nobody-{number}@x.example", created_at=at)
        issue_token(ctx, Purpose.VERIFY_EMAIL, nobody)
        Challenge.create(digest=f"c{number}", kind="sign-on", payload={}, created_at=at, expires_at=at)
        for state in ("pending", "sent", "undeliverable"):
            Outgoing.create(key=f"{state}{number}", event="welcome", to_address="a@x.example", language="en", params={},
                            state=state, created_at=at)
        for kind in (IMPORTS[0], "domains.check"):
            for state, finished in (("done", at), ("ready", None)):
                Job.create(kind=kind, key=f"{kind}{state}{number}", payload={}, state=state, run_at=far, created_at=at,
                           finished_at=finished)
        Backup.create(organization=cast.siam, user_name="?", user_email="?", state="ready", archive=b"PK",
                      created_at=at, expires_at=at)
        Export.create(partner=cast.andina, account=cast.admin.account, asked={}, format="csv", language="en",
                      state="ready", content=b"x", created_at=at, expires_at=at)
        DataExport.create(account=person, language="en", state="ready", archive=b"PK", created_at=at, expires_at=at)
        Device.create(account=person, digest=f"{number}", created_at=at, seen_at=at)
        for blocks in (False, True):
            Offer.create(kind="code", partner=cast.andina, state="declined" if blocks else "open", blocks=blocks,
                         made_by_name="?", created_at=at, expires_at=at)
        for state in ("stored", "held", "filed", "discarded"):
            Received.create(mailbox="support@x.example", sha256=f"{state}{number}", content=b"From: a", size=7,
                            state=state, received_at=at)
        for event in (None, told_about(cast, at)):
            Attachment.create(event=event, uploader=person, name="a.txt", media_type="text/plain", size=1,
                              sha256="a" * 64, content=b"a", created_at=at)
        Answer.create(public_id=f"a{number}", key="x", lang="en", helpful=False, sentence="?", created_at=at)
        Reading.create(key="x", lang="en", day=at.date(), count=1)
        record(ctx, "user.edited", "x", cast.siam.id, "Emily")
    throttle(ctx, f"b{number}", 1, timedelta(hours=1))


def told_about(cast, at) -> TicketEvent:
    """Return an event of a ticket, to which files belong for as long as there is the ticket."""
    ticket = Ticket.create(number=f"{int(at.timestamp())}", partner=cast.andina, region="US", channel="email",
                           language="en", subject="?", severity="S3", search="", created_at=at, updated_at=at)
    return TicketEvent.create(ticket=ticket, kind="opened", at=at, side="partner")


@pytest.fixture
def world(cast, clock):
    """Things of many ages, from today back beyond every period."""
    assert all((cast.siam, cast.admin))  # from the beginning
    now, far = clock.now, clock.now + timedelta(days=9999)
    kept = cast.make_ctx().programme.retention
    days = sorted({0} | {getattr(kept, rule.kind) + shift for rule in RULES for shift in (-1, 1)})
    for age in reversed([day for day in days if day >= 0]):
        fill(cast, now - timedelta(days=age), far)
    return kept


def test_the_dry_run_says_what_then_goes_and_nothing_else_does(cast, world, make_ctx):
    before, told = snapshot(), look(make_ctx())
    assert snapshot() == before  # it lets nothing go
    went = run(make_ctx())
    after = snapshot()
    assert {found.kind: found.rows for found in told} == {**went, "erasure_wait": 0}
    assert all(went[rule.kind] > 0 for rule in RULES if rule.goes or rule.kind == "audit")
    gone = {name: before[name].keys() - after[name].keys() for name in before}
    changed = {name: {row for row in after[name] if before[name].get(row, after[name][row]) != after[name][row]}
               for name in before}
    touched = sum(map(len, gone.values())) + sum(map(len, changed.values()))
    chains = len(changed["Chainportal.audit.models"])  # the beginning of each moves
    assert touched - chains == sum(went.values())
    assert all(after[name].keys() <= before[name].keys() for name in before)
    assert {name.partition("portal")[0] for name in changed if changed[name]} == {
        "Backup", "Export", "DataExport", "Chain"}
    assert [found.rows for found in look(make_ctx())] == [0] * len(RULES)
    assert list(Verification().faults()) == []


def test_each_kind_goes_a_day_after_its_time_and_not_on_it(cast, world, make_ctx, clock):
    """Of every kind, what is a day younger than its period stays."""
    run(make_ctx())
    for rule in RULES:
        period = timedelta(days=0 if rule.kind in ARCHIVES else getattr(world, rule.kind))
        for goes in rule.goes:
            if goes.model in {Account, Challenge, Attempts, Reading} or goes.emptied:
                continue
            ages = [clock.now - at for (at,) in goes.model.select(goes.at).where(goes.at.is_null(False)).tuples()]
            assert any(timedelta(days=0) <= age <= period for age in ages), rule.kind


def test_oldest_is_told(cast, world, make_ctx, clock):
    found = {kind.kind: kind for kind in look(make_ctx())}
    most = max(getattr(world, rule.kind) for rule in RULES) + 1
    assert found["sent_mail"].oldest == clock.now - timedelta(days=most)
    assert found["erasure_wait"].oldest is None


def test_the_worker_does_it_every_day_and_the_page_tells_when(cast, world, run_jobs, clock):
    assert last_run() is None
    run_jobs()
    last = last_run()
    assert last.counts["sent_mail"] > 0
    page = cast.reviewer.browser().get("/en/desk/retention").text
    assert "Last run:" in page


def test_it_goes_in_bounded_pieces_and_stops_when_told(cast, world, make_ctx, monkeypatch):
    monkeypatch.setattr("portal.privacy.retention.PIECE", 2)
    told = []
    run(make_ctx(), lambda counts: bool(told.append(dict(counts)) or len(told) < 3))
    assert len(told) == 3
    assert sum(told[-1].values()) <= 6
    rest = run(make_ctx())
    assert rest["sent_mail"] > 2


def test_the_shell(app, cast, world):
    dry = app.test_cli_runner().invoke(args=["portal", "retention", "--dry-run"])
    assert dry.exit_code == 0
    lines = dry.output.splitlines()
    assert len(lines) == len(RULES)
    wet = app.test_cli_runner().invoke(args=["portal", "retention"])
    assert wet.output == dry.output
    again = app.test_cli_runner().invoke(args=["portal", "retention", "--dry-run"])
    assert all(" 0 rows, oldest -" in line for line in again.output.splitlines())


def test_only_the_worker_lets_go(cast):
    with pytest.raises(Forbidden):
        run(cast.reviewer.ctx)
