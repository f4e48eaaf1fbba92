"""The local mailbox: every mail that the portal sends on a development machine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from flask import current_app
from werkzeug.wrappers import Response

from portal.core.errors import NotFound
from portal.web.access import PUBLIC
from portal.web.dev import pages
from portal.web.render import page

_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail of the mailbox; `paragraphs` are its plain text."""

    name: str
    arrived: datetime
    to: str
    subject: str
    language: str
    paragraphs: list[list[str]]


@pages.get("/mail")
@PUBLIC
def mail() -> Response:
    return page("dev/mail.html", mails=list(_newest(_SHOWN)))


@pages.get("/mail/<name>")
@PUBLIC
def one_mail(name: str) -> Response:
    for path in _files():
        if path.stem == name:
            return page("dev/one_mail.html", mail=_read(path))
    raise NotFound


def _files() -> Iterator[Path]:
    folder: Path = current_app.extensions["settings"].var / "mail"
    return folder.glob("*.eml")


def _newest(count: int) -> Iterator[Mail]:
    newest = sorted(_files(), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    return map(_read, newest[:count])


def _read(path: Path) -> Mail:
    message = message_from_bytes(path.read_bytes(), EmailMessage, policy=default)
    body = message.get_body(("plain",))
    text = str(body.get_content()) if body else ""
    return Mail(
        path.stem, datetime.fromtimestamp(path.stat().st_mtime, UTC), str(message["To"]), str(message["Subject"]),
        str(message["Content-Language"] or ""), [block.splitlines() for block in text.strip().split("\n\n")],
    )
