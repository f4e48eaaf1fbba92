"""Adding many users from a file: the check first, the adding when the person says so."""

from __future__ import annotations

from typing import Any

from portal.core.context import Ctx
from portal.core.errors import Stale
from portal.core.permissions import P
from portal.customers.models import Organization
from portal.directory.commands.imports import ask, require_lines
from portal.directory.policy.user_imports import IMPORT_MAX_LINES
from portal.directory.queries.imports import USERS, import_job
from portal.storage import command


@command(P.USER_IMPORT)
def ask_user_check(ctx: Ctx, rows: list[Any], once: str) -> str:
    """Have a file of users checked line by line and return the job's public id; nobody is added yet (S3.5).

    `rows`: pairs of a line number and that line's answers, as the `Draft` of a user names them. `once` names the
    upload. Raises a `DomainError` on field `file` for more than ten thousand lines.
    """
    require_lines(rows, IMPORT_MAX_LINES)
    return ask(ctx, USERS, USERS.check, once, **_asker(ctx), rows=rows)


@command(P.USER_IMPORT)
def ask_user_import(ctx: Ctx, check: str) -> str:
    """Have the good lines of a finished check added, once, and return the job's public id.

    Raises `NotFound` for the check of somebody else, and `Stale` where there is nothing to add.
    """
    if not import_job(ctx.actor, USERS, check).may_be_added:
        raise Stale
    return ask(ctx, USERS, USERS.adding, check, **_asker(ctx), check=check, reason=ctx.reason)


def _asker(ctx: Ctx) -> dict[str, Any]:
    """Return from where the person asks: a job asks anew whether they still may."""
    organization = Organization.get_by_id(ctx.actor.organization_id)
    return {"organization": organization.public_id, "partner": ctx.actor.partner_id}
