"""Signed addresses and Message-IDs of tickets: by them alone an answer finds its ticket, never by a number it names."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable

from portal.core.ids import derive

_LENGTH = 16  # 64 bits: nobody guesses it by mail
_SIGNED = re.compile(r"([0-9]{1,12})\.([0-9a-z]{16})(?:\.[^@]*)?")
_MAX = 1000  # of a Message-ID that is looked at


def signature(secret: str, number: str) -> str:
    """Return what proves that the portal itself gave a ticket's address to somebody."""
    return derive(secret, "ticket-mail", number)[:_LENGTH]


def reply_address(secret: str, number: str, address: str) -> str:
    """Return the address whose mail is about a ticket: `local+number.signature@domain`. A form of the Reply-To."""
    local, _, domain = address.rpartition("@")
    return f"{local}+{number}.{signature(secret, number)}@{domain}"


def message_id(secret: str, number: str, part: str, host: str) -> str:
    """Return the Message-ID of one mail of a ticket: `part` tells its mails apart, always the same for the same one."""
    return f"<t-{number}.{signature(secret, number)}.{part}@{host}>"


def number_in_address(secret: str, address: str) -> str:
    """Return the number of the ticket that an address is signed for, or nothing."""
    return _signed(secret, address.rpartition("@")[0].partition("+")[2].lower())


def number_in_message_id(secret: str, name: str) -> str:
    """Return the number of the ticket whose mail has this Message-ID, or nothing."""
    local = name[:_MAX].strip("<> \t").rpartition("@")[0].lower()
    return _signed(secret, local.removeprefix("t-")) if local.startswith("t-") else ""


def numbers_in(secret: str, addresses: Iterable[str], references: Iterable[str]) -> list[str]:
    """Return the numbers of the tickets that a mail is signed for, the addresses' and the newest references' first."""
    found = [number_in_address(secret, address) for address in addresses]
    found += [number_in_message_id(secret, name) for name in reversed(list(references))]
    return list(dict.fromkeys(filter(None, found)))


def plain_address(address: str) -> str:
    """Return an address without what was added to its local part by a plus."""
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def _signed(secret: str, text: str) -> str:
    match = _SIGNED.fullmatch(text)
    if match is None:
        return ""
    number, given = match.groups()
    return number if hmac.compare_digest(given, signature(secret, number)) else ""
