"""What imports have in common: how refusals are kept, how large a piece is, and when all is forgotten."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from portal.core.context import Ctx
from portal.core.errors import DomainError
from portal.directory.queries.imports import CUSTOMERS, USERS
from portal.jobs import scheduled
from portal.jobs.models import Job
from portal.storage import transaction

CHUNK = 50  # lines between two looks at the lease, and what is done again after a crash
Refusal = list[Any]  # line, field, message, its parameters
_KINDS = [kind for imports in (CUSTOMERS, USERS) for kind in (imports.check, imports.adding)]


def refusal(line: int, error: DomainError) -> Refusal:
    """Return a refused line as reports keep it."""
    return [line, error.field, error.message, error.params]


@scheduled("directory.forget-imports", every=timedelta(days=1))
def forget(ctx: Ctx, _job: Job) -> None:
    """Delete imported files and their reports when their time is over."""
    before = ctx.now - timedelta(days=ctx.programme.retention.import_files)
    with transaction():
        Job.delete().where(Job.kind.in_(_KINDS), Job.finished_at < before).execute()
