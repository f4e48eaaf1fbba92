"""Real servers on loopback for integration tests: a mail server that remembers, and the portal itself."""

from __future__ import annotations

import contextlib
import email
import email.policy
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from flask import Flask
from werkzeug.serving import make_server

from tests.postgres import free_port


@dataclass
class Mailbox:
    """What arrived, in order; `before` may look at a mail before it is accepted."""

    mails: list[EmailMessage] = field(default_factory=list)
    before: Callable[[EmailMessage], None] | None = None
    url: str = ""

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        if self.before:
            self.before(message)
        self.mails.append(message)
        return "250 kept"

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.mails if address in str(mail["To"])]


@contextlib.contextmanager
def mail_server() -> Iterator[Mailbox]:
    """Run an SMTP server; yield its mailbox."""
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port(), enable_SMTPUTF8=True)
    controller.start()
    box.url = f"smtp://127.0.0.1:{controller.port}"
    try:
        yield box
    finally:
        controller.stop()


@contextlib.contextmanager
def live(app: Flask, port: int) -> Iterator[str]:
    """Serve the application on loopback; yield its address."""
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.shutdown()
        thread.join()
