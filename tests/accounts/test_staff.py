"""The vendor's staff: the rules by table, appointing, changing, ending, and ends that come by themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from portal.accounts.commands import redeem_invitation
from portal.accounts.commands import staff as commands
from portal.accounts.models import Account, OneTimeToken, Staff
from portal.accounts.policy import Purpose, TokenRefused
from portal.accounts.policy.staff import TASKS, Case, Task, check, end_of, last_day, mark
from portal.accounts.queries.staff import staff
from portal.audit.models import Event
from portal.core.errors import DomainError, Forbidden, NotFound, ProofNeeded, Stale
from portal.core.ids import derive
from portal.core.permissions import P
from portal.storage import transaction

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ADMIN, FINANCE, GUEST = Task("admin", None), Task("finance", None), Task("admin", NOON)


@pytest.mark.parametrize(
    ("case", "refused"),
    [
        (Case(None, ADMIN), ""),
        (Case(None, Task("owner", None)), "Not a valid choice"),
        (Case(FINANCE, ADMIN), ""),
        (Case(FINANCE, None), ""),
        (Case(ADMIN, FINANCE), ""),
        (Case(ADMIN, FINANCE, own=True), "Nobody changes their own task"),
        (Case(FINANCE, ADMIN, own=True), "Nobody changes their own task"),
        (Case(ADMIN, None, own=True), "Nobody changes their own task"),
        (Case(ADMIN, FINANCE, last=True), "the last administrator"),
        (Case(ADMIN, GUEST, last=True), "the last administrator"),
        (Case(ADMIN, None, last=True), "the last administrator"),
        (Case(ADMIN, ADMIN, last=True), ""),
        (Case(GUEST, None, last=True), ""),
        (Case(FINANCE, None, last=True), ""),
    ],
)
def test_the_rules(case, refused):
    if not refused:
        check(case)
        return
    with pytest.raises(DomainError, match=refused):
        check(case)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Bangkok", "America/Mexico_City"])
def test_a_last_day_is_whole_where_it_was_chosen(zone):
    ends = end_of(date(2026, 3, 9), zone, NOON)
    assert last_day(ends, zone) == date(2026, 3, 9)
    assert last_day(ends - timedelta(seconds=1), zone) == date(2026, 3, 9)
    with pytest.raises(DomainError):
        end_of(date(2026, 3, 1), zone, NOON)


@pytest.fixture
def helper(cast):
    return cast.person("helper@vendor.example", "fr", staff="support", time_zone="UTC")


def appoint(cast, email="new@vendor.example", role="finance", until=None, by=None):
    return commands.appoint((by or cast.reviewer).ctx, email, "Nova", "th", role, until)


def row_of(person) -> Staff:
    return Staff.get(Staff.account == person.account)


def seen(person) -> str:
    return mark(Task(row_of(person).role, row_of(person).expires_at))


def sent(mailer, address):
    return [mail for mail in mailer.sent if mail["To"].endswith(address) or address in mail["To"]]


def test_somebody_unknown_is_invited_in_the_chosen_language(cast, run_jobs, mailer):
    appoint(cast, " New@Vendor.example ")
    account = Account.get(Account.email == "new@vendor.example")
    assert (Staff.get(Staff.account == account).role, account.language) == ("finance", "th")
    run_jobs()
    assert len(sent(mailer, "new@vendor.example")) == 1
    token = OneTimeToken.get(OneTimeToken.account == account)
    secret = f"{token.handle}.{derive(cast.make_ctx().secret, Purpose.INVITATION, token.handle)}"
    redeem_invitation(cast.make_ctx(), secret, "a long password of hers", "Nova", "", "")
    account = Account.get_by_id(account.id)
    assert cast.sign_in(account).actor.can(P.REFUND_MAKE) is False, "a second factor is asked of finance first"
    with transaction():
        Account.update(second_factor_at=cast.now).where(Account.id == account.id).execute()
    assert cast.sign_in(account).actor.can(P.REFUND_MAKE)


def test_somebody_known_is_told_in_their_own_language(cast, run_jobs, mailer):
    appoint(cast, cast.newcomer.email, "support", date(2026, 6, 30))
    assert cast.newcomer.actor.can(P.RELATION_READ)
    run_jobs()
    [mail] = sent(mailer, cast.newcomer.email)
    assert mail["Content-Language"] == "th"
    assert "/th/desk/task" in mail.get_body(("plain",)).get_content()
    with pytest.raises(DomainError, match="on the staff already"):
        appoint(cast, cast.newcomer.email)


def test_a_task_that_is_over_makes_room_for_a_new_one(cast, helper, clock):
    commands.change_task(cast.reviewer.ctx, helper.account.public_id, "support", cast.now.date(), seen(helper))
    clock.advance(days=2)
    appoint(cast, helper.email, "finance")
    assert row_of(helper).role == "finance"


@pytest.mark.parametrize("role", sorted(set(TASKS) - {"admin"}))
def test_only_administrators_appoint(cast, role):
    person = cast.person(f"{role}@vendor.example", "en", staff=role)
    with pytest.raises(Forbidden):
        appoint(cast, by=person)
    with pytest.raises(Forbidden):
        staff(person.ctx)


def test_who_has_not_proved_lately_proves_first(cast):
    tired = replace(cast.reviewer.actor, fresh=False)
    with pytest.raises(ProofNeeded):
        commands.appoint(cast.make_ctx(tired), "new@vendor.example", "", "en", "admin", None)


def test_a_change_counts_at_the_next_click(cast, helper, run_jobs, mailer):
    person = helper.account.public_id
    commands.change_task(cast.reviewer.ctx, person, "finance", None, seen(helper))
    assert helper.actor.can(P.FINANCE_READ)
    with pytest.raises(Stale):
        commands.change_task(cast.reviewer.ctx, person, "admin", None, "support")
    commands.set_language(helper.ctx, "es")
    commands.end_task(cast.reviewer.ctx, person, seen(helper))
    assert not helper.actor.can(P.DESK_OPEN)
    with pytest.raises(NotFound):
        commands.end_task(cast.reviewer.ctx, person, "finance")
    run_jobs()
    assert [mail["Content-Language"] for mail in sent(mailer, helper.email)] == ["fr", "es"]
    verbs = [event.verb for event in Event.select().where(Event.subject == person).order_by(Event.id)]
    assert verbs == ["account.staff-changed", "account.staff-ended"]


def test_an_administrator_always_stays(cast):
    """Two administrators who remove each other at the same time: who comes second is none any more."""
    second = cast.person("second@vendor.example", "en", staff="admin")
    ctx = second.ctx
    commands.end_task(cast.reviewer.ctx, second.account.public_id, "admin")
    with pytest.raises(Forbidden):
        commands.end_task(ctx, cast.reviewer.account.public_id, "admin")
    with pytest.raises(DomainError, match="their own task"):
        commands.end_task(cast.reviewer.ctx, cast.reviewer.account.public_id, "admin")


def test_a_guest_cannot_send_the_last_administrator_away(cast):
    guest = cast.person("guest@vendor.example", "en", staff="admin")
    with transaction():
        Staff.update(expires_at=cast.now + timedelta(days=30)).where(Staff.account == guest.account).execute()
    with pytest.raises(DomainError, match="last administrator"):
        commands.change_task(guest.ctx, cast.reviewer.account.public_id, "finance", None, "admin")
    with pytest.raises(DomainError, match="last administrator"):
        commands.end_task(guest.ctx, cast.reviewer.account.public_id, "admin")


def test_an_invitation_ends_with_the_task(cast):
    person = appoint(cast)
    token = OneTimeToken.get()
    secret = f"{token.handle}.{derive(cast.make_ctx().secret, Purpose.INVITATION, token.handle)}"
    commands.end_task(cast.reviewer.ctx, person, "finance")
    with pytest.raises(TokenRefused):
        redeem_invitation(cast.make_ctx(), secret, "a long password of hers", "Nova", "", "")


def test_an_invitation_is_sent_again_until_it_was_followed(cast, helper):
    person = appoint(cast)
    commands.invite_again(cast.reviewer.ctx, person)
    assert OneTimeToken.select().count() == 2
    with pytest.raises(Stale):
        commands.invite_again(cast.reviewer.ctx, helper.account.public_id)


def test_tasks_end_by_themselves_after_a_warning(cast, helper, run_jobs, mailer, clock):
    until = cast.now.date() + timedelta(days=10)
    commands.change_task(cast.reviewer.ctx, helper.account.public_id, "support", until, seen(helper))
    run_jobs()
    mailer.sent.clear()
    for day in range(1, 13):
        clock.advance(days=1)
        run_jobs()
        if day == 5:
            assert len(sent(mailer, helper.email)) == 1, "warned once, within a week of the end"
    assert len(sent(mailer, helper.email)) == 2
    assert not Staff.select().where(Staff.account == helper.account).exists()
