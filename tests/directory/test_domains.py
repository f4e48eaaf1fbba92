"""Several domains of one organization: adding, verifying from inside, the primary one, removing."""

from __future__ import annotations

import threading

import pytest

from portal.audit.models import Event
from portal.core.errors import DomainError, Forbidden, NotFound
from portal.customers.models import Organization
from portal.delegation.queries import managed
from portal.directory.commands.addresses import add_alias, remove_alias
from portal.directory.commands.domains import add_domain, make_primary, remove_domain
from portal.directory.commands.holding import hold
from portal.directory.models import Address
from portal.directory.policy.domains import DOMAINS_MAX
from portal.directory.queries.domains import domain, domains
from portal.domains import commands, queries
from portal.domains.models import Domain, DomainCheck
from portal.domains.policy import Finding, Method, Outcome
from portal.storage import database, transaction
from portal.subscriptions.queries import Asked
from tests.inside import inside


@pytest.fixture
def ctx(cast):
    cast.siam_admin  # noqa: B018 the organization has a super administrator
    return inside(cast.siam_admin, cast.siam)


@pytest.fixture
def shop(ctx):
    return add_domain(ctx, "Shop.example")


@pytest.fixture
def verify(ctx, dns, run_jobs):
    def verify(row, who=None):
        proof = queries.expectation(ctx, row, Method.TXT)
        dns.place(proof.host, "TXT", proof.value)
        commands.ask_check_inside(who or ctx, row.public_id, Method.TXT)
        run_jobs()
        return Domain.get_by_id(row.id)

    return verify


def organization(cast):
    return Organization.get_by_id(cast.siam.id)


def refusal(call, *values):
    with pytest.raises(DomainError) as caught:
        call(*values)
    return caught.value


def text(mail):
    return mail.get_body(("plain",)).get_content()


def test_a_further_domain_is_neither_primary_nor_verified(ctx, cast, shop):
    assert (shop.name, shop.primary, shop.verified_at) == ("shop.example", False, None)
    assert [(row.name, row.primary) for row in domains(cast.siam.id)] == [
        ("siam.example", True), ("shop.example", False)]
    act = Event.get(Event.verb == "domain.added")
    assert (act.subject, act.name, act.detail) == (shop.public_id, "shop.example", {"after": {"name": "shop.example"}})
    assert organization(cast).domain == "siam.example"


@pytest.mark.parametrize("typed", ["", "siam.example", "SIAM.example.", "shop", "https://x.example", "a@x.example",
                                   "127.0.0.1", "lima.example", "co.uk"])
def test_what_cannot_be_added_is_refused_beside_the_field(ctx, cast, typed):
    cast.customer("Lima", "lima.example")
    assert refusal(add_domain, ctx, typed).field == "domain"
    assert Domain.select().where(Domain.organization == cast.siam).count() == 1


def test_at_most_twenty_domains(ctx, cast):
    for number in range(DOMAINS_MAX - 1):
        add_domain(ctx, f"shop{number}.example")
    assert refusal(add_domain, ctx, "more.example").field == "domain"


def test_a_domain_is_verified_from_inside_and_the_rest_stays_as_it_was(ctx, cast, shop, verify, mailer):
    before = organization(cast)
    assert verify(shop).verified_by == "txt"
    after = organization(cast)
    assert (after.domain, after.domain_verified_at) == ("siam.example", before.domain_verified_at)
    (mail,) = mailer.sent
    assert (mail["To"].addresses[0].addr_spec, mail["Content-Language"]) == (cast.siam_admin.email, "th")
    assert f"/th/organizations/{cast.siam.public_id}/domains/{shop.public_id}" in text(mail)


def test_the_partner_hears_of_a_further_domain_on_a_page_that_it_may_open(cast, shop, verify, mailer):
    verify(shop, inside(cast.admin, cast.siam))
    (mail,) = mailer.sent
    assert mail["To"].addresses[0].addr_spec == cast.admin.email
    assert f"/es/organizations/{cast.siam.public_id}/domains/{shop.public_id}" in text(mail)


def test_whose_checks_end_is_told_where_to_go_on(ctx, cast, clock, run_jobs, mailer):
    """The organization's own page for its administrator, the Console's for the partner."""
    fresh = cast.customer("Fresh", "fresh.example", verified=False)
    boss = cast.person("boss@fresh.example", "fr")
    cast.employ(fresh, boss, "super-admin")
    row = Domain.get(Domain.organization == fresh)
    for ask, page in (
        (lambda: commands.ask_check_inside(inside(boss, fresh), row.public_id, Method.TXT),
         f"/fr/organizations/{fresh.public_id}/domains/{row.public_id}?method=txt"),
        (lambda: commands.ask_check(cast.admin.ctx, fresh.public_id, Method.TXT),
         f"/es/console/customers/{fresh.public_id}/domain?method=txt"),
    ):
        ask()
        DomainCheck.update(attempts=1000).execute()
        check = DomainCheck.get()
        commands.settle(cast.make_ctx(), row.id, Method.TXT, queries.round_key(check), Finding(Outcome.NO_RECORD))
        run_jobs()
        assert page in text(mailer.sent[-1])
        clock.advance(minutes=5)


