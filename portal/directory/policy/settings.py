"""Rules of an organization's settings: how contacts are kept in step, and who may require a second factor."""

from __future__ import annotations

from collections.abc import Mapping

from portal.core.errors import DomainError
from portal.core.words import N_
from portal.customers.policy import unknown

# How the address books of people follow the directory, in the words of the page.
CONTACTS_SYNC: Mapping[str, str] = {
    "off": N_("Off: address books stay as people keep them."),
    "from-directory": N_("From the directory: the users and groups of this organization appear in everybody's address "
                         "book."),
    "both-ways": N_("In both directions: also, people's own contacts appear on all their devices."),
}


def check_contacts_sync(mode: str) -> None:
    """Raise a `DomainError` unless there is such a way of keeping contacts in step."""
    for fault in unknown("mode", mode, CONTACTS_SYNC):
        raise fault


class OwnFactorFirst(DomainError):
    """Whoever requires a second factor from everybody is the first to need one."""

    def __init__(self) -> None:
        super().__init__(N_("Set up your own second factor first: from then on you need it as well."), "required")
