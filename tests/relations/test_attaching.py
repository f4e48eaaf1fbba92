"""Codes, tokens and requests: who may use them, once, and what nobody learns from them."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from portal.accounts.policy import TooManyAttempts
from portal.audit.models import Event
from portal.audit.queries import Asked, acts
from portal.audit.queries import of_organization as record_of
from portal.commissions.models import TierChange
from portal.core.errors import DomainError, Forbidden, NotFound, Stale
from portal.customers.models import Organization
from portal.delegation.models import Access
from portal.domains.models import Domain
from portal.mail.models import Outgoing
from portal.partners.models import Member, Partner
from portal.relations.commands.attaching import attach, enter_code, enter_token, redeem_token
from portal.relations.commands.offers import (
    ask_customer,
    decline_request,
    make_code,
    make_token,
    unblock_partner,
    withdraw_offer,
    withdraw_token,
)
from portal.relations.models import Change, Offer
from portal.relations.policy.offers import (
    HEARD,
    OPEN_CODES,
    OPEN_TOKENS,
    TRIES_PER_ACCOUNT,
    AskedTooOften,
    OfferClosed,
    OfferUnknown,
    PartnerUnavailable,
    SamePartner,
    TermsChanged,
    TooManyOpen,
)
from portal.relations.queries.offers import of_organization, own_offers
from portal.relations.queries.terms import general, reading
from portal.storage import database, transaction
from tests.client import statements
from tests.inside import inside
from tests.relations.doors import HERE, agree, boss, entered, independent, redeemable, requested, token


def partner_of(cast):
    return Organization.get_by_id(cast.siam.id).partner


def set_state(partner, state):
    with transaction():
        Partner.update(state=state).where(Partner.id == partner.id).execute()


# ---- By a partner's code ----


def test_a_code_attaches_an_organization_without_a_partner_at_once(cast):
    independent(cast)
    change = agree(cast, entered(cast), with_access=True)
    assert change.state == "done"
    assert partner_of(cast) == cast.outsider.partner
    access = Access.get(Access.organization == cast.siam)
    assert (access.partner, access.state) == (cast.outsider.partner, "active")


def test_without_access_nobody_of_the_partner_enters(cast):
    independent(cast)
    agree(cast, entered(cast), with_access=False)
    assert partner_of(cast) == cast.outsider.partner
    assert not Access.select().where(Access.organization == cast.siam, Access.state == "active").exists()
    assert Organization.get_by_id(cast.siam.id).access != "active"
    with pytest.raises(NotFound):
        inside(cast.outsider, cast.siam)


def test_entering_a_code_changes_nothing_by_itself(cast):
    entered(cast)
    assert partner_of(cast) == cast.andina
    assert Change.select().count() == 0


def test_only_a_digest_is_kept_and_no_mail_or_record_holds_the_code(cast):
    made = make_code(cast.outsider.ctx, "form")
    plain = made.text.replace("-", "")
    row = Offer.get()
    assert plain not in str(row.__data__)
    assert made.text[-4:] == row.hint == made.hint
    assert not Outgoing.select().exists()
    assert not any(plain in str(event.__data__) for event in Event.select())


def test_the_same_form_twice_makes_one_code(cast):
    assert make_code(cast.outsider.ctx, "form") == make_code(cast.outsider.ctx, "form")
    assert make_code(cast.outsider.ctx, "another").text != make_code(cast.admin.ctx, "another").text
    assert Offer.select().count() == 3


def test_so_many_codes_are_open_at_a_time(cast):
    for number in range(OPEN_CODES):
        make_code(cast.outsider.ctx, str(number))
    with pytest.raises(TooManyOpen):
        make_code(cast.outsider.ctx, "one more")
    withdraw_offer(cast.outsider.ctx, Offer.select().first().public_id)
    make_code(cast.outsider.ctx, "one more")


def test_one_answer_for_unknown_used_withdrawn_expired_foreign_and_of_a_suspended_partner(cast, clock):
    bistro = cast.customer("Bistro", "bistro.example", admin_email="boss@bistro.example")
    boss_of_bistro = cast.person("boss@bistro.example", "fr")
    cast.employ(bistro, boss_of_bistro, "super-admin")
    codes = {name: make_code(cast.outsider.ctx, name) for name in ("used", "withdrawn", "foreign", "suspended")}
    agree(cast, enter_code(boss(cast), codes["used"].text, HERE), day=cast.now.date() + timedelta(days=5))
    withdraw_offer(cast.outsider.ctx, Offer.get(Offer.hint == codes["withdrawn"].hint).public_id)
    enter_code(inside(boss_of_bistro, bistro), codes["foreign"].text, HERE)
    said = set()

    def refused(text):
        with pytest.raises(OfferUnknown) as refusal:
            enter_code(boss(cast), text, HERE)
        said.add((refusal.value.message, refusal.value.field, str(refusal.value.params)))

    for text in ("K7MP-3QXW-9TFA-H2RD", "x", codes["used"].text, codes["withdrawn"].text, codes["foreign"].text):
        refused(text)
    set_state(cast.outsider.partner, "suspended")
    refused(codes["suspended"].text)
    set_state(cast.outsider.partner, "active")
    clock.advance(days=31)
    refused(codes["suspended"].text)
    assert len(said) == 1


def test_guessing_is_stopped_for_the_account_and_a_right_one_then_helps_no_more(cast):
    made = make_code(cast.outsider.ctx, "form")
    for number in range(TRIES_PER_ACCOUNT.tries):
        with pytest.raises(OfferUnknown):
            enter_code(boss(cast), f"K7MP-3QXW-9TFA-{number}", f"203.0.113.{number}")
    for text in ["K7MP-3QXW-9TFA-H2RD"] * 10 + [made.text]:
        with pytest.raises(TooManyAttempts):
            enter_code(boss(cast), text, HERE)
    with pytest.raises(OfferUnknown):  # nobody else is locked out by it
        enter_token(cast.outsider.ctx, "K7MP-3QXW-9TFA-H2RD", "198.51.100.1")


@pytest.mark.parametrize("who", ["siam_manager", "admin", "colleague"])
def test_only_the_super_administrator_in_their_own_console_chooses(cast, who):
    offer = entered(cast)
    ctx = inside(getattr(cast, who), cast.siam)
    acts = [
        lambda: enter_code(ctx, "x", HERE), lambda: attach(ctx, offer, True, cast.now.date(), "x", "en"),
        lambda: make_token(ctx, "x", "", True, "x", "en"), lambda: decline_request(ctx, offer),
        lambda: withdraw_token(ctx, offer), lambda: unblock_partner(ctx, offer), lambda: of_organization(ctx),
    ]
    for act in acts:
        with pytest.raises(Forbidden):
            act()
    assert partner_of(cast) == cast.andina


def test_another_organizations_offer_is_not_there(cast):
    bistro = cast.customer("Bistro", "bistro.example", admin_email="boss@bistro.example")
    other = cast.person("boss@bistro.example", "fr")
    cast.employ(bistro, other, "super-admin")
    offer = entered(cast)
    ctx = inside(other, bistro)
    for act in (lambda: reading(ctx, offer), lambda: attach(ctx, offer, True, cast.now.date(), "", "fr"),
                lambda: decline_request(ctx, offer), lambda: withdraw_token(ctx, offer)):
        with pytest.raises(NotFound):
            act()


def test_the_same_consent_twice_is_one_change_and_another_is_refused(cast):
    offer, day = entered(cast), cast.now.date() + timedelta(days=10)
    seen = reading(boss(cast), offer).seen
    first = agree(cast, offer, day=day, seen=seen)
    assert agree(cast, offer, day=day, seen=seen) == first
    for other in ({"with_access": True, "day": day}, {"day": day + timedelta(days=1)}):
        with pytest.raises(OfferClosed):
            agree(cast, offer, seen=seen, **other)
    assert Change.select().count() == 1
    assert partner_of(cast) == cast.andina


def test_nobody_agrees_to_what_they_have_not_read(cast):
    offer = entered(cast)
    seen = reading(boss(cast), offer, "th").seen
    assert seen == reading(boss(cast), offer, "fr").seen
    with transaction():
        TierChange.create(partner=cast.outsider.partner, tier="premium", effective_from=cast.now.date(),
                          set_by_name="?", created_at=cast.now)
    with pytest.raises(TermsChanged) as refusal:
        agree(cast, offer, seen=seen)
    assert isinstance(refusal.value, Stale)
    assert Offer.get().state == "open"
    with pytest.raises(TermsChanged):
        agree(cast, offer, seen="")


def test_a_partner_that_was_suspended_meanwhile_gets_nobody(cast):
    offer = entered(cast)
    set_state(cast.outsider.partner, "suspended")
    with pytest.raises(PartnerUnavailable):
        agree(cast, offer)
    assert Change.select().count() == 0


def test_the_same_partner_is_refused_in_plain_words(cast):
    made = make_code(cast.admin.ctx, "form")
    with pytest.raises(SamePartner):
        enter_code(boss(cast), made.text, HERE)


@pytest.mark.parametrize(("days", "fine"), [(-1, False), (0, True), (90, True), (91, False)])
def test_the_day_is_one_of_those_that_the_programme_allows(cast, days, fine):
    offer, day = entered(cast), boss(cast).today("Asia/Bangkok") + timedelta(days=days)
    if fine:
        assert agree(cast, offer, day=day).effective_on == day
        return
    with pytest.raises(DomainError) as refusal:
        agree(cast, offer, day=day)
    assert refusal.value.field == "effective_on"


def test_the_change_keeps_what_was_agreed_to(cast):
    change = Change.get_by_id(agree(cast, entered(cast), with_access=True).id)
    assert change.terms["partner"]["name"] == "Other Resale"
    assert change.terms["from"]["name"] == "Andina Cloud"
    assert change.terms["with_access"] is True
    assert change.terms["language"] == "th"
    assert change.terms["commission"] == {"tier": "authorized", "rates": [
        {"service": "workplace", "low": 1500, "high": 1500}, {"service": "", "low": 1000, "high": 1000}]}
    assert change.offer.state == "used"
    assert change.by == "customer"


def test_a_person_on_both_sides_may_and_it_is_recorded(cast):
    """The super administrator of a customer who also works at the partner: their own consent, in their own console."""
    independent(cast)
    with transaction():
        Member.create(partner=cast.outsider.partner, account=cast.siam_admin.account, role="admin", created_at=cast.now)
    agree(cast, entered(cast))
    used = Event.get(Event.verb == "offer.used")
    assert (used.side, used.actor_id) == ("organization", cast.siam_admin.account.id)


# ---- By a customer's token ----


def test_a_token_attaches_at_once_under_the_terms_of_its_consent(cast):
    text = token(cast, with_access=True)
    assert partner_of(cast) == cast.andina
    offer = redeemable(cast, text)
    assert partner_of(cast) == cast.andina
    change = redeem_token(cast.outsider.ctx, offer)
    assert change.state == "done"
    assert partner_of(cast) == cast.outsider.partner
    assert change.terms["consented_by"] == cast.siam_admin.account.name
    assert change.terms["partner"] is None
    assert change.with_access
    assert redeem_token(cast.outsider.ctx, offer) == change
    assert Change.select().count() == 1


def test_the_super_administrator_hears_of_the_token_but_the_mail_cannot_be_used(cast):
    text = token(cast)
    mail = Outgoing.get(Outgoing.event == "relation-token-made")
    assert (mail.to_address, mail.language) == ("super-admin@siam.example", "th")
    assert text.replace("-", "") not in str(mail.params)
    assert text not in str(mail.params)


def test_a_token_is_the_first_partners_that_enters_it(cast):
    third = cast.member("boss@third.example", "en", cast.partner("Third", "US", "en"), "super-admin")
    independent(cast)
    text = token(cast)
    offer = redeemable(cast, text, third)
    with pytest.raises(OfferUnknown):
        redeemable(cast, text)
    with pytest.raises(NotFound):
        redeem_token(cast.outsider.ctx, offer)
    assert redeemable(cast, text, third) == offer


def test_two_partners_at_the_same_moment(cast, app):
    independent(cast)
    text, partners = token(cast), [cast.outsider, cast.admin]
    contexts = [one.ctx for one in partners]
    start, got = threading.Barrier(2), list[object]()

    def race(ctx):
        with database.connection_context():
            start.wait()
            try:
                got.append(redeem_token(ctx, enter_token(ctx, text, HERE)).to_partner_id)
            except DomainError as error:
                got.append(type(error))

    threads = [threading.Thread(target=race, args=(ctx,)) for ctx in contexts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got.count(OfferUnknown) == 1
    assert Change.select().count() == 1
    assert partner_of(cast).id in got


def test_a_token_for_one_partner_is_unknown_to_others_even_if_nobody_has_this_name(cast):
    with pytest.raises(OfferUnknown):
        redeemable(cast, token(cast, only="Third Resale"))
    assert redeemable(cast, token(cast, only=" other RESALE ", once="2").lower())


def test_a_token_is_refused_when_things_are_not_as_they_were(cast):
    offer = redeemable(cast, token(cast))
    independent(cast)  # the partner it was to leave is gone
    with pytest.raises(OfferClosed):
        redeem_token(cast.outsider.ctx, offer)
    assert partner_of(cast) is None


def test_a_token_is_refused_when_the_partner_earns_more_than_it_said(cast):
    offer = redeemable(cast, token(cast))
    row = Offer.get(Offer.public_id == offer)
    for rate in row.consent["terms"]["commission"]["rates"]:
        rate.update(low=100, high=900)
    with transaction():
        row.save()
    with pytest.raises(OfferClosed):
        redeem_token(cast.outsider.ctx, offer)


def test_a_token_lasts_fifteen_days(cast, clock):
    text = token(cast)
    clock.advance(days=14, hours=23)
    offer = redeemable(cast, text)
    clock.advance(hours=2)
    with pytest.raises(OfferClosed):
        redeem_token(cast.outsider.ctx, offer)
    with pytest.raises(OfferUnknown):
        redeemable(cast, text)


def test_a_withdrawn_token_opens_nothing_also_after_it_was_entered(cast):
    offer = redeemable(cast, token(cast))
    withdraw_token(boss(cast), offer)
    withdraw_token(boss(cast), offer)
    with pytest.raises(OfferClosed):
        redeem_token(cast.outsider.ctx, offer)


def test_a_token_is_made_of_what_was_read(cast):
    with pytest.raises(TermsChanged):
        make_token(boss(cast), "form", "", True, "", "th")
    seen = general(boss(cast)).seen
    for number in range(OPEN_TOKENS):
        make_token(boss(cast), str(number), "", True, seen, "th")
    with pytest.raises(TooManyOpen):
        make_token(boss(cast), "one more", "", True, seen, "th")
    assert {one["low"] for one in general(boss(cast)).terms["commission"]["rates"]} == {1500, 1000}
    assert {one["high"] for one in general(boss(cast)).terms["commission"]["rates"]} == {2500, 2000}


def test_only_those_who_sell_enter_a_token(cast):
    reader = cast.member("reader@other.example", "en", cast.outsider.partner, "reader")
    with pytest.raises(Forbidden):
        enter_token(reader.ctx, token(cast), HERE)
    set_state(cast.outsider.partner, "suspended")
    with pytest.raises(Forbidden):
        enter_token(cast.outsider.ctx, "x", HERE)


# ---- By a partner's request ----


def test_a_request_reaches_the_super_administrator_in_their_language(cast, run_jobs):
    offer = requested(cast, run_jobs)
    assert offer.organization == cast.siam
    mail = Outgoing.get(Outgoing.event == "relation-request")
    assert (mail.to_address, mail.language) == ("super-admin@siam.example", "th")
    assert "shops" not in str(mail.params)
    assert [one.partner for one in of_organization(boss(cast))] == ["Other Resale"]
    independent(cast)
    agree(cast, offer.public_id)
    assert partner_of(cast) == cast.outsider.partner
    assert [one.state for one in own_offers(cast.outsider.ctx)] == ["used"]


def test_nobody_learns_whether_an_organization_is_here(cast, run_jobs):
    cast.customer("Unproven", "unproven.example", verified=False)
    assert cast.siam
    ctx = cast.outsider.ctx
    counted = []
    for domain in ("siam.example", "missing.example", "unproven.example"):
        with statements() as seen:
            assert ask_customer(ctx, domain, "Hello") is None
        counted.append([sql.split("WHERE")[0] for sql in seen])
    assert counted[0] == counted[1] == counted[2]
    run_jobs()
    told = own_offers(cast.outsider.ctx)
    assert {(one.state, one.organization) for one in told} == {("open", "")}
    decline_request(boss(cast), Offer.get(Offer.organization == cast.siam).public_id)
    assert {one.state for one in own_offers(cast.outsider.ctx)} == {"open"}
    assert Outgoing.select().count() == 1


def test_a_declined_request_keeps_its_place_so_that_nobody_learns_of_it(cast, run_jobs, clock):
    offer = requested(cast, run_jobs)
    decline_request(boss(cast), offer.public_id)
    requested(cast, run_jobs)
    assert Offer.select().count() == 1
    withdraw_offer(cast.outsider.ctx, offer.public_id)
    with pytest.raises(OfferClosed):
        agree(cast, offer.public_id)


def test_asking_again_has_its_pace(cast, run_jobs, clock):
    for _ in range(3):
        withdraw_offer(cast.outsider.ctx, requested(cast, run_jobs).public_id)
    with pytest.raises(AskedTooOften):
        ask_customer(cast.outsider.ctx, "SIAM.example.", "Hello")
    clock.advance(days=31)
    requested(cast, run_jobs)


def test_a_blocked_partner_is_not_heard_and_not_told(cast, run_jobs, clock):
    first = requested(cast, run_jobs)
    decline_request(boss(cast), first.public_id, block=True)
    clock.advance(days=16)
    assert requested(cast, run_jobs).organization is None
    assert Outgoing.select().count() == 1
    unblock_partner(boss(cast), first.public_id)
    clock.advance(days=20)
    assert requested(cast, run_jobs).organization == cast.siam


def test_an_organization_hears_no_more_than_it_can_bear(cast, run_jobs):
    for number in range(HEARD + 2):
        partner = cast.partner(f"Partner {number}", "US", "en")
        requested(cast, run_jobs, cast.member(f"p{number}@p.example", "en", partner, "super-admin"))
    assert Outgoing.select().count() == HEARD
    assert len(of_organization(boss(cast))) == HEARD


def test_ones_own_customer_is_refused_and_a_domain_that_is_none_too(cast):
    assert Domain.get(Domain.organization == cast.siam).verified_at
    with pytest.raises(SamePartner):
        ask_customer(cast.admin.ctx, "siam.example", "Hello")
    with pytest.raises(DomainError):
        ask_customer(cast.outsider.ctx, "not a domain", "Hello")


def test_the_present_partner_does_not_read_whom_its_customer_talks_to(cast, run_jobs):
    requested(cast, run_jobs)
    token(cast)

    def verbs(person):
        ctx = inside(person, cast.siam)
        return {act.verb for act in acts(record_of(ctx.actor), Asked(), "UTC", 50).rows}

    assert {"offer.received", "offer.made"} <= verbs(cast.siam_admin)
    assert not [verb for verb in verbs(cast.admin) if verb.startswith("offer.")]
