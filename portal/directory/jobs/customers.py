"""Imports of many customers: a check that changes nothing, and the adding itself, piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from portal.core.context import Actor, Ctx
from portal.core.errors import DomainError, Forbidden
from portal.core.permissions import Role
from portal.core.words import N_
from portal.directory.commands.organizations import add_organization
from portal.directory.jobs.imports import CHUNK, Refusal, refusal
from portal.directory.policy.organizations import AlreadyAdded, DomainTaken, Draft, faults
from portal.directory.queries.imports import own_domains, proved_domains, rows_of
from portal.domains.policy import normalize
from portal.jobs import Later, handler, progress
from portal.jobs.models import Job
from portal.partners.people import member_now


@handler("directory.import-check")
def check_lines(ctx: Ctx, job: Job) -> dict[str, Any] | None:
    """Look at every line as adding would, and tell all faults; adds nothing."""
    rows = job.payload["rows"]
    drafts = [(line, Draft(**values)) for line, values in rows]
    taken = _Taken(ctx, job.payload["partner"], drafts)
    refused, good = list[Refusal](), 0
    for done, (line, draft) in enumerate(drafts, start=1):
        found = [*faults(draft, ctx.programme), *taken.by(line, draft)]
        refused += [refusal(line, error) for error in found]
        good += not found
        if done % 500 == 0 and not progress(ctx, job, done, len(drafts)):
            return None
    progress(ctx, job, len(drafts), len(drafts))
    return {"good": good, "refused": refused}


class _Taken:
    """Which domains of a file cannot be added: asked of the database once for the whole file."""

    def __init__(self, ctx: Ctx, partner_id: int, drafts: list[tuple[int, Draft]]) -> None:
        names = {name for _line, draft in drafts if (name := _ascii(draft.domain))}
        self._own, self._verified = own_domains(partner_id, names), proved_domains(names)
        self._first_line = dict[str, int]()
        self._contact = ctx.programme.vendor.help_email

    def by(self, line: int, draft: Draft) -> Iterator[DomainError]:
        """Give the refusal of this line's domain, if there is one."""
        name = _ascii(draft.domain)
        if name is None:
            return
        first = self._first_line.setdefault(name, line)
        if name in self._own:
            yield AlreadyAdded()
        elif name in self._verified:
            yield DomainTaken(self._contact)
        elif first != line:
            yield DomainError(N_("Line %(line)s of the file has the same domain."), "domain", line=first)


def _ascii(domain: str) -> str | None:
    try:
        return normalize(domain).ascii
    except DomainError:
        return None


@handler("directory.import")
def import_lines(ctx: Ctx, job: Job) -> dict[str, Any] | None:
    """Add the next lines, then come back for more.

    Each line is a command of its own that knows whether it was carried out, so a worker that dies in the middle costs
    the lines of one piece a second look and nobody a second organization or invitation.
    """
    rows = rows_of(job.payload["check"])
    acting = replace(ctx, actor=member_now(ctx, job.account_id, job.payload["partner"]))
    result: dict[str, Any] = job.result or {"added": [], "refused": [], "stopped": ""}
    done = min(job.done + CHUNK, len(rows))
    try:
        for line, values in rows[job.done : done]:
            _add_line(acting, f"{job.public_id}:{line}", line, values, result)
    except Forbidden:
        return {**result, "stopped": _why(acting.actor)}
    if not progress(ctx, job, done, len(rows), result=result) or done == len(rows):
        return result
    raise Later(ctx.now)


def _why(actor: Actor) -> str:
    """Return why nothing more is added: the partner gets no new customers, or the person may add none any more."""
    return "partner" if actor.roles & {Role.SUSPENDED_PARTNER, Role.TERMINATED_PARTNER} else "person"


def _add_line(ctx: Ctx, once: str, line: int, values: dict[str, Any], result: dict[str, Any]) -> None:
    try:
        organization = add_organization(ctx, **values, once=once)
        result["added"].append([line, organization.name, organization.public_id])
    except DomainError as error:
        result["refused"].append(refusal(line, error))
