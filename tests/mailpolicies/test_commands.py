"""Adding, changing, ordering and assigning mail policies, by administrators and by the partner on their behalf."""

from __future__ import annotations

import pytest

from portal.audit.models import Event
from portal.core.errors import DomainError, Forbidden, NotFound, Stale
from portal.mailpolicies import commands, queries
from portal.mailpolicies.models import Assignment, MailPolicy, SenderRule
from portal.mailpolicies.policy import POLICIES_MAX
from tests.inside import inside


def order(ctx) -> list[str]:
    return [policy.name for policy in queries.listed(ctx.actor)]


def acts() -> list[Event]:
    return list(Event.select().where(Event.verb.startswith("mail-policy.")).order_by(Event.id))


def counting(ctx, user) -> str | None:
    winner = queries.effective_for(user).winner
    return winner and winner.name


def test_a_policy_is_added_at_the_end_and_recorded(manager, add, rules) -> None:
    add("First")
    public_id = add("Second", blocked=["b@x.example", "@A.example"], forwards=["boss@siam.example"])
    assert order(manager) == ["First", "Second"]
    found = queries.held(manager.actor, public_id)
    assert (found.rules.blocked, found.rules.forwards) == (["@a.example", "b@x.example"], ["boss@siam.example"])
    act = acts()[-1]
    assert (act.verb, act.subject, act.name) == ("mail-policy.added", public_id, "Second")
    assert act.detail["after"]["blocked"] == ["@a.example", "b@x.example"]


def test_an_edit_records_only_what_it_changes(manager, add, rules) -> None:
    public_id = add(blocked=["@a.example"])
    commands.edit_policy(manager, public_id, rules(blocked=["@b.example"], retention_days=30), 0)
    act = acts()[-1]
    assert act.detail["before"] == {"blocked": ["@a.example"], "retention_days": None}
    assert act.detail["after"] == {"blocked": ["@b.example"], "retention_days": 30}
    assert [row.pattern for row in SenderRule.select()] == ["@b.example"]


def test_saving_what_is_there_already_is_no_act(manager, add, rules) -> None:
    public_id = add()
    commands.edit_policy(manager, public_id, rules(), 0)
    assert [act.verb for act in acts()] == ["mail-policy.added"]


def test_the_later_of_two_edits_is_refused(manager, add, rules) -> None:
    public_id = add()
    commands.edit_policy(manager, public_id, rules(attachment_mb=1), 0)
    with pytest.raises(Stale):
        commands.edit_policy(manager, public_id, rules(attachment_mb=2), 0)
    assert queries.held(manager.actor, public_id).rules.attachment_mb == 1


def test_names_are_unique_in_an_organization(manager, add, rules) -> None:
    add("Same")
    with pytest.raises(DomainError) as refused:
        add("  Same ")
    assert refused.value.field == "name"
    other = add("Other")
    with pytest.raises(DomainError):
        commands.edit_policy(manager, other, rules("Same"), 0)
    commands.edit_policy(manager, other, rules("Other", attachment_mb=1), 0)


def test_there_is_an_end_to_policies(manager, add) -> None:
    for number in range(POLICIES_MAX):
        add(f"Policy {number}")
    with pytest.raises(DomainError, match="50 policies"):
        add("One more")


def test_the_default_is_one_and_goes_last(cast, manager, add) -> None:
    first, second = add("First"), add("Second")
    user = cast.user("emily@siam.example")
    assert counting(manager, user) is None
    commands.make_default(manager, first, 0)
    assert counting(manager, user) == "First"
    commands.make_default(manager, second, 0)
    commands.make_default(manager, second, 0)
    assert [row.name for row in MailPolicy.select().where(MailPolicy.is_default)] == ["Second"]
    assert acts()[-1].detail == {"before": {"default": "First"}, "after": {"default": "Second"}}
    with pytest.raises(DomainError, match="default first"):
        commands.delete_policy(manager, second, 0)
    commands.delete_policy(manager, first, 0)
    commands.delete_policy(manager, second, 0)
    assert order(manager) == []


@pytest.mark.parametrize(("name", "up", "after"), [
    ("B", True, ["B", "A", "C"]), ("B", False, ["A", "C", "B"]), ("A", True, ["A", "B", "C"]),
    ("C", False, ["A", "B", "C"]),
])
def test_policies_change_places(manager, add, name, up, after) -> None:
    ids = {one: add(one) for one in "ABC"}
    place = queries.held(manager.actor, ids[name]).position
    commands.move_policy(manager, ids[name], up, place)
    assert order(manager) == after


