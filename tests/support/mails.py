"""Mails as people, programs and machines send them, built piece by piece."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

SUPPORT = "partner-support@zohocorp.com"


def mail(text: str = "Nobody gets any mail.", headers: dict[str, str] | None = None, charset: str = "utf-8",
         **named: str) -> bytes:
    """A mail of one part. `named` are headers: `from_`, `subject`, `message_id` …; an empty one is left out."""
    given = {
        "from": "Partner Admin <partner-admin@andina.example>", "to": SUPPORT, "subject": "No mail since 9:00",
        "message_id": "<m1@mail.example>", "mime_version": "1.0", "content_type": f"text/plain; charset={charset}",
        "content_transfer_encoding": "8bit", **{name.rstrip("_"): value for name, value in named.items()},
    }
    lines = [f"{name.replace('_', '-').title()}: {value}" for name, value in given.items() if value]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    head = "\r\n".join(lines).encode("utf-8", "surrogateescape")
    return head + b"\r\n\r\n" + text.replace("\n", "\r\n").encode("cp874" if "874" in charset else charset, "replace")


def mixed(*parts: bytes, **named: Any) -> bytes:
    """A mail of several parts."""
    body = b"".join(b"--B\r\n" + part + b"\r\n" for part in parts) + b"--B--\r\n"
    whole = mail("", content_type=named.pop("content_type", 'multipart/mixed; boundary="B"'),
                 content_transfer_encoding="", **named)
    return whole + body


def words(text: str, kind: str = "plain") -> bytes:
    return f"Content-Type: text/{kind}; charset=utf-8\r\n\r\n{text}".encode()


def attached(name: str, content: bytes, disposition: str = "attachment") -> bytes:
    return (f'Content-Type: application/octet-stream\r\nContent-Disposition: {disposition}; filename="{name}"\r\n'
            "Content-Transfer-Encoding: base64\r\n\r\n").encode() + b64encode(content)


def bounce(recipient: str, status: str, message_id: str, action: str = "failed", **named: str) -> bytes:
    """A report of a mail server that a mail of ours was not delivered."""
    status_part = (
        "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.mail.example\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; {status.replace('.', '')} {status} no such user\r\n"
    ).encode()
    original = f"Content-Type: message/rfc822\r\n\r\nMessage-ID: {message_id}\r\nSubject: Re\r\n\r\nhello".encode()
    return mixed(
        words("Your mail was not delivered."), status_part, original,
        content_type='multipart/report; report-type=delivery-status; boundary="B"',
        from_="Mail Delivery System <mailer-daemon@mx.mail.example>", subject="Undelivered Mail Returned to Sender",
        **{"message_id": "<bounce-1@mx.mail.example>", **named},
    )
