"""What erasures do to requests to Partner Support, beyond names in texts: search words, files, mails as they came."""

from __future__ import annotations

from typing import Any

from portal.accounts.models import Account
from portal.core.folding import fold
from portal.customers.models import Organization
from portal.privacy.policy import Names
from portal.support.commands.history import found_by
from portal.support.models import Attachment, Event, Participant, Received, Ticket, Unreachable

_UNSETTLED = ("stored", "held")
_GONE = {"content": b"", "size": 0}
_ABOUT = ("identified", "classified", "customer-chosen")  # events that say by what a customer was found


def forget_requester(account: Account, names: Names) -> int:
    """Erase a person from requests, before their names are replaced in texts; return how many rows it concerned."""
    mails = _forget_mails(account, names)
    mine = (Participant.account == account.id) | Participant.email.in_(names.addresses)
    parts = Participant.delete().where(mine).execute()
    refused = Unreachable.delete().where(Unreachable.email.in_(names.addresses)).execute()
    files = Attachment.delete().where(Attachment.uploader == account.id, Attachment.event.is_null()).execute()
    return int(mails + parts + refused + files)


def found_anew(names: Names) -> None:
    """Let requests be found by what they say now: names are gone from their texts, and no longer find them."""
    told: Any = Ticket.id.in_([])
    for word in (*names.names, *names.addresses):
        told |= Ticket.search.contains(fold(word))
    _find_anew(told)


def _find_anew(which: Any) -> None:
    for ticket in list(Ticket.select().where(which)):
        Ticket.update(search=found_by(ticket)).where(Ticket.id == ticket.id).execute()


def _forget_mails(account: Account, names: Names) -> int:
    """Empty the mails as they came from the person, and those of their requests that bear their address in plain view.

    What was taken from a mail stands in its request, without the name. A mail of theirs that waits for staff is
    discarded; a mail of others that does is kept until staff settle it, and then for its period.
    """
    theirs = Received.from_email.in_(names.addresses)
    Received.update(from_name=names.pseudonym).where(theirs).execute()
    waiting = Received.update(state="discarded", **_GONE).where(theirs, Received.state.in_(_UNSETTLED)).execute()
    rows: Any = Received.select(Received.id, Received.content).where(
        theirs | Received.ticket.in_(_took_part(account, names)), Received.state.not_in(_UNSETTLED), Received.size > 0
    )
    addresses = [address.casefold().encode() for address in names.addresses]
    sent: Any = Received.select(Received.id).where(theirs)
    own = {row_id for (row_id,) in sent.tuples()}
    found = [row_id for row_id, content in rows.tuples().iterator()
             if row_id in own or any(address in bytes(content).lower() for address in addresses)]
    for start in range(0, len(found), 500):
        Received.update(**_GONE).where(Received.id.in_(found[start : start + 500])).execute()
    return int(waiting) + len(found)


def _took_part(account: Account, names: Names) -> Any:
    part = Participant.select(Participant.ticket).where(
        (Participant.account == account.id) | Participant.email.in_(names.addresses))
    return Ticket.select(Ticket.id).where((Ticket.requester == account.id) | Ticket.id.in_(part))


def forget_customer(organization: Organization) -> int:
    """Take an organization's data out of requests about it; what its partner wrote stays the partner's."""
    about = Ticket.organization == organization.id
    ids: Any = Ticket.select(Ticket.id).where(about)
    count = int(Event.delete().where(Event.ticket.in_(ids), Event.kind.in_(_ABOUT)).execute())
    Ticket.update(customer_email="", service_org="", service_user="", verdict_params=None, verdict="", priority=False
                  ).where(about).execute()
    _find_anew(about)
    return count
