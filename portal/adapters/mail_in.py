"""Takes mails from mail servers, by LMTP or SMTP: each is answered only when it is kept."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event
from typing import Any

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP

log = logging.getLogger("portal.mail_in")
RECIPIENTS_MAX = 100
_LINE_MAX = 1 << 16  # longer than the standard allows: some programs do, and a mail is not to be lost for it
_THREADS = 4
_LATER = "451 4.3.0 Not stored, try again later"
Keep = Callable[[bytes, Sequence[str], str], None]


@dataclass(frozen=True, slots=True)
class Doorman:
    """Hands what comes to `keep` (content, recipients, sender), in a thread. Whatever that raises, it comes again.

    `accepts` tells which recipients are ours.
    """

    keep: Keep
    accepts: Callable[[str], bool]
    threads: ThreadPoolExecutor

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if not self.accepts(address):
            return "550 5.1.1 No such mailbox here"
        if len(envelope.rcpt_tos) >= RECIPIENTS_MAX:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Recipient is fine"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        arguments = (bytes(envelope.content), list(envelope.rcpt_tos), envelope.mail_from or "<>")
        try:
            await asyncio.get_running_loop().run_in_executor(self.threads, self.keep, *arguments)
        except Exception:  # a database that is away, a full disk: the sender keeps the mail
            log.exception("a mail was not stored")
            return _LATER
        return "250 2.0.0 Stored"


class _Smtp(SMTP):
    line_length_limit = _LINE_MAX


class _Lmtp(LMTP):
    """LMTP answers once for each recipient, which the library leaves out."""

    line_length_limit = _LINE_MAX
    _answers = 0  # to the content that is coming in

    async def smtp_DATA(self, arg: str) -> None:
        recipients = len(self.envelope.rcpt_tos) if self.envelope else 0
        self._recipients = recipients
        try:
            await super().smtp_DATA(arg)
        finally:
            self._answers = 0

    async def push(self, status: Any) -> None:
        for _ in range(self._answers or 1):
            await super().push(status)
        if str(status).startswith("354"):
            self._answers = self._recipients


def serve(
    host: str, port: int, keep: Keep, accepts: Callable[[str], bool], megabytes: int, stop: Event,
    lmtp: bool = True, ready: Callable[[], None] = lambda: None,
) -> None:
    """Take mails until `stop` is set; a mail that is being stored then is stored to its end."""
    with ThreadPoolExecutor(_THREADS, "mail-in") as threads:
        asyncio.run(_serve(host, port, Doorman(keep, accepts, threads), megabytes, stop, lmtp, ready))


async def _serve(
    host: str, port: int, doorman: Doorman, megabytes: int, stop: Event, lmtp: bool, ready: Callable[[], None]
) -> None:
    loop = asyncio.get_running_loop()
    kind = _Lmtp if lmtp else _Smtp

    def conversation() -> SMTP:
        return kind(doorman, data_size_limit=megabytes << 20, enable_SMTPUTF8=True, hostname=host,
                    ident="partner portal", loop=loop)

    server = await loop.create_server(conversation, host, port)
    async with server:
        ready()
        await loop.run_in_executor(None, stop.wait)
