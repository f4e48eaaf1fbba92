"""What a file of users holds, and what keeps its lines from being added."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from portal.accounts.policy import normalize_email
from portal.core.errors import DomainError
from portal.core.words import N_
from portal.directory.policy.users import GIVEN_ROLES, Draft, faults

IMPORT_MAX_LINES = 10_000

# The columns of the file, in the order of the sample.
COLUMNS: Mapping[str, str] = {
    "name": N_("Name"),
    "email": N_("E-mail address"),
    "role": N_("Role"),
    "title": N_("Job title"),
    "phone": N_("Phone number"),
    "language": N_("Language"),
}
REQUIRED = ("name", "email")


class DoesNotFit(DomainError):
    """The lines before this one take all the licenses that were free."""

    def __init__(self, free: int) -> None:
        message = N_("No license is left for this line (free before the import: %(free)s).")
        super().__init__(message, "licenses", free=free)


class RoleNotYours(DomainError):
    """Only who may change roles brings in administrators (S3.10)."""

    def __init__(self) -> None:
        message = N_("You can add users only; the super administrator of the organization makes administrators.")
        super().__init__(message, "role")


@dataclass(slots=True)
class LineCheck:
    """Finds everything that is wrong with the lines of a file, one after the other.

    `verified`: domains of the organization in ASCII; `owners`: normalized addresses that it has already, and to whom
    each belongs; `free`: licenses.
    """

    verified: Collection[str]
    owners: Mapping[str, str]
    free: int
    gives_roles: bool
    good: int = 0
    _first: dict[str, int] = field(default_factory=dict)

    def faults(self, line: int, draft: Draft) -> list[DomainError]:
        """Return every fault of the next line; only a line without any takes a license."""
        found = [*self._role(draft), *self._address(line, draft)]
        found += [fault for fault in faults(draft, self.verified) if fault.field != "role"]
        if not found and self.good >= self.free:
            found.append(DoesNotFit(self.free))
        self.good += not found
        return found

    def _role(self, draft: Draft) -> Iterator[DomainError]:
        if draft.role not in GIVEN_ROLES:
            roles = ", ".join(GIVEN_ROLES if self.gives_roles else GIVEN_ROLES[:1])
            yield DomainError(N_("Choose one of these roles: %(roles)s."), "role", roles=roles)
        elif draft.role != "member" and not self.gives_roles:
            yield RoleNotYours()

    def _address(self, line: int, draft: Draft) -> Iterator[DomainError]:
        address = normalize_email(draft.email)
        if not address:
            return
        first = self._first.setdefault(address, line)
        if address in self.owners:
            message = N_("The address belongs to %(owner)s already.")
            yield DomainError(message, "email", owner=self.owners[address])
        elif first != line:
            yield DomainError(N_("Line %(line)s of the file has the same address."), "email", line=first)
