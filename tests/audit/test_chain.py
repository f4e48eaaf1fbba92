"""The record's chains: written whole or not at all, by many at once, and broken by nobody unseen."""

import threading
from contextlib import suppress

import pytest

from portal.audit import record
from portal.audit.jobs import forget_old
from portal.audit.models import Chain, Event
from portal.audit.verification import Fault, Verification
from portal.storage import database, transaction
from tests.client import statements


@pytest.fixture
def ctx(cast):
    return cast.admin.ctx


def acts(ctx, count: int, chain: int | None = 7) -> None:
    with transaction():
        for number in range(count):
            record(ctx, "user.edited", "x", chain, "Émilie", before={"n": number}, after={"n": number + 1})


def faults(chain: int | None = None, anchor: str = "") -> list[Fault]:
    return list(Verification(chain, anchor).faults())


def break_(sql: str) -> None:
    database.execute_sql(sql)


def test_acts_are_written_in_their_order_and_counted_without_gaps(ctx):
    acts(ctx, 3)
    acts(ctx, 2, chain=None)
    record(ctx, "user.added", "y", 7)
    assert list(Event.select(Event.position).where(Event.chain == 7).order_by(Event.id).tuples()) == [
        (1,), (2,), (3,), (4,)]
    check = Verification()
    assert (list(check.faults()), check.acts, check.chains) == ([], 6, 2)


def test_what_is_rolled_back_leaves_no_act(ctx):
    with suppress(ZeroDivisionError), transaction():
        record(ctx, "user.added", "x", 7)
        raise ZeroDivisionError
    with transaction():
        record(ctx, "user.edited", "kept", 7)
        with suppress(ZeroDivisionError), transaction():
            record(ctx, "user.deleted", "x", 7)
            raise ZeroDivisionError
        with transaction():
            record(ctx, "user.edited", "kept too", 7)
    assert [event.subject for event in Event.select().order_by(Event.id)] == ["kept", "kept too"]
    assert faults() == []


def test_many_acts_of_one_transaction_cost_what_one_costs(ctx):
    acts(ctx, 1)
    with statements() as seen:
        acts(ctx, 100)
    assert len(seen) == 3, seen


@pytest.mark.parametrize(("sql", "found"), [
    ("UPDATE audit_event SET name = 'Emma' WHERE chain = 7 AND position = 5", [("changed", 5)]),
    ("UPDATE audit_event SET detail = '{}' WHERE chain = 7 AND position = 5", [("changed", 5)]),
    ("UPDATE audit_event SET detail = 'no JSON' WHERE chain = 7 AND position = 5", [("changed", 5)]),
    ("UPDATE audit_event SET at = '2020-01-01 00:00:00' WHERE chain = 7 AND position = 5", [("changed", 5)]),
    ("UPDATE audit_event SET actor_id = NULL WHERE chain = 7 AND position = 1", [("changed", 1)]),
    # Its own hash written anew: the next act does not follow on it.
    ("UPDATE audit_event SET hash = '00' WHERE chain = 7 AND position = 5", [("changed", 5), ("changed", 6)]),
    ("UPDATE audit_event SET hash = '00' WHERE chain = 7 AND position = 9", [("changed", 9), ("end", 9)]),
    ("DELETE FROM audit_event WHERE chain = 7 AND position = 5", [("missing", 5)]),
    ("DELETE FROM audit_event WHERE chain = 7 AND position < 3", [("missing", 1)]),
    ("DELETE FROM audit_event WHERE chain = 7 AND position > 6", [("missing", 7)]),
    ("DELETE FROM audit_event WHERE chain = 7", [("missing", 1)]),
    ("UPDATE audit_event SET position = 10 WHERE chain = 7 AND position = 9", [("added", 10), ("missing", 9)]),
    ("UPDATE audit_event SET position = 0 WHERE chain = 7 AND position = 9", [("added", 0), ("missing", 9)]),
    ("UPDATE audit_event SET chain = 8, position = 3 WHERE chain = 7 AND position = 9",
     [("missing", 9), ("added", 3)]),
    ("UPDATE audit_chain SET position = 8 WHERE chain = 7", [("added", 9), ("end", 8)]),
    ("UPDATE audit_chain SET hash = '00' WHERE chain = 7", [("end", 9)]),
    ("UPDATE audit_chain SET first_position = 3 WHERE chain = 7", [("added", 1), ("added", 2), ("changed", 3)]),
    ("DELETE FROM audit_chain WHERE chain = 7", [("added", n) for n in range(1, 10)]),
])
def test_whatever_is_done_to_the_rows_shows(ctx, sql, found):
    acts(ctx, 9)
    acts(ctx, 2, chain=8)
    acts(ctx, 2, chain=None)
    assert faults() == []
    break_(sql)
    assert [(fault.kind, fault.position) for fault in faults()] == found
    assert faults(0) == []


def test_a_gap_is_told_from_its_first_to_its_last_act(ctx):
    acts(ctx, 9)
    break_("DELETE FROM audit_event WHERE position IN (4, 5)")
    assert faults(7) == [Fault("missing", 7, 4, 5)]


def test_long_chains_are_read_in_batches(ctx, monkeypatch):
    monkeypatch.setattr("portal.audit.verification._BATCH", 4)
    for chain in range(1, 7):
        acts(ctx, 11, chain)
    check = Verification()
    assert (list(check.faults()), check.acts, check.chains) == ([], 66, 6)
    break_("DELETE FROM audit_event WHERE chain = 5 AND position = 8")
    assert faults() == [Fault("missing", 5, 8, 8)]


