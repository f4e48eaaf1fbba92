"""The rules of domains: which names are taken, what proves one, what a check found and when the next one is due."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cache
from ipaddress import ip_address
from typing import Any

import idna
from publicsuffixlist import PublicSuffixList

from portal.adapters.dns import Answer, Status
from portal.adapters.web_fetch import Fetched, FetchStatus
from portal.core.errors import DomainError
from portal.core.ids import digest
from portal.core.words import N_

_MAX_LENGTH = 253 - 64  # a name may have 253 characters, and the challenge needs a label of its own in front
_MAX_SEEN = 5  # values shown to a person, each cut to
_MAX_SEEN_LENGTH = 200

# Set aside for documentation and tests, and never given to anyone: training and demo data use them without harm.
_RESERVED_ENDINGS = ("example", "test")

# Writing systems that are used together within one word; every other mixture is how look-alike names are made.
_MIXED_SCRIPTS = (
    {"LATIN", "HIRAGANA", "KATAKANA", "CJK"},
    {"LATIN", "HANGUL", "CJK"},
    {"LATIN", "BOPOMOFO", "CJK"},
)


@dataclass(frozen=True, slots=True)
class DomainName:
    """A domain as the DNS knows it (`ascii`) and as people write it (`display`); `registrable`: the part one buys."""

    ascii: str
    display: str
    registrable: str


def normalize(text: str) -> DomainName:
    """Return the domain that a person typed, or raise a `DomainError` for the field that says what to type instead.

    Unicode and punycode, capitals, spaces around it and a final dot are all accepted.
    """
    typed = text.strip()
    _refuse_other_things(typed)
    name = _encoded(typed)
    display = idna.decode(name)
    if "." not in name:
        raise _refusal(N_("“%(domain)s” is not complete: a domain name has at least two parts."), domain=display)
    for label in display.split("."):
        _refuse_mixed_scripts(label)
    registered = registrable(name)
    if registered is None:
        raise _unregistrable(display)
    return DomainName(name, display, registered)


def registrable(name: str) -> str | None:
    """Return the part of the ASCII `name` that a person can register, or None when there is none."""
    ending = name.rpartition(".")[2]
    if ending in _RESERVED_ENDINGS:
        return ".".join(name.split(".")[-2:]) if "." in name else None
    return _suffixes().privatesuffix(name)


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False)


def _refusal(message: str, **params: object) -> DomainError:
    return DomainError(message, field="domain", **params)


def _refuse_other_things(typed: str) -> None:
    if not typed:
        raise _refusal(N_("Enter the domain name."))
    if _is_address(typed):
        raise _refusal(N_("This is an IP address: enter the domain name instead."))
    if any(sign in typed for sign in "/:?#\\"):
        raise _refusal(N_("Enter only the domain name, without https:// and without a path."))
    if "@" in typed:
        raise _refusal(N_("This is an e-mail address: enter only the part after the @ sign."))


def _is_address(typed: str) -> bool:
    try:
        return bool(ip_address(typed.strip("[]")))
    except ValueError:
        return False


def _encoded(typed: str) -> str:
    if len(typed) > _MAX_LENGTH or any(len(label) > 63 for label in typed.split(".")):
        raise _refusal(N_("This domain name is too long."))
    try:
        return idna.encode(typed, uts46=True, std3_rules=True).decode().removesuffix(".")
    except idna.IDNAError as error:
        raise _refusal(
            N_("This is not a valid domain name: between its dots there may only be letters, digits and inner hyphens.")
        ) from error


def _refuse_mixed_scripts(label: str) -> None:
    scripts = {_script(char) for char in label if unicodedata.category(char).startswith("L")}
    if len(scripts) > 1 and not any(scripts <= mixture for mixture in _MIXED_SCRIPTS):
        message = N_("“%(label)s” mixes letters of different scripts, as look-alike names do: check the spelling.")
        raise _refusal(message, label=label)


def _script(char: str) -> str:
    first = unicodedata.name(char, "").replace("-", " ").partition(" ")[0]
    return "CJK" if first == "IDEOGRAPHIC" else first


def _unregistrable(display: str) -> DomainError:
    ending = display.rpartition(".")[2]
    if _suffixes().publicsuffix(display):
        message = N_("“%(domain)s” is shared by many owners: enter the name registered below it.")
        return _refusal(message, domain=display)
    return _refusal(N_("No domain name ends in “.%(ending)s”: check the spelling."), ending=ending)


class Method(StrEnum):
    TXT = "txt"
    CNAME = "cname"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must be published, and where.

    `relative_host` is what most DNS panels want; `doubled_host` is where the record lands when the full host is typed
    into such a panel; `apex` is the registered domain. `url` is only there for files.
    """

    method: Method
    host: str
    relative_host: str
    doubled_host: str
    apex: str
    value: str
    url: str = ""


def expected(method: Method, domain: str, token: str, prefix: str, base_host: str) -> Expectation:
    """Return what the holder of `domain` (ASCII) publishes. `prefix`: the vendor's slug; `base_host`: this portal.

    Each record has a host of its own, so that it disturbs neither mail nor website and no other service's proof.
    """
    apex = registrable(domain) or domain
    value = f"{prefix}-verification={token}"
    if method is Method.FILE:
        return Expectation(
            method, domain, "", "", apex, value, f"http://{domain}/.well-known/{prefix}-verification.txt"
        )
    if method is Method.TXT:
        host = f"_{prefix}-challenge.{domain}"
    else:
        # The token itself may hold capitals and signs, which host names do not keep.
        host, value = f"{prefix}-{digest(token)[:16]}.{domain}", f"verify.{base_host}".lower()
    return Expectation(method, host, host.removesuffix(f".{apex}"), f"{host}.{apex}", apex, value)


