"""Names leave the record and its chains stay whole; who only pretends an erasure is found."""

import pytest

from portal.audit import record
from portal.audit.erasure import erase_names
from portal.audit.jobs import forget_old
from portal.audit.models import Chain, Event
from portal.audit.policy import as_spans, link_unsalted
from portal.audit.verification import Fault, Verification
from portal.storage import database, transaction
from tests.audit.test_chain import _Job

OLD = ("chain", "position", "verb", "side", "actor_id", "actor_name", "partner_id", "partner_name", "organization_id",
       "subject", "name", "reason", "at")


def acts(ctx, count: int, chain: int | None = 7) -> None:
    with transaction():
        for number in range(count):
            record(ctx, "user.edited", "x", chain, f"Émilie {number}", before={"n": number}, after={"n": number + 1})


def aged(chain: int = 7) -> None:
    """Make a chain one from before names had a digest of their own."""
    before = ""
    for event in Event.select().where(Event.chain == chain).order_by(Event.position):
        text = Event.detail.db_value(event.detail)
        before = link_unsalted(before, detail=text, **{name: getattr(event, name) for name in OLD})
        Event.update(salt="", personal="", hash=before).where(Event.id == event.id).execute()
    Chain.update(hash=before).where(Chain.chain == chain).execute()


def erase(cast, *numbers: int, chain: int = 7) -> int:
    names = [f"Émilie {number}" for number in numbers]
    with transaction():
        return erase_names(
            cast.make_ctx(), Event.select().where(Event.chain == chain),
            lambda event: {"name": "Nobody", "detail": {}} if event.name in names else {"name": event.name},
        )


def checked() -> tuple[list[Fault], int, int]:
    check = Verification()
    return list(check.faults()), check.erased, check.believed


@pytest.mark.parametrize(("old", "believed"), [(False, 0), (True, 3)])
def test_names_go_and_the_chain_stays_whole(cast, old, believed):
    acts(cast.admin.ctx, 9)
    acts(cast.admin.ctx, 2, chain=8)
    if old:
        aged()
    hashes = list(Event.select(Event.hash).where(Event.chain == 7).tuples())
    assert erase(cast, 1, 2, 5) == 3
    assert [event.name for event in Event.select().where(Event.chain == 7, Event.erased_at.is_null(False))] == [
        "Nobody"] * 3
    assert list(Event.select(Event.hash).where(Event.chain == 7, Event.verb == "user.edited").tuples()) == hashes
    told = Event.get(Event.verb == "record.erased")
    assert (told.chain, told.position, told.detail) == (7, 10, {"acts": 3, "positions": [[2, 3], [6, 6]]})
    assert checked() == ([], 3, believed)


def test_nothing_is_left_to_guess_the_names_with(cast):
    acts(cast.admin.ctx, 2)
    salts = {event.position: event.salt for event in Event.select()}
    assert len(set(salts.values())) == 2
    assert all(len(salt) == 32 for salt in salts.values())
    erase(cast, 0)
    assert [event.salt for event in Event.select().where(Event.verb == "user.edited").order_by(Event.id)] == [
        "", salts[2]]


def test_a_second_erasure_of_the_same_act_is_counted_once(cast):
    acts(cast.admin.ctx, 3)
    erase(cast, 1)
    Event.update(name="Émilie 1").where(Event.position == 2).execute()  # another name in it
    assert erase(cast, 1) == 1
    assert Event.select().where(Event.verb == "record.erased").count() == 1
    assert checked() == ([], 1, 0)


