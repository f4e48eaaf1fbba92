"""What kind of mail it is: from a person, from a machine, to a list, or back because it was not delivered."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from portal.support.policy.addresses import plain_address
from portal.support.policy.reading import Mail

NORMAL, AUTOMATIC, LIST, BOUNCE = "normal", "automatic", "list", "bounce"
NULL_SENDER = "<>"
_SYSTEM = {"mailer-daemon", "postmaster", "mail-daemon", "mailerdaemon", "mailer_daemon"}
_NO_ONE = {"noreply", "no-reply", "donotreply", "do-not-reply", "ne-pas-repondre", "no-responder"}
_MACHINES = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply", "x-mail-autoreply")
_LISTS = ("list-id", "list-post", "list-unsubscribe", "x-mailing-list")
_REFUSED = re.compile(
    r"undeliver|delivery status notification|delivery failure|mail delivery (?:failed|system)|failure notice"
    r"|returned mail|no se (?:ha podido|pudo) entregar|non remis|échec de (?:la )?remise|ส่งไม่ถึง", re.IGNORECASE)
_CODE = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_REPLY_CODE = re.compile(r"\b([45])\d\d[ -]")
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"]{1,64}@[^\s<>()\[\],;:\"]{1,253}")
_TEXT_MAX = 20_000


def kind_of(mail: Mail, envelope_from: str, ours: Collection[str]) -> str:
    """Return the kind of a mail; `ours` are the portal's own addresses, from which no person writes."""
    sender = mail.senders[0][1].lower() if mail.senders else ""
    local = sender.partition("@")[0]
    nobody = envelope_from == NULL_SENDER or mail.header("return-path") == NULL_SENDER
    if _report_type(mail) == "delivery-status" or mail.header("x-failed-recipients"):
        return BOUNCE
    if local in _SYSTEM:
        return BOUNCE if nobody or _REFUSED.search(mail.subject) else AUTOMATIC
    if nobody or local in _NO_ONE or plain_address(sender) in ours or _by_machine(mail):
        return AUTOMATIC
    listed = any(mail.header(name) for name in _LISTS) or _precedence(mail) == "list"
    return LIST if listed else NORMAL


def _report_type(mail: Mail) -> str:
    """Return what a report is about, or nothing: a receipt that a mail was read is one too."""
    if mail.content_type != "multipart/report":
        return ""
    found = re.search(r"report-type\s*=\s*\"?([\w-]{1,40})", mail.header("content-type"), re.IGNORECASE)
    return found[1].lower() if found else "delivery-status" if mail.reports else "other"


def _by_machine(mail: Mail) -> bool:
    submitted = mail.header("auto-submitted").lower().partition(";")[0].strip()
    suppress = mail.header("x-auto-response-suppress").lower().replace(" ", "").split(",")
    return (
        submitted not in ("", "no")
        or _precedence(mail) in ("bulk", "junk", "auto_reply", "auto-reply")
        or bool({"all", "oof", "autoreply"} & set(suppress))
        or any(mail.header(name).lower() not in ("", "no") for name in _MACHINES)
        or _report_type(mail) != ""
    )


def _precedence(mail: Mail) -> str:
    return mail.header("precedence").lower()


@dataclass(frozen=True, slots=True)
class Failure:
    """What became of a mail to one address: `final` if the server refused it for good (5.x.x)."""

    email: str
    code: str
    detail: str

    @property
    def final(self) -> bool:
        return self.code.startswith("5")


def failures(mail: Mail) -> list[Failure]:
    """Return what a mail that came back says: as a report with parts of its own, or in words."""
    return list(_reported(mail)) or list(_told(mail))


def _reported(mail: Mail) -> Iterator[Failure]:
    for row in mail.reports:
        action = row.get("action", "").lower()
        if action not in ("failed", "delayed"):
            continue
        found = _CODE.search(row.get("status", ""))
        code = found[1] if found and not found[1].startswith("2") else "5.0.0" if action == "failed" else "4.0.0"
        if action == "delayed":
            code = f"4{code[1:]}"
        for name in ("original-recipient", "final-recipient"):
            address = row.get(name, "").rpartition(";")[2].strip(" <>")
            if "@" in address:
                yield Failure(address, code, row.get("diagnostic-code", "")[:1000])


def _told(mail: Mail) -> Iterator[Failure]:
    """Read a notice in words. Without a code that refuses for good, nobody is held unreachable."""
    text = mail.text[:_TEXT_MAX]
    code = next((found for found in _CODE.findall(text) if found[0] in "45"), "")
    if not code:
        digit = _REPLY_CODE.search(text)
        code = f"{digit[1]}.0.0" if digit else "4.0.0"
    detail = next((line.strip() for line in text.splitlines() if code in line or _REPLY_CODE.search(line)), "")
    named = [mail.header("x-failed-recipients")] if mail.header("x-failed-recipients") else [text]
    for address in dict.fromkeys(address.rstrip(".") for part in named for address in _ADDRESS.findall(part)):
        yield Failure(address, code, detail[:1000])


def dmarc_of(mail: Mail, authserv_id: str) -> str:
    """Return what our own mail server found of the sender: `fail` if any of its findings is; nothing without one.

    Whoever else's header it is, it is not looked at: anybody may write one.
    """
    results = [
        found
        for value in mail.headers.get("authentication-results", ())
        for found in _results(value, authserv_id.lower())
    ]
    return "fail" if "fail" in results else results[0] if results else ""


def _results(value: str, authserv_id: str) -> Iterator[str]:
    server, _, rest = _without_comments(value).partition(";")
    if not authserv_id or server.split()[:1] != [authserv_id]:
        return
    for result in rest.split(";"):
        method, _, outcome = result.partition("=")
        if method.strip() == "dmarc" and outcome.split():
            yield outcome.split()[0]


def _without_comments(value: str) -> str:
    depth, kept = 0, []
    for c in value.lower():
        depth += c == "("
        if not depth:
            kept.append(c)
        depth -= c == ")" and depth > 0
    return "".join(kept)
