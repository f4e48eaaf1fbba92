"""Partner Support's mailbox: hands mails to the portal as a mail server does, and answers what people have received."""

from __future__ import annotations

import contextlib
import smtplib
import threading
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.utils import make_msgid

from portal.support.doors import listen
from tests.journeys.conftest import World
from tests.postgres import free_port

Send = Callable[[EmailMessage], None]


@contextlib.contextmanager
def mailbox(world: World) -> Iterator[Send]:
    """Run the receiver; yield what sends a mail to it, which the worker has read afterwards."""
    port, stop, ready = free_port(), threading.Event(), threading.Event()
    make_ctx = world.app.extensions["make_ctx"]
    receiver = threading.Thread(target=listen, args=(make_ctx, "127.0.0.1", port, stop),
                                kwargs={"lmtp": False, "ready": ready.set})
    receiver.start()
    assert ready.wait(20)

    def send(message: EmailMessage) -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=20) as connection:
            connection.send_message(message, to_addrs=[str(message["To"])])
        world.work()

    try:
        yield send
    finally:
        stop.set()
        receiver.join(20)


def mail(sender: str, to: str, subject: str, text: str, **headers: str) -> EmailMessage:
    """A mail as a person writes it."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def answer_to(received: EmailMessage, sender: str, text: str) -> EmailMessage:
    """What a mail program makes of an answer to a mail that it quotes below."""
    said = _text(received)
    quoted = "\n".join(f"> {line}" for line in said.splitlines())
    wrote = f"On Mon, 2 Mar 2026 at 10:15, {received['From']} wrote:"
    return mail(sender, str(received["Reply-To"]), f"Re: {received['Subject']}", f"{text}\n\n{wrote}\n{quoted}\n",
                In_Reply_To=str(received["Message-ID"]), Message_ID=make_msgid(domain="mail.example"))


def _text(message: EmailMessage) -> str:
    return str(message.get_body(("plain",)).get_content()).replace("\r\n", "\n")  # type: ignore[union-attr]


def said_in(message: EmailMessage) -> str:
    """What a mail says, in one line."""
    return " ".join(_text(message).split())
