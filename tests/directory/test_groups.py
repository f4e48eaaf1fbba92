"""Groups: their address, their members, and what is refused."""

from __future__ import annotations

import pytest

from portal.audit.models import Event
from portal.core.errors import DomainError, Forbidden, NotFound, Stale
from portal.directory.commands.addresses import add_alias
from portal.directory.commands.groups import (
    add_group,
    add_members,
    delete_group,
    edit_group,
    remove_member,
)
from portal.directory.models import Address, Group, GroupMember, User
from portal.directory.policy.groups import LINES_MAX, named_members
from portal.directory.queries import groups as queries
from portal.directory.queries.groups import group, groups, members
from tests.client import statements
from tests.inside import inside

DOMAIN = "siam.example"


@pytest.fixture
def ctx(cast):
    cast.siam_admin  # noqa: B018 the organization has a super administrator
    return inside(cast.siam_admin, cast.siam)


@pytest.fixture
def sales(ctx):
    return add_group(ctx, "Sales", "sales", DOMAIN, "Who sells")


def edit(ctx, row, seen=0, **changes):
    values = {"name": "Sales", "local": "sales", "domain": DOMAIN, "description": "Who sells", **changes}
    edit_group(ctx, row.public_id, seen, **values)


def inside_of(row):
    query = User.select().join(GroupMember).where(GroupMember.group == row).order_by(User.email)
    return [user.email for user in query]


def act(verb):
    return Event.get(Event.verb == verb)


def refusal(call, *values, **more):
    with pytest.raises(DomainError) as caught:
        call(*values, **more)
    return caught.value


def test_a_group_has_a_name_and_one_address(ctx, sales):
    assert (sales.name, sales.description, Address.get(Address.group == sales).text) == (
        "Sales", "Who sells", "sales@siam.example")
    assert (act("group.added").subject, act("group.added").name) == (sales.public_id, "Sales")


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"name": " "}, "name"), ({"name": "x" * 121}, "name"), ({"local": "a b"}, "local"),
     ({"domain": "other.example"}, "domain"), ({"description": "x" * 501}, "description"),
     ({"local": "super-admin"}, "local")],
)
def test_what_is_wrong_is_refused_beside_its_field_and_changes_nothing(ctx, sales, changes, field):
    values = {"name": "Staff", "local": "staff", "domain": DOMAIN, "description": "", **changes}
    assert refusal(add_group, ctx, **values).field == field
    assert Group.select().count() == 1
    assert refusal(edit_group, ctx, sales.public_id, 0, **values).field == field
    row = Group.get()
    assert (row.name, row.version, Address.get(Address.group == row).text) == ("Sales", 0, "sales@siam.example")


def test_editing_changes_what_is_new_and_records_only_that(ctx, sales):
    edit(ctx, sales, name="ฝ่ายขาย", local="team")
    row = Group.get()
    assert (row.name, row.version, Address.get(Address.group == row).text) == ("ฝ่ายขาย", 1, "team@siam.example")
    assert act("group.edited").detail == {
        "before": {"name": "Sales", "text": "sales@siam.example"},
        "after": {"name": "ฝ่ายขาย", "text": "team@siam.example"},
    }


def test_saving_what_is_there_records_nothing(ctx, sales):
    edit(ctx, sales)
    assert (Group.get().version, Event.select().where(Event.verb == "group.edited").count()) == (0, 0)


def test_a_name_of_letters_that_fold_into_many_is_taken(ctx, sales):
    name = "\ufdfa" * 120  # each of them is 18 letters
    add_group(ctx, name, "long", DOMAIN)
    assert [row.name for row in groups(ctx.actor.organization_id, "", None).rows][-1] == name


def test_the_later_of_two_editors_is_refused(ctx, cast, sales):
    edit(ctx, sales, name="First")
    with pytest.raises(Stale):
        edit(inside(cast.admin, cast.siam), sales, name="Second")
    assert Group.get().name == "First"


def test_deleting_frees_the_address_and_keeps_the_people(ctx, cast, sales):
    cast.user("emily@siam.example", "Emily Sato")
    add_members(ctx, sales.public_id, "emily@siam.example")
    delete_group(ctx, sales.public_id)
    assert (Group.select().count(), GroupMember.select().count()) == (0, 0)
    assert User.select().where(User.email == "emily@siam.example").exists()
    assert act("group.deleted").detail["before"] == {"name": "Sales", "text": "sales@siam.example", "members": 1}
    add_alias(ctx, "emily@siam.example", "sales", DOMAIN)
    with pytest.raises(NotFound):
        delete_group(ctx, sales.public_id)


def test_a_member_is_named_by_address_however_it_is_written(ctx, cast, sales):
    cast.user("emily@siam.example", "Emily")
    add_members(ctx, sales.public_id, "EMILY@siam.example")
    assert inside_of(sales) == ["emily@siam.example"]
    assert act("group.member-added").detail == {"after": {"members": ["emily@siam.example"]}}


def test_suspended_users_stay_and_become_members(ctx, cast, sales):
    cast.user("gone@siam.example", "Gone", state="suspended")
    add_members(ctx, sales.public_id, "gone@siam.example")
    assert inside_of(sales) == ["gone@siam.example"]


