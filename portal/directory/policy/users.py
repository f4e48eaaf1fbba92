"""What an organization's people may be, how many of them there may be, and who may do what to whom."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from portal.accounts.policy import NAME_MAX, normalize_email, normalize_name
from portal.core.errors import DomainError
from portal.core.locales import LANGUAGES
from portal.core.permissions import Role
from portal.core.words import N_
from portal.customers.policy import spelled
from portal.directory.policy.organizations import check_email

TITLE_MAX = 80
PHONE_MAX = 40
EMAIL_MAX = 254
INVITATION_PAUSE = timedelta(minutes=2)  # between two invitations to one mailbox
_DOMAINS_SHOWN = 5

ROLES: Mapping[str, str] = {
    "super-admin": N_("Super administrator"),
    "admin": N_("Administrator"),
    "member": N_("User"),
}
GIVEN_ROLES = ("member", "admin")  # a super administrator is made by a change of super administrator alone
STATES = ("active", "invited", "suspended")


class Named(Protocol):
    """Somebody with a name and an address."""

    name: Any
    email: Any


def called(person: Named) -> str:
    """Return how a person is named wherever it must be clear who is meant."""
    return f"{person.name} <{person.email}>"


@dataclass(frozen=True, slots=True)
class Draft:
    """A new user as somebody described them. `language` is for the invitation of somebody unknown."""

    email: str
    name: str
    role: str = "member"
    title: str = ""
    phone: str = ""
    language: str = "en"


def faults(draft: Draft, verified: Collection[str]) -> list[DomainError]:
    """Return everything that is wrong with a new user by themselves, each refusal with its field.

    `verified`: the organization's verified domains, in ASCII.
    """
    return list(_faults(draft, verified))


def _faults(draft: Draft, verified: Collection[str]) -> Iterator[DomainError]:
    yield from address_faults(draft.email, verified)
    yield from detail_faults(draft.name, draft.title, draft.phone)
    if draft.role not in GIVEN_ROLES:
        yield DomainError(N_("Not a valid choice."), "role")
    if draft.language not in LANGUAGES:
        codes = ", ".join(LANGUAGES)
        yield DomainError(N_("Choose one of these languages: %(languages)s."), "language", languages=codes)


def address_faults(email: str, verified: Collection[str]) -> Iterator[DomainError]:
    """Yield what is wrong with the address of somebody who is to be invited."""
    if not email.strip():
        yield DomainError(N_("This field is required."), "email")
        return
    try:
        check_email(email)
    except DomainError as refusal:
        yield DomainError(refusal.message, "email", **refusal.params)
        return
    address = normalize_email(email)
    if len(address) > EMAIL_MAX:
        yield _too_long("email", EMAIL_MAX)
    elif address.rpartition("@")[2] not in verified:
        yield ForeignDomain(verified)


def detail_faults(name: str, title: str, phone: str) -> Iterator[DomainError]:
    """Yield what is wrong with the lines that anybody may be described by."""
    if not normalize_name(name):
        yield DomainError(N_("This field is required."), "name")
    for field, text, most in (("name", name, NAME_MAX), ("title", title, TITLE_MAX), ("phone", phone, PHONE_MAX)):
        if len(normalize_name(text)) > most:
            yield _too_long(field, most)


def _too_long(field: str, most: int) -> DomainError:
    return DomainError(N_("Use at most %(count)s characters."), field, count=most)


class ForeignDomain(DomainError):
    """New users get their mail here, so their domain is one that the organization has proved."""

    def __init__(self, verified: Collection[str]) -> None:
        if verified:
            some = ", ".join(spelled(domain) for domain in sorted(verified)[:_DOMAINS_SHOWN])
            message = N_("Use an address in a verified domain of this organization: %(domains)s.")
            super().__init__(message, "email", domains=some)
        else:
            message = N_("Verify a domain of this organization first: the addresses of users are in it.")
            super().__init__(message, "email")


class NoLicense(DomainError):
    """Every license is taken. The sentence says how many there are and who can change that (S3.20-21)."""

    def __init__(self, users: int, licenses: int, partner: str, on_behalf: bool, contact: str) -> None:
        counts: dict[str, Any] = {"users": users, "licenses": licenses}
        if on_behalf:
            message = N_("No license is free (in use: %(users)s of %(licenses)s). "
                         "You change the number of licenses yourself, in the Partner Store.")
            super().__init__(message, **counts)
        elif partner:
            message = N_("No license is free (in use: %(users)s of %(licenses)s). "
                         "Your partner %(partner)s can change the number of licenses.")
            super().__init__(message, partner=partner, **counts)
        else:
            message = N_("No license is free (in use: %(users)s of %(licenses)s). "
                         "Write to %(contact)s to get more licenses.")
            super().__init__(message, contact=contact, **counts)


def free_licenses(users: int, licenses: int) -> int:
    """Return how many more users fit. A customer may have more than it bought: a smaller plan deletes nobody."""
    return max(0, licenses - users)


class AddressFixed(DomainError):
    """Whoever has accepted their invitation has proved one address; another one is an alias."""

    def __init__(self) -> None:
        message = N_("The e-mail address can be changed only while the invitation is open. "
                     "Add an alias if this person needs another address.")
        super().__init__(message, "email")


class InvitedJustNow(DomainError):
    """An invitation is on its way already."""

    def __init__(self) -> None:
        super().__init__(N_("An invitation was sent a moment ago. Wait a few minutes before you send another."))


class NotJoined(DomainError):
    """There is no account whose password could be reset."""

    def __init__(self) -> None:
        super().__init__(N_("This person has not accepted the invitation yet, so there is no password to reset."))


@dataclass(frozen=True, slots=True)
class Target:
    """A user to whom something is to be done. `own`: it is the person who does it."""

    role: str
    state: str
    own: bool


Refusal = Callable[[frozenset[Role], Target], DomainError | None]


def refusal(act: str, roles: frozenset[Role], target: Target) -> DomainError | None:
    """Return why somebody with these roles may not do `act` (one of `ACTS`) to this user, or None if they may.

    Whether the permission table grants the task at all has been asked before. What concerns the super administrator
    is theirs alone, and nobody removes them (S3.8); a partner changes only users without administration (S3.10).
    """
    return next(filter(None, (rule(roles, target) for rule in _RULES[act])), None)


def check(act: str, roles: frozenset[Role], target: Target) -> None:
    """Raise the `refusal` of an act, if there is one."""
    refused = refusal(act, roles, target)
    if refused:
        raise refused


def _only_members_for_partners(roles: frozenset[Role], target: Target) -> DomainError | None:
    if Role.ON_BEHALF in roles and target.role != "member":
        return DomainError(N_("A partner does this to users only, not to administrators of the customer."))
    return None


def _super_admin_by_themselves(roles: frozenset[Role], target: Target) -> DomainError | None:
    if target.role == "super-admin" and not target.own:
        return DomainError(N_("Only the super administrator can change their own details."))
    return None


def _super_admin_stays(_roles: frozenset[Role], target: Target) -> DomainError | None:
    if target.role == "super-admin":
        return DomainError(N_("This is the super administrator. Let somebody else become it first."))
    return None


def _not_oneself(_roles: frozenset[Role], target: Target) -> DomainError | None:
    return DomainError(N_("You cannot do this to yourself. Ask another administrator.")) if target.own else None


def _own_password(_roles: frozenset[Role], target: Target) -> DomainError | None:
    return DomainError(N_("You change your own password in your settings.")) if target.own else None


_EDIT: tuple[Refusal, ...] = (_only_members_for_partners, _super_admin_by_themselves)
_REMOVE: tuple[Refusal, ...] = (_super_admin_stays, _not_oneself, _only_members_for_partners)
_RULES: Mapping[str, tuple[Refusal, ...]] = {
    "edit": _EDIT,
    "picture": _EDIT,
    "suspend": _REMOVE,
    "resume": _REMOVE,
    "delete": _REMOVE,
    "role": _REMOVE,
    "password": (_own_password, *_EDIT),
}
ACTS = tuple(_RULES)
