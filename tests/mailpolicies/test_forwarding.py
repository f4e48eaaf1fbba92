"""Where a policy of the customer forwards mail, nothing that a partner does brings it to anybody more (S3.12)."""

from __future__ import annotations

import pytest

from portal.directory.commands import addresses, groups, users
from portal.directory.models import Address, Group
from portal.directory.policy.forwarding import ForwardedByPartner
from portal.directory.queries.forwarding import readers, sent_on
from portal.mailpolicies import commands
from portal.mailpolicies.models import MailPolicy
from portal.storage import transaction
from tests.inside import inside


@pytest.fixture
def siam(cast, manager, add, rules, group):
    """An organization that sends copies to a group, to an alias, and to addresses that nobody has or that are away."""
    auditor, sales, boss, mole = (
        cast.user(f"{name}@siam.example", state="invited" if name == "mole" else "active")
        for name in ("auditor", "sales", "boss", "mole")
    )
    group("archive@siam.example", auditor)
    group("desk@siam.example", sales)
    group("plain@siam.example", boss)
    addresses.add_alias(manager, auditor.email, "copies", "siam.example")
    add("Plain")
    to = ["archive@siam.example", "copies@siam.example", "later@siam.example", "help@andina.example"]
    commands.assign_policy(manager, add("Copied", forwards=to), "desk@siam.example")
    commands.assign_policy(manager, add("Own"), sales.email)
    commands.make_default(manager, add("Usual"), 0)
    return {"auditor": auditor, "sales": sales, "boss": boss, "mole": mole}


def policy(name):
    return MailPolicy.get(MailPolicy.name == name)


def group_of(address):
    return Group.select().join(Address).where(Address.text == address).get().public_id


def alias():
    return Address.get(Address.text == "copies@siam.example").public_id


MORE = {
    "assign to a user": lambda ctx, p: commands.assign_policy(ctx, policy("Copied").public_id, p["boss"].email),
    "assign to a group": lambda ctx, p: commands.assign_policy(
        ctx, policy("Copied").public_id, "plain@siam.example"),
    "make default": lambda ctx, p: commands.make_default(ctx, policy("Copied").public_id, 0),
    "take the own policy away": lambda ctx, p: commands.unassign_policy(
        ctx, policy("Own").public_id, p["sales"].public_id),
    "delete the own policy": lambda ctx, p: commands.delete_policy(ctx, policy("Own").public_id, 0),
    "into a forwarded group": lambda ctx, p: groups.add_members(ctx, group_of("desk@siam.example"), p["boss"].email),
    "into the group that reads": lambda ctx, p: groups.add_members(
        ctx, group_of("archive@siam.example"), p["mole"].email),
    "an address that is forwarded to": lambda ctx, p: addresses.add_alias(
        ctx, p["mole"].email, "later", "siam.example"),
    "a group of that address": lambda ctx, p: _group_with_member(ctx, p["mole"]),
    "a group moves to that address": lambda ctx, p: groups.edit_group(
        ctx, group_of("plain@siam.example"), 0, "Plain", "later", "siam.example", ""),
    "a user with that address": lambda ctx, p: users.add_user(ctx, "later@siam.example", "Later"),
    "an invited user gets that address": lambda ctx, p: users.edit_user(
        ctx, p["mole"].public_id, 0, "Mole", "", "", "later@siam.example"),
    "a catch-all for that address": lambda ctx, p: addresses.set_catch_all(ctx, "siam.example", p["mole"].email),
}


def _group_with_member(ctx, user):
    with transaction():
        made = groups.add_group(ctx, "Later", "later", "siam.example")
        groups.add_members(ctx, made.public_id, user.email)


@pytest.mark.parametrize("way", MORE)
def test_a_partner_lets_forwarded_mail_reach_nobody_more(cast, partner, manager, siam, way) -> None:
    before = sent_on(cast.siam.id), readers(cast.siam.id)
    with pytest.raises(ForwardedByPartner):
        MORE[way](partner, siam)
    assert (sent_on(cast.siam.id), readers(cast.siam.id)) == before
    MORE[way](manager, siam)
    assert (sent_on(cast.siam.id), readers(cast.siam.id)) != before, "an administrator of the customer may"


def test_an_alias_that_reads_is_not_handed_on(cast, partner, manager, siam) -> None:
    addresses.remove_alias(partner, alias())
    with pytest.raises(ForwardedByPartner):
        addresses.add_alias(partner, siam["mole"].email, "copies", "siam.example")


def test_behind_a_catch_all_no_alias_is_taken_away(cast, partner, manager, siam, address) -> None:
    address("@siam.example", siam["mole"])
    with pytest.raises(ForwardedByPartner):
        addresses.remove_alias(partner, alias())


def test_a_group_that_reads_is_not_deleted_in_front_of_a_catch_all(cast, partner, manager, siam, address) -> None:
    address("@siam.example", siam["mole"])
    with pytest.raises(ForwardedByPartner):
        groups.delete_group(partner, group_of("archive@siam.example"))


def test_the_order_of_policies_forwards_nobody_s_mail(cast, partner, manager, siam, add) -> None:
    for name in ("desk", "plain"):
        groups.add_members(manager, group_of(f"{name}@siam.example"), siam["mole"].email)
    commands.assign_policy(manager, policy("Plain").public_id, "plain@siam.example")
    with pytest.raises(ForwardedByPartner):
        commands.move_policy(partner, policy("Copied").public_id, up=True, seen=2)
    with pytest.raises(ForwardedByPartner):
        groups.remove_member(partner, group_of("plain@siam.example"), siam["mole"].public_id)
    with pytest.raises(ForwardedByPartner):
        groups.delete_group(partner, group_of("plain@siam.example"))


def test_what_forwards_to_nobody_more_is_the_partner_s_daily_work(cast, partner, siam) -> None:
    users.add_user(partner, "new@siam.example", "New")
    addresses.add_alias(partner, siam["boss"].email, "chief", "siam.example")
    groups.add_members(partner, group_of("plain@siam.example"), siam["mole"].email)
    groups.remove_member(partner, group_of("archive@siam.example"), siam["auditor"].public_id)
    commands.assign_policy(partner, policy("Plain").public_id, siam["boss"].email)
    commands.unassign_policy(partner, policy("Copied").public_id, group_of("desk@siam.example"))


def test_a_new_user_is_forwarded_as_the_customer_has_decided(cast, partner, manager, siam) -> None:
    commands.make_default(manager, policy("Copied").public_id, 0)
    user = users.add_user(partner, "new@siam.example", "New")
    assert (user.id, "help@andina.example") in sent_on(cast.siam.id)


def test_circles_of_forwards_end(cast, manager, siam, add) -> None:
    commands.assign_policy(manager, add("Round", forwards=["boss@siam.example"], keep_copy=False), siam["boss"].email)
    assert ("boss@siam.example", "boss@siam.example") in readers(cast.siam.id)


def test_other_organizations_do_not_matter(cast, partner, siam) -> None:
    other = cast.customer("Nube", "nube.example")
    assert readers(other.id) == sent_on(other.id) == set()
    addresses.set_catch_all(inside(cast.admin, other), "nube.example", cast.user(
        "ana@nube.example", organization=other).email)


def test_the_refusal_names_the_address(cast, partner, siam) -> None:
    with pytest.raises(ForwardedByPartner, match=r"“mole@siam\.example” cannot be added by a partner"):
        MORE["into the group that reads"](partner, siam)
