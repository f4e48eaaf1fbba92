"""Inviting, changing, removing and leaving: what commands do, and what they refuse, also to two at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest

from portal.accounts.models import Account
from portal.accounts.policy import TooManyAttempts
from portal.audit.models import Event
from portal.core.errors import DomainError, Forbidden, NotFound, Stale
from portal.customers.models import Assignment
from portal.partners.models import Member
from portal.storage import database, transaction
from portal.subscriptions.commands.feeds import make_feed
from portal.subscriptions.queries.renewals import feed_token, reader_of
from portal.team.commands import (
    end_grants,
    join,
    leave_team,
    remove_member,
    resend_invitation,
    set_language,
    warn_of_ends,
    withdraw_invitation,
)
from portal.team.models import Invitation
from tests.team.people import change, invited, mails, member_of


def refused(act, *args, **more):
    with pytest.raises(DomainError) as error:
        act(*args, **more)
    return error.value.field


def accept(cast, row):
    with transaction():
        join(cast.make_ctx(), row.account_id, {"team": row.public_id})


# ---- Invitations ----

def test_an_invitation_carries_everything_to_the_place_that_it_makes(cast):
    cast.siam, cast.customer("Other One", "one.example", partner=cast.andina)
    row = invited(cast.admin, role="support", sees="chosen", domains=["siam.example"], help_center=True,
                  until=date(2026, 4, 1))
    assert mails("team-invitation") == [("new@andina.example", "th")]
    accept(cast, row)
    made = Member.get(Member.account == row.account_id)
    assert (made.role, made.sees, made.help_center, made.partner_id) == ("support", "chosen", True, cast.andina.id)
    assert made.expires_at == row.member_until
    assert [one.organization_id for one in Assignment.select()] == [cast.siam.id]
    assert Event.select().where(Event.verb == "member.joined", Event.partner_id == cast.andina.id).count() == 1


def test_it_works_once_and_for_one_person(cast):
    row = invited(cast.admin)
    with pytest.raises(NotFound):
        join(cast.make_ctx(), cast.outsider.account.id, {"team": row.public_id})
    accept(cast, row)
    for account in (row.account_id, cast.outsider.account.id):
        with pytest.raises(NotFound):
            join(cast.make_ctx(), account, {"team": row.public_id})
    assert Member.select().where(Member.account == row.account_id).count() == 1


def test_a_withdrawn_or_lapsed_one_opens_nothing(cast, clock):
    row = invited(cast.admin)
    withdraw_invitation(cast.admin.ctx, row.public_id)
    with pytest.raises(NotFound):
        accept(cast, row)
    with pytest.raises(Stale):
        withdraw_invitation(cast.admin.ctx, row.public_id)
    later = invited(cast.admin)
    clock.advance(days=15)
    with pytest.raises(NotFound):
        accept(cast, later)


def test_nor_one_whose_grant_would_be_over(cast, clock):
    row = invited(cast.admin, until=cast.now.date() + timedelta(days=3))
    clock.advance(days=5)
    with pytest.raises(NotFound):
        accept(cast, row)


def test_customers_that_have_left_since_are_not_assigned(cast):
    row = invited(cast.admin, sees="chosen", domains=[cast.siam.domain])
    cast.siam.partner = cast.outsider.partner
    with transaction():
        cast.siam.save()
    accept(cast, row)
    assert Assignment.select().count() == 0


def test_members_and_invited_people_are_refused_beside_the_address(cast):
    assert refused(invited, cast.admin, cast.colleague.email) == "email"
    invited(cast.admin)
    assert refused(invited, cast.admin) == "email"
    assert refused(invited, cast.admin, "  NEW@Andina.example ") == "email"
    assert Invitation.select().count() == 1


def test_a_lapsed_invitation_makes_room_for_another_and_can_be_sent_again(cast, clock):
    first = invited(cast.admin)
    clock.advance(days=16)
    resend_invitation(cast.admin.ctx, first.public_id)
    assert len(mails("team-invitation")) == 2
    clock.advance(days=16)
    second = invited(cast.admin)
    assert Invitation.get_by_id(first.id).state == "withdrawn"
    accept(cast, second)


def test_nobody_is_pestered(cast, clock):
    row = invited(cast.admin)
    for _again in range(2):
        resend_invitation(cast.admin.ctx, row.public_id)
    with pytest.raises(TooManyAttempts):
        resend_invitation(cast.admin.ctx, row.public_id)
    assert len(mails("team-invitation")) == 3
    clock.advance(hours=1)
    resend_invitation(cast.admin.ctx, row.public_id)


@pytest.mark.parametrize(("wanted", "field"), [
    ({"role": "super-admin"}, "role"), ({"role": "admin"}, "role"), ({"role": "owner"}, "role"),
    ({"help_center": True}, "help_center"), ({"sees": "chosen"}, "customers"),
    ({"sees": "chosen", "domains": ["nobody.example"]}, "customers"), ({"until": date(2020, 1, 1)}, "until"),
    ({"language": "xx"}, "language"),
])
def test_an_administrator_gives_no_more_than_is_theirs(cast, wanted, field):
    assert refused(invited, cast.colleague, **wanted) == field
    assert Invitation.select().count() == 0
    assert mails("team-invitation") == []


def test_customers_of_another_partner_cannot_be_chosen(cast):
    cast.customer("Theirs", "theirs.example", partner=cast.outsider.partner)
    assert refused(invited, cast.admin, sees="chosen", domains=["theirs.example"]) == "customers"


def test_an_administrator_leaves_the_invitations_of_super_admins_alone(cast):
    row = invited(cast.admin, role="super-admin")
    for act in (resend_invitation, withdraw_invitation):
        assert refused(act, cast.colleague.ctx, row.public_id) is None
        with pytest.raises(NotFound):
            act(cast.outsider.ctx, row.public_id)


def test_inviting_looks_the_same_whether_there_is_an_account(cast):
    known = invited(cast.admin, cast.newcomer.email)
    unknown = invited(cast.admin, "nobody-yet@andina.example")
    assert {(row.role, row.state, row.sees) for row in (known, unknown)} == {("sales", "open", "all")}
    assert len(mails("team-invitation")) == 2
    assert Account.get(Account.email == cast.newcomer.email).name == "Newcomer"  # nobody renames somebody else


# ---- Changes ----

def test_a_change_counts_at_the_next_click(cast):
    change(cast.admin, member_of(cast.colleague), role="reader")
    assert "member:edit" not in cast.colleague.actor.permissions
    change(cast.admin, member_of(cast.colleague), sees="chosen", domains=[cast.siam.domain])
    assert not cast.colleague.actor.sees_all
    change(cast.admin, member_of(cast.colleague), sees="all")
    assert Assignment.select().count() == 0


def test_what_somebody_saw_is_compared(cast):
    row = member_of(cast.colleague)
    change(cast.admin, row, role="sales")
    with pytest.raises(Stale):
        change(cast.admin, row, role="support")
    with pytest.raises(Stale):
        remove_member(cast.admin.ctx, row.public_id, row.version)
    assert member_of(cast.colleague).role == "sales"


def test_saving_the_same_changes_nothing(cast):
    change(cast.admin, member_of(cast.colleague), until=None)
    assert member_of(cast.colleague).version == 0
    assert Event.select().where(Event.verb == "member.changed").count() == 0


def test_a_day_that_stays_the_same_in_another_zone_is_the_same_instant(cast):
    change(cast.admin, member_of(cast.colleague), until=date(2026, 6, 30))
    before = member_of(cast.colleague)
    change(cast.admin, before, role="sales", until=date(2026, 6, 30))
    assert member_of(cast.colleague).expires_at == before.expires_at


@pytest.mark.parametrize("wanted", [{"role": "reader"}, {"sees": "chosen", "domains": ["siam.example"]},
                                    {"until": date(2026, 12, 31)}])
def test_the_last_super_admin_stays_one_without_end_and_limits(cast, wanted):
    cast.siam  # noqa: B018
    assert refused(change, cast.admin, member_of(cast.admin), **wanted)
    assert refused(leave_team, cast.admin.ctx, 0) is None
    assert refused(remove_member, cast.admin.ctx, member_of(cast.admin).public_id, 0) is None


def test_of_two_super_admins_one_may_go(cast):
    change(cast.admin, member_of(cast.colleague), role="super-admin")
    leave_team(cast.admin.ctx, 0)
    assert cast.admin.actor.partner_id is None
    assert refused(leave_team, cast.colleague.ctx, 1) is None


def test_two_super_admins_who_remove_each_other_at_once_leave_one(cast, app):
    change(cast.admin, member_of(cast.colleague), role="super-admin")
    first, second = member_of(cast.admin), member_of(cast.colleague)
    deeds = [(cast.admin.ctx, second), (cast.colleague.ctx, first)]

    def remove(deed):
        ctx, target = deed
        with database.connection_context():
            try:
                remove_member(ctx, target.public_id, target.version)
            except (DomainError, NotFound, Forbidden):
                return False
            return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(remove, deeds)) == [False, True]
    assert Member.select().where(Member.partner == cast.andina, Member.role == "super-admin").count() == 1


def test_who_has_lost_the_task_meanwhile_changes_nothing(cast):
    stale = cast.colleague.ctx
    sales = cast.member("sales@andina.example", "en", cast.andina, "sales")
    change(cast.admin, member_of(cast.colleague), role="reader")
    with pytest.raises(Forbidden):
        remove_member(stale, member_of(sales).public_id, 0)
    remove_member(cast.admin.ctx, member_of(cast.colleague).public_id, 1)
    with pytest.raises(NotFound):
        remove_member(stale, member_of(sales).public_id, 0)


def test_other_partners_are_out_of_reach(cast):
    theirs, mine = member_of(cast.outsider, cast.outsider.partner), member_of(cast.colleague)
    with pytest.raises(NotFound):
        change(cast.admin, theirs, role="reader")
    with pytest.raises(NotFound):
        remove_member(cast.outsider.ctx, mine.public_id, 0)


# ---- Ends ----

def test_removing_ends_access_feed_and_choices_and_tells_the_person(cast):
    sales = cast.member("sales@andina.example", "th", cast.andina, "sales")
    with transaction():
        set_language(sales.ctx, "fr")
    make_feed(sales.ctx)
    token = feed_token(sales.ctx)
    assert reader_of(cast.make_ctx(), token).language == "fr"
    remove_member(cast.colleague.ctx, member_of(sales).public_id, 0)
    assert sales.actor.partner_id is None
    assert mails("member-ended") == [("sales@andina.example", "fr")]
    with pytest.raises(NotFound):
        reader_of(cast.make_ctx(), token)


def test_a_feed_from_before_stays_dead_for_who_comes_back(cast, clock):
    sales = cast.member("sales@andina.example", "th", cast.andina, "sales")
    make_feed(sales.ctx)
    token = feed_token(sales.ctx)
    remove_member(cast.admin.ctx, member_of(sales).public_id, 0)
    clock.advance(days=1)
    accept(cast, invited(cast.admin, sales.email))
    with pytest.raises(NotFound):
        reader_of(cast.make_ctx(), token)


def test_whoever_leaves_is_missed_by_the_super_admins(cast):
    head = cast.admin
    leave_team(cast.colleague.ctx, 0)
    assert cast.colleague.actor.partner_id is None
    assert mails("member-ended") == [(head.email, "es")]


def test_a_grant_ends_by_itself_and_everybody_is_told(cast, clock, run_jobs):
    change(cast.admin, member_of(cast.colleague), until=cast.now.date() + timedelta(days=20))
    run_jobs()
    assert mails("member-ending") == []
    clock.advance(days=15)
    run_jobs()
    clock.advance(days=1)
    run_jobs()
    assert sorted(mails("member-ending")) == [(cast.admin.email, "es"), (cast.colleague.email, "fr")]
    clock.advance(days=5)
    assert cast.colleague.actor.partner_id is None  # before any job
    run_jobs()
    assert Member.select().where(Member.account == cast.colleague.account).count() == 0
    assert sorted(mails("member-ended")) == [(cast.admin.email, "es"), (cast.colleague.email, "fr")]
    assert end_grants(cast.make_ctx()) is False
    assert Event.select().where(Event.verb == "member.expired").count() == 1


def test_a_later_day_is_warned_of_anew(cast, clock):
    change(cast.admin, member_of(cast.colleague), until=cast.now.date() + timedelta(days=3))
    for _twice in range(2):
        warn_of_ends(cast.make_ctx())
    assert len(mails("member-ending")) == 2
    change(cast.admin, member_of(cast.colleague), until=cast.now.date() + timedelta(days=5))
    warn_of_ends(cast.make_ctx())
    assert len(mails("member-ending")) == 4


def test_somebody_whose_time_is_over_can_be_invited_before_the_job_has_run(cast, clock):
    change(cast.admin, member_of(cast.colleague), until=cast.now.date())
    clock.advance(days=2)
    accept(cast, invited(cast.admin, cast.colleague.email, role="reader"))
    assert member_of(cast.colleague).role == "reader"
    assert cast.colleague.actor.partner_id == cast.andina.id
