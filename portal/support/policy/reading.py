"""Reads a mail: any bytes at all, in bounded time, into what the rules of receiving need; no network, no tables."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.feedparser import BytesFeedParser
from email.message import Message

from portal.support.policy.charsets import decoded, eight_bit, header_text, plain
from portal.support.policy.html_text import html_text

BUDGET = 2.0  # seconds of work for one mail, however busy the machine is
_PIECE = 1 << 16
_PARTS, _DEPTH = 200, 20
_HEADER_MAX, _HEADERS_MAX = 20_000, 1000
_TYPE_MAX = 5000
_TEXT_MAX = 2_000_000  # characters of text that are looked at
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\\\"@\x00-\x1f]{1,64}@[^\s<>()\[\],;:\\\"@\x00-\x1f]{1,253}")
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,990}>")
# A library looks at these as often as they have semicolons.
_LONG_TYPE = re.compile(
    rb"^content-type:[^\n]{10000}|^content-type:(?:[^\n]*\n[ \t]){100}", re.IGNORECASE | re.MULTILINE)
_FIRST_ID = re.compile(rb"^message-id:[ \t]*(?:\r?\n[ \t]+)?([^\s]{1,1000})", re.IGNORECASE | re.MULTILINE)


class Unreadable(Exception):
    """This mail takes more than there is: time, or parts within parts."""


class Budget:
    """How long reading may take; `check` raises `Unreadable` when it is over."""

    def __init__(self, seconds: float = BUDGET, now: Callable[[], float] = time.thread_time) -> None:
        self._now, self._until = now, now() + seconds

    def check(self) -> None:
        if self._now() > self._until:
            raise Unreadable("time is over")


@dataclass(frozen=True, slots=True)
class File:
    """An attached file, its name as the mail has it."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """What a mail says. `headers` are lower-case names with their values, as they are written."""

    message_id: str
    senders: tuple[tuple[str, str], ...]  # name and address of whoever it says to be from
    recipients: tuple[str, ...]
    references: tuple[str, ...]  # oldest first
    subject: str
    text: str
    files: tuple[File, ...]
    headers: Mapping[str, tuple[str, ...]]
    content_type: str
    reports: tuple[Mapping[str, str], ...] = ()  # of a delivery report: one for each recipient
    returned: str = ""  # what a report sends back of the mail that it is about
    faults: tuple[str, ...] = field(default_factory=tuple)

    def header(self, name: str) -> str:
        """Return the first header of a name as one line of words, or nothing."""
        return header_text(next(iter(self.headers.get(name, ())), ""))


def message_id_of(content: bytes) -> str:
    """Return the Message-ID of a mail without reading it, or nothing."""
    found = _FIRST_ID.search(head_of(content))
    # In ASCII alone: it stands in an index, where long letters would not fit.
    return plain(found[1].decode("ascii", "replace")).replace("\ufffd", "?")[:1000] if found else ""


def head_of(content: bytes) -> bytes:
    """Return the headers alone, as far as anybody looks at them."""
    head = content[:_PIECE]
    end = min((found for found in (head.find(b"\r\n\r\n"), head.find(b"\n\n")) if found >= 0), default=len(head))
    return head[:end] + b"\r\n\r\n"


def body_of(content: bytes) -> bytes:
    """Return what follows the headers: the same whichever way a copy of a mail took."""
    _head, gap, body = content.partition(b"\r\n\r\n")
    return body if gap else content.partition(b"\n\n")[2]


def read(content: bytes, budget: Budget | None = None) -> Mail:
    """Return what a mail says. Raises `Unreadable` (or whatever else a mail can make a library raise)."""
    budget = budget or Budget()
    message = _parsed(content, budget)
    headers = _headers(message)
    found = _Contents(budget)
    found.take(message)
    recipients = (address for name in ("to", "cc", "delivered-to", "x-original-to", "envelope-to")
                  for value in headers.get(name, ()) for _, address in addresses(value))
    references = [name for header in ("references", "in-reply-to") for value in headers.get(header, ())
                  for name in _MESSAGE_ID.findall(value)]
    return Mail(
        message_id=header_text(_first(headers, "message-id"))[:1000],
        senders=tuple(sender for value in headers.get("from", ()) for sender in addresses(value)),
        recipients=tuple(dict.fromkeys(recipients)),
        references=tuple(dict.fromkeys(references)),
        subject=header_text(_first(headers, "subject")),
        text=found.text(),
        files=tuple(found.files),
        headers=headers,
        content_type=message.get_content_type(),
        reports=tuple(found.reports),
        returned="\n".join(found.returned),
    )


def _parsed(content: bytes, budget: Budget) -> Message:
    """Parse piece by piece, so that a mail that is slow to parse is given up, not waited for."""
    if content.lower().count(b"boundary=") > _PARTS:
        raise Unreadable("too many parts")
    if _LONG_TYPE.search(content):
        raise Unreadable("a type that is too long")
    parser = BytesFeedParser()
    for start in range(0, len(content), _PIECE):
        parser.feed(content[start : start + _PIECE])
        budget.check()
    return parser.close()


def _headers(message: Message) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for count, (name, value) in enumerate(message.raw_items()):
        if count >= _HEADERS_MAX:
            break
        found.setdefault(name.lower(), []).append(str(value)[:_HEADER_MAX])
    return {name: tuple(values) for name, values in found.items()}


def _first(headers: Mapping[str, tuple[str, ...]], name: str) -> str:
    return next(iter(headers.get(name, ())), "")


def addresses(value: str) -> Iterator[tuple[str, str]]:
    """Yield name and address of each mailbox of a header.

    Addresses are found before words are decoded, so that no encoded name becomes an address.
    """
    for outside, angled in _mailboxes(value):
        given = angled if angled is not None else outside
        found = _ADDRESS.fullmatch(plain(eight_bit(given)).strip())
        name = header_text(outside).replace('"', "").strip() if angled is not None else ""
        if found:
            yield name, found[0]


def _mailboxes(value: str) -> Iterator[tuple[str, str | None]]:
    """Yield what stands outside and inside angles between commas, without comments; quoted commas are no commas."""
    outside: list[str] = []
    angled: list[str] | None = None
    into, quoted, depth, escaped = outside, False, 0, False
    for c in value:
        if escaped:
            escaped = False
            if not depth:
                into.append(c)
        elif c == "\\" and (quoted or depth):
            escaped = True
        elif c == '"' and not depth:
            quoted = not quoted
        elif quoted:
            into.append(c)
        elif c == "(":
            depth += 1
        elif depth:
            depth -= c == ")"
        elif c == "<":
            if angled is not None:  # two addresses under one name: whoever reads only one is deceived
                yield "", "".join(angled)
            into = angled = []
        elif c == ">":
            into = outside
        elif c in ",;":
            yield "".join(outside), "".join(angled) if angled is not None else None
            outside, angled = [], None
            into = outside
        elif c == ":" and into is outside:
            outside.clear()  # the name of a group
        else:
            into.append(c)
    yield "".join(outside), "".join(angled) if angled is not None else None


class _Contents:
    """Gathers text, files and reports of a mail's parts."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._texts: list[str] = []
        self.files: list[File] = []
        self.reports: list[dict[str, str]] = []
        self.returned: list[str] = []

    def text(self) -> str:
        return "\n\n".join(filter(None, (text.strip("\n") for text in self._texts)))

    def take(self, part: Message) -> None:
        self._texts += self._take(part, 0)

    def _take(self, part: Message, depth: int) -> list[str]:
        """Return the texts of a part that are shown, and keep its files."""
        self._budget.check()
        if depth > _DEPTH:
            raise Unreadable("parts within parts")
        kind, subtype = part.get_content_maintype(), part.get_content_subtype()
        if kind == "message":
            self._message(part, subtype)
            return []
        if part.is_multipart():
            return self._several(_children(part), subtype, depth)
        return self._leaf(part, kind, subtype)

    def _several(self, children: list[Message], subtype: str, depth: int) -> list[str]:
        found = [(child.get_content_type(), self._take(child, depth + 1)) for child in children]
        if subtype != "alternative":
            return [text for _, texts in found for text in texts]
        filled = [(kind, texts) for kind, texts in found if any(text.strip() for text in texts)]
        simple = [texts for kind, texts in filled if kind == "text/plain"]
        return simple[0] if simple else filled[-1][1] if filled else []

    def _leaf(self, part: Message, kind: str, subtype: str) -> list[str]:
        content, name = _content(part), file_name(part)
        attached = _disposition(part) == "attachment" or bool(name)
        if subtype == "rfc822-headers":
            self.returned.append(content.decode("latin-1"))
        elif kind == "text" and subtype in ("plain", "html") and not attached:
            text = decoded(content[: 4 * _TEXT_MAX], _charset(part))[:_TEXT_MAX]
            self._budget.check()
            return [html_text(text, self._budget.check) if subtype == "html" else text]
        elif content or name:
            self.files.append(File(name or f"file.{_ENDINGS.get(subtype, 'bin')}", content))
        return []

    def _message(self, part: Message, subtype: str) -> None:
        """Keep a mail within the mail as a file; of a report, what it says."""
        parts = _children(part)
        if subtype.endswith("delivery-status"):
            rows = [{name.lower(): header_text(str(value)) for name, value in one.raw_items()} for one in parts]
            self.reports += [row for row in rows[:_PARTS] if "final-recipient" in row or "original-recipient" in row]
            return
        for one in parts or [part]:
            content = _written(one) if parts else _content(part)
            self.returned.append(content[:_PIECE].decode("latin-1"))
            subject = next((str(value) for name, value in one.raw_items() if name.lower() == "subject"), "")
            self.files.append(File(file_name(part) or f"{header_text(subject)[:80] or 'mail'}.eml", content))


