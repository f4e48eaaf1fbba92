"""Aliases and catch-alls: what an address may look like, whose it is, and what the record says of it."""

from __future__ import annotations

import pytest

from portal.audit.models import Event
from portal.core.errors import DomainError, Forbidden, NotFound
from portal.core.ids import random_token
from portal.directory.commands.addresses import add_alias, remove_alias, remove_catch_all, set_catch_all
from portal.directory.commands.groups import add_group
from portal.directory.models import Address
from portal.directory.policy.addresses import ALIASES_MAX, AddressTaken, TooManyAliases, local_part
from portal.directory.queries.addresses import aliases, aliases_of, domains_with_catch_all, person
from portal.domains.models import Domain
from portal.storage import transaction
from tests.inside import inside

DOMAIN = "siam.example"


@pytest.fixture
def ctx(cast):
    cast.siam_admin  # noqa: B018 the organization has a super administrator
    return inside(cast.siam_admin, cast.siam)


@pytest.fixture
def emily(cast):
    return cast.user("emily@siam.example", "Emily Sato")


def domain(organization, name, verified_at=None):
    with transaction():
        return Domain.create(
            organization=organization, name=name, display=name, token=random_token(), primary=False,
            verified_at=verified_at, created_at=organization.created_at,
        )


def add(ctx, user="emily@siam.example", local="sales", name=DOMAIN):
    return add_alias(ctx, user, local, name)


def texts(kind="alias"):
    return sorted(row.text for row in Address.select().where(Address.kind == kind))


def refusal(call, *values):
    with pytest.raises(DomainError) as caught:
        call(*values)
    return caught.value


@pytest.mark.parametrize(
    ("typed", "stored"),
    [("Sales", "sales"), (" j.doe ", "j.doe"), ("a_b-c.1", "a_b-c.1"), ("ＩＮＦＯ", "info"), ("x" * 64, "x" * 64),
     ("postmaster", "postmaster")],
)
def test_local_parts_that_are_taken(typed, stored):
    assert local_part(typed) == stored


@pytest.mark.parametrize(
    "typed", ["", " ", ".a", "a.", "a..b", "a b", "a+b", "ขาย", "josé", 'a"b', "a@siam.example", "a\0", "x" * 65, "a/b"]
)
def test_local_parts_that_are_refused(typed):
    assert refusal(local_part, typed).field == "local"


def test_an_alias_reaches_its_user_and_is_in_the_record(ctx, emily):
    alias = add(ctx, local="Sales.Asia")
    assert (alias.text, alias.domain, alias.kind, alias.user) == ("sales.asia@siam.example", DOMAIN, "alias", emily)
    act = Event.get(Event.verb == "alias.added")
    assert (act.subject, act.name) == (alias.public_id, "sales.asia@siam.example")
    assert act.detail == {"after": {"text": "sales.asia@siam.example", "user": "emily@siam.example"}}


def test_a_user_is_named_by_address_alias_or_public_id(ctx, emily):
    add(ctx)
    for text in ("Emily@SIAM.example", "sales@siam.example", emily.public_id):
        assert person(ctx.actor.organization_id, text) == emily


@pytest.mark.parametrize("text", ["", "emily", "nobody@siam.example", "@siam.example", "staff@siam.example", "a@b@c"])
def test_whoever_is_no_user_is_refused_by_name(ctx, emily, text):
    add_group(ctx, "Staff", "staff", DOMAIN)
    set_catch_all(ctx, DOMAIN, emily.email)
    assert refusal(add_alias, ctx, text, "sales", DOMAIN).field == "user"
    assert texts() == []


def test_a_user_of_another_organization_is_nobody(ctx, cast):
    other = cast.customer("Lima", "lima.example")
    foreign = cast.user("rosa@lima.example", "Rosa", organization=other)
    for text in (foreign.email, foreign.public_id):
        assert refusal(add_alias, ctx, text, "sales", DOMAIN).field == "user"


def test_an_address_is_given_once_and_the_refusal_says_who_has_it(ctx, cast, emily):
    cast.user("naree@siam.example", "Naree Suk")
    add_group(ctx, "Sales team", "team", DOMAIN)
    add(ctx)
    for local, owner in (("sales", "Emily Sato"), ("naree", "Naree Suk"), ("TEAM", "Sales team")):
        error = refusal(add_alias, ctx, "naree@siam.example", local, DOMAIN)
        assert isinstance(error, AddressTaken)
        assert (error.field, error.params["owner"]) == ("local", owner)
    assert texts() == ["sales@siam.example"]
    assert Event.select().where(Event.verb == "alias.added").count() == 1


