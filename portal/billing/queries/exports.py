"""Reads of reports that a job writes to files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from peewee import JOIN, ModelSelect, Value

from portal.billing.models import Export
from portal.billing.queries.payments import Asked, Chosen
from portal.core.context import Actor, Ctx
from portal.core.errors import NotFound
from portal.jobs.models import Job


@dataclass(frozen=True, slots=True)
class Watched:
    """A file on its way; `done` of `total` payments are written while its state is `asked`."""

    public_id: str
    state: str
    format: str
    administered: bool
    rows: int
    size: int
    done: int
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class File:
    """A file that may still be downloaded."""

    content: bytes
    format: str
    ready_at: datetime


def job_key(export: str) -> str:
    """Return the key of the job that makes a file (public id)."""
    return f"billing.export:{export}"


def visible_to(actor: Actor) -> ModelSelect[Export]:
    """Return the files that the actor has asked for, for the partner to whom they still belong."""
    return Export.select().where(Export.account == actor.account_id, Export.partner == actor.partner_id)


def watched(ctx: Ctx, public_id: str) -> Watched:
    """Return a file of the actor without its content, or raise `NotFound`; one statement."""
    columns = (Export.public_id, Export.state, Export.format, Export.asked, Export.rows, Export.size, Export.expires_at)
    query: Any = visible_to(ctx.actor).select(*columns, Job.done).join(
        Job, JOIN.LEFT_OUTER, on=Job.key == Value(job_key("")).concat(Export.public_id)
    )
    row = query.where(Export.public_id == public_id).objects().first()
    if row is None:
        raise NotFound(public_id)
    over = row.state == "ready" and row.expires_at <= ctx.now
    return Watched(row.public_id, "expired" if over else row.state, row.format, row.asked["filter"]["administered"],
                   row.rows, row.size, row.done or 0, row.expires_at)


def content_of(ctx: Ctx, public_id: str) -> File:
    """Return a file of the actor; raises `NotFound` before it is ready and after it has expired."""
    row = visible_to(ctx.actor).where(
        Export.public_id == public_id, Export.state == "ready", Export.expires_at > ctx.now
    ).first()
    if row is None:
        raise NotFound(public_id)
    return File(bytes(row.content), row.format, row.ready_at)


def asked_as_json(asked: Asked) -> dict[str, Any]:
    """Return a filter as JSON values, without where its page begins."""
    values = asdict(replace(asked, after=None))
    return {**values, "since": asked.since.isoformat(), "until": asked.until.isoformat(),
            "customer": list(asked.customer) if asked.customer else None}


def asked_from_json(values: Mapping[str, Any]) -> Asked:
    """Return the filter that `asked_as_json` made."""
    customer = Chosen(*values["customer"]) if values["customer"] else None
    since, until = (date.fromisoformat(values[name]) for name in ("since", "until"))
    return Asked(**{**values, "customer": customer, "since": since, "until": until})
