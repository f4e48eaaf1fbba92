"""People of partners and their tickets, for tests of Partner Support."""

from __future__ import annotations

from typing import Any

from portal.partners.models import Member
from portal.storage import transaction
from portal.support.commands.opening import Request, add_ticket
from portal.support.models import Ticket


def helped(person: Any) -> Any:
    """Open the help center to somebody (S4.27)."""
    with transaction():
        Member.update(help_center=True).where(Member.account == person.account).execute()
    return person


def narrowed(person: Any) -> Any:
    """Let somebody see chosen customers only: none until some are chosen."""
    with transaction():
        Member.update(sees="chosen").where(Member.account == person.account).execute()
    return person


def big(cast: Any, name: str = "Big", domain: str = "big.example", **more: Any) -> Any:
    """A customer with a large account, in the United States."""
    return cast.customer(name, domain, **{"country": "US", "licenses": 700, "admin_email": f"boss@{domain}", **more})


def asked(person: Any, channel: str = "general", **fields: Any) -> Ticket:
    """Send a request as somebody of a partner."""
    return add_ticket(person.ctx, Request(**{"subject": "No mail", "description": "Since nine.", **fields}), channel)


def fresh(ticket: Ticket) -> Ticket:
    return Ticket.get_by_id(ticket.id)  # type: ignore[no-any-return]