def test_the_link_for_the_holder_names_who_asks(ctx, cast, shop, run_jobs, mailer):
    commands.send_domain_link_inside(ctx, shop.public_id, "Nok", "dns@shop.example", "en")
    commands.send_domain_link_inside(inside(cast.admin, cast.siam), shop.public_id, "", "dns2@shop.example", "en")
    run_jobs()
    assert ["Siam Trading" in text(mail) for mail in mailer.sent] == [True, False]
    assert "Andina Cloud" in text(mailer.sent[1])
    assert Event.select().where(Event.verb == "domain.link-sent", Event.subject == shop.public_id).count() == 2


def test_another_primary_domain_renames_the_customer_everywhere(ctx, cast, shop, verify):
    Organization.update(domain_verified_at=None).where(Organization.id == cast.siam.id).execute()
    verify(shop)
    make_primary(ctx, shop.public_id)
    row = organization(cast)
    assert (row.domain, row.domain_verified_at) == ("shop.example", Domain.get_by_id(shop.id).verified_at)
    assert [(one.name, one.primary) for one in domains(cast.siam.id)] == [
        ("shop.example", True), ("siam.example", False)]
    assert Event.get(Event.verb == "domain.made-primary").detail == {
        "before": {"domain": "siam.example"}, "after": {"domain": "shop.example"}}
    for words in ("shop.example", "Siam Trading"):
        assert len(managed(cast.admin.ctx, Asked(search=words)).rows) == 1
    assert queries.verifiable(cast.admin.actor, cast.siam.public_id).name == "shop.example"
    assert inside(cast.admin, cast.siam).actor.organization_id == cast.siam.id


def test_only_a_verified_domain_becomes_primary_and_twice_is_once(ctx, cast, shop, verify):
    refusal(make_primary, ctx, shop.public_id)
    assert organization(cast).domain == "siam.example"
    verify(shop)
    for _ in range(2):
        make_primary(ctx, shop.public_id)
    assert Event.select().where(Event.verb == "domain.made-primary").count() == 1
    assert Domain.select().where(Domain.organization == cast.siam, Domain.primary).count() == 1


def test_a_domain_in_use_stays_and_the_refusal_counts(ctx, cast, shop, verify):
    verify(shop)
    cast.user("emily@siam.example", "Emily")
    alias = add_alias(ctx, "emily@siam.example", "em", "shop.example")
    assert refusal(remove_domain, ctx, shop.public_id).params["count"] == 1
    assert domain(cast.siam.id, shop.public_id).used == 1
    remove_alias(ctx, alias.public_id)
    remove_domain(ctx, shop.public_id)
    assert [row.name for row in domains(cast.siam.id)] == ["siam.example"]
    assert Event.get(Event.verb == "domain.removed").detail["before"]["name"] == "shop.example"
    with pytest.raises(NotFound):
        remove_domain(ctx, shop.public_id)


def test_the_primary_domain_is_never_removed(ctx, cast):
    only = Domain.get(Domain.organization == cast.siam)
    refusal(remove_domain, ctx, only.public_id)
    assert Domain.select().where(Domain.organization == cast.siam).count() == 1


def test_a_check_under_way_outlives_its_domain_without_harm(ctx, shop, run_jobs):
    commands.ask_check_inside(ctx, shop.public_id, Method.TXT)
    remove_domain(ctx, shop.public_id)
    run_jobs()
    assert DomainCheck.select().count() == 0


def test_another_organizations_domain_is_not_there(cast, shop):
    lima = cast.customer("Lima", "lima.example")
    boss = cast.person("boss@lima.example", "es")
    cast.employ(lima, boss, "super-admin")
    ctx = inside(boss, lima)
    for call in (
        lambda: make_primary(ctx, shop.public_id), lambda: remove_domain(ctx, shop.public_id),
        lambda: commands.ask_check_inside(ctx, shop.public_id, Method.TXT), lambda: domain(lima.id, shop.public_id),
        lambda: commands.send_domain_link_inside(ctx, shop.public_id, "", "a@b.example", "en"),
    ):
        with pytest.raises(NotFound):
            call()


def test_outside_of_a_console_nothing_is_allowed(cast, shop):
    for person in (cast.admin, cast.siam_admin):
        for call in (add_domain, make_primary, remove_domain):
            with pytest.raises(Forbidden):
                call(person.ctx, "more.example")
        with pytest.raises(Forbidden):
            commands.ask_check_inside(person.ctx, shop.public_id, Method.TXT)


def test_no_address_slips_into_a_domain_that_is_being_removed(ctx, cast, shop, verify):
    """Removing holds the organization, and so does adding: one of them sees what the other did."""
    verify(shop)
    cast.user("emily@siam.example", "Emily")
    outcomes = []

    def alias():
        with database.connection_context():
            try:
                add_alias(ctx, "emily@siam.example", "em", "shop.example")
            except DomainError as error:
                outcomes.append(error.field)

    with transaction():
        hold(ctx)
        other = threading.Thread(target=alias)
        other.start()
        remove_domain(ctx, shop.public_id)
    other.join(20)
    assert outcomes == ["domain"]
    assert not Address.select().where(Address.domain == "shop.example").exists()
