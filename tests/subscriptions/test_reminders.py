"""Who is reminded of what, when, in which language, and how often."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from portal.mail.models import Outgoing
from portal.partners.models import Member
from portal.storage import transaction
from portal.subscriptions.commands import reminders, send_reminders
from portal.subscriptions.models import Subscription
from portal.subscriptions.policy import threshold
from tests.client import statements

TODAY = date(2026, 3, 2)  # of the fixed clock, also in Bangkok


def trial(cast, days, name="Trial", **more):
    started = TODAY + timedelta(days=days - 15)
    return cast.customer(name, f"{name.lower()}.example", standing="trial", started_on=started, **more)


def paid(cast, days, renewal, name="Paid", **more):
    row = cast.customer(name, f"{name.lower()}.example", renews_on=TODAY + timedelta(days=days), **more)
    with transaction():
        Subscription.update(renewal=renewal).where(Subscription.organization == row.id).execute()
    return row


def remind(make_ctx):
    for state in ("trial", "paid"):
        after = send_reminders(make_ctx(), state)
        while after:
            after = send_reminders(make_ctx(), state, after)


def sent():
    query = Outgoing.select().where(Outgoing.event.in_(["trial-ending", "renewal-coming"])).order_by(Outgoing.id)
    return [(mail.event, mail.to_address, mail.params["days"]) for mail in query]


@pytest.mark.parametrize(("left", "reached"), [
    (8, None), (7, 7), (6, 7), (4, 7), (3, 3), (2, 3), (1, 1), (0, None), (-1, None),
])
def test_threshold(left, reached):
    assert threshold(left, (7, 3, 1)) == reached


@pytest.mark.parametrize(("days", "reminded"), [(9, 0), (8, 0), (7, 2), (5, 2), (1, 2), (0, 0), (-1, 0)])
def test_trials(cast, make_ctx, days, reminded):
    assert cast.admin
    trial(cast, days)
    remind(make_ctx)
    assert len(sent()) == reminded


@pytest.mark.parametrize(("renewal", "days", "reminded"), [
    ("ask", 31, 0), ("ask", 30, 2), ("ask", 7, 2), ("ask", 1, 2), ("ask", 0, 0),
    ("end", 30, 2), ("end", 2, 2), ("renew", 30, 0), ("renew", 1, 0),
])
def test_renewals_are_quiet_where_they_are_automatic(cast, make_ctx, renewal, days, reminded):
    assert cast.admin
    paid(cast, days, renewal)
    remind(make_ctx)
    assert len(sent()) == reminded


def test_each_day_of_a_trial_once_per_threshold(cast, make_ctx, clock):
    assert cast.admin
    row = trial(cast, 10)
    for _day in range(12):
        remind(make_ctx)
        remind(make_ctx)
        clock.advance(days=1)
    to = (cast.admin.email, row.admin_email)
    assert sent() == [("trial-ending", address, days) for days in (7, 3, 1) for address in to]


def test_after_a_pause_only_the_nearest_threshold_is_made_up_for(cast, make_ctx, clock):
    assert cast.admin
    trial(cast, 9)
    clock.advance(days=7)  # the worker was away while 7 and 3 days were left
    remind(make_ctx)
    assert [days for _event, _to, days in sent()] == [2, 2]
    clock.advance(days=1)
    remind(make_ctx)
    assert [days for _event, _to, days in sent()] == [2, 2, 1, 1]


def test_an_extended_trial_is_counted_anew(cast, make_ctx):
    assert cast.admin
    row = trial(cast, 7)
    remind(make_ctx)
    with transaction():
        Subscription.update(renews_on=TODAY + timedelta(days=3)).where(Subscription.organization == row.id).execute()
    remind(make_ctx)
    assert [days for _event, _to, days in sent()] == [7, 7, 3, 3]


@pytest.mark.parametrize(("zone", "days"), [("Pacific/Kiritimati", 6), ("Asia/Bangkok", 7), ("Pacific/Pago_Pago", 8)])
def test_days_count_where_the_organization_is(cast, make_ctx, clock, zone, days):
    """At 10:30 UTC it is tomorrow on Kiritimati and yesterday on Pago Pago."""
    assert cast.admin
    clock.advance(hours=1, minutes=30)
    trial(cast, 7, time_zone=zone)
    remind(make_ctx)
    assert [left for _event, _to, left in sent()] == ([] if days > 7 else [days, days])


def test_everybody_reads_it_in_their_own_language(cast, make_ctx, mailer, run_jobs):
    assert cast.admin
    assert cast.colleague  # no super admin: gets none
    with transaction():
        Subscription.update(renewal="ask", renews_on=TODAY + timedelta(days=7)).where(
            Subscription.organization == cast.siam.id).execute()
    run_jobs()  # the daily job is among what is due
    mails = {mail["To"].addresses[0].addr_spec: mail for mail in mailer.sent}
    assert set(mails) == {cast.admin.email, "super-admin@siam.example"}
    assert mails[cast.admin.email]["Content-Language"] == "es"
    assert mails["super-admin@siam.example"]["Content-Language"] == "th"
    partner = mails[cast.admin.email].get_body(("plain",)).get_content()
    customer = mails["super-admin@siam.example"].get_body(("plain",)).get_content()
    assert f"/es/store/customers/{cast.siam.public_id}" in partner
    assert f"/th/organizations/{cast.siam.public_id}/subscription" in customer
    assert "2569" in customer


def test_a_customer_without_partner_is_reminded_too(cast, make_ctx):
    row = trial(cast, 3)
    row.partner = None
    row.save()
    remind(make_ctx)
    assert [to for _event, to, _days in sent()] == [row.admin_email]


def test_every_super_admin_of_the_partner_is_reminded(cast, make_ctx):
    assert cast.admin
    assert cast.outsider
    with transaction():
        Member.update(role="super-admin").where(Member.account == cast.colleague.account).execute()
    row = trial(cast, 3)
    remind(make_ctx)
    assert {to for _event, to, _days in sent()} == {cast.admin.email, cast.colleague.email, row.admin_email}


def test_the_number_of_statements_does_not_depend_on_the_batch(cast, make_ctx, monkeypatch):
    assert cast.admin

    def cost():
        with statements() as seen:
            send_reminders(make_ctx(), "trial")
        return len(seen)

    trial(cast, 3, "One")
    one = cost()
    for n in range(20):
        trial(cast, 3, f"More{n}")
    assert cost() == one
    assert len(sent()) == 42


def test_batches_reach_everybody_once(cast, make_ctx, monkeypatch):
    monkeypatch.setattr(reminders, "BATCH", 2)
    for n in range(5):
        trial(cast, 1 + n % 3, f"Small{n}")
    remind(make_ctx)
    assert len({to for _event, to, _days in sent()}) == len(sent()) == 5
