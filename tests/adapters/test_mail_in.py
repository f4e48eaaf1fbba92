"""Mails are taken by real LMTP and SMTP conversations and from a real IMAP folder: kept before they are answered."""

from __future__ import annotations

import contextlib
import smtplib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from portal.adapters.imap import ImapInbox
from portal.adapters.mail_in import RECIPIENTS_MAX, serve
from tests.postgres import free_port
from tests.support.imap_server import imap_server
from tests.support.mails import mail

TO = "partner-support@zohocorp.com"


@dataclass
class Kept:
    """What was kept; `fault` is raised instead, if it is set."""

    mails: list[tuple[bytes, Sequence[str], str]] = field(default_factory=list)
    fault: Exception | None = None

    def __call__(self, content: bytes, recipients: Sequence[str], sender: str) -> None:
        if self.fault:
            raise self.fault
        self.mails.append((content, recipients, sender))


@contextlib.contextmanager
def receiver(kept: Kept, lmtp: bool, megabytes: int = 1) -> Iterator[int]:
    port, stop, ready = free_port(), threading.Event(), threading.Event()
    arguments = ("127.0.0.1", port, kept, lambda address: address.startswith("partner-support"), megabytes, stop, lmtp,
                 ready.set)
    thread = threading.Thread(target=serve, args=arguments)
    thread.start()
    try:
        assert ready.wait(20)
        yield port
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


@pytest.fixture
def kept() -> Kept:
    return Kept()


def client(port: int, lmtp: bool) -> smtplib.SMTP:
    return (smtplib.LMTP if lmtp else smtplib.SMTP)("127.0.0.1", port, timeout=20)


@pytest.mark.parametrize("lmtp", [True, False], ids=["lmtp", "smtp"])
def test_a_mail_is_kept_as_it_is(kept, lmtp):
    content = mail("ลูกค้าเข้าไม่ได้\n.\n..dots\n" + "x" * 5000)
    with receiver(kept, lmtp) as port, client(port, lmtp) as server:
        assert server.sendmail("ana@socio.example", [TO], content) == {}
        assert server.sendmail("", [TO], content) == {}
    assert kept.mails == [(content + b"\r\n", [TO], "ana@socio.example"), (content + b"\r\n", [TO], "<>")]


def test_lmtp_answers_for_each_recipient(kept):
    """Otherwise a mail server waits for answers that never come, and delivers again and again."""
    to = [f"partner-support+{n}@zohocorp.com" for n in range(3)]
    with receiver(kept, lmtp=True) as port, client(port, lmtp=True) as server:
        server.ehlo_or_helo_if_needed()
        server.mail("ana@socio.example")
        for one in to:
            assert server.rcpt(one)[0] == 250
        server.putcmd("data")
        assert server.getreply()[0] == 354
        server.send(b"a: b\r\n\r\nx\r\n.\r\n")
        assert [server.getreply()[0] for _ in to] == [250, 250, 250]
        assert server.noop()[0] == 250  # one answer again
        server.mail("ana@socio.example")
        server.rcpt(to[0])
        server.rcpt(to[1])
        server.putcmd("data")
        server.getreply()
        server.send(b"a: b\r\n\r\n" + (b"x" * 500 + b"\r\n") * 3000 + b".\r\n")
        assert [server.getreply()[0] for _ in range(2)] == [552, 552]
        assert server.noop()[0] == 250
    assert [mail[1] for mail in kept.mails] == [to]


@pytest.mark.parametrize("lmtp", [True, False], ids=["lmtp", "smtp"])
@pytest.mark.parametrize("fault", [RuntimeError("the database is away"), MemoryError(), OSError("disk full")])
def test_what_cannot_be_kept_is_to_come_again(kept, lmtp, fault):
    kept.fault = fault
    with receiver(kept, lmtp) as port, client(port, lmtp) as server:
        with pytest.raises((smtplib.SMTPDataError, smtplib.SMTPSenderRefused)) as refused:
            server.sendmail("ana@socio.example", [TO], mail())
        assert refused.value.smtp_code == 451
        kept.fault = None
        server.sendmail("ana@socio.example", [TO], mail())
    assert len(kept.mails) == 1


def test_what_is_not_ours_is_refused(kept):
    with receiver(kept, lmtp=False) as port, client(port, lmtp=False) as server:
        refused = server.sendmail("ana@socio.example", [TO, "boss@zohocorp.com"], mail())
        assert refused["boss@zohocorp.com"][0] == 550
        assert server.mail("ana@socio.example")[0] == 250
        codes = [server.rcpt(f"partner-support+{n}@zohocorp.com")[0] for n in range(RECIPIENTS_MAX + 1)]
        assert codes[-2:] == [250, 452]
    assert [mail[1] for mail in kept.mails] == [[TO]]


def test_the_size_is_announced_and_held_to(kept):
    with receiver(kept, lmtp=False, megabytes=1) as port, client(port, lmtp=False) as server:
        server.ehlo()
        assert server.esmtp_features["size"] == str(1 << 20)
        with pytest.raises(smtplib.SMTPResponseException) as refused:
            server.sendmail("ana@socio.example", [TO], mail(("x" * 500 + "\n") * 3000))
        assert refused.value.smtp_code == 552
    assert not kept.mails


def test_a_conversation_that_breaks_off_keeps_nothing(kept):
    with receiver(kept, lmtp=True) as port:
        server = client(port, lmtp=True)
        server.ehlo_or_helo_if_needed()
        server.mail("ana@socio.example")
        server.rcpt(TO)
        server.putcmd("data")
        server.getreply()
        server.send(b"a: b\r\n\r\nhalf a mail")
        server.close()
        with client(port, lmtp=True) as other:
            other.sendmail("ana@socio.example", [TO], mail())
    assert len(kept.mails) == 1


# ---- IMAP ----

def test_new_mails_of_a_folder_are_kept_then_marked():
    with imap_server() as folder:
        contents = [mail(message_id=f"<{n}@x>") for n in range(3)] + [b"\xff\x00 no mail at all"]
        for content in contents:
            folder.add(content)
        folder.seen.add(1)
        inbox, taken = ImapInbox(folder.url), []
        assert inbox.take(taken.append) == 3
        assert taken == contents[1:]
        assert folder.seen == {1, 2, 3, 4}
        assert inbox.take(taken.append) == 0
        assert inbox.name == "support@portal.example@127.0.0.1/support"


def test_what_cannot_be_kept_is_not_marked():
    with imap_server() as folder:
        folder.add(mail())
        folder.add(mail())
        taken = []

        def keep(content: bytes) -> None:
            if taken:
                raise RuntimeError("the database is away")
            taken.append(content)

        with pytest.raises(RuntimeError):
            ImapInbox(folder.url).take(keep)
        assert folder.seen == {1}
