"""Leaving, giving notice, and thinking again: who may, until when, and who comes first."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from portal.audit.models import Event
from portal.core.errors import DomainError, Forbidden, NotFound
from portal.customers.models import Organization
from portal.customers.queries import visible_to
from portal.delegation.commands import accept_access, ask_access
from portal.delegation.models import Access, Invitation
from portal.partners.models import Member
from portal.relations.commands.ending import leave, release_customer, take_back, withdraw_release
from portal.relations.models import Change
from portal.relations.policy.changes import AlreadyChanging
from portal.relations.policy.ending import NoLongerToTakeBack, NoPartner
from portal.storage import database, transaction
from tests.inside import inside
from tests.relations.doors import agree, boss, entered, independent


def partner_of(cast):
    return Organization.get_by_id(cast.siam.id).partner


def access_of(cast):
    return Organization.get_by_id(cast.siam.id).access


def siam_id(cast):
    return cast.siam.public_id


# ---- The customer ----


def test_access_ends_at_once_and_the_relation_after_the_cooling_off_period(cast, clock, run_jobs):
    today = boss(cast).today("Asia/Bangkok")
    change = leave(boss(cast), "continue", "We do it ourselves.")
    assert (change.state, change.by, change.effective_on) == ("announced", "customer", today + timedelta(days=14))
    assert (change.reason, change.to_partner_id) == ("We do it ourselves.", None)
    assert access_of(cast) == "revoked"
    with pytest.raises(NotFound):
        inside(cast.admin, cast.siam)
    assert visible_to(cast.admin.actor).where(Organization.id == cast.siam.id).exists()
    clock.advance(days=13)
    run_jobs()
    assert partner_of(cast) == cast.andina
    clock.advance(days=2)
    run_jobs()
    assert partner_of(cast) is None
    assert not visible_to(cast.admin.actor).where(Organization.id == cast.siam.id).exists()


def test_taken_back_the_partner_stays_without_access_until_it_is_let_in_again(cast, clock, run_jobs):
    change = leave(boss(cast), "end")
    take_back(boss(cast), change.public_id)
    clock.advance(days=20)
    run_jobs()
    assert (partner_of(cast), access_of(cast)) == (cast.andina, "revoked")
    ask_access(cast.admin.ctx, siam_id(cast), "Please")
    accept_access(boss(cast), Invitation.get().public_id)
    assert access_of(cast) == "active"
    assert leave(boss(cast), "end").id != change.id


@pytest.mark.parametrize(("days", "fine"), [(13, True), (14, False), (15, False)])
def test_it_is_taken_back_before_the_day_also_when_the_worker_is_late(cast, clock, days, fine):
    change = leave(boss(cast), "continue")
    clock.advance(days=days)
    if fine:
        take_back(boss(cast), change.public_id)
        assert Change.get().state == "withdrawn"
        return
    with pytest.raises(NoLongerToTakeBack):
        take_back(boss(cast), change.public_id)
    assert Change.get().state == "announced"


def test_sent_twice_it_is_one_and_otherwise_it_is_said(cast):
    first = leave(boss(cast), "continue", "x")
    assert leave(boss(cast), "continue", "x") == first
    for other in (("end", "x"), ("continue", "y")):
        with pytest.raises(AlreadyChanging):
            leave(boss(cast), *other)
    take_back(boss(cast), first.public_id)
    with pytest.raises(NoLongerToTakeBack):
        take_back(boss(cast), first.public_id)


@pytest.mark.parametrize("who", ["siam_manager", "admin", "colleague"])
def test_only_the_super_administrator_in_their_own_console_leaves(cast, who):
    ctx = inside(getattr(cast, who), cast.siam)
    for act in (lambda: leave(ctx, "continue"), lambda: take_back(ctx, "x")):
        with pytest.raises(Forbidden):
            act()
    assert Change.select().count() == 0


def test_without_a_partner_there_is_nothing_to_end(cast):
    independent(cast)
    with pytest.raises(NoPartner):
        leave(boss(cast), "continue")


def test_another_organizations_change_is_not_there(cast):
    change = leave(boss(cast), "continue")
    bistro = cast.customer("Bistro", "bistro.example", admin_email="boss@bistro.example")
    other = cast.person("boss@bistro.example", "fr")
    cast.employ(bistro, other, "super-admin")
    with pytest.raises(NotFound):
        take_back(inside(other, bistro), change.public_id)
    assert Change.get().state == "announced"


def test_a_move_that_was_announced_is_taken_back_like_that(cast):
    change = agree(cast, entered(cast), day=cast.now.date() + timedelta(days=20))
    take_back(boss(cast), change.public_id)
    assert Change.get().state == "withdrawn"


# ---- The partner ----


def test_a_partner_gives_notice_and_looks_after_the_customer_until_then(cast, clock, run_jobs):
    change = release_customer(cast.admin.ctx, siam_id(cast), "We close our office.")
    assert change.effective_on == boss(cast).today("Asia/Bangkok") + timedelta(days=30)
    assert (change.by, change.subscriptions) == ("partner", "continue")
    assert inside(cast.admin, cast.siam)
    clock.advance(days=31)
    run_jobs()
    assert partner_of(cast) is None


def test_a_reason_is_required(cast):
    with pytest.raises(DomainError) as refusal:
        release_customer(cast.admin.ctx, siam_id(cast), "")
    assert refusal.value.field == "reason"


def test_notice_is_taken_back_before_the_day(cast, clock):
    release_customer(cast.admin.ctx, siam_id(cast), "x")
    withdraw_release(cast.colleague.ctx, siam_id(cast))
    assert Change.get().state == "withdrawn"
    with pytest.raises(NoLongerToTakeBack):
        withdraw_release(cast.admin.ctx, siam_id(cast))
    release_customer(cast.admin.ctx, siam_id(cast), "x")
    clock.advance(days=30)
    with pytest.raises(NoLongerToTakeBack):
        withdraw_release(cast.admin.ctx, siam_id(cast))


def test_a_foreign_customer_is_not_there(cast):
    release_customer(cast.admin.ctx, siam_id(cast), "x")
    for act in (lambda: release_customer(cast.outsider.ctx, siam_id(cast), "x"),
                lambda: withdraw_release(cast.outsider.ctx, siam_id(cast))):
        with pytest.raises(NotFound):
            act()
    assert Change.get().state == "announced"


def test_whoever_sees_chosen_customers_gives_notice_to_those_only(cast):
    person = cast.member("chosen@andina.example", "en", cast.andina, "sales")
    with transaction():
        Member.update(sees="chosen").where(Member.account == person.account).execute()
    with pytest.raises(NotFound):
        release_customer(person.ctx, siam_id(cast), "x")


@pytest.mark.parametrize("task", ["billing", "support", "reader"])
def test_only_those_who_sell_give_notice(cast, task):
    person = cast.member("m@andina.example", "en", cast.andina, task)
    with pytest.raises(Forbidden):
        release_customer(person.ctx, siam_id(cast), "x")


# ---- Both ----


def test_who_comes_first_wins_and_the_other_is_told(cast):
    leave(boss(cast), "continue")
    with pytest.raises(AlreadyChanging):
        release_customer(cast.admin.ctx, siam_id(cast), "x")
    with pytest.raises(NoLongerToTakeBack):
        withdraw_release(cast.admin.ctx, siam_id(cast))
    take_back(boss(cast), Change.get().public_id)
    notice = release_customer(cast.admin.ctx, siam_id(cast), "x")
    with pytest.raises(AlreadyChanging):
        leave(boss(cast), "continue")
    assert access_of(cast) == "revoked"
    with pytest.raises(NoLongerToTakeBack):
        take_back(boss(cast), notice.public_id)


def test_both_at_the_same_moment_make_one_change(cast, app):
    contexts = {"leave": boss(cast), "release": cast.admin.ctx}
    acts = {"leave": lambda ctx: leave(ctx, "continue"), "release": lambda ctx: release_customer(ctx, customer, "x")}
    customer, start, got = siam_id(cast), threading.Barrier(2), list[str]()

    def race(name):
        with database.connection_context():
            start.wait()
            try:
                got.append(acts[name](contexts[name]).by)
            except DomainError as error:
                got.append(type(error).__name__)

    threads = [threading.Thread(target=race, args=(name,)) for name in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Change.select().where(Change.state == "announced").count() == 1
    assert "AlreadyChanging" in got
    if Change.get().by == "partner":  # whose transaction was rolled back has cut nothing
        assert access_of(cast) == "active"


@pytest.mark.parametrize(("days", "fine"), [(0, True), (30, True), (31, False)])
def test_notice_gives_way_to_the_next_partner_that_the_customer_chooses(cast, days, fine):
    notice, day = release_customer(cast.admin.ctx, siam_id(cast), "x"), boss(cast).today("Asia/Bangkok")
    if not fine:
        with pytest.raises(DomainError) as refusal:
            agree(cast, entered(cast), day=day + timedelta(days=days))
        assert refusal.value.field == "effective_on"
        assert Change.get_by_id(notice.id).state == "announced"
        return
    move = agree(cast, entered(cast), day=day + timedelta(days=days))
    assert Change.get_by_id(notice.id).state == "withdrawn"
    assert move.to_partner == cast.outsider.partner
    if days:  # what the customer has chosen gives way to nobody
        with pytest.raises(AlreadyChanging):
            release_customer(cast.admin.ctx, siam_id(cast), "x")


def test_the_partner_of_now_does_not_read_of_it_in_the_record(cast):
    leave(boss(cast), "continue")
    assert Event.select().where(Event.verb == "relation.announced").exists()
    with transaction():
        Access.update(state="active").execute()
        Organization.update(access="active").where(Organization.id == cast.siam.id).execute()
    from portal.audit.queries import of_organization

    seen = {event.verb for event in of_organization(inside(cast.admin, cast.siam).actor)}
    assert not [verb for verb in seen if verb.startswith(("relation.", "offer.", "dispute."))]