def test_many_members_at_once_tell_which_were_refused_and_why(ctx, cast, sales):
    emily = cast.user("emily@siam.example", "Emily")
    cast.user("naree@siam.example", "Naree")
    cast.user("rosa@lima.example", "Rosa", organization=cast.customer("Lima", "lima.example"))
    add_alias(ctx, emily.public_id, "em", DOMAIN)
    add_members(ctx, sales.public_id, "naree@siam.example")
    text = " em@siam.example \n\nemily@siam.example, naree@siam.example\nrosa@lima.example;sales@siam.example\nEmily"
    added = add_members(ctx, sales.public_id, text)
    assert added.count == 1
    assert [line for line, _ in added.refused] == [
        "naree@siam.example", "rosa@lima.example", "sales@siam.example", "Emily"]
    assert inside_of(sales) == ["emily@siam.example", "naree@siam.example"]
    again = add_members(ctx, sales.public_id, "emily@siam.example")
    assert (again.count, len(again.refused)) == (0, 1)


@pytest.mark.parametrize("text", ["", " \n,;\n", "\n".join(f"u{n}@siam.example" for n in range(LINES_MAX + 1))])
def test_nobody_and_too_many_are_refused(text):
    assert refusal(named_members, text).field == "members"


def test_adding_many_costs_as_much_as_adding_few(ctx, cast, sales):
    emails = [cast.user(f"user{number}@siam.example").email for number in range(60)]
    with statements() as few:
        add_members(ctx, sales.public_id, "\n".join(emails[:2]))
    with statements() as many:
        add_members(ctx, sales.public_id, "\n".join(emails[2:]))
    assert len(many) == len(few)
    assert len(inside_of(sales)) == 60


def test_a_member_is_removed_and_twice_is_once(ctx, cast, sales):
    emily = cast.user("emily@siam.example", "Emily")
    add_members(ctx, sales.public_id, emily.email)
    for _ in range(2):
        remove_member(ctx, sales.public_id, emily.public_id)
    assert inside_of(sales) == []
    assert act("group.member-removed").detail == {"before": {"members": ["emily@siam.example"]}}
    with pytest.raises(NotFound):
        remove_member(ctx, sales.public_id, "23456789abcd")


def test_another_organizations_group_is_not_there(cast, sales):
    lima = cast.customer("Lima", "lima.example")
    boss = cast.person("boss@lima.example", "es")
    rosa = cast.employ(lima, boss, "super-admin")
    ctx, it = inside(boss, lima), sales.public_id
    for call in (
        lambda: edit(ctx, sales, local="x", domain="lima.example"), lambda: delete_group(ctx, it),
        lambda: add_members(ctx, it, rosa.email),
        lambda: remove_member(ctx, it, rosa.public_id), lambda: group(lima.id, it),
    ):
        with pytest.raises(NotFound):
            call()
    assert groups(lima.id, "", None).rows == []


def test_outside_of_a_console_nothing_is_allowed(cast, sales):
    for person in (cast.admin, cast.siam_admin, cast.outsider):
        for call in (lambda ctx: delete_group(ctx, sales.public_id), lambda ctx: edit(ctx, sales)):
            with pytest.raises(Forbidden):
                call(person.ctx)


def test_the_list_counts_members_in_one_statement(ctx, cast, sales):
    add_group(ctx, "Ärzte", "doctors", DOMAIN)
    cast.user("emily@siam.example", "Emily")
    add_members(ctx, sales.public_id, "emily@siam.example\nsuper-admin@siam.example")
    organization = ctx.actor.organization_id
    with statements() as seen:
        found = [(row.name, row.address, row.size) for row in groups(organization, "", None).rows]
    assert found == [("Ärzte", "doctors@siam.example", 0), ("Sales", "sales@siam.example", 2)]
    assert len(seen) == 1
    assert [row.name for row in groups(organization, "arzte", None).rows] == ["Ärzte"]
    assert [row.name for row in groups(organization, "sales@", None).rows] == ["Sales"]


@pytest.mark.parametrize("many", [0, 10_000], ids=["a large group", "a small group"])
def test_members_are_paged_by_name_and_searched(ctx, cast, sales, monkeypatch, many):
    monkeypatch.setattr(queries, "_MANY", many)
    emails = [cast.user(f"user{number}@siam.example", f"Name {99 - number}").email for number in range(60)]
    cast.user("stranger@siam.example", "Name 00")
    add_members(ctx, sales.public_id, "\n".join(emails))
    row, domains = group(ctx.actor.organization_id, sales.public_id)
    assert (row.size, row.address, domains) == (60, "sales@siam.example", [(DOMAIN, DOMAIN)])

    def page(search="", after=None):
        return members(row.id, ctx.actor.organization_id, row.size, search, after)

    first = page()
    second = page(after=first.next)
    assert [user.name for user in [*first.rows, *second.rows]] == [f"Name {number}" for number in range(40, 100)]
    assert [user.email for user in page("user12").rows] == ["user12@siam.example"]


def test_the_size_follows_the_members(ctx, cast, sales):
    users = [cast.user(f"{name}@siam.example") for name in ("a", "b", "c")]
    add_members(ctx, sales.public_id, "\n".join(user.email for user in users))
    add_members(ctx, sales.public_id, users[0].email)  # refused: is one already
    for _ in range(2):  # the second time there is nothing to remove
        remove_member(ctx, sales.public_id, users[1].public_id)
    assert Group.get_by_id(sales.id).size == GroupMember.select().where(GroupMember.group == sales).count() == 2
