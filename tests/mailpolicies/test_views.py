"""The views that a mail server reads, on both engines."""

from __future__ import annotations

import itertools

import pytest

from portal.accounts.models import Account
from portal.directory.models import User
from portal.domains.models import Domain
from portal.mailpolicies import commands, queries
from portal.mailpolicies.models import MailPolicy
from portal.storage import database, transaction


def view(name: str, *columns: str) -> list[tuple]:
    return sorted(database.execute_sql(f"SELECT {', '.join(columns)} FROM {name}").fetchall())


def emilys(name: str, *columns: str) -> list[tuple]:
    """What a view has for one mailbox."""
    return [row[1:] for row in view(name, "address", *columns) if row[0] == "emily@siam.example"]


def test_domains_and_mailboxes(cast) -> None:
    emily = cast.user("emily@siam.example", state="active")
    invited = cast.user("omar@siam.example", state="invited")
    stranger = cast.user("someone@unproved.example", organization=cast.customer("Un", "unproved.example",
                                                                                verified=False))
    siam = cast.siam.public_id
    assert view("mail_domains", "domain", "organization") == [("siam.example", siam)]
    assert view("mail_settings", "domain", "contacts_sync") == [("siam.example", "off")]
    found = view("mail_mailboxes", "address", "user_id", "organization", "domain", "active")
    assert found == [
        ("emily@siam.example", emily.public_id, siam, "siam.example", True),
        ("omar@siam.example", invited.public_id, siam, "siam.example", False),
    ]
    assert stranger.email not in [address for address, *_ in found]


def test_a_domain_proved_by_one_is_not_the_others(cast) -> None:
    """Another organization may say that the domain is its own; none of its addresses is served."""
    other = cast.customer("Other", "other.example")
    with transaction():
        Domain.create(organization=other, name="siam.example", display="siam.example", token="t", primary=False,
                      created_at=cast.now)
    mine = cast.user("emily@siam.example")
    cast.user("emily@siam.example", organization=other)
    assert view("mail_mailboxes", "user_id") == [(mine.public_id,)]


def test_aliases_groups_and_routes(cast, address, group) -> None:
    emily, omar = cast.user("emily@siam.example"), cast.user("omar@siam.example", state="suspended")
    address("sales@siam.example", emily)
    address("@siam.example", omar)
    group("team@siam.example", emily, omar)
    aliases = [("@siam.example", "omar@siam.example"), ("sales@siam.example", "emily@siam.example")]
    groups = [("team@siam.example", "emily@siam.example")]
    selves = [(user.email, user.email) for user in (emily, omar)]
    assert view("mail_aliases", "address", "destination") == aliases
    assert view("mail_groups", "address", "destination") == groups
    assert view("mail_routes", "address", "destination") == sorted(aliases + groups + selves)


@pytest.mark.parametrize(("state", "password", "proved", "there"), [
    ("active", "$argon2id$x", True, True),
    ("active", None, True, False),
    ("active", "$argon2id$x", False, False),
    ("invited", "$argon2id$x", True, False),
    ("suspended", "$argon2id$x", True, False),
])
def test_passwords(cast, state, password, proved, there) -> None:
    user = cast.user("emily@siam.example", state=state)
    with transaction():
        user.account = Account.create(email=user.email, password_hash=password, created_at=cast.now,
                                      verified_at=cast.now if proved else None)
        user.save(only=[User.account])
    expected = [("emily@siam.example", "{ARGON2ID}$argon2id$x")] if there else []
    assert view("mail_passwords", "address", "password") == expected


def test_the_rules_of_a_policy(cast, manager, rules) -> None:
    cast.user("emily@siam.example")
    policy = commands.add_policy(manager, rules(
        attachment_mb=25, forwarding="internal", keep_copy=False, retention_days=30, allowed=["a@b.example"],
        blocked=["@b.example"], forwards=["desk@siam.example"],
    ))
    assert emilys("mail_rules", "policy") == []
    commands.make_default(manager, policy, 0)
    columns = ("attachment_bytes", "forwarding", "keep_copy", "retention_days", "policy")
    assert emilys("mail_rules", *columns) == [(26214400, "internal", False, 30, policy)]
    assert emilys("mail_senders", "pattern", "verdict") == [("@b.example", "block"), ("a@b.example", "allow")]
    assert emilys("mail_forwards", "destination") == [("desk@siam.example",)]
    assert emilys("mail_routes", "destination") == [("desk@siam.example",)]


def test_a_copy_stays_in_the_mailbox_and_another_goes_on(cast, manager, rules) -> None:
    cast.user("emily@siam.example")
    commands.make_default(manager, commands.add_policy(manager, rules(forwards=["desk@siam.example"])), 0)
    assert emilys("mail_routes", "destination") == [("desk@siam.example",), ("emily@siam.example",)]


def test_nothing_leads_to_an_address_that_is_not_proved(cast, address, group) -> None:
    with transaction():
        Domain.create(organization=cast.siam, name="new.example", display="new.example", token="t", primary=False,
                      created_at=cast.now)
    away = cast.user("away@new.example")
    address("away@siam.example", away)
    address("sales@new.example", cast.user("emily@siam.example"))
    group("team@siam.example", away)
    assert view("mail_routes", "address", "destination") == [("emily@siam.example", "emily@siam.example")]
    assert view("mail_passwords", "address") == view("mail_groups", "address") == []


@pytest.mark.parametrize("keep_copy", [True, False])
def test_whoever_forwards_to_themselves_gets_it_once(cast, manager, rules, keep_copy) -> None:
    cast.user("emily@siam.example")
    to_self = rules(forwards=["emily@siam.example"], keep_copy=keep_copy)
    commands.make_default(manager, commands.add_policy(manager, to_self), 0)
    assert emilys("mail_routes", "destination") == [("emily@siam.example",)]


def test_the_views_and_the_page_agree_on_what_counts(cast, partner, rules, group) -> None:
    """Every mixture of an own policy, two groups' and a default one."""
    users = {}
    for mixture in itertools.product((False, True), repeat=3):
        name = "".join(word if there else "" for word, there in zip(("own", "sales", "board"), mixture, strict=True))
        users[mixture] = cast.user(f"u-{name}@siam.example")
    for place, name in enumerate(("sales", "board"), start=1):
        group(f"{name}@siam.example", *(user for mixture, user in users.items() if mixture[place]))
        commands.assign_policy(partner, commands.add_policy(partner, rules(name)), f"{name}@siam.example")
    own = commands.add_policy(partner, rules("own"))
    for mixture, user in users.items():
        if mixture[0]:
            commands.assign_policy(partner, own, user.email)
    for default in (None, commands.add_policy(partner, rules("default"))):
        if default:
            commands.make_default(partner, default, 0)
        shown = {user.email: queries.effective_for(user).winner for user in users.values()}
        expected = sorted((email, winner.policy) for email, winner in shown.items() if winner)
        assert view("mail_rules", "address", "policy") == expected
        assert len(expected) == (8 if default else 7)
    assert MailPolicy.select().count() == 4
