"""Rules of an organization's settings: its details, and how contacts are kept in step."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from portal.core.countries import time_zones, zones
from portal.core.errors import DomainError
from portal.core.locales import LANGUAGES
from portal.core.words import N_
from portal.directory.policy.organizations import NAME_MAX

# How the address books of people follow the directory, in the words of the page.
CONTACTS_SYNC: Mapping[str, str] = {
    "off": N_("Off: address books stay as people keep them."),
    "from-directory": N_("From the directory: the users and groups of this organization appear in everybody's address "
                         "book."),
    "both-ways": N_("In both directions: also, people's own contacts appear on all their devices."),
}


def check_details(name: str, country: str, time_zone: str, language: str) -> None:
    """Raise a `DomainError` beside the first field that is wrong; `name` is normalized."""
    for fault in _faults(name, country, time_zone, language):
        raise fault


def _faults(name: str, country: str, time_zone: str, language: str) -> Iterator[DomainError]:
    if not name:
        yield DomainError(N_("This field is required."), "name")
    if len(name) > NAME_MAX:
        yield DomainError(N_("Use at most %(count)s characters."), "name", count=NAME_MAX)
    yield from _unknown("country", country, zones())
    yield from _unknown("time_zone", time_zone, time_zones())
    yield from _unknown("language", language, LANGUAGES)


def check_contacts_sync(mode: str) -> None:
    """Raise a `DomainError` unless there is such a way of keeping contacts in step."""
    for fault in _unknown("mode", mode, CONTACTS_SYNC):
        raise fault


def _unknown(field: str, value: str, known: Collection[str]) -> Iterator[DomainError]:
    if value not in known:
        yield DomainError(N_("Not a valid choice."), field)
