"""Mails about tickets that no server took: staff see it on the ticket."""

from __future__ import annotations

import re

from portal.core.context import Ctx
from portal.mail.models import Outgoing
from portal.storage import locked, transaction
from portal.support.commands.history import settle
from portal.support.commands.notices import note_unreachable
from portal.support.models import Ticket, Unreachable

_NOBODY = re.compile(r"5\.1\.\d{1,3}")  # the server's own word that there is no such mailbox
_DETAIL_MAX = 1000


def note_refusal(ctx: Ctx, key: str) -> None:
    """Note on its ticket that a mail was refused for good; an address that is none gets no more mail."""
    mail = Outgoing.get_or_none(Outgoing.key == key)
    if mail is None or mail.state != "undeliverable":
        return
    with transaction():
        ticket = locked(Ticket.select().where(Ticket.public_id == mail.params["ticket"])).first()
        if ticket is None:
            return
        detail = str(mail.error or "").replace("\0", "")[:_DETAIL_MAX]
        code = _NOBODY.search(detail)
        if code:
            Unreachable.insert(email=mail.to_address, code=code.group(), detail=detail,
                               since=ctx.now).on_conflict_ignore().execute()
        note_unreachable(ctx, ticket, mail.to_address, detail)
        settle(ctx, ticket, internal=True)
