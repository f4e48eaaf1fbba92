"""Rules of erasure: what must be settled before, and how a person's names are found and replaced in texts."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from portal.core.errors import DomainError
from portal.core.words import N_

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # what nobody mixes up
_NO_SPACES = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]")  # scripts that write words without a gap
_CODE = re.compile(r"[a-z0-9_.:/+-]+|[A-Z0-9_.:/+-]+")  # what could be a code of ours as well as a name
REMINDER = timedelta(days=1)  # before it is carried out

Obstacle = tuple[str, dict[str, object]]  # a message and what stands in it


class Obstructed(DomainError):
    """What is asked for must wait until somebody has settled something."""

    def __init__(self) -> None:
        super().__init__(N_("This is not possible yet. Read what must be settled first."))


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person still answers for."""

    partners: Sequence[str] = ()  # of which they are the last super administrator
    organizations: Sequence[str] = ()  # of which they are the super administrator
    payouts: int = 0  # that they approved and nobody has paid
    last_staff_admin: bool = False


def obstacles_of_person(standing: Standing) -> Iterator[Obstacle]:
    """Yield what keeps a person from being erased."""
    for partner in standing.partners:
        yield N_(
            "You are the only super administrator of the partner %(partner)s. Make a colleague one first, or have the "
            "partnership ended."
        ), {"partner": partner}
    for organization in standing.organizations:
        yield N_(
            "You are the super administrator of %(organization)s. Hand this over to somebody first, or have the "
            "organization erased."
        ), {"organization": organization}
    if standing.payouts:
        yield N_("A payout that you have approved is not paid yet. It must be paid or rejected first."), {}
    if standing.last_staff_admin:
        yield N_("You are the only administrator among the vendor's staff. Appoint another one first."), {}


@dataclass(frozen=True, slots=True)
class Debts:
    """What an organization still has under way."""

    subscriptions: int = 0  # that are paid for, or suspended
    invoices: Sequence[str] = ()  # that are open, by number
    orders: int = 0  # and charges that wait for their money


def obstacles_of_organization(debts: Debts) -> Iterator[Obstacle]:
    """Yield what keeps an organization from being erased."""
    if debts.subscriptions:
        yield N_("A paid subscription is still running. Ask your partner to end it first."), {}
    for invoice in debts.invoices:
        yield N_("The invoice %(invoice)s is not paid yet."), {"invoice": invoice}
    if debts.orders:
        yield N_("An order or a payment is still under way."), {}


def may_begin(due_at: datetime, now: datetime) -> bool:
    """Tell whether the time to change one's mind is over."""
    return due_at <= now


def pseudonym(kind: str = "person") -> str:
    """Return a name for whom nothing else is known of any more."""
    return f"Erased {kind} {''.join(secrets.choice(_ALPHABET) for _ in range(4))}"


class Names:
    """The names and addresses of one person, and their replacement in texts and in JSON values.

    Addresses are found in any spelling, names as they were written, and only as whole words. A name that could be a
    code (`admin`, `USD`) is found only where it is all that there is.
    """

    def __init__(self, names: Iterable[str], addresses: Iterable[str], pseudonym: str, address: str) -> None:
        self.names = sorted({name for name in names if name.strip()}, key=len, reverse=True)
        self.addresses = sorted({mail for mail in addresses if mail}, key=len, reverse=True)
        self.pseudonym, self.address = pseudonym, address
        self._patterns = [(_pattern(mail, re.IGNORECASE, r"|\.\w"), address) for mail in self.addresses]
        self._patterns += [(_pattern(name), pseudonym) for name in self.names if not _CODE.fullmatch(name)]

    def without(self, text: str) -> str:
        """Return a text without the person."""
        if text in self.names:
            return self.pseudonym
        for pattern, instead in self._patterns:
            text = pattern.sub(lambda _found, instead=instead: instead, text)  # type: ignore[misc]
        return text

    def without_in(self, value: Any) -> Any:
        """Return a JSON value without the person; keys stay."""
        if isinstance(value, str):
            return value if _CODE.fullmatch(value) and value in self.names else self.without(value)
        if isinstance(value, list):
            return [self.without_in(part) for part in value]
        return {key: self.without_in(part) for key, part in value.items()} if isinstance(value, dict) else value


def _pattern(words: str, flags: re.RegexFlag = re.NOFLAG, or_goes_on: str = "") -> re.Pattern[str]:
    """Return what finds these words as a whole; a domain goes on after a point, a name ends there (`Ana Ruiz.pdf`)."""
    bare = re.escape(words)
    whole = bare if _NO_SPACES.search(words) else rf"(?<![\w.+-]){bare}(?![\w-]{or_goes_on})"
    return re.compile(whole, flags)
