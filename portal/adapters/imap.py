"""Fetches new mails from a folder of an IMAP server."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import unquote, urlsplit

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted

TIMEOUT = 20.0  # seconds for each step of the conversation
_AT_ONCE = 200  # mails of one visit: the others come with the next


class Inbox(Protocol):
    """A folder of mails: `name` is what it is known by."""

    @property
    def name(self) -> str: ...

    def take(self, keep: Callable[[bytes], None]) -> int:
        """Hand each new mail to `keep`, and mark it as seen when that has returned; return how many there were."""


@dataclass(frozen=True, slots=True)
class ImapInbox:
    """A folder, `imaps://`, `imap+starttls://` or `imap://user:password@host[:port]/Folder`; nobody else reads it."""

    url: str

    @property
    def name(self) -> str:
        parts = urlsplit(self.url)
        return f"{unquote(parts.username or '')}@{parts.hostname}/{self._folder}".lower()

    @property
    def _folder(self) -> str:
        return unquote(urlsplit(self.url).path.strip("/")) or "INBOX"

    def take(self, keep: Callable[[bytes], None]) -> int:
        parts = urlsplit(self.url)
        with self._connected() as box:
            box.login(unquote(parts.username or ""), unquote(parts.password or ""), self._folder)
            new = box.uids("UNSEEN")[:_AT_ONCE]
            for uid in new:
                content = _content(box, uid)
                if content is not None:
                    keep(content)
                    _mark(box, uid)
        return len(new)

    def _connected(self) -> BaseMailBox:
        parts = urlsplit(self.url)
        host, tls = parts.hostname or "localhost", ssl.create_default_context()
        if parts.scheme == "imaps":
            return MailBox(host, parts.port or 993, timeout=TIMEOUT, ssl_context=tls)
        if parts.scheme == "imap+starttls":
            return MailBoxStartTls(host, parts.port or 143, timeout=TIMEOUT, ssl_context=tls)
        return MailBoxUnencrypted(host, parts.port or 143, timeout=TIMEOUT)


def _content(box: BaseMailBox, uid: str) -> bytes | None:
    """Fetch one mail as it is, without marking it; None if it is gone meanwhile."""
    _, answer = box.client.uid("FETCH", uid, "(BODY.PEEK[])")
    return next((part[1] for part in answer if isinstance(part, tuple)), None)


def _mark(box: BaseMailBox, uid: str) -> None:
    """Mark a mail as seen. The library's own way would also remove whatever somebody has marked as deleted."""
    status, _ = box.client.uid("STORE", uid, "+FLAGS.SILENT", "(\\Seen)")
    if status != "OK":
        raise OSError(f"mail {uid} cannot be marked as seen")


@dataclass(slots=True)
class FakeInbox:
    """Mails in memory, for tests."""

    mails: list[bytes] = field(default_factory=list)
    name: str = "support@imap.example/inbox"

    def take(self, keep: Callable[[bytes], None]) -> int:
        count = len(self.mails)
        while self.mails:
            keep(self.mails[0])
            self.mails.pop(0)
        return count
