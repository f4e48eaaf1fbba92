"""What the tests of mail policies share."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.core.ids import public_id
from portal.customers.policy import sort_key
from portal.directory.models import Address, Group, GroupMember
from portal.mailpolicies import commands
from portal.mailpolicies.policy import Rules
from portal.storage import transaction
from tests.inside import inside


@pytest.fixture
def manager(cast):
    """A context of Siam's own administrator."""
    return inside(cast.siam_manager, cast.siam)


@pytest.fixture
def partner(cast):
    """A context of the partner on Siam's behalf."""
    return inside(cast.admin, cast.siam)


@pytest.fixture
def rules():
    """Build the rules of a policy; whatever is not told is ordinary."""
    def build(name: str = "Standard", **more) -> Rules:
        plain = {"attachment_mb": 25, "forwarding": "off", "keep_copy": True, "retention_days": None}
        return Rules(name, **{**plain, **more})
    return build


@pytest.fixture
def add(manager, rules):
    """Add a policy and return its public id."""
    return lambda *args, **more: commands.add_policy(manager, rules(*args, **more))


@pytest.fixture
def group(cast):
    """Make a group with its address and members."""
    def make(address: str, *members, organization=None):
        organization = organization or cast.siam
        with transaction():
            made = Group.create(organization=organization, name=address.partition("@")[0].title(),
                                name_key=sort_key(address), size=len(members), created_at=cast.now)
            Address.create(organization=organization, text=address, domain=address.rpartition("@")[2], kind="group",
                           group=made, created_at=cast.now)
            for member in members:
                GroupMember.create(group=made, user=member)
        return made
    return make


@pytest.fixture
def address(cast):
    """Write an alias, or the catch-all `@domain`, of a user."""
    def make(text: str, user):
        with transaction():
            return Address.create(
                organization=user.organization, text=text, domain=text.rpartition("@")[2], user=user,
                kind="catch-all" if text.startswith("@") else "alias", created_at=cast.now, public_id=public_id(),
            )
    return make


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Mail servers are shown the second engine only: that is the one which their documented settings are for."""
    alone = collection_path.name == "test_mail_server.py" and config.getoption("--engine") != "postgresql"
    return True if alone else None
