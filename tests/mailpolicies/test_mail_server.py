"""What real Postfix and Dovecot find of an organization, with the settings and roles of docs/operating.md."""

from __future__ import annotations

import psycopg
import pytest
from argon2 import PasswordHasher

from portal.accounts import passwords
from portal.accounts.models import Account
from portal.directory.commands import groups, users
from portal.directory.commands.addresses import add_alias, set_catch_all
from portal.directory.commands.user_states import resume_user, suspend_user
from portal.directory.models import User
from portal.domains.models import Domain
from portal.mailpolicies import commands
from portal.storage import database, transaction
from tests.mailpolicies.mail_server import MailServer, documented_files, documented_sql, mail_server

PASSWORD = "correct horse battery"
ROLES = ("mail_postfix", "mail_dovecot")


@pytest.fixture
def server(app, database_url):
    """A mail server whose roles were made by the document's own statements."""
    with mail_server(database_url) as made:
        database.execute_sql(documented_sql())
        try:
            yield made
        finally:
            for role in ROLES:
                database.execute_sql(f"DROP OWNED BY {role}; DROP ROLE {role}")


@pytest.fixture
def person(cast):
    """Make an active user of Siam's who has chosen a password."""
    def make(email: str, state: str = "active", verified: bool = True) -> User:
        with transaction():
            account = Account.create(
                email=email, name=email.partition("@")[0].title(), password_hash=passwords.hashed(PASSWORD),
                verified_at=cast.now if verified else None, created_at=cast.now,
            )
            user = cast.user(email, state=state)
            user.account = account
            user.save(only=[User.account])
        return user
    return make


def routes(server: MailServer, address: str) -> list[str]:
    """Return where Postfix sends mail for an address: the whole one first, then its domain, as Postfix asks."""
    found = server.postfix("virtual_alias_maps", address)
    return found or server.postfix("virtual_alias_maps", "@" + address.partition("@")[2])


def test_what_the_partner_adds_in_the_console_resolves(server, partner) -> None:
    for name in ("emily", "omar", "gone"):
        users.add_user(partner, f"{name}@siam.example", name.title())
    add_alias(partner, "emily@siam.example", "sales", "siam.example")
    set_catch_all(partner, "siam.example", "omar@siam.example")
    team = groups.add_group(partner, "Team", "team", "siam.example")
    groups.add_members(partner, team.public_id, "emily@siam.example\nomar@siam.example\ngone@siam.example")
    suspend_user(partner, User.get(User.email == "gone@siam.example").public_id)
    assert server.postfix("virtual_mailbox_domains", "siam.example") == ["siam.example"]
    assert server.postfix("virtual_mailbox_domains", "else.example") == []
    assert server.postfix("virtual_mailbox_maps", "emily@siam.example") == ["emily@siam.example"]
    assert server.postfix("virtual_mailbox_maps", "sales@siam.example") == []
    for asked, found in {
        "emily@siam.example": ["emily@siam.example"],
        "Emily@SIAM.example": ["emily@siam.example"],
        "sales@siam.example": ["emily@siam.example"],
        "team@siam.example": ["emily@siam.example", "omar@siam.example"],
        "whoever@siam.example": ["omar@siam.example"],
        "gone@siam.example": ["gone@siam.example"],
        "emily@else.example": [],
        "x' OR '1'='1@siam.example": ["omar@siam.example"],
    }.items():
        assert routes(server, asked) == found, asked


def test_who_may_send_as_which_address(cast, server, address) -> None:
    emily = cast.user("emily@siam.example")
    address("sales@siam.example", emily)
    address("@siam.example", emily)
    for asked, found in {"emily@siam.example": ["emily@siam.example"], "sales@siam.example": ["emily@siam.example"],
                         "@siam.example": [], "other@siam.example": []}.items():
        assert server.postfix("smtpd_sender_login_maps", asked) == found, asked


