"""Imports of many users: a check that changes nothing, and the adding itself, piece by piece."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from portal.core.context import Ctx
from portal.core.errors import DomainError, Forbidden, NotFound
from portal.core.permissions import P
from portal.directory.commands.users import add_user
from portal.directory.jobs.imports import CHUNK, Refusal, refusal
from portal.directory.policy.user_imports import LineCheck
from portal.directory.policy.users import Draft, free_licenses
from portal.directory.queries.addresses import owner_name, owners
from portal.directory.queries.entrance import Entrance, entrance, inside
from portal.directory.queries.imports import USERS, rows_of
from portal.directory.queries.users import verified_domains
from portal.jobs import Later, handler, progress
from portal.jobs.models import Job
from portal.partners.people import member_now

_TOLD = 10  # how often a check tells how far it is, however long the file


@handler(USERS.check)
def check_lines(ctx: Ctx, job: Job) -> dict[str, Any] | None:
    """Look at every line as adding would, and tell all faults; adds nobody."""
    drafts = [(line, Draft(**values)) for line, values in job.payload["rows"]]
    try:
        lines = _line_check(*_entered(ctx, job), drafts)
    except (NotFound, Forbidden):
        return {"good": 0, "free": 0, "refused": [], "stopped": True}
    refused = list[Refusal]()
    step = -(-len(drafts) // _TOLD)
    for done, (line, draft) in enumerate(drafts, start=1):
        refused += [refusal(line, fault) for fault in lines.faults(line, draft)]
        if done % step == 0 and not progress(ctx, job, done, len(drafts)):
            return None
    return {"good": lines.good, "free": lines.free, "refused": refused, "stopped": False}


def _entered(ctx: Ctx, job: Job) -> tuple[Ctx, Entrance]:
    """Return the context of the person who asked, as they are now in the organization, and what they see there.

    Raises `NotFound` when its door has been closed to them, and `Forbidden` when they may not import any more.
    """
    person = member_now(ctx, job.account_id, job.payload["partner"])
    found = entrance(person, job.payload["organization"])
    actor = inside(person, found)
    actor.require(P.USER_IMPORT)
    return replace(ctx, actor=actor, reason=job.payload.get("reason", "")), found


def _line_check(ctx: Ctx, found: Entrance, drafts: list[tuple[int, Draft]]) -> LineCheck:
    """Ask the database all that the lines have to be compared with: as often for a long file as for a short one."""
    known = owners(found.id, [draft.email for _line, draft in drafts])
    return LineCheck(
        verified=verified_domains(found.id),
        owners={address: owner_name(row) for address, row in known.items()},
        free=free_licenses(found.users, found.licenses),
        gives_roles=ctx.actor.can(P.USER_ROLE_CHANGE),
    )


@handler(USERS.adding)
def add_lines(ctx: Ctx, job: Job) -> dict[str, Any] | None:
    """Add the next lines, then come back for more.

    Each line is a command of its own that knows whether it was carried out, so a worker that dies in the middle costs
    the lines of one piece a second look and nobody a second invitation.
    """
    result: dict[str, Any] = job.result or {"added": 0, "refused": [], "stopped": False}
    rows = _good_rows(job.payload["check"])
    done = min(job.done + CHUNK, len(rows))
    try:
        for line, values in rows[job.done : done]:
            acting, _found = _entered(ctx, job)  # the next line after a revocation is not added any more (S3.7)
            _add_line(acting, f"{job.public_id}:{line}", line, values, result)
    except (NotFound, Forbidden):
        return {**result, "stopped": True}
    if not progress(ctx, job, done, len(rows), result=result) or done == len(rows):
        return result
    raise Later(ctx.now)


def _good_rows(check: str) -> list[Any]:
    """Return the lines in which the check found no fault: what the person has seen and agreed to."""
    report: dict[str, Any] = Job.get(Job.public_id == check).result
    faulty = {line for line, *_rest in report["refused"]}
    return [row for row in rows_of(check) if row[0] not in faulty]


def _add_line(ctx: Ctx, once: str, line: int, values: dict[str, Any], result: dict[str, Any]) -> None:
    try:
        add_user(ctx, **values, once=once)
        result["added"] += 1
    except DomainError as error:
        result["refused"].append(refusal(line, error))
