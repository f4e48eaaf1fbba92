"""From submission to decision: what each act does, what refuses it, and that two at once do it once."""

from __future__ import annotations

import threading
from datetime import date

import pytest

from portal.accounts.models import Account, Staff
from portal.applications.commands import (
    accept_application,
    add_note,
    answer_question,
    ask_applicant,
    decline_application,
    save_draft,
    submit_application,
    withdraw_application,
)
from portal.applications.models import Application, Note
from portal.applications.policy import AlreadyPartner, Incomplete, OwnApplication, TermsChanged
from portal.applications.queries import overdue_count, own_application, queue
from portal.audit.models import Event
from portal.core.errors import Forbidden, NotFound, Stale
from portal.mail.models import Outgoing
from portal.partners.models import Member, Partner
from portal.storage import database, transaction


def mails(event):
    return list(Outgoing.select().where(Outgoing.event == event))


def test_submitting_keeps_the_terms_and_promises_a_day(cast, submitted, programme, clock):
    assert submitted.state == "submitted"
    assert submitted.due_on == date(2026, 3, 9)
    assert (submitted.terms_version, submitted.terms_language) == (programme.vendor.terms_version, "th")
    assert submitted.terms_accepted_at == clock.now
    (mail,) = mails("application-received")
    assert (mail.to_address, mail.language, mail.params["due_on"]) == ("newcomer@siam.example", "th", "2026-03-09")
    with pytest.raises(Stale):
        submit_application(cast.newcomer.ctx, programme.vendor.terms_version, "th")
    assert len(mails("application-received")) == 1


def test_an_account_without_country_lives_where_its_company_does(cast, drafted, programme, clock):
    clock.advance(hours=10)  # 19:00 UTC is the next day in Bangkok
    submit_application(cast.newcomer.ctx, programme.vendor.terms_version, "th")
    assert Application.get().due_on == date(2026, 3, 10)


def test_what_is_incomplete_or_under_other_terms_is_not_submitted(cast, drafted, programme):
    with pytest.raises(TermsChanged):
        submit_application(cast.newcomer.ctx, "of last year", "th")
    save_draft(cast.newcomer.ctx, {"plan": ""}, "th", "")
    with pytest.raises(Incomplete) as refused:
        submit_application(cast.newcomer.ctx, programme.vendor.terms_version, "th")
    assert refused.value.step == "partnership"
    assert Application.get().state == "draft"


def test_accepting_makes_the_partner_and_welcomes_once(cast, submitted):
    partner = accept_application(cast.reviewer.ctx, submitted.public_id, submitted.version)
    assert (partner.name, partner.kind, partner.console, partner.country, partner.language) == (
        "Siam Solutions", "reseller", True, "TH", "th",
    )
    member = Member.get()
    assert (member.partner, member.account, member.role) == (partner, cast.newcomer.account, "super-admin")
    (mail,) = mails("welcome")
    assert (mail.to_address, mail.language, mail.params["console"]) == ("newcomer@siam.example", "th", True)
    verbs = [event.verb for event in Event.select().order_by(Event.id)]
    assert verbs == ["application.submitted", "partner.created", "application.accepted"]
    with pytest.raises(Stale):
        accept_application(cast.reviewer.ctx, submitted.public_id, submitted.version)
    with pytest.raises(Stale):  # also with the fresh version: it is decided
        decline_application(cast.reviewer.ctx, submitted.public_id, "no", submitted.version + 1)
    assert (Partner.select().count(), len(mails("welcome")), len(mails("application-declined"))) == (1, 1, 0)


def test_the_region_and_the_console_follow_country_and_expertise(cast, drafted, programme):
    save_draft(cast.newcomer.ctx, {"country": "DE", "expertise": "crm"}, "th", "")
    submit_application(cast.newcomer.ctx, programme.vendor.terms_version, "th")
    application = Application.get()
    partner = accept_application(cast.reviewer.ctx, application.public_id, application.version)
    assert (partner.region, partner.console) == (programme.region_for_country("DE").code, False)
    assert mails("welcome")[0].params["console"] is False


def test_declining_tells_the_reason_and_welcomes_nobody(cast, submitted):
    decline_application(cast.reviewer.ctx, submitted.public_id, "ยังไม่มีลูกค้า", submitted.version)
    (mail,) = mails("application-declined")
    assert (mail.language, mail.params["reason"]) == ("th", "ยังไม่มีลูกค้า")
    assert own_application(cast.newcomer.ctx).reason == "ยังไม่มีลูกค้า"
    assert (mails("welcome"), Partner.select().count()) == ([], 0)


def test_a_question_waits_for_its_answer_and_the_answer_starts_the_week_anew(cast, questioned, clock):
    (mail,) = mails("application-question")
    assert (mail.language, mail.params["question"]) == ("th", "มีพนักงานกี่คน")
    clock.advance(days=20)
    assert overdue_count(cast.reviewer.ctx) == 0
    answer_question(cast.newcomer.ctx, "สิบคน", questioned.version)
    application = Application.get()
    assert (application.state, application.due_on) == ("submitted", date(2026, 3, 29))
    with pytest.raises(Stale):
        answer_question(cast.newcomer.ctx, "สิบคน", questioned.version)
    assert [note.kind for note in Note.select().order_by(Note.id)] == ["question", "answer"]


