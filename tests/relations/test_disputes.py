"""Disputes: each side once and in time, settled by somebody who belongs to neither."""

from __future__ import annotations

import pytest

from portal.audit.models import Event
from portal.core.errors import DomainError, Forbidden, NotFound, Stale
from portal.mail.models import Outgoing
from portal.partners.models import Member
from portal.relations.commands.disputes import raise_dispute, settle_dispute
from portal.relations.commands.ending import leave, take_back
from portal.relations.models import Change, Dispute
from portal.relations.policy.disputes import DisputedAlready, OwnSide, TooLateToDispute
from portal.relations.queries.disputes import disputes, find_dispute
from portal.relations.queries.former import acts_before, former_customer, former_customers
from portal.storage import transaction
from tests.client import statements
from tests.inside import inside
from tests.relations.doors import agree, boss, entered


@pytest.fixture
def moved(cast) -> Change:
    """Siam has moved from Andina to the outsider's partner."""
    _ = cast.reviewer
    return agree(cast, entered(cast))


def to(event):
    return sorted(mail.to_address for mail in Outgoing.select().where(Outgoing.event == event))


def test_each_side_disputes_once_and_staff_that_decides_is_told(cast, moved):
    lead = cast.person("lead@vendor.example", "fr", staff="support-lead")
    _ = cast.person("finance@vendor.example", "en", staff="finance"), lead
    mine = raise_dispute(cast.admin.ctx, moved.public_id, "We were not told.")
    assert (mine.side, mine.partner) == ("partner", cast.andina)
    assert to("dispute-raised") == ["lead@vendor.example", "staff@vendor.example"]
    assert raise_dispute(cast.admin.ctx, moved.public_id, "We were not told.") == mine
    with pytest.raises(DisputedAlready):
        raise_dispute(cast.colleague.ctx, moved.public_id, "Another text")
    theirs = raise_dispute(boss(cast), moved.public_id, "It was me.")
    assert (theirs.side, theirs.partner) == ("customer", None)
    assert Dispute.select().count() == 2
    assert Event.select().where(Event.verb == "dispute.raised").count() == 2


@pytest.mark.parametrize(("days", "fine"), [(59, True), (60, False)])
def test_in_time_only(cast, moved, clock, days, fine):
    clock.advance(days=days)
    if fine:
        assert raise_dispute(cast.admin.ctx, moved.public_id, "x").state == "open"
        return
    for ctx in (cast.admin.ctx, boss(cast)):
        with pytest.raises(TooLateToDispute):
            raise_dispute(ctx, moved.public_id, "x")


@pytest.mark.parametrize("text", ["", "x" * 2001])
def test_the_text(cast, moved, text):
    with pytest.raises(DomainError) as refusal:
        raise_dispute(cast.admin.ctx, moved.public_id, text)
    assert refusal.value.field == "text"


def test_a_foreign_change_is_not_there(cast, moved):
    third = cast.member("boss@third.example", "en", cast.partner("Third", "US", "en"), "super-admin")
    bistro = cast.customer("Bistro", "bistro.example", admin_email="boss@bistro.example")
    other = cast.person("boss@bistro.example", "fr")
    cast.employ(bistro, other, "super-admin")
    for ctx in (third.ctx, cast.outsider.ctx, inside(other, bistro)):  # the new partner is no side either
        with pytest.raises(NotFound):
            raise_dispute(ctx, moved.public_id, "x")
    with pytest.raises(NotFound):
        raise_dispute(cast.admin.ctx, "unknown", "x")


def test_what_was_taken_back_is_not_disputed(cast):
    change = leave(boss(cast), "continue")
    take_back(boss(cast), change.public_id)
    for ctx in (boss(cast), cast.admin.ctx):
        with pytest.raises(NotFound):
            raise_dispute(ctx, change.public_id, "x")


@pytest.mark.parametrize("task", ["sales", "billing", "support", "reader"])
def test_only_administrators_dispute(cast, moved, task):
    person = cast.member("m@andina.example", "en", cast.andina, task)
    with pytest.raises(Forbidden):
        raise_dispute(person.ctx, moved.public_id, "x")


# ---- Settling ----


def settle(cast, dispute, who=None, decision="It was the customer's right.", seen=None):
    ctx = (who or cast.reviewer).ctx
    mark = find_dispute(cast.reviewer.ctx, dispute.public_id).seen if seen is None else seen
    settle_dispute(ctx, dispute.public_id, decision, mark)


def test_a_decision_is_written_and_both_sides_get_it(cast, moved):
    dispute = raise_dispute(cast.admin.ctx, moved.public_id, "x")
    settle(cast, dispute)
    row = Dispute.get()
    assert (row.state, row.decision) == ("settled", "It was the customer's right.")
    assert to("dispute-settled") == ["partner-admin@andina.example", "super-admin@siam.example"]
    sent = Outgoing.select().where(Outgoing.event == "dispute-settled")
    assert {mail.language for mail in sent} == {"es", "th"}
    settle(cast, dispute)
    assert len(to("dispute-settled")) == 2
    with pytest.raises(Stale):
        settle(cast, dispute, decision="Something else")