_ENDINGS = {"jpeg": "jpg", "png": "png", "gif": "gif", "pdf": "pdf", "calendar": "ics", "plain": "txt", "html": "html",
            "csv": "csv", "zip": "zip"}


def _children(part: Message) -> list[Message]:
    found = part.get_payload() if part.is_multipart() else ()
    return [one for one in found if isinstance(one, Message)]


def _content(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _charset(part: Message) -> str:
    try:
        return str(part.get_content_charset("") or "")
    except (LookupError, UnicodeError, ValueError):
        return ""


def _disposition(part: Message) -> str:
    for name, value in part.raw_items():
        if name.lower() == "content-disposition":
            return str(value).partition(";")[0].strip().lower()
    return ""


def _written(message: Message) -> bytes:
    """Return a mail within the mail as it was; what cannot be written anew is left to the whole mail."""
    try:
        return bytes(message)
    except (LookupError, UnicodeError, ValueError, TypeError, AttributeError):
        return b""


def file_name(part: Message) -> str:
    """Return the name that a part gives its file, however it is written, or nothing."""
    for header, parameter in (("content-disposition", "filename"), ("content-type", "name")):
        given = next((str(value) for name, value in part.raw_items() if name.lower() == header), "")[:_TYPE_MAX]
        if parameter not in given.lower():
            continue
        readable = Message()
        readable[header] = plain(eight_bit(given)).replace("\n", " ")
        try:
            value = readable.get_param(parameter, "", header)
        except (LookupError, UnicodeError, ValueError, TypeError):
            continue
        name = _rfc2231(*value) if isinstance(value, tuple) else header_text(str(value))
        if name:
            return name
    return ""


def _rfc2231(charset: str | None, _language: str | None, text: str) -> str:
    """Decode what the library has split, but not decoded: the bytes of each piece are letters of Latin-1."""
    return header_text(decoded(text.encode("latin-1", "replace"), charset or ""))