def test_only_verified_domains_of_the_organization_have_addresses(ctx, cast, emily):
    domain(cast.siam, "waiting.example")
    cast.customer("Lima", "lima.example")
    for name in ("waiting.example", "lima.example", "", "nowhere.example", "SIAM.example"):
        assert refusal(add_alias, ctx, emily.email, "sales", name).field == "domain"
    domain(cast.siam, "shop.example", verified_at=ctx.now)
    assert add(ctx, name="shop.example").text == "sales@shop.example"


def test_a_user_has_at_most_fifty_aliases(ctx, emily):
    for number in range(ALIASES_MAX):
        add(ctx, local=f"a{number}")
    error = refusal(add, ctx)
    assert isinstance(error, TooManyAliases)
    assert len(texts()) == ALIASES_MAX
    assert len(aliases_of(ctx.actor.organization_id, emily.public_id)[1]) == ALIASES_MAX


def test_an_alias_is_removed_once_and_not_by_strangers(ctx, cast, emily):
    alias = add(ctx)
    own = Address.get(Address.kind == "user", Address.user == emily)
    lima = cast.customer("Lima", "lima.example")
    boss = cast.person("boss@lima.example", "es")
    cast.employ(lima, boss, "super-admin")
    for who, address in ((inside(boss, lima), alias), (ctx, own)):
        with pytest.raises(NotFound):
            remove_alias(who, address.public_id)
    remove_alias(ctx, alias.public_id)
    assert texts() == []
    assert Event.get(Event.verb == "alias.removed").detail == {
        "before": {"text": "sales@siam.example", "user": "emily@siam.example"}
    }
    with pytest.raises(NotFound):
        remove_alias(ctx, alias.public_id)


def test_the_catch_all_has_one_receiver_who_can_be_changed_and_removed(ctx, cast, emily):
    cast.user("naree@siam.example", "Naree Suk")
    for email in ("emily@siam.example", "emily@siam.example", "naree@siam.example"):
        set_catch_all(ctx, DOMAIN, email)
    assert texts("catch-all") == ["@siam.example"]
    (found,) = domains_with_catch_all(ctx.actor.organization_id)
    assert (found.name, found.user.email) == (DOMAIN, "naree@siam.example")
    acts = [act.detail for act in Event.select().where(Event.verb == "catch-all.set").order_by(Event.id)]
    assert acts == [
        {"before": {"user": None}, "after": {"user": "emily@siam.example"}},
        {"before": {"user": "emily@siam.example"}, "after": {"user": "naree@siam.example"}},
    ]
    for _ in range(2):
        remove_catch_all(ctx, DOMAIN)
    assert domains_with_catch_all(ctx.actor.organization_id)[0].user is None
    assert Event.get(Event.verb == "catch-all.removed").detail == {"before": {"user": "naree@siam.example"}}


def test_the_partner_may_and_gives_the_reason(cast, emily):
    ctx = inside(cast.colleague, cast.siam)
    add(ctx)
    set_catch_all(ctx, DOMAIN, emily.email)
    assert {act.side for act in Event.select().where(Event.organization_id == cast.siam.id)} == {"partner"}


@pytest.mark.parametrize("call", [
    lambda ctx: add(ctx), lambda ctx: remove_alias(ctx, "x"), lambda ctx: set_catch_all(ctx, DOMAIN, "x"),
    lambda ctx: remove_catch_all(ctx, DOMAIN),
])
def test_outside_of_a_console_nothing_is_allowed(cast, emily, call):
    for person_ in (cast.admin, cast.siam_admin, cast.reviewer):
        with pytest.raises(Forbidden):
            call(person_.ctx)


def test_the_list_is_paged_by_address_and_searched_by_a_part_of_it(ctx, emily):
    for local in ("sales", "sale_s", "info"):
        add(ctx, local=local)
    organization = ctx.actor.organization_id

    def found(search):
        return [row.text.partition("@")[0] for row in aliases(organization, search, None).rows]

    assert found("") == ["info", "sale_s", "sales"] or found("") == ["info", "sales", "sale_s"]
    assert found("SALES@siam") == ["sales"]
    assert found("sale_s") == ["sale_s"]
    assert found("emily") == []


def test_the_list_goes_on_after_a_page(ctx, cast):
    for number in range(60):
        person_ = cast.user(f"user{number:02}@siam.example")
        if number < 55:
            add(ctx, user=person_.email, local=f"alias{number:02}")
    first = aliases(ctx.actor.organization_id, "", None)
    second = aliases(ctx.actor.organization_id, "", first.next)
    assert [len(first.rows), len(second.rows), second.next] == [50, 5, None]
    assert [row.user.email for row in second.rows] == [f"user{number}@siam.example" for number in range(50, 55)]