class Outcome(StrEnum):
    VERIFIED = "verified"
    NO_DOMAIN = "no_domain"
    NO_RECORD = "no_record"
    DIFFERENT = "different"
    HOST_DOUBLED = "host_doubled"
    FAILING = "failing"
    TIMEOUT = "timeout"
    NOT_FOUND = "not_found"
    REFUSED_ADDRESS = "refused_address"
    REDIRECTED = "redirected"
    TOO_LARGE = "too_large"
    UNREACHABLE = "unreachable"
    TAKEN = "taken"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. `seen`: the values that were there instead; `negative_ttl`: seconds, see `Answer`."""

    outcome: Outcome
    seen: tuple[str, ...] = ()
    negative_ttl: int | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Finding:
        return cls(Outcome(data["outcome"]), tuple(data["seen"]), data["negative_ttl"])


def judge(expectation: Expectation, answer: Answer | Fetched, doubled: Answer | None = None) -> Finding:
    """Compare what was found with what was expected; `doubled` is the answer for `doubled_host`, when it was asked."""
    if isinstance(answer, Fetched):
        return _judge_file(expectation, answer)
    if answer.status is Status.FOUND and _holds(expectation, answer):
        return Finding(Outcome.VERIFIED)
    if doubled and answer.status in (Status.FOUND, Status.NO_RECORD) and _holds(expectation, doubled):
        return Finding(Outcome.HOST_DOUBLED)
    if answer.status is Status.FOUND:
        return Finding(Outcome.DIFFERENT, _shown(answer.values))
    return Finding(Outcome(answer.status.value), negative_ttl=answer.negative_ttl)


def _holds(expectation: Expectation, answer: Answer) -> bool:
    # Some panels store the quotation marks that others ask for, and spaces come along when people copy.
    return expectation.value in {value.strip(' "') for value in answer.values}


def _judge_file(expectation: Expectation, fetched: Fetched) -> Finding:
    if fetched.status is FetchStatus.TLS:
        return Finding(Outcome.UNREACHABLE)
    if fetched.status is not FetchStatus.OK:
        return Finding(Outcome(fetched.status.value))
    text = fetched.text.strip()
    if text == expectation.value:
        return Finding(Outcome.VERIFIED)
    return Finding(Outcome.DIFFERENT, _shown((text,))) if text else Finding(Outcome.NOT_FOUND)


def _shown(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(value[:_MAX_SEEN_LENGTH] for value in values[:_MAX_SEEN])


FINDINGS: Mapping[Outcome, str] = {
    Outcome.VERIFIED: N_("The domain is verified."),
    Outcome.NO_DOMAIN: N_("No such domain exists: check its spelling, or register it first."),
    Outcome.NO_RECORD: N_("There is no record at this host name yet: add it in the DNS settings of the domain."),
    Outcome.DIFFERENT: N_("Something else was found there (%(seen)s): replace it with the value shown on this page."),
    Outcome.HOST_DOUBLED: N_(
        "The record was found at a host name that ends with the domain twice: enter only the short host name."
    ),
    Outcome.FAILING: N_("The name servers of the domain answer with errors: tell the people who run them."),
    Outcome.TIMEOUT: N_("No answer came in time: check again later, or ask the people who run the servers."),
    Outcome.NOT_FOUND: N_("There is no file at this address, or it is empty: upload it so that anyone can open it."),
    Outcome.REFUSED_ADDRESS: N_(
        "The domain leads to an address that is not public: use a public web server, or add a DNS record instead."
    ),
    Outcome.REDIRECTED: N_(
        "The web server redirects to another address: serve the file at exactly this one, or add a DNS record instead."
    ),
    Outcome.TOO_LARGE: N_("The file is too large: it may contain nothing but the value shown on this page."),
    Outcome.UNREACHABLE: N_(
        "The web server of the domain cannot be reached: start it on port 80, or add a DNS record instead."
    ),
    # Whoever verified it first stays unnamed: this is all that the second may learn.
    Outcome.TAKEN: N_("This domain cannot be verified for this organization: ask our support team what can be done."),
}
_NO_RECORD_REMEMBERED = N_(
    "There is no record at this host name yet: add it in the DNS settings of the domain; "
    "some servers may remember for up to %(minutes)s min that it was missing."
)


def explain(finding: Finding) -> tuple[str, dict[str, object]]:
    """Return the message for a person, with what to do next, and its parameters."""
    if finding.outcome is Outcome.NO_RECORD and finding.negative_ttl:
        return _NO_RECORD_REMEMBERED, {"minutes": -(-finding.negative_ttl // 60)}
    if finding.outcome is Outcome.DIFFERENT:
        return FINDINGS[finding.outcome], {"seen": ", ".join(finding.seen)}
    return FINDINGS[finding.outcome], {}


_FIRST_DELAYS = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 60))
_LATER_DELAY = timedelta(hours=6)
GIVE_UP_AFTER = timedelta(days=14)


def retry_delay(attempt: int) -> timedelta | None:
    """Return the pause after the `attempt`-th check (from 1), or None when two weeks of checks are over."""
    if attempt <= len(_FIRST_DELAYS):
        return _FIRST_DELAYS[attempt - 1]
    waited = sum(_FIRST_DELAYS, timedelta()) + (attempt - len(_FIRST_DELAYS)) * _LATER_DELAY
    return _LATER_DELAY if waited <= GIVE_UP_AFTER else None
