"""Hands finished mails to a mail server, or to a folder in development."""

from __future__ import annotations

import os
import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

TIMEOUT = 20.0  # seconds for each step of the conversation


class Undeliverable(Exception):
    """The server refused the mail for good; trying again would be noise."""


class Mailer(Protocol):
    """Sends one mail or raises: `Undeliverable` for good, anything else for now."""

    def send(self, message: EmailMessage) -> None: ...


@dataclass(frozen=True, slots=True)
class SmtpMailer:
    """A mail server, `smtp://`, `smtp+starttls://` or `smtps://[user:password@]host[:port]`."""

    url: str

    def send(self, message: EmailMessage) -> None:
        parts = urlsplit(self.url)
        tls = ssl.create_default_context()
        host, port = parts.hostname or "localhost", parts.port or 0
        server: smtplib.SMTP
        if parts.scheme == "smtps":
            server = smtplib.SMTP_SSL(host, port or 465, timeout=TIMEOUT, context=tls)
        else:
            server = smtplib.SMTP(host, port or 25, timeout=TIMEOUT)
        with server:
            if parts.scheme == "smtp+starttls":
                server.starttls(context=tls)
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            self._hand_over(server, message)

    @staticmethod
    def _hand_over(server: smtplib.SMTP, message: EmailMessage) -> None:
        try:
            server.send_message(message)
        except smtplib.SMTPRecipientsRefused as refused:
            code = next(iter(refused.recipients.values()))[0]
            if code >= 500:
                raise Undeliverable(str(refused)) from refused
            raise
        except smtplib.SMTPResponseException as response:
            if response.smtp_code >= 500:
                raise Undeliverable(str(response)) from response
            raise


@dataclass(frozen=True, slots=True)
class FolderMailer:
    """The development mailbox: one .eml file per Message-ID, newest last by name order of arrival."""

    folder: Path

    def send(self, message: EmailMessage) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        name = message["Message-ID"].strip("<>").split("@")[0]
        target = self.folder / f"{name}.eml"
        partial = target.with_suffix(".part")
        partial.write_bytes(message.as_bytes(policy=SMTP))
        os.replace(partial, target)


@dataclass(slots=True)
class FakeMailer:
    """Keeps what was sent, for tests."""

    sent: list[EmailMessage] = field(default_factory=list)

    def send(self, message: EmailMessage) -> None:
        self.sent.append(message)
