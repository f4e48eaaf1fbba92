"""Asking for an import, whatever it brings in."""

from __future__ import annotations

from collections.abc import Sized
from typing import Any

from portal.core.context import Ctx
from portal.core.errors import DomainError
from portal.core.words import N_
from portal.directory.queries.imports import Imports, import_job_by_key
from portal.jobs import enqueue


def ask(ctx: Ctx, imports: Imports, kind: str, once: str, **payload: Any) -> str:
    """Ask for a job, at most once by that name, and return its public id. Part of other commands."""
    key = imports.key(kind, ctx.actor, once)
    enqueue(ctx, kind, key=key, **payload)
    return import_job_by_key(ctx.actor, imports, key).public_id


def require_lines(rows: Sized, most: int) -> None:
    """Raise a `DomainError` on field `file` where it has more lines than one import takes."""
    if len(rows) > most:
        raise DomainError(N_("The file has more than %(most)s lines. Split it and try again."), "file", most=most)
