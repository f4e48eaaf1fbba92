"""Nothing that an applicant typed is lost: before the account, between two browsers, after a refusal."""


import pytest

from portal.applications.commands import (
    apply_again,
    claim_draft,
    decline_application,
    save_draft,
    withdraw_application,
)
from portal.applications.models import Application
from portal.applications.policy import AlreadyPartner
from portal.applications.queries import draft_answers
from portal.core.context import ANYONE
from portal.core.errors import Forbidden, NotFound, Stale
from portal.core.ids import digest

TOKEN = "cookie-value"


@pytest.fixture
def visitor(make_ctx):
    return make_ctx(ANYONE)


def test_a_visitors_draft_opens_with_the_cookie_value_alone(visitor, cast):
    save_draft(visitor, {"company": "Siam"}, "th", TOKEN)
    assert draft_answers(visitor, TOKEN)["company"] == "Siam"
    assert draft_answers(visitor, "another") is None
    assert draft_answers(visitor, "") is None
    assert draft_answers(cast.newcomer.ctx, TOKEN) is None
    assert Application.get().draft_digest == digest(TOKEN) != TOKEN


def test_each_step_adds_to_what_is_there(visitor):
    save_draft(visitor, {"company": "Siam", "city": "Bangkok"}, "th", TOKEN)
    save_draft(visitor, {"plan": "Sell", "city": ""}, "th", TOKEN)
    answers = draft_answers(visitor, TOKEN)
    assert (answers["company"], answers["city"], answers["plan"]) == ("Siam", "", "Sell")


def test_the_account_takes_the_visitors_draft_over_once(visitor, cast):
    save_draft(visitor, {"company": "Siam"}, "th", TOKEN)
    assert claim_draft(cast.newcomer.ctx, TOKEN)
    assert claim_draft(cast.newcomer.ctx, TOKEN)
    assert draft_answers(cast.newcomer.ctx, "")["company"] == "Siam"
    assert draft_answers(visitor, TOKEN) is None
    assert Application.select().count() == 1


@pytest.mark.parametrize("visitor_first", [True, False])
def test_claiming_never_overwrites_what_was_typed_later(make_ctx, cast, clock, visitor_first):
    def as_visitor():
        save_draft(make_ctx(ANYONE), {"company": "Visitor", "city": "Bangkok"}, "th", TOKEN)

    def as_account():
        save_draft(cast.newcomer.ctx, {"company": "Account", "plan": "Sell"}, "th", "")

    acts = [as_visitor, as_account] if visitor_first else [as_account, as_visitor]
    for act in acts:
        act()
        clock.advance(minutes=1)
    claim_draft(cast.newcomer.ctx, TOKEN)
    answers = draft_answers(cast.newcomer.ctx, "")
    assert answers["company"] == ("Account" if visitor_first else "Visitor")
    assert (answers["city"], answers["plan"]) == ("Bangkok", "Sell")


def test_a_visitors_draft_waits_while_an_application_is_under_review(visitor, cast, submitted):
    save_draft(visitor, {"company": "Second"}, "th", TOKEN)
    assert not claim_draft(cast.newcomer.ctx, TOKEN)
    assert draft_answers(visitor, TOKEN)["company"] == "Second"
    assert Application.get_by_id(submitted.id).company == "Siam Solutions"


def test_a_submitted_application_takes_no_more_answers(cast, submitted):
    with pytest.raises(Stale):
        save_draft(cast.newcomer.ctx, {"company": "Changed"}, "th", "")
    assert Application.get().company == "Siam Solutions"


def test_partners_have_nothing_to_apply_for(cast):
    with pytest.raises(AlreadyPartner):
        save_draft(cast.admin.ctx, {"company": "Andina"}, "es", "")
    with pytest.raises(AlreadyPartner):
        apply_again(cast.admin.ctx)


@pytest.mark.parametrize("ending", ["declined", "withdrawn"])
def test_who_applies_again_finds_the_former_answers(cast, submitted, ending):
    if ending == "declined":
        decline_application(cast.reviewer.ctx, submitted.public_id, "ยังไม่ถึงเวลา", submitted.version)
    else:
        withdraw_application(cast.newcomer.ctx, submitted.version)
    apply_again(cast.newcomer.ctx)
    apply_again(cast.newcomer.ctx)  # a double click
    assert draft_answers(cast.newcomer.ctx, "")["plan"] == "Ten hotels in a year."
    assert sorted(a.state for a in Application.select()) == sorted([ending, "draft"])


def test_applying_again_needs_an_application_that_ended(cast, submitted, visitor):
    with pytest.raises(NotFound):
        apply_again(cast.newcomer.ctx)
    with pytest.raises(Forbidden):
        apply_again(visitor)


def test_abandoned_drafts_and_old_refusals_are_forgotten_in_time(
    cast, clock, submitted, visitor, programme, run_jobs
):
    keep = programme.retention
    decline_application(cast.reviewer.ctx, submitted.public_id, "เหตุผล", submitted.version)
    save_draft(visitor, {"company": "Abandoned"}, "th", TOKEN)
    clock.advance(days=keep.draft_applications)
    run_jobs()
    assert Application.select().count() == 2
    clock.advance(days=1)
    run_jobs()
    assert [application.state for application in Application.select()] == ["declined"]
    clock.advance(days=keep.declined_applications - keep.draft_applications)
    run_jobs()
    assert Application.select().count() == 0