def test_whoever_decides_has_read_what_the_other_side_said_meanwhile(cast, moved):
    dispute = raise_dispute(cast.admin.ctx, moved.public_id, "x")
    seen = find_dispute(cast.reviewer.ctx, dispute.public_id).seen
    raise_dispute(boss(cast), moved.public_id, "It was me.")
    for mark in (seen, "", "open"):
        with pytest.raises(Stale):
            settle(cast, dispute, seen=mark)
    settle(cast, dispute)


@pytest.mark.parametrize("side", ["former", "next", "customer"])
def test_nobody_decides_for_their_own_side(cast, moved, side):
    dispute = raise_dispute(cast.admin.ctx, moved.public_id, "x")
    lead = cast.person("lead@vendor.example", "fr", staff="support-lead")
    if side == "customer":
        cast.employ(cast.siam, lead)
    else:
        partner = cast.andina if side == "former" else cast.outsider.partner
        with transaction():
            Member.create(partner=partner, account=lead.account, role="reader", created_at=cast.now)
    from portal.accounts.models import Session

    with transaction():
        Session.update(place="staff").where(Session.account == lead.account).execute()
    assert find_dispute(lead.ctx, dispute.public_id).own_side
    with pytest.raises(OwnSide):
        settle(cast, dispute, lead)
    assert Dispute.get().state == "open"


@pytest.mark.parametrize("task", ["reviewer", "support", "finance"])
def test_only_those_who_decide_settle(cast, moved, task):
    dispute = raise_dispute(cast.admin.ctx, moved.public_id, "x")
    with pytest.raises(Forbidden):
        settle(cast, dispute, cast.person("one@vendor.example", "en", staff=task))


def test_the_facts_are_dated_and_have_their_place_in_the_record(cast, moved):
    dispute = raise_dispute(cast.admin.ctx, moved.public_id, "x")
    with statements() as seen:
        facts = find_dispute(cast.reviewer.ctx, dispute.public_id)
    assert len(seen) <= 6  # the actor, the programme's tier, and four
    assert (facts.from_partner, facts.to_partner) == ("Andina Cloud", "Other Resale")
    assert facts.organization == "Siam Trading"
    assert facts.used.kind == "code"
    assert [one.id for one in facts.changes] == [moved.id]
    verbs = {act.verb: act for act in facts.acts}
    assert {"offer.entered", "offer.used", "relation.announced", "relation.done", "dispute.raised"} <= verbs.keys()
    assert all(act.number and len(act.hash) == 64 for act in facts.acts)
    assert not facts.own_side


def test_the_open_ones_come_first(cast, moved):
    settled, waiting = (raise_dispute(ctx, moved.public_id, "x") for ctx in (cast.admin.ctx, boss(cast)))
    settle(cast, settled)
    assert [one.id for one in disputes(cast.reviewer.ctx).rows] == [waiting.id, settled.id]
    first = disputes(cast.reviewer.ctx, size=1)
    assert [one.id for one in disputes(cast.reviewer.ctx, first.next, 1).rows] == [settled.id]


# ---- What a former partner keeps ----


def test_a_former_partner_keeps_its_own_acts_until_the_change_and_learns_nothing_more(cast, moved, clock):
    kept = former_customer(cast.admin.ctx, moved.public_id)
    assert (kept.name, kept.came, kept.dispute) == ("Siam Trading", None, None)
    clock.advance(days=1)
    raise_dispute(cast.admin.ctx, moved.public_id, "x")
    assert not acts_before(cast.admin.actor, kept).exists()
    assert former_customer(cast.admin.ctx, moved.public_id).dispute is not None
    for person in (cast.outsider,):
        with pytest.raises(NotFound):
            former_customer(person.ctx, moved.public_id)
        assert not former_customers(person.ctx).rows


def test_it_keeps_the_terms_under_which_the_customer_had_come(cast, moved):
    back = agree(cast, entered(cast, cast.admin, "back"))
    kept = former_customer(cast.outsider.ctx, back.public_id)
    assert kept.came == moved
    assert kept.came.terms["partner"]["name"] == "Other Resale"
    assert kept.change.terms["partner"]["name"] == "Andina Cloud"  # which its page does not show


def test_whoever_saw_chosen_customers_only_keeps_none(cast, moved):
    person = cast.member("chosen@andina.example", "en", cast.andina, "admin")
    with transaction():
        Member.update(sees="chosen").where(Member.account == person.account).execute()
    assert not former_customers(person.ctx).rows
    with pytest.raises(NotFound):
        former_customer(person.ctx, moved.public_id)