def test_a_withdrawn_application_cannot_be_decided(cast, submitted):
    withdraw_application(cast.newcomer.ctx, submitted.version)
    with pytest.raises(Stale):
        withdraw_application(cast.newcomer.ctx, submitted.version)
    with pytest.raises(Stale):
        accept_application(cast.reviewer.ctx, submitted.public_id, submitted.version + 1)
    assert Partner.select().count() == 0


def test_who_saw_an_older_state_changes_nothing(cast, submitted):
    add_note(cast.reviewer.ctx, submitted.public_id, "Looks good.", submitted.version)
    for act in (
        lambda: add_note(cast.reviewer.ctx, submitted.public_id, "Looks good.", submitted.version),
        lambda: ask_applicant(cast.reviewer.ctx, submitted.public_id, "Why?", submitted.version),
        lambda: accept_application(cast.reviewer.ctx, submitted.public_id, submitted.version),
        lambda: decline_application(cast.reviewer.ctx, submitted.public_id, "No.", submitted.version),
        lambda: withdraw_application(cast.newcomer.ctx, submitted.version),
    ):
        with pytest.raises(Stale):
            act()
    assert (Application.get().state, Note.select().count()) == ("submitted", 1)


def test_nobody_but_the_desk_reviews(cast, submitted):
    for person in (cast.newcomer, cast.outsider, cast.admin):
        for act in (
            lambda ctx: accept_application(ctx, submitted.public_id, submitted.version),
            lambda ctx: add_note(ctx, submitted.public_id, "x", submitted.version),
            lambda ctx: ask_applicant(ctx, submitted.public_id, "x", submitted.version),
            lambda ctx: decline_application(ctx, submitted.public_id, "x", submitted.version),
        ):
            with pytest.raises(Forbidden):
                act(person.ctx)
    assert Application.get().state == "submitted"


def test_the_desk_does_not_see_drafts(cast, drafted):
    with pytest.raises(NotFound):
        accept_application(cast.reviewer.ctx, drafted.public_id, drafted.version)
    assert not queue(cast.reviewer.ctx, "open", None).rows


def test_nobody_reviews_their_own_application(cast, submitted):
    with transaction():
        Staff.create(account=cast.newcomer.account, role="reviewer", created_at=cast.now)
        Account.update(second_factor_at=cast.now).where(Account.id == cast.newcomer.account.id).execute()
    with pytest.raises(OwnApplication):
        accept_application(cast.newcomer.ctx, submitted.public_id, submitted.version)


def test_who_joined_a_partner_meanwhile_is_not_made_another(cast, submitted):
    with transaction():
        Member.create(partner=cast.andina, account=cast.newcomer.account, role="admin", created_at=cast.now)
    with pytest.raises(AlreadyPartner):
        accept_application(cast.reviewer.ctx, submitted.public_id, submitted.version)
    assert (Application.get().state, Partner.select().count()) == ("submitted", 1)


def at_once(*acts):
    """Run the acts in threads that start together; return what each raised."""
    barrier, outcomes = threading.Barrier(len(acts)), [None] * len(acts)

    def run(index, act):
        with database.connection_context():
            barrier.wait()
            try:
                act()
            except Exception as error:
                outcomes[index] = type(error)

    threads = [threading.Thread(target=run, args=item) for item in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_two_reviewers_who_accept_at_once_make_one_partner(cast, submitted):
    first = cast.reviewer.ctx
    second = cast.person("second@vendor.example", "en", staff="admin").ctx
    outcomes = at_once(*(
        lambda ctx=ctx: accept_application(ctx, submitted.public_id, submitted.version) for ctx in (first, second)
    ))
    assert sorted(map(str, outcomes)) == sorted(map(str, [None, Stale]))
    assert (Partner.select().count(), Member.select().count(), len(mails("welcome"))) == (1, 1, 1)


def test_accepting_and_declining_at_once_is_one_decision(cast, submitted):
    ctx = cast.reviewer.ctx
    outcomes = at_once(
        lambda: accept_application(ctx, submitted.public_id, submitted.version),
        lambda: decline_application(ctx, submitted.public_id, "No.", submitted.version),
    )
    assert sorted(map(str, outcomes)) == sorted(map(str, [None, Stale]))
    assert len(mails("welcome")) + len(mails("application-declined")) == 1


def test_two_clicks_on_submit_submit_once(cast, drafted, programme):
    ctx = cast.newcomer.ctx
    outcomes = at_once(*[lambda: submit_application(ctx, programme.vendor.terms_version, "th")] * 2)
    assert sorted(map(str, outcomes)) == sorted(map(str, [None, Stale]))
    assert len(mails("application-received")) == 1


def test_two_tabs_that_begin_at_once_share_a_draft(cast):
    ctx = cast.newcomer.ctx
    outcomes = at_once(
        lambda: save_draft(ctx, {"company": "Siam"}, "th", ""), lambda: save_draft(ctx, {"plan": "Sell"}, "th", "")
    )
    assert outcomes == [None, None]
    (draft,) = Application.select()
    assert (draft.company, draft.plan) == ("Siam", "Sell")
