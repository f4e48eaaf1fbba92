"""The rules of mail policies: what may stand in one, which one counts for a user, and that partners forward nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from email_validator import EmailNotValidError, validate_email

from portal.accounts.policy import normalize_email, normalize_name
from portal.core.errors import DomainError
from portal.core.words import N_
from portal.directory.policy.forwarding import ForwardedByPartner

POLICIES_MAX = 50
SENDERS_MAX = 500  # allowed and blocked ones together
FORWARDS_MAX = 20
NAME_MAX = 80
ATTACHMENT_MB_MAX = 100
RETENTION_DAYS_MAX = 36_500

FORWARDING = {
    "off": N_("No forwarding"),
    "internal": N_("Only to addresses of the organization"),
    "anywhere": N_("To any address"),
}


@dataclass(frozen=True, slots=True)
class Rules:
    """What a policy says. `attachment_mb` is 0 for no attachments, `retention_days` None for mail kept for ever."""

    name: str
    attachment_mb: int
    forwarding: str  # what users may set up for themselves
    keep_copy: bool  # of mail that goes on to `forwards`
    retention_days: int | None
    allowed: Sequence[str] = ()
    blocked: Sequence[str] = ()
    forwards: Sequence[str] = ()


# ---- What stands in a policy ----
def sender_pattern(text: str) -> str:
    """Return a sender, or a whole domain of senders (`@b.c`), as it is stored; raises `DomainError`."""
    pattern = normalize_email(text)
    if not _is_address(f"any{pattern}" if pattern.startswith("@") else pattern):
        raise DomainError(N_("“%(text)s” is neither an address nor a domain such as @company.example."), text=text[:80])
    return pattern


def forward_address(text: str) -> str:
    """Return an address to forward to as it is stored; raises `DomainError`."""
    address = normalize_email(text)
    if not _is_address(address):
        raise DomainError(N_("“%(text)s” is not an e-mail address."), text=text[:80])
    return address


def _is_address(text: str) -> bool:
    try:
        validate_email(text, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        return False
    return True


def read_lines(lines: Iterable[str], read: Callable[[str], str], field: str) -> tuple[list[str], list[DomainError]]:
    """Return what the lines say, each thing once and in order of the alphabet, and a refusal for each bad line."""
    good: set[str] = set()
    bad: list[DomainError] = []
    for line in filter(None, map(str.strip, lines)):
        try:
            good.add(read(line))
        except DomainError as error:
            bad.append(DomainError(error.message, field, **error.params))
    return sorted(good), bad


def checked(rules: Rules) -> tuple[Rules, list[DomainError]]:
    """Return the rules as they are stored, and everything that is wrong with them, each refusal with its field."""
    allowed, bad_allowed = read_lines(rules.allowed, sender_pattern, "allowed")
    blocked, bad_blocked = read_lines(rules.blocked, sender_pattern, "blocked")
    forwards, bad_forwards = read_lines(rules.forwards, forward_address, "forwards")
    read = Rules(normalize_name(rules.name), rules.attachment_mb, rules.forwarding, rules.keep_copy,
                 rules.retention_days, allowed, blocked, forwards)
    return read, [*_numbers(read), *bad_allowed, *bad_blocked, *bad_forwards, *_lists(read)]


def _numbers(rules: Rules) -> list[DomainError]:
    faults = []
    if not rules.name:
        faults.append(DomainError(N_("This field is required."), "name"))
    if len(rules.name) > NAME_MAX:
        faults.append(DomainError(N_("Use at most %(count)s characters."), "name", count=NAME_MAX))
    if not 0 <= rules.attachment_mb <= ATTACHMENT_MB_MAX:
        faults.append(_out_of_range("attachment_mb", 0, ATTACHMENT_MB_MAX))
    if rules.retention_days is not None and not 1 <= rules.retention_days <= RETENTION_DAYS_MAX:
        faults.append(_out_of_range("retention_days", 1, RETENTION_DAYS_MAX))
    if rules.forwarding not in FORWARDING:
        faults.append(DomainError(N_("Not a valid choice."), "forwarding"))
    return faults


def _out_of_range(field: str, least: int, most: int) -> DomainError:
    return DomainError(N_("Enter a whole number from %(least)s to %(most)s."), field, least=least, most=most)


def _lists(rules: Rules) -> list[DomainError]:
    both = sorted(set(rules.allowed) & set(rules.blocked))
    faults = [DomainError(N_("“%(text)s” cannot be allowed and blocked."), "blocked", text=text) for text in both]
    if len(rules.allowed) + len(rules.blocked) > SENDERS_MAX:
        faults.append(DomainError(N_("A policy holds at most %(most)s senders."), "blocked", most=SENDERS_MAX))
    if len(rules.forwards) > FORWARDS_MAX:
        faults.append(DomainError(N_("A policy forwards to at most %(most)s addresses."), "forwards",
                                  most=FORWARDS_MAX))
    return faults


def new_forwards(rules: Rules, known: Iterable[str]) -> list[DomainError]:
    """Return a refusal for each forward that a partner on behalf would add to those that stand there already."""
    return [ForwardedByPartner(address, "forwards") for address in sorted(set(rules.forwards) - set(known))]


# ---- Which policy counts ----
class Source(IntEnum):
    """How a policy comes to a user; the lower counts."""

    USER = 1
    GROUP = 2
    DEFAULT = 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """A policy that could count for a user; `group` names the group that brings it."""

    policy: str  # public id
    name: str
    position: int
    source: Source
    group: str = ""


@dataclass(frozen=True, slots=True)
class Effective:
    """The candidate that counts, and the others, each with the reason in words why it does not."""

    winner: Candidate | None
    others: tuple[tuple[Candidate, str], ...] = ()


def effective(candidates: Iterable[Candidate]) -> Effective:
    """Return which policy counts: the user's own, else the highest of their groups' in the list, else the default."""
    ranked = sorted(candidates, key=lambda one: (one.source, one.position, one.group))
    if not ranked:
        return Effective(None)
    winner, *others = ranked
    return Effective(winner, tuple((other, _why_not(other, winner)) for other in others))


def _why_not(other: Candidate, winner: Candidate) -> str:
    if other.policy == winner.policy:
        return N_("It is the policy that counts already.")
    if winner.source is Source.USER:
        return N_("A policy that is assigned to the user counts more.")
    if other.source is Source.DEFAULT:
        return N_("A policy of one of the user's groups counts more than the default.")
    return N_("A policy higher in the list comes from another group.")
