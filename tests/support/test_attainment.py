"""Figures of kept promises: what counts, in which month and as what, and percentiles, against sums made by hand."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from portal.core.errors import NotFound
from portal.customers.models import Assignment
from portal.partners.models import Member
from portal.storage import transaction
from portal.support.commands import conversation
from portal.support.commands.answering import answer, set_state
from portal.support.commands.opening import Request, add_ticket
from portal.support.models import Clock, Ticket
from portal.support.policy.attainment import Figures, decided, month_of, months_until, percentile, rank
from portal.support.queries.attainment import Asked, report, runs, table


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


AIM, LIMIT = at("2026-03-02T10:00"), at("2026-03-02T12:00")


@pytest.mark.parametrize(("state", "aim", "met", "breached", "counted"), [
    ("met", AIM, AIM, None, ("2026-03", "aim")),  # just at its aim
    ("met", AIM, AIM + timedelta(seconds=1), None, ("2026-03", "limit")),
    ("late", AIM, LIMIT + timedelta(hours=1), None, ("2026-03", "late")),  # the worker has not seen it yet
    ("late", AIM, at("2026-04-01T00:00"), LIMIT, ("2026-03", "late")),  # counts when its limit broke, and only then
    ("running", AIM, None, LIMIT, ("2026-03", "late")),  # although it still runs
    ("paused", None, None, LIMIT, ("2026-03", "late")),
    ("void", AIM, None, LIMIT, ("2026-03", "late")),  # broken, then closed
    ("void", AIM, None, None, ("", "")),
    ("running", AIM, None, None, ("", "")),
    ("met", AIM, AIM, LIMIT, ("2026-03", "late")),  # a fact stays, whatever is promised today
    ("met", None, at("2026-03-31T23:59"), None, ("2026-03", "aim")),  # answered while it stood still before its aim
])
def test_what_counts_and_as_what(state, aim, met, breached, counted):
    found = decided(state, aim, met, breached)
    assert (found.month, found.result) == counted


def test_months_are_of_utc():
    assert month_of(datetime.fromisoformat("2026-03-31T20:00:00-05:00")) == "2026-04"
    assert months_until("2026-02", 4) == ["2025-11", "2025-12", "2026-01", "2026-02"]
    assert months_until("2026-12", 1) == ["2026-12"]


@pytest.mark.parametrize(("values", "median", "ninety"), [
    ([], None, None), ([7], 7, 7), ([1, 2], 1, 2), ([3, 1, 2], 2, 3), ([1, 2, 3, 4], 2, 4),
    (list(range(1, 11)), 5, 9), (list(range(1, 12)), 6, 10), ([15, 20, 35, 40, 50], 35, 50), ([5] * 9 + [900], 5, 5),
])
def test_percentiles_by_nearest_rank(values, median, ninety):
    assert (percentile(values, 50), percentile(values, 90)) == (median, ninety)


def test_a_share_is_rounded_down():
    assert Figures(999, 0, 1).share == 999
    assert Figures(9999, 0, 1).share == 999  # not all: no 100 percent
    assert Figures(2, 1, 0).share == 1000
    assert Figures().share is None
    assert (rank(10, 90), rank(11, 90), rank(1, 50)) == (9, 10, 1)


# ---- Against the database ----

class Desk:
    """Writes runs of clocks as the fold would have left them."""

    def __init__(self, cast) -> None:
        self.cast, self.tickets = cast, {}

    def ticket(self, partner, region="US", organization=None, **more):
        number = str(10_000_000 + Ticket.select().count())
        return Ticket.create(
            number=number, partner=partner, region=region, channel="email", language="en", subject=f"Subject {number}",
            severity="S1", search="", organization=organization, created_at=self.cast.now, updated_at=self.cast.now,
            **more)

    def run(self, ticket, kind="resolution", result="aim", minutes=None, month="2026-02", severity="S1", **more):
        cycle = Clock.select().where(Clock.ticket == ticket).count()
        broken = {"breached_at": at(f"{month}-10T10:00"), "breach_cause": "time"} if result == "late" else {}
        return Clock.create(
            ticket=ticket, kind=kind, cycle=cycle, severity=severity, started_at=at("2026-02-01T00:00"),
            met_at=None if minutes is None else at(f"{month}-15T10:00"), minutes=minutes, month=month, result=result,
            region=ticket.region, state="running" if minutes is None else "met",
            ended_at=None if minutes is None else at(f"{month}-15T10:00"), **broken, **more)


@pytest.fixture
def desk(cast):
    """Three tickets of two partners: seven runs that count in February, one in January, one not yet."""
    assert all((cast.reviewer, cast.admin, cast.outsider))
    desk = Desk(cast)
    with transaction():
        one, two = desk.ticket(cast.andina), desk.ticket(cast.andina, "EU")
        other = desk.ticket(cast.outsider.partner)
        desk.tickets = {"one": one, "two": two, "other": other}
        desk.run(one, "acknowledgement", "aim", 30)
        desk.run(two, "acknowledgement", "limit", 150, severity="S2")
        desk.run(other, "acknowledgement", "aim", 10)
        desk.run(one, "resolution", "late", 4000)
        desk.run(two, "resolution", "late")  # it still runs
        desk.run(other, "resolution", "aim", 60)
        desk.run(other, "resolution", "aim", 90)
        desk.run(one, "determination", "aim", 5, month="2026-01")
        desk.run(one, "update", "", month="")
    return desk


def figures(lines):
    return {(line.clock, line.code): line.figures for line in lines}


def test_figures_by_clock_and_all_else(cast, desk):
    staff = cast.reviewer.ctx
    found = report(staff, Asked("2026-02"))
    assert figures(found.lines) == {
        ("acknowledgement", ""): Figures(2, 1, 0, 30, 150), ("resolution", ""): Figures(2, 0, 2, 90, 4000)}
    assert [line.clock for line in found.lines] == ["acknowledgement", "resolution"]
    assert (found.total.counted, found.total.kept, found.total.share) == (7, 5, 714)
    assert [(month, each.counted) for month, each in found.trend if each.counted] == [("2026-01", 1), ("2026-02", 7)]
    assert len(found.trend) == 12
    assert figures(report(staff, Asked("2026-02", by="severity")).lines) == {
        ("acknowledgement", "S1"): Figures(2, 0, 0, 10, 30), ("acknowledgement", "S2"): Figures(0, 1, 0, 150, 150),
        ("resolution", "S1"): Figures(2, 0, 2, 90, 4000)}
    assert figures(report(staff, Asked("2026-02", by="region", clock="resolution")).lines) == {
        ("resolution", "EU"): Figures(0, 0, 1), ("resolution", "US"): Figures(2, 0, 1, 90, 4000)}
    by_partner = report(staff, Asked("2026-02", by="partner", severity="S1"))
    assert {(line.clock, line.name): line.figures for line in by_partner.lines} == {
        ("acknowledgement", "Andina Cloud"): Figures(1, 0, 0, 30, 30),
        ("acknowledgement", "Other Resale"): Figures(1, 0, 0, 10, 10),
        ("resolution", "Andina Cloud"): Figures(0, 0, 2, 4000, 4000),
        ("resolution", "Other Resale"): Figures(2, 0, 0, 60, 90)}
    only = report(staff, Asked("2026-02", partner=cast.andina.public_id))
    assert (only.partner, only.total) == ("Andina Cloud", Figures(1, 1, 2))


def test_the_file_holds_each_month_by_everything(cast, desk):
    lines = list(table(cast.reviewer.ctx, Asked("2026-02"), with_region=True))
    assert lines[0] == (("2026-01", "determination", "S1", "US"), Figures(1, 0, 0, 5, 5))
    assert sum(each.counted for _key, each in lines) == 8
    assert dict(lines)["2026-02", "resolution", "S1", "US"] == Figures(2, 0, 1, 90, 4000)
    assert dict(table(cast.reviewer.ctx, Asked("2026-02"), with_region=False))[
        "2026-02", "resolution", "S1"] == Figures(2, 0, 2, 90, 4000)
    named = {key[:5]: each for key, each in table(cast.reviewer.ctx, Asked("2026-02", by="partner"), with_region=True)}
    assert named["2026-02", "resolution", "S1", "US", "Andina Cloud"] == Figures(0, 0, 1, 4000, 4000)
    assert {key[0] for key in named} == {"2026-02"}


def test_partners_of_one_name_are_two_lines(cast, desk):
    with transaction():
        twin = cast.partner("Andina cloud", "PE", "es")
        type(twin).update(name="Andina Cloud").where(type(twin).id == twin.id).execute()
        desk.run(desk.ticket(twin), "resolution", "aim", 1)
    asked = Asked("2026-02", by="partner", clock="resolution")
    lines = [key for key, _each in table(cast.reviewer.ctx, asked, with_region=True)]
    assert [key[4] for key in lines].count("Andina Cloud") == 3  # of these, one in the EU
    by_partner = report(cast.reviewer.ctx, asked)
    assert [line.name for line in by_partner.lines] == ["Andina Cloud", "Andina Cloud", "Other Resale"]


def test_the_runs_behind_a_figure(cast, desk):
    staff = cast.reviewer.ctx
    late = runs(staff, Asked("2026-02", result="late")).rows
    assert [(run.clock, run.minutes, run.running, run.cause) for run in late] == [
        ("resolution", None, True, "time"), ("resolution", 4000, False, "time")]
    assert {run.decided_at for run in late} == {at("2026-02-10T10:00")}  # when the limit broke
    for asked in (Asked("2026-02"), Asked("2026-02", clock="acknowledgement", severity="S1"),
                  Asked("2026-01"), Asked("2026-02", region="EU", result="late")):
        total = sum((line.figures.late if asked.result else line.figures.counted)
                    for line in report(staff, asked).lines)
        assert len(runs(staff, asked).rows) == total > 0
    first = runs(staff, Asked("2026-02"), size=3)
    second = runs(staff, Asked("2026-02", after=first.next), size=3)
    third = runs(staff, Asked("2026-02", after=second.next), size=3)
    assert [len(page.rows) for page in (first, second, third)] == [3, 3, 1]
    assert third.next is None


def with_help_center(person, sees="all"):
    with transaction():
        Member.update(help_center=True, sees=sees).where(Member.account == person.account).execute()
    return person


def test_partners_see_their_own_and_no_more(cast, desk):
    mine = with_help_center(cast.admin).ctx
    assert report(mine, Asked("2026-02")).total == Figures(1, 1, 2)
    assert figures(report(mine, Asked("2026-02")).lines)["resolution", ""] == Figures(0, 0, 2, 4000, 4000)
    assert {run.partner for run in runs(mine, Asked("2026-02")).rows} == {"Andina Cloud"}
    assert sum(each.counted for _key, each in table(mine, Asked("2026-02"), with_region=False)) == 5
    assert report(with_help_center(cast.outsider).ctx, Asked("2026-02")).total == Figures(3, 0, 0)
    theirs = Asked("2026-02", partner=cast.outsider.partner.public_id)
    with pytest.raises(NotFound):
        report(mine, theirs)
    assert runs(mine, theirs).rows == []
    assert list(table(mine, theirs, with_region=False)) == []


def test_members_of_chosen_customers_see_those(cast, desk):
    who = cast.member("chosen@andina.example", "en", cast.andina, "sales")
    with transaction():
        theirs = desk.ticket(cast.andina, organization=cast.siam)
        desk.run(theirs, "resolution", "limit", 77)
        Assignment.create(member=Member.get(Member.account == who.account), organization=cast.siam)
    ctx = with_help_center(who, "chosen").ctx
    assert figures(report(ctx, Asked("2026-02")).lines) == {("resolution", ""): Figures(0, 1, 0, 77, 77)}
    assert [run.ticket for run in runs(ctx, Asked("2026-02")).rows] == [theirs.public_id]


def test_the_database_ranks_as_the_policy_does(cast):
    assert cast.reviewer
    desk, dice = Desk(cast), random.Random(6)
    minutes = {code: [dice.randrange(500) for _ in range(count)] for code, count in
               (("S1", 1), ("S2", 2), ("S3", 10), ("S4", 37))}
    with transaction():
        ticket = desk.ticket(cast.andina)
        for code, values in minutes.items():
            for value in values:
                desk.run(ticket, "update", "aim", value, severity=code)
            desk.run(ticket, "update", "late", severity=code)  # without time: it changes no rank
    found = {line.code: line.figures for line in report(cast.reviewer.ctx, Asked("2026-02", by="severity")).lines}
    assert {code: (each.median, each.p90) for code, each in found.items()} == {
        code: (percentile(values, 50), percentile(values, 90)) for code, values in minutes.items()}


# ---- From what happened ----

@pytest.fixture
def ticket(cast):
    """A request about a large account: S1, acknowledgement within three hours, resolution within 48."""
    cast.customer("Big", "big.example", licenses=700, country="US", admin_email="boss@big.example")
    who = with_help_center(cast.admin)
    return add_ticket(who.ctx, Request("No mail", "Nobody gets mail.", customer_email="boss@big.example"), "general")


def counted(kind):
    return [(row.month, row.result) for row in Clock.select().where(Clock.kind == kind, Clock.month != "")]


def test_a_breach_counts_once_in_its_month_through_everything_that_follows(cast, ticket, clock, run_jobs):
    """It broke in March while nobody did anything; April's answer, reopening and closing change nothing of that."""
    agent = cast.person("agent@vendor.example", "en", staff="support")
    assert counted("acknowledgement") == []
    clock.advance(hours=3, minutes=5)
    run_jobs()
    assert counted("acknowledgement") == [("2026-03", "late")]
    clock.advance(days=31)
    run_jobs()
    answer(agent.ctx, ticket.public_id, "We are sorry.", then="resolved")
    assert counted("acknowledgement") == [("2026-03", "late")]
    assert counted("resolution") == [("2026-03", "late")]
    conversation.reopen(cast.admin.ctx, ticket.public_id, Ticket.get().version)
    assert counted("resolution") == [("2026-03", "late")]
    set_state(agent.ctx, ticket.public_id, "resolved", "", Ticket.get().version)
    run_jobs()
    late = {month: each.late for month, each in report(agent.ctx, Asked("2026-04")).trend if each.counted}
    assert late["2026-03"] == 3  # acknowledgement, determination, resolution
    assert "breached" in {event.kind for event in ticket.event_set}
    assert [event.kind for event in ticket.event_set].count("breached") == sum(late.values())


def test_what_is_kept_counts_when_it_is_met(cast, ticket, clock):
    agent = cast.person("agent@vendor.example", "en", staff="support")
    clock.advance(minutes=40)
    answer(agent.ctx, ticket.public_id, "We look into it.")
    assert counted("acknowledgement") == [("2026-03", "aim")]
    assert counted("resolution") == []
    clock.advance(hours=30)
    answer(agent.ctx, ticket.public_id, "Solved.", then="resolved")
    assert counted("resolution") == [("2026-03", "limit")]
    line = next(line for line in report(agent.ctx, Asked("2026-03")).lines if line.clock == "acknowledgement")
    assert line.figures == Figures(1, 0, 0, 40, 40)
    conversation.reopen(cast.admin.ctx, ticket.public_id, Ticket.get().version)
    assert counted("resolution") == []  # it is open again


def test_what_ends_early_does_not_count(cast, ticket):
    conversation.close(cast.admin.ctx, ticket.public_id, Ticket.get().version)
    assert Clock.select().where(Clock.month != "").count() == 0
    assert Clock.select().where(Clock.region == ticket.region).count() == Clock.select().count() > 0