ERASED = "erased_at = '2026-01-01 00:00:00'"


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize(("sql", "found"), [
    # Pretending that somebody was erased, to rewrite what an act says of them:
    (f"UPDATE audit_event SET {ERASED}, salt = '', name = 'Emma' WHERE chain = 7 AND position = 5", [("erased", 5)]),
    (f"UPDATE audit_event SET {ERASED}, salt = '', personal = '' WHERE chain = 7 AND position = 5", [("erased", 5)]),
    # … of the act that tells of an erasure, or making that one tell of more:
    (f"UPDATE audit_event SET {ERASED}, salt = '' WHERE chain = 7 AND verb = 'record.erased'",
     [("erased", 2), ("erased", 10)]),
    ("UPDATE audit_event SET detail = replace(detail, '2, 2', '2, 5') WHERE chain = 7 AND verb = 'record.erased'",
     [("changed", 10)]),
    # What the hash covers in plain view is still covered:
    ("UPDATE audit_event SET actor_id = 4711 WHERE chain = 7 AND position = 5", [("changed", 5)]),
    ("UPDATE audit_event SET hash = '00' WHERE chain = 7 AND position = 2", [("changed", 3)]),
    ("DELETE FROM audit_event WHERE chain = 7 AND position = 2", [("missing", 2)]),
])
def test_a_forged_erasure_shows(cast, sql, found, old):
    acts(cast.admin.ctx, 9)
    if old:
        aged()
    erase(cast, 1)
    assert checked()[0] == []
    database.execute_sql(sql)
    seen = [(fault.kind, fault.position) for fault in checked()[0]]
    # An act that has lost both its names and their digest cannot be told from a changed one by its hash.
    assert [fault for fault in seen if fault != ("changed", 2)] == found


@pytest.mark.parametrize("sql", [
    "UPDATE audit_event SET salt = '' WHERE position = 5",
    "UPDATE audit_event SET salt = '', personal = '' WHERE position = 5",
    "UPDATE audit_event SET personal = '00' WHERE position = 5",
    "UPDATE audit_event SET salt = '', name = 'Emma' WHERE position = 5",
    f"UPDATE audit_event SET {ERASED} WHERE position = 5",
    # Written over with a digest of its own that fits: the hash covers the digest.
    "UPDATE audit_event SET salt = (SELECT salt FROM audit_event WHERE position = 4), personal = "
    "(SELECT personal FROM audit_event WHERE position = 4), name = 'Émilie 3', "
    "detail = (SELECT detail FROM audit_event WHERE position = 4) WHERE position = 5",
])
def test_a_salt_or_digest_that_was_tampered_with_shows(cast, sql):
    acts(cast.admin.ctx, 9)
    database.execute_sql(sql)
    assert ("changed", 5) in [(fault.kind, fault.position) for fault in checked()[0]]


def test_erased_acts_that_are_too_old_are_forgotten_as_others_are(cast, clock):
    acts(cast.admin.ctx, 4)
    clock.advance(days=2)
    acts(cast.make_ctx(), 1)
    erase(cast, 1, 3)
    clock.advance(days=cast.make_ctx().programme.retention.audit - 1)
    forget_old(cast.make_ctx(), _Job())
    assert Chain.get(Chain.chain == 7).first_position == 5
    assert checked() == ([], 0, 0)


def test_many_acts_are_told_of_in_several(cast, monkeypatch):
    monkeypatch.setattr("portal.audit.erasure._SPANS", 2)
    monkeypatch.setattr("portal.audit.erasure._BATCH", 3)
    acts(cast.admin.ctx, 12)
    assert erase(cast, 0, 2, 4, 6, 8, 9) == 6
    told = [event.detail["acts"] for event in Event.select().where(Event.verb == "record.erased")]
    assert told == [2, 2, 2]
    assert checked() == ([], 6, 0)


def test_spans():
    assert as_spans([1, 2, 3, 7, 9, 10]) == [[1, 3], [7, 7], [9, 10]]
    assert as_spans([]) == []


def test_the_shell_counts_what_was_erased_and_what_it_can_only_believe(app, cast):
    acts(cast.admin.ctx, 3, cast.siam.id)
    acts(cast.admin.ctx, 2, 8)
    aged(8)
    erase(cast, 0, 1, chain=cast.siam.id)
    erase(cast, 1, chain=8)
    whole = app.test_cli_runner().invoke(args=["portal", "audit", "verify"])
    assert whole.exit_code == 0
    assert "3 acts have lost a person's names to an erasure; of these, 1 are from" in whole.output
    database.execute_sql(f"UPDATE audit_event SET salt = '', {ERASED} WHERE chain = {cast.siam.id} AND position = 3")
    broken = app.test_cli_runner().invoke(args=["portal", "audit", "verify"])
    assert broken.exit_code == 1
    assert f"organization {cast.siam.public_id}: act 3 is marked as erased, and no erasure tells of it" in broken.output