def test_nothing_of_an_unverified_domain_resolves(cast, server, address, group, person) -> None:
    emily = person("emily@siam.example")
    with transaction():
        Domain.create(organization=cast.siam, name="new.example", display="new.example", token="t", primary=False,
                      created_at=cast.now)
    away = person("away@new.example")
    address("sales@new.example", emily)
    address("@new.example", emily)
    address("away@siam.example", away)
    group("team@new.example", emily)
    group("all@siam.example", emily, away)
    assert server.postfix("virtual_mailbox_domains", "new.example") == []
    for asked in ("away@new.example", "sales@new.example", "team@new.example", "away@siam.example"):
        assert routes(server, asked) == [], asked
    assert routes(server, "all@siam.example") == ["emily@siam.example"]
    with server.dovecot():
        assert server.user("away@new.example") is None
        assert not server.signs_in("away@new.example", PASSWORD)
        with transaction():
            Domain.update(verified_at=cast.now).where(Domain.name == "new.example").execute()
        assert server.signs_in("away@new.example", PASSWORD)
    assert routes(server, "sales@new.example") == ["emily@siam.example"]
    assert routes(server, "away@siam.example") == ["away@new.example"]


def test_a_suspended_user_does_not_sign_in_and_keeps_their_mail(cast, server, manager, person) -> None:
    passwords.use(PasswordHasher())  # what production stores: Dovecot must be able to check that
    emily = person("emily@siam.example")
    person("o'brien@siam.example")
    person("gone@siam.example", state="suspended")
    person("unproved@siam.example", verified=False)
    cast.user("invited@siam.example", state="invited")
    with server.dovecot():
        assert server.signs_in("emily@siam.example", PASSWORD)
        assert server.signs_in("Emily@Siam.Example", PASSWORD)
        assert server.signs_in("o'brien@siam.example", PASSWORD)
        assert not server.signs_in("emily@siam.example", PASSWORD + "x")
        assert not server.signs_in("gone@siam.example", PASSWORD)
        assert not server.signs_in("unproved@siam.example", PASSWORD)
        assert not server.signs_in("invited@siam.example", "")
        assert server.user("gone@siam.example") is not None
        assert server.user("nobody@siam.example") is None
        found = server.user("emily@siam.example")
        assert found is not None
        assert (found["home"], found["uid"]) == ("/var/vmail/siam.example/emily", "5000")
        assert "gone@siam.example" in server.users()
        suspend_user(manager, emily.public_id)
        assert not server.signs_in("emily@siam.example", PASSWORD)
        resume_user(manager, emily.public_id)
        assert server.signs_in("emily@siam.example", PASSWORD)


def test_forwards_of_the_policy_that_counts(cast, server, manager, rules, group) -> None:
    emily = cast.user("emily@siam.example")
    cast.user("omar@siam.example")
    group("team@siam.example", emily)
    kept = commands.add_policy(manager, rules("Kept", forwards=["archive@else.example"]))
    sent_on = commands.add_policy(manager, rules("Sent on", forwards=["desk@else.example"], keep_copy=False))
    commands.make_default(manager, kept, 0)
    both = ["archive@else.example", "emily@siam.example"]
    assert routes(server, "emily@siam.example") == both
    commands.assign_policy(manager, sent_on, "team@siam.example")
    assert routes(server, "emily@siam.example") == ["desk@else.example"]
    assert routes(server, "omar@siam.example") == ["archive@else.example", "omar@siam.example"]
    commands.assign_policy(manager, kept, "emily@siam.example")
    assert routes(server, "emily@siam.example") == both


@pytest.mark.parametrize(("role", "refused"), [
    ("mail_postfix", ["account", "directory_user", "organization", "mail_passwords", "mail_rules"]),
    ("mail_dovecot", ["account", "directory_user", "organization", "mail_routes"]),
])
def test_the_roles_read_their_views_and_nothing_else(server, database_url, role, refused) -> None:
    with psycopg.connect(database_url, user=role, autocommit=True) as connection:
        assert connection.execute("SELECT count(*) FROM mail_mailboxes").fetchone() == (0,)
        for name in refused:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"SELECT * FROM {name}")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DELETE FROM mail_policy")


def test_every_documented_file_is_one_that_the_servers_read(server) -> None:
    assert len(documented_files()) == 8
    assert "private/dovecot-lmtp" in server.doveconf("/etc/dovecot/conf.d/99-portal.conf", "service/lmtp")
