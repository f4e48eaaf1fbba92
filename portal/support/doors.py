"""The ways by which mails come in: a mail server's connection, a pipe, a folder. Each only stores."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Collection, Sequence
from threading import Event

from portal.adapters.mail_in import serve
from portal.core.context import Ctx
from portal.storage import database, is_postgresql
from portal.support.commands.filing import own_addresses
from portal.support.commands.receiving import store
from portal.support.policy.addresses import plain_address
from portal.support.policy.files import MEGABYTE

log = logging.getLogger("portal.mail_in")
# What a mail server does next: nothing, send it back, or try again later.
STORED, NO_MAIL, NOT_OURS, LATER = os.EX_OK, os.EX_DATAERR, os.EX_NOUSER, os.EX_TEMPFAIL
MakeCtx = Callable[[], Ctx]


def listen(
    make_ctx: MakeCtx, host: str, port: int, stop: Event, lmtp: bool = True, only: Collection[str] = (),
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Take mails by LMTP or SMTP until `stop` is set.

    `only` are the addresses that are taken besides the programme's; without any, the mail server in front decides.
    """
    ctx = make_ctx()

    def keep(content: bytes, recipients: Sequence[str], sender: str) -> None:
        _connected()
        try:
            store(make_ctx(), content, recipients, sender)
        except Exception:
            _disconnect()
            raise

    serve(host, port, keep, lambda address: ours(ctx, address, only), ctx.programme.support.message_mb, stop, lmtp,
          ready)


def _connected() -> None:
    """Keep a connection in each thread: making one takes seven times as long as storing a mail."""
    if database.is_closed():
        database.connect()
        if not is_postgresql():  # the mail must be there after the power fails, too: it will not come again
            database.execute_sql("PRAGMA synchronous = FULL")


def _disconnect() -> None:
    """Give up a connection that may be broken, and not back to others."""
    if is_postgresql():
        database.manual_close()
    else:
        database.close()


def ours(ctx: Ctx, address: str, only: Collection[str]) -> bool:
    """Tell whether mails to an address are taken."""
    return not only or plain_address(address.lower()) in own_addresses(ctx)


def take_one(
    make_ctx: MakeCtx, content: bytes, mailbox: str, sender: str, only: Collection[str] = ()
) -> tuple[int, str]:
    """Store a mail that a mail server pipes in; return the exit code of sysexits that tells it what became of it.

    It never sends back what could be stored later.
    """
    try:
        ctx = make_ctx()
        most = ctx.programme.support.message_mb
        if not content.strip():
            return NO_MAIL, "there is no mail"
        if len(content) > most * MEGABYTE:
            return NO_MAIL, f"the mail is larger than {most} MB"
        if mailbox and not ours(ctx, mailbox, only):
            return NOT_OURS, f"no such mailbox here: {mailbox}"
        with database.connection_context():
            store(ctx, content, [mailbox or "pipe"], sender)
    except Exception as fault:
        log.exception("a mail was not stored")
        return LATER, f"not stored, try again later: {type(fault).__name__}"
    return STORED, ""


def poll(make_ctx: MakeCtx) -> int:
    """Store what is new in the folder; return how many mails that were. Nothing without a folder."""
    inbox = make_ctx().ports.inbox
    if inbox is None:
        return 0
    return inbox.take(lambda content: store(make_ctx(), content, [inbox.name]))
