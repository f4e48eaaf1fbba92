"""Recommending the programme: codes, who comes by them, and what becomes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from portal.accounts.policy import TooManyAttempts
from portal.audit.models import Event
from portal.core.errors import DomainError, Forbidden, NotFound
from portal.customers.models import Organization
from portal.domains.models import Domain
from portal.mail.models import Outgoing
from portal.referrals.commands import open_programme, receive
from portal.referrals.models import Referral, ReferralCode
from portal.referrals.policy import TRIES_PER_ADDRESS, WINDOW, state_of
from portal.referrals.queries import code_of, everybodys, own, recommender
from tests.inside import inside

ANSWERS = {
    "company": "Café Lumière", "domain": "café-lumiere.example", "contact_name": "Zoé", "language": "fr",
    "contact_email": "zoe@cafe.example", "address": "203.0.113.5",
}


@pytest.fixture
def boss(cast):
    return inside(cast.siam_admin, cast.siam)


@pytest.fixture
def code(boss):
    return open_programme(boss)


def come(cast, code, **changed):
    receive(cast.make_ctx(), code, **{**ANSWERS, **changed})


def states(boss):
    return [row.state for row in own(boss, None).rows]


def test_an_organization_has_one_code(boss, code):
    assert open_programme(boss) == code == code_of(boss)
    assert recommender(code) == "Siam Trading"
    assert ReferralCode.select().count() == 1


@pytest.mark.parametrize("who", ["admin", "colleague", "siam_manager"])
def test_the_programme_is_for_the_super_admin_alone(cast, code, who):
    ctx = inside(getattr(cast, who), cast.siam)
    with pytest.raises(Forbidden):
        open_programme(ctx)
    with pytest.raises(Forbidden):
        own(ctx, None)


def test_who_comes_is_listed_and_the_vendor_hears_of_it(cast, boss, code, run_jobs, mailer):
    come(cast, code)
    row = own(boss, None).rows[0]
    assert (row.company, row.domain, row.state) == ("Café Lumière", "café-lumiere.example", "received")
    run_jobs()
    [mail] = mailer.sent
    assert mail["To"].addresses[0].addr_spec == cast.make_ctx().programme.vendor.help_email
    text = mail.get_body(("plain",)).get_content()
    for words in ("Siam Trading", "Café Lumière", "zoe@cafe.example", "http://portal.test/en/desk/referrals"):
        assert words in text


def test_the_same_domain_twice_is_one_recommendation_and_one_mail(cast, boss, code):
    come(cast, code)
    come(cast, code, domain="CAFÉ-lumiere.example.", company="Somebody else")
    assert [row.company for row in own(boss, None).rows] == ["Café Lumière"]
    assert Outgoing.select().count() == 1


def test_the_record_keeps_the_name_from_the_partner(cast, code):
    come(cast, code)
    event = Event.get(Event.verb == "referral.received")
    assert event.organization_id == cast.siam.id
    assert "Lumi" not in f"{event.name} {event.detail}"


@pytest.mark.parametrize(("field", "value"), [
    ("company", " \u200b"), ("company", "x" * 121), ("domain", "com"), ("domain", "zoe@cafe.example"),
    ("contact_name", ""), ("contact_email", "zoe"), ("language", "pt"), ("domain", "siam.example"),
])
def test_wrong_answers_are_refused_at_their_field(cast, code, field, value):
    with pytest.raises(DomainError) as refusal:
        come(cast, code, **{field: value})
    assert refusal.value.field == field
    assert Referral.select().count() == 0


def test_an_unknown_code_is_nobodys(cast, code):
    with pytest.raises(NotFound):
        come(cast, "nothing")
    with pytest.raises(NotFound):
        recommender("nothing")


def test_one_address_cannot_fill_the_list(cast, code, clock):
    for number in range(TRIES_PER_ADDRESS):
        come(cast, code, domain=f"d{number}.example")
    with pytest.raises(TooManyAttempts):
        come(cast, code, domain="one-more.example")
    come(cast, code, domain="one-more.example", address="198.51.100.7")
    clock.advance(seconds=WINDOW.total_seconds())
    come(cast, code, domain="later.example")


def test_what_became_of_it_is_seen_from_the_domain(cast, boss, code, clock):
    come(cast, code)
    clock.advance(days=3)
    lumiere = cast.customer("Café Lumière", "café-lumiere.example", partner=cast.outsider.partner, standing="trial",
                            verified=False)
    assert states(boss) == ["received"]
    prove(lumiere, cast)
    assert states(boss) == ["customer"]
    Organization.update(standing="paid").where(Organization.id == lumiere.id).execute()
    assert states(boss) == ["paying"]


def prove(organization, cast):
    Domain.update(verified_at=cast.now).where(Domain.organization == organization).execute()


def test_nobody_learns_who_was_a_customer_before(cast, boss, code, clock):
    cast.customer("Café Lumière", "café-lumiere.example", partner=cast.outsider.partner)
    clock.advance(days=3)
    come(cast, code)
    assert states(boss) == ["received"]


@pytest.mark.parametrize(("standing", "days", "state"), [
    (None, None, "received"), ("trial", 0, "customer"), ("ended", 9, "customer"), ("paid", 1, "paying"),
    ("paid", -1, "received"),
])
def test_states(standing, days, state):
    recommended = datetime(2026, 3, 2, tzinfo=UTC)
    since = None if days is None else recommended + timedelta(days=days)
    assert state_of(recommended, standing, since) == state


def test_lists_turn_pages_and_show_only_ones_own(cast, boss, code):
    other = cast.customer("Other", "other-customer.example")
    first, since = cast.siam, cast.now
    Referral.insert_many([
        {"organization": first if number % 2 else other, "company": f"C{number:03}", "domain": f"c{number}.example",
         "contact_name": "A", "contact_email": "a@b.example", "language": "en",
         "created_at": since + timedelta(seconds=number), "public_id": f"id{number}"}
        for number in range(120)
    ]).execute()
    page = own(boss, None)
    assert [row.company for row in page.rows][:2] == ["C119", "C117"]
    rest = own(boss, page.next)
    assert len(page.rows) + len(rest.rows) == 60
    assert rest.next is None
    everything = everybodys(cast.reviewer.ctx, None)
    assert {row.by for row in everything.rows} == {"Siam Trading", "Other"}
    with pytest.raises(Forbidden):
        everybodys(cast.admin.ctx, None)
