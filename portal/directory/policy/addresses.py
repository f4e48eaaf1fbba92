"""What an address of an organization may look like, and how many a person may have."""

from __future__ import annotations

import re
import unicodedata

from portal.core.errors import DomainError
from portal.core.words import N_
from portal.customers.policy import spelled

LOCAL_MAX = 64  # RFC 5321
ALIASES_MAX = 50

# No plus sign: mail servers deliver what follows it to the address in front of it.
_LOCAL = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")


def local_part(text: str) -> str:
    """Return what stands before the @ as it is stored, in lower case; raises a `DomainError` for the field `local`."""
    local = unicodedata.normalize("NFKC", text).strip().lower()
    if not local:
        raise DomainError(N_("This field is required."), "local")
    if "@" in local:
        raise DomainError(N_("Enter only the part before the @ sign."), "local")
    if len(local) > LOCAL_MAX:
        raise DomainError(N_("Use at most %(count)s characters."), "local", count=LOCAL_MAX)
    if not _LOCAL.fullmatch(local):
        raise DomainError(
            N_("Use the letters a to z, digits, hyphens, underscores, and single dots between them."), "local"
        )
    return local


def shown(address: str) -> str:
    """Return an address as people write it; a catch-all is `@domain`."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{spelled(domain)}"


class AddressTaken(DomainError):
    """The address reaches somebody already; `owner` is the name of that user or group."""

    def __init__(self, address: str, owner: str) -> None:
        message = N_("The address %(address)s already belongs to %(owner)s.")
        super().__init__(message, "local", address=shown(address), owner=owner)


class TooManyAliases(DomainError):
    """This user has as many aliases as a user may have."""

    def __init__(self, owner: str) -> None:
        message = N_("%(owner)s has %(most)s aliases already, and that is the most a user can have.")
        super().__init__(message, "user", owner=owner, most=ALIASES_MAX)