def test_a_double_click_moves_once(manager, add) -> None:
    ids = [add(one) for one in "ABC"]
    commands.move_policy(manager, ids[2], True, 3)
    with pytest.raises(Stale):
        commands.move_policy(manager, ids[2], True, 3)
    assert order(manager) == ["A", "C", "B"]


def test_the_order_decides_between_groups(cast, manager, add, group) -> None:
    user = cast.user("emily@siam.example")
    for name in ("sales", "board"):
        group(f"{name}@siam.example", user)
        commands.assign_policy(manager, add(name), f"{name}@siam.example")
    assert counting(manager, user) == "sales"
    board = MailPolicy.get(MailPolicy.name == "board")
    commands.move_policy(manager, board.public_id, True, board.position)
    assert counting(manager, user) == "board"
    (other,) = queries.effective_for(user).others
    assert (other[0].name, other[0].group) == ("sales", "Sales")


def test_a_policy_is_assigned_by_any_address_of_a_user(cast, manager, add, address) -> None:
    user = cast.user("emily@siam.example", "Emily Sato")
    address("info@siam.example", user)
    first, second = add("First"), add("Second")
    assert commands.assign_policy(manager, first, " Info@SIAM.example ") == "Emily Sato"
    commands.assign_policy(manager, first, "emily@siam.example")  # nothing changes
    commands.assign_policy(manager, second, "emily@siam.example")
    assert [row.policy.name for row in Assignment.select()] == ["Second"]
    assert [act.verb for act in acts()][2:] == ["mail-policy.assigned", "mail-policy.assigned"]
    assert acts()[-1].detail["before"] == {"policy": "First"}
    assert acts()[-1].detail["after"] == {"policy": "Second", "user": "Emily Sato"}
    commands.unassign_policy(manager, second, user.public_id)
    commands.unassign_policy(manager, second, user.public_id)
    assert [act.verb for act in acts()][4:] == ["mail-policy.unassigned"]
    assert counting(manager, user) is None


@pytest.mark.parametrize("typed", ["nobody@siam.example", "@siam.example", "", "someone@else.example"])
def test_nobody_has_that_address(cast, manager, add, address, typed) -> None:
    address("@siam.example", cast.user("emily@siam.example"))
    elsewhere = cast.customer("Else", "else.example")
    cast.user("someone@else.example", organization=elsewhere)
    with pytest.raises(DomainError) as refused:
        commands.assign_policy(manager, add(), typed)
    assert refused.value.field == "address"


def test_another_organizations_policies_and_people_are_not_there(cast, manager, add, rules) -> None:
    public_id = add()
    elsewhere = cast.customer("Else", "else.example")
    stranger = cast.user("someone@else.example", organization=elsewhere)
    outside = inside(cast.admin, elsewhere)
    for attempt in (
        lambda: commands.edit_policy(outside, public_id, rules("Mine"), 0),
        lambda: commands.delete_policy(outside, public_id, 0),
        lambda: commands.make_default(outside, public_id, 0),
        lambda: commands.move_policy(outside, public_id, True, 1),
        lambda: commands.assign_policy(outside, public_id, "someone@else.example"),
        lambda: commands.unassign_policy(outside, public_id, stranger.public_id),
        lambda: commands.unassign_policy(manager, public_id, stranger.public_id),
        lambda: queries.user(manager.actor, stranger.public_id),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert queries.listed(outside.actor) == []


@pytest.mark.parametrize("address", ["archive@siam.example", "archive@elsewhere.example"])
def test_a_partner_adds_no_forward(cast, partner, manager, add, rules, address) -> None:
    with pytest.raises(DomainError, match="own administrators") as refused:
        commands.add_policy(partner, rules("Archive", forwards=[address]))
    assert refused.value.field == "forwards"
    public_id = add("Archive", forwards=[address])
    # What the customer's own people wrote stays; the partner changes the rest.
    commands.edit_policy(partner, public_id, rules("Archive", forwards=[address], attachment_mb=5), 0)
    with pytest.raises(DomainError):
        commands.edit_policy(partner, public_id, rules("Archive", forwards=[address, "b@siam.example"]), 1)


def test_who_is_not_inside_changes_nothing(cast, rules) -> None:
    with pytest.raises(Forbidden):
        commands.add_policy(cast.admin.ctx, rules())


def test_a_deleted_policy_leaves_nothing_behind(cast, manager, add) -> None:
    user = cast.user("emily@siam.example")
    public_id = add(blocked=["@a.example"])
    commands.assign_policy(manager, public_id, "emily@siam.example")
    commands.delete_policy(manager, public_id, 0)
    assert (Assignment.select().count(), SenderRule.select().count()) == (0, 0)
    assert counting(manager, user) is None
    assert acts()[-1].detail["before"]["blocked"] == ["@a.example"]
