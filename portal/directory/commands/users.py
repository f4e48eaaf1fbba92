"""An organization's people."""

from __future__ import annotations

from portal.core.context import Ctx
from portal.core.folding import fold
from portal.customers.models import Organization
from portal.customers.policy import sort_key
from portal.directory.models import Address, User


def enlist(
    ctx: Ctx, organization_id: int, email: str, name: str, role: str, title: str = "", phone: str = "",
    state: str = "invited",
) -> User:
    """Write the row of a new person, the row of their address, and that there is one user more.

    Part of other commands, which have checked everything; `email` and `name` are normalized.
    """
    user: User = User.create(
        organization=organization_id, email=email, name=name, name_key=sort_key(name), role=role, state=state,
        title=title, phone=phone, search=user_search(name, email, title), created_at=ctx.now,
    )
    Address.create(
        organization=organization_id, text=email, domain=email.rpartition("@")[2], kind="user", user=user,
        created_at=ctx.now,
    )
    Organization.update(users=Organization.users + 1).where(Organization.id == organization_id).execute()
    return user


def user_search(name: str, email: str, title: str) -> str:
    """Return the folded words that a user is found by."""
    return fold(f"{name} {email} {title}")[:1000]
