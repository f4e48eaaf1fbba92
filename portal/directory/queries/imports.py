"""Reads of imports under way, and what an import asks the database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from portal.core.context import Actor
from portal.core.errors import NotFound
from portal.customers.models import Organization
from portal.domains.models import Domain
from portal.jobs.models import Job


@dataclass(frozen=True, slots=True)
class Imports:
    """What is imported: the kinds of its two jobs, and for whom a person asks (a partner, an organization)."""

    check: str
    adding: str
    owner: Callable[[Actor], int | None]

    def key(self, kind: str, actor: Actor, once: str) -> str:
        """Return the key of a job; it holds the owner, so that a person who changes it loses sight of the job."""
        return f"{kind}:{self.owner(actor)}:{once}"


def _whole_partner(actor: Actor) -> int | None:
    """Return the partner of somebody who sees all its customers: others see no report that names any of them."""
    return actor.partner_id if actor.sees_all else None


CUSTOMERS = Imports("directory.import-check", "directory.import", _whole_partner)
USERS = Imports("directory.user-import-check", "directory.user-import", attrgetter("organization_id"))


@dataclass(frozen=True, slots=True)
class ImportJob:
    """An import, or the check before it, as the person who asked for it sees it."""

    public_id: str
    is_check: bool
    state: str
    done: int
    total: int
    result: dict[str, Any]

    @property
    def may_be_added(self) -> bool:
        """Whether this is a finished check that found lines without fault."""
        return self.is_check and self.state == "done" and bool(self.result["good"])


def import_job(actor: Actor, imports: Imports, public_id: str) -> ImportJob:
    """Return the actor's own import for their present owner, or raise `NotFound`."""
    return _import_job(actor, imports, Job.public_id == public_id)


def import_job_by_key(actor: Actor, imports: Imports, key: str) -> ImportJob:
    return _import_job(actor, imports, Job.key == key)


def _import_job(actor: Actor, imports: Imports, condition: Any) -> ImportJob:
    # Without the payload: a page that asks every other second must not read a file of two megabytes each time.
    row = (
        Job.select(Job.public_id, Job.kind, Job.state, Job.done, Job.total, Job.result, Job.key)
        .where(condition, Job.kind.in_((imports.check, imports.adding)), Job.account_id == actor.account_id)
        .first()
    )
    if row is None or not row.key.startswith(imports.key(row.kind, actor, "")):
        raise NotFound
    is_check = row.kind == imports.check
    return ImportJob(row.public_id, is_check, row.state, row.done, row.total, row.result or {})


def rows_of(check: str) -> list[Any]:
    """Return the lines that a check was made of."""
    payload: dict[str, Any] = Job.get(Job.public_id == check).payload
    return list(payload["rows"])


def own_domains(partner_id: int, names: set[str]) -> set[str]:
    """Return which of these domains the partner has added already."""
    query = Organization.select(Organization.domain).where(
        Organization.partner == partner_id, Organization.domain.in_(names)
    )
    return {row.domain for row in query}


def proved_domains(names: set[str]) -> set[str]:
    """Return which of these domains somebody has proved."""
    query = Domain.select(Domain.name).where(Domain.name.in_(names), Domain.verified_at.is_null(False))
    return {row.name for row in query}
