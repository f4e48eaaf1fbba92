"""Classification in the database: who is found, what changed fields do, and what outlives them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from portal.core.errors import DomainError, NotFound, Stale
from portal.customers.models import Organization
from portal.directory.models import Group
from portal.domains.models import Domain
from portal.storage import database, transaction
from portal.subscriptions.models import Subscription
from portal.support.commands.identity import choose_customer, complete, identify
from portal.support.commands.opening import Request, add_ticket, log_ticket
from portal.support.commands.triage import mark_spam, set_severity
from portal.support.models import Clock, Event, Ticket
from portal.support.policy.tickets import NotThatState
from portal.support.queries.identification import Named, candidates_of
from portal.support.queries.rules import active_rules
from portal.support.queries.verdicts import verdicts_on
from tests.client import statements


def big(cast, name="Big", domain="big.example", **more):
    """A customer in the United States, where 500 licenses make an account large."""
    return cast.customer(name, domain, **{"country": "US", "licenses": 500, "admin_email": f"boss@{domain}", **more})


def subscribe(cast, organization, service, licenses, state="paid"):
    with transaction():
        Subscription.create(
            organization=organization, service=service, plan="plan", state=state, licenses=licenses, period="yearly",
            currency="USD", unit_price=1, started_on=cast.now.date(), created_at=cast.now)


def opened(cast, **fields):
    request = Request(**{"subject": "No mail", "description": "Since nine.", **fields})
    return add_ticket(cast.admin.ctx, request, "general")


def now(ticket):
    return Ticket.get_by_id(ticket.id)


def outcome(ticket):
    row = now(ticket)
    return row.severity, row.severity_from, row.priority, row.verdict


def kinds(ticket):
    return [event.kind for event in Event.select().where(Event.ticket == ticket).order_by(Event.id)]


def fill(cast, ticket, email=None, org=None, user=None, service=None, seen=None, by=None):
    """Fill in fields as staff, leaving the others as they are."""
    row = now(ticket)
    identify(
        (by or cast.reviewer).ctx, row.public_id, row.customer_email if email is None else email,
        row.service_org if org is None else org, row.service_user if user is None else user,
        row.service if service is None else service, row.version if seen is None else seen)


S1 = ("S1", "rule", True, "large")


# ---- Who is found (S4.4, S4.15) ----

@pytest.mark.parametrize("typed", [
    "boss@big.example", " Boss@BIG.example ", "ｂｏｓｓ@big.example", "anybody.else@big.example", "boss@BIG。example",
])
def test_by_the_super_administrators_address_or_the_domain_alone(cast, typed):
    customer = big(cast)
    ticket = opened(cast, customer_email=typed)
    assert outcome(ticket) == S1
    assert ticket.organization_id == customer.id


@pytest.mark.parametrize("typed", ["chef@bücher.example", "CHEF@BÜCHER.EXAMPLE", "chef@xn--bcher-kva.example"])
def test_a_domain_of_any_script_is_one_domain(cast, typed):
    big(cast, "Books", "bücher.example", admin_email="who@elsewhere.example")
    assert outcome(opened(cast, customer_email=typed)) == S1


def test_a_domain_that_is_not_verified_leads_to_nobody(cast):
    big(cast, verified=False, admin_email="boss@freemail.example")
    assert outcome(opened(cast, customer_email="x@big.example"))[3] == "not-found"
    assert outcome(opened(cast, customer_email="boss@freemail.example")) == S1


def test_a_subdomain_is_another_domain(cast):
    big(cast)
    assert outcome(opened(cast, customer_email="x@mail.big.example"))[3] == "not-found"


def test_any_verified_domain_of_the_customer_serves(cast):
    customer = big(cast)
    with transaction():
        Domain.create(organization=customer, name="second.example", display="second.example", token="t", primary=False,
                      verified_at=cast.now, verified_by="txt", created_at=cast.now)
    assert outcome(opened(cast, customer_email="x@second.example")) == S1


def test_another_partners_customer_is_the_same_as_none(cast):
    theirs = big(cast, partner=cast.outsider.partner)
    unknown = opened(cast, customer_email="nobody@nowhere.example", service_org="222222222222")
    foreign = opened(cast, customer_email="boss@big.example", service_org=theirs.public_id)
    assert (foreign.verdict, foreign.verdict_params, foreign.organization_id) == (
        unknown.verdict, unknown.verdict_params, None)


def test_a_domain_of_anothers_customer_hides_no_own_one(cast):
    big(cast, "Theirs", "big.example", partner=cast.outsider.partner)
    mine = big(cast, "Mine", "other.example", admin_email="boss@big.example")
    ticket = opened(cast, customer_email="boss@big.example")
    assert (outcome(ticket), ticket.organization_id) == (S1, mine.id)


@pytest.mark.parametrize("spelled", [str, str.upper, lambda text: f" {text[:4]} {text[4:8]}-{text[8:]} "])
def test_numbers_name_the_customer_however_they_are_typed(cast, spelled):
    customer = big(cast)
    user = cast.user("ann@big.example", organization=customer)
    with transaction():
        group = Group.create(organization=customer, name="Sales", name_key="sales", created_at=cast.now)
    for field, number in (("service_org", customer.public_id), ("service_org", group.public_id),
                          ("service_user", user.public_id)):
        ticket = opened(cast, **{field: spelled(number)})
        assert (outcome(ticket), ticket.organization_id) == (("S3", "default", False, "email-missing"), customer.id)


def test_a_number_against_the_address_is_for_a_person(cast):
    big(cast)
    other = big(cast, "Other", "other.example")
    ticket = opened(cast, customer_email="boss@big.example", service_org=other.public_id)
    assert outcome(ticket) == ("S3", "default", False, "ambiguous")
    stranger = opened(cast, customer_email="x@freemail.example", service_org=other.public_id)
    assert outcome(stranger)[3] == "email-other"


# ---- What counts (S4.6-11, S4.24) ----

def test_two_services_together_make_it_large(cast):
    customer = big(cast, licenses=300)
    subscribe(cast, customer, "crm", 199)
    assert outcome(opened(cast, customer_email="boss@big.example"))[3] == "small"
    subscribe(cast, customer, "desk", 1)
    assert outcome(opened(cast, customer_email="boss@big.example")) == S1


@pytest.mark.parametrize("service", ["campaigns", "dataprep", "pagesense", "marketing-automation", "writer/automation"])
def test_ten_thousand_units_of_what_is_not_licensed_by_user_do_not(cast, service):
    customer = big(cast, licenses=10)
    subscribe(cast, customer, service, 10_000)
    ticket = opened(cast, customer_email="boss@big.example")
    assert (ticket.verdict, ticket.verdict_params["licenses"]) == ("small", 10)
    assert ticket.verdict_params["excluded"] == {service: 10_000}


@pytest.mark.parametrize(("state", "large"), [("paid", True), ("suspended", True), ("trial", False),
                                              ("expired", False), ("ended", False)])
def test_what_is_bought_counts_and_what_is_tried_or_over_does_not(cast, state, large):
    subscribe(cast, big(cast, licenses=10), "crm", 490, state)
    assert outcome(opened(cast, customer_email="boss@big.example"))[2] is large


@pytest.mark.parametrize(("country", "threshold"), [("US", 500), ("IN", 1000), ("TH", 500), ("XX", 500)])
def test_the_threshold_is_that_of_the_customers_country(cast, country, threshold):
    big(cast, country=country, licenses=threshold - 1)
    ticket = opened(cast, customer_email="boss@big.example")
    assert (ticket.verdict, ticket.verdict_params["threshold"]) == ("small", threshold)


def test_a_ticket_about_an_excluded_service_is_not_s1(cast):
    customer = big(cast)
    ticket = opened(cast, customer_email="boss@big.example", service="campaigns")
    assert outcome(ticket) == ("S3", "default", False, "excluded-service")
    assert ticket.organization_id == customer.id
    fill(cast, ticket, service="crm")
    assert outcome(ticket) == S1


# ---- A field that comes later (S4.16-17, S4.39, fact 7) ----

def test_staff_supply_the_address_later(cast, clock):
    customer = big(cast)
    ticket = opened(cast, service_org=customer.public_id)
    clock.advance(minutes=20)
    fill(cast, ticket, email="boss@big.example")
    assert outcome(ticket) == S1
    assert kinds(ticket)[-3:] == ["identified", "classified", "severity"]
    identified = Event.get(Event.kind == "identified")
    assert identified.data == {"before": {"customer_email": ""}, "after": {"customer_email": "boss@big.example"}}
    assert (identified.side, identified.actor_id) == ("staff", cast.reviewer.account.id)
    acknowledgement = Clock.get(Clock.ticket == ticket, Clock.kind == "acknowledgement")
    assert (acknowledgement.limit_at - ticket.created_at).total_seconds() == 3 * 3600


def test_the_partner_supplies_it_later(cast):
    big(cast)
    ticket = opened(cast)
    complete(cast.admin.ctx, ticket.public_id, "boss@big.example", "", "", ticket.version)
    assert outcome(ticket) == S1
    assert Event.get(Event.kind == "identified").side == "partner"


def test_who_may_not_see_the_ticket_supplies_nothing(cast):
    big(cast)
    ticket = opened(cast)
    for person in (cast.outsider, cast.colleague):  # the colleague has no help center and did not open it
        with pytest.raises(NotFound):
            complete(person.ctx, ticket.public_id, "boss@big.example", "", "", ticket.version)


def test_the_same_again_is_no_change(cast):
    big(cast)
    ticket = opened(cast, customer_email="boss@big.example", service_org="ABC-1", service_user="7 7")
    before = kinds(ticket), now(ticket).version
    fill(cast, ticket, email=" BOSS@big.EXAMPLE ", org="abc1", user="77")
    assert (kinds(ticket), now(ticket).version) == before
    assert now(ticket).service_org == "ABC-1"


def test_each_change_decides_once(cast):
    big(cast)
    ticket = opened(cast)
    fill(cast, ticket, email="boss@big.example")
    fill(cast, ticket, email="other@big.example")  # the same customer, by its domain
    assert kinds(ticket).count("severity") == 1
    assert kinds(ticket).count("identified") == 2
    assert kinds(ticket).count("classified") == 2  # when it was opened, and when it became large


@pytest.mark.parametrize(("fields", "field"), [
    ({"email": "no address"}, "customer_email"), ({"email": "@"}, "customer_email"),
    ({"email": "a@"}, "customer_email"), ({"email": "a@b\x00c.example"}, "customer_email"),
    ({"org": "9" * 65}, "service_org"), ({"user": "9" * 65}, "service_user"), ({"service": "nothing"}, "service"),
    ({"service": "writer/nothing"}, "service"), ({"service": "writer/"}, "service"),
])
def test_what_makes_no_sense_is_refused_beside_its_field(cast, fields, field):
    ticket = opened(cast)
    with pytest.raises(DomainError) as refused:
        fill(cast, ticket, **fields)
    assert refused.value.field == field
    assert kinds(ticket) == kinds(now(ticket))


def test_marks_that_cannot_be_seen_are_not_kept(cast):
    customer = big(cast)
    ticket = opened(cast, service_org=f"\u202e{customer.public_id}\x00\n")
    assert (ticket.service_org, ticket.organization_id) == (customer.public_id, customer.id)


# ---- What people decided ----

def test_a_severity_set_by_hand_wins_until_the_field_changes(cast):
    customer = big(cast)
    ticket = opened(cast, customer_email="boss@big.example")
    set_severity(cast.reviewer.ctx, ticket.public_id, "S2", "Not that bad.", now(ticket).version)
    fill(cast, ticket, service="crm")  # another service is no news about whose ticket it is
    assert outcome(ticket) == ("S2", "person", True, "large")
    fill(cast, ticket, org=customer.public_id)
    assert outcome(ticket) == S1


def test_clearing_the_field_undoes_only_what_the_rule_did(cast):
    big(cast)
    ticket = opened(cast, customer_email="boss@big.example")
    fill(cast, ticket, email="")
    assert outcome(ticket) == ("S3", "default", False, "not-identified")
    assert now(ticket).organization_id is None
    set_severity(cast.reviewer.ctx, ticket.public_id, "S2", "Bad.", now(ticket).version)
    fill(cast, ticket, email="boss@big.example")
    assert outcome(ticket) == S1
    fill(cast, ticket, email="")
    assert outcome(ticket) == ("S2", "person", False, "not-identified")


def test_a_severity_that_a_person_gave_is_not_the_rules_to_take(cast):
    big(cast)
    ticket = opened(cast, customer_email="boss@big.example")
    set_severity(cast.reviewer.ctx, ticket.public_id, "S1", "Down.", now(ticket).version)
    fill(cast, ticket, email="")
    assert outcome(ticket) == ("S1", "person", False, "not-identified")


@pytest.fixture
def two(cast):
    """Two customers with one super administrator, and a ticket that names only her."""
    one, other = (big(cast, name, domain, admin_email="ann@holding.example")
                  for name, domain in (("One", "one.example"), ("Two", "two.example")))
    return one, other, opened(cast, customer_email="ann@holding.example")


def test_of_two_customers_staff_choose(cast, two):
    one, _, ticket = two
    assert outcome(ticket) == ("S3", "default", False, "ambiguous")
    choose_customer(cast.reviewer.ctx, ticket.public_id, one.public_id, now(ticket).version)
    assert (outcome(ticket), now(ticket).organization_id) == (S1, one.id)
    chosen = Event.get(Event.kind == "customer-chosen")
    assert (chosen.public, chosen.data) == (False, {"customer": "One"})


def test_the_choice_stands_until_the_ticket_names_another(cast, two):
    one, other, ticket = two
    choose_customer(cast.reviewer.ctx, ticket.public_id, one.public_id, now(ticket).version)
    fill(cast, ticket, service="crm")
    assert (outcome(ticket), now(ticket).organization_id) == (S1, one.id)
    fill(cast, ticket, org=other.public_id)
    assert (outcome(ticket), now(ticket).organization_id) == (S1, other.id)


def test_the_same_choice_again_is_none(cast, two):
    one, other, ticket = two
    choose_customer(cast.reviewer.ctx, ticket.public_id, one.public_id, now(ticket).version)
    before = kinds(ticket)
    choose_customer(cast.reviewer.ctx, ticket.public_id, one.public_id, now(ticket).version)
    assert kinds(ticket) == before
    choose_customer(cast.reviewer.ctx, ticket.public_id, other.public_id, now(ticket).version)
    assert now(ticket).organization_id == other.id


def test_a_customer_that_has_gone_is_not_the_ones_chosen_any_more(cast, two):
    one, other, ticket = two
    choose_customer(cast.reviewer.ctx, ticket.public_id, one.public_id, now(ticket).version)
    with transaction():
        Organization.update(partner=cast.outsider.partner).where(Organization.id == one.id).execute()
    fill(cast, ticket, service="crm")
    assert (outcome(ticket), now(ticket).organization_id) == (S1, other.id)


def test_nobody_elses_customer_can_be_chosen(cast, two):
    _, _, ticket = two
    theirs = big(cast, "Theirs", "theirs.example", partner=cast.outsider.partner)
    for public_id in (theirs.public_id, "222222222222", ""):
        with pytest.raises(DomainError):
            choose_customer(cast.reviewer.ctx, ticket.public_id, public_id, now(ticket).version)


# ---- At once ----

def test_of_two_identifications_at_once_one_is_refused(cast):
    big(cast)
    ticket = opened(cast)
    deeds = [(cast.reviewer.ctx, "boss@big.example"), (cast.person("s@v.example", "en", "support").ctx, "x@y.example")]

    def act(deed):
        ctx, email = deed
        with database.connection_context():
            try:
                identify(ctx, ticket.public_id, email, "", "", "", ticket.version)
            except Stale:
                return False
            return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(act, deeds)) == [False, True]
    assert kinds(ticket).count("identified") == 1
    row = now(ticket)
    assert (row.severity == "S1") is (row.customer_email == "boss@big.example")


def test_what_was_seen_is_compared(cast):
    ticket = opened(cast)
    with pytest.raises(Stale):
        fill(cast, ticket, email="a@b.example", seen=ticket.version - 1)
    with pytest.raises(Stale):
        complete(cast.admin.ctx, ticket.public_id, "a@b.example", "", "", ticket.version - 1)


def test_what_is_no_ticket_any_more_is_nobodys(cast):
    ticket = opened(cast)
    mark_spam(cast.reviewer.ctx, ticket.public_id, ticket.version)
    with pytest.raises(NotThatState):
        fill(cast, ticket, email="boss@big.example")


def test_a_logged_call_is_classified_like_any_other(cast):
    big(cast)
    request = Request("No mail", "She called.", customer_email="boss@big.example")
    ticket = log_ticket(cast.reviewer.ctx, request, "phone", cast.andina.public_id, cast.admin.email)
    assert outcome(ticket) == S1


# ---- How it is looked up ----

def test_a_thousand_tickets_cost_what_one_costs(cast, make_ctx):
    tickets = []
    for number in range(5):
        customer = big(cast, f"No {number}", f"no{number}.example")
        user = cast.user(f"u@no{number}.example", organization=customer)
        tickets.append(opened(cast, customer_email=f"boss@no{number}.example", service_org=customer.public_id,
                              service_user=user.public_id))
    counts = []
    for some in (tickets[:1], tickets):
        with statements() as seen:
            verdicts = verdicts_on(make_ctx(), some, active_rules(make_ctx()))
        counts.append(len(seen))
        assert [verdict.code for verdict in verdicts.values()] == ["large"] * len(some)
    assert counts[0] == counts[1] <= 8


def test_who_names_nothing_asks_nothing(cast, make_ctx):
    nobody = Named(cast.andina.id)
    with statements() as seen:
        assert candidates_of(make_ctx(), [nobody]) == {nobody: []}
    assert not seen