def test_acts_that_are_recorded_meanwhile_are_no_fault(ctx):
    acts(ctx, 3)
    done = threading.Event()

    def meanwhile():
        with database.connection_context():
            acts(ctx, 3)
        done.set()

    class Slow(Verification):
        def _events(self):
            threading.Thread(target=meanwhile).start()
            assert done.wait(10)
            return super()._events()

    assert list(Slow().faults()) == []


def test_an_anchor_shows_a_chain_that_was_written_anew_from_end_to_end(ctx):
    acts(ctx, 3)
    anchor = Chain.get().hash
    acts(ctx, 3)
    assert faults(7, anchor) == []
    break_("DELETE FROM audit_event")
    break_("DELETE FROM audit_chain")
    acts(ctx, 6)
    assert faults(7) == []
    assert [fault.kind for fault in faults(7, "ab" * 32)] == ["anchor"]


def test_an_anchor_of_the_last_act_that_was_forgotten_still_holds(ctx, clock, cast):
    acts(ctx, 3)
    anchor = Chain.get().hash
    clock.advance(days=ctx.programme.retention.audit + 1)
    forget_old(cast.make_ctx(), _Job())
    assert (Event.select().count(), faults(7, anchor)) == (0, [])


class _Job:
    """A job that nobody else wants."""

    id, lease, result = 0, "", None


def test_old_acts_are_forgotten_from_the_beginning_and_the_rest_still_fits(cast, clock, run_jobs, monkeypatch):
    monkeypatch.setattr("portal.audit.commands._FORGOTTEN", 2)
    monkeypatch.setattr("portal.audit.jobs._CHAINS", 2)
    days = cast.make_ctx().programme.retention.audit
    for chain in (None, 3, 7, 9, 11):
        acts(cast.admin.ctx, 5, chain)
    clock.advance(days=days)
    for chain in (7, 9):
        acts(cast.make_ctx(), 2, chain)
    run_jobs()
    assert Event.select().count() == 29  # not older than that: kept
    clock.advance(days=1)
    run_jobs()
    assert list(Event.select(Event.chain, Event.position).order_by(Event.chain, Event.position).tuples()) == [
        (7, 6), (7, 7), (9, 6), (9, 7)]
    assert faults() == []
    acts(cast.make_ctx(), 1, 3)
    assert faults() == []
    break_("DELETE FROM audit_event WHERE chain = 7 AND position = 6")
    assert faults() == [Fault("missing", 7, 6, 6)]


def test_an_old_act_behind_a_younger_one_waits_for_it(cast, clock, run_jobs):
    days = cast.make_ctx().programme.retention.audit
    acts(cast.admin.ctx, 1)
    behind = cast.admin.ctx
    clock.advance(days=2)
    acts(cast.make_ctx(), 1)
    acts(behind, 1)
    clock.advance(days=days - 1)
    run_jobs()
    assert [event.position for event in Event.select().order_by(Event.position)] == [2, 3]
    assert faults() == []


def test_retention_does_not_hide_a_missing_act(cast, clock, run_jobs):
    acts(cast.admin.ctx, 5)
    break_("DELETE FROM audit_event WHERE position = 5")
    clock.advance(days=cast.make_ctx().programme.retention.audit + 1)
    run_jobs()
    assert faults() == [Fault("missing", 7, 5, 5)]


def test_hundreds_of_acts_at_once_in_the_same_chains_lose_nothing_and_never_wait_in_a_circle(ctx):
    """Half record here first and there second, half the other way round; all hold what the others want."""
    threads, rounds, failures = 6, 25, []
    barrier = threading.Barrier(threads)

    def busy(order):
        with database.connection_context():
            barrier.wait()
            try:
                for _ in range(rounds):
                    with transaction():
                        for chain in order:
                            record(ctx, "user.edited", "x", chain)
                            Event.select().where(Event.chain == (chain or 0)).count()
            except Exception as error:  # what a thread raises is seen by nobody
                failures.append(error)

    orders = [(None, 7), (7, None)] * (threads // 2)
    workers = [threading.Thread(target=busy, args=(order,)) for order in orders]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert failures == []
    assert dict(Chain.select(Chain.chain, Chain.position).tuples()) == {0: threads * rounds, 7: threads * rounds}
    assert faults() == []


def test_the_shell_tells_each_fault_in_a_line_and_by_its_exit_code(app, cast, ctx):
    acts(ctx, 3, cast.siam.id)
    acts(ctx, 2, None)
    whole = app.test_cli_runner().invoke(args=["portal", "audit", "verify"])
    assert (whole.exit_code, whole.output) == (0, "acts: 5, chains: 2, faults: 0\n")
    break_(f"UPDATE audit_event SET name = 'Emma' WHERE chain = {cast.siam.id} AND position = 2")
    broken = app.test_cli_runner().invoke(args=["portal", "audit", "verify"])
    assert broken.exit_code == 1
    first, last = broken.output.splitlines()
    assert first.startswith(f"organization {cast.siam.public_id}: act 2 is not what was recorded")
    assert last == "acts: 5, chains: 2, faults: 1"


@pytest.mark.parametrize(("options", "code", "words"), [
    (["--anchor", "{anchor}"], 0, "acts: 3, chains: 1, faults: 0"),
    (["--anchor", "f00"], 1, "no act has this fingerprint"),
    (["--organization", "nobody"], 2, "there is no such organization"),
])
def test_the_shell_looks_at_one_organization_and_for_a_fingerprint(app, cast, ctx, options, code, words):
    acts(ctx, 3, cast.siam.id)
    acts(ctx, 2, None)
    anchor = Chain.get(Chain.chain == cast.siam.id).hash
    given = ["--organization", cast.siam.public_id, *(option.format(anchor=anchor.upper()) for option in options)]
    result = app.test_cli_runner().invoke(args=["portal", "audit", "verify", *given])
    assert result.exit_code == code
    assert words in result.output
