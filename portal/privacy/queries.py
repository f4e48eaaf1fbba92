"""Reads of personal data: exports of somebody, erasures that are announced, and what stands in their way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import Value, fn

from portal.accounts.models import Staff
from portal.billing.models import Charge, Invoice, Order
from portal.commissions.models import Payout
from portal.core.context import Ctx
from portal.core.errors import NotFound
from portal.customers.models import Organization
from portal.directory.models import User
from portal.jobs.models import Job
from portal.partners.models import Member, Partner
from portal.privacy.models import DataExport, Erasure
from portal.privacy.policy import (
    Debts,
    Obstacle,
    Standing,
    obstacles_of_organization,
    obstacles_of_person,
)
from portal.storage.paging import keyset
from portal.subscriptions.models import Subscription

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Listed:
    """An export in the list; `done` of `total` steps are made while its state is `asked`."""

    public_id: str
    state: str
    size: int
    sha256: str
    created_at: datetime
    expires_at: datetime | None
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Prospect:
    """What an erasure would meet: it is announced for an instant, or these things stand in its way."""

    due_at: datetime | None
    obstacles: list[Obstacle]


@dataclass(frozen=True, slots=True)
class Archive:
    """A ZIP file that may still be downloaded."""

    data: bytes
    ready_at: datetime


# ---- Exports ----

def of_actor(ctx: Ctx) -> Any:
    """Return the condition of exports that the actor may see: their own, or those of the organization they stand in."""
    if ctx.actor.organization_id is not None:
        return DataExport.organization == ctx.actor.organization_id
    return (DataExport.account == (ctx.actor.account_id or 0)) & DataExport.organization.is_null()


def exports(ctx: Ctx) -> list[Listed]:
    """Return the actor's latest exports, newest first, without the archives; one statement."""
    columns = [field for field in DataExport._meta.sorted_fields if field is not DataExport.archive]
    query: Any = (
        DataExport.select(*columns, Job.done, Job.total)
        .left_outer_join(Job, on=Job.key == Value(job_key("")).concat(DataExport.public_id))
        .where(of_actor(ctx)).objects()
    )
    found = keyset(query, [DataExport.id], lambda row: [row.id], None, SHOWN, descending=True)
    return [_listed(ctx, row) for row in found.rows]


def _listed(ctx: Ctx, row: Any) -> Listed:
    over = row.state == "ready" and row.expires_at <= ctx.now
    return Listed(row.public_id, "expired" if over else row.state, row.size, row.sha256, row.created_at, row.expires_at,
                  row.done or 0, row.total or 0)


def job_key(export: str) -> str:
    """Return the key of the job that makes an export (public id)."""
    return f"privacy.export:{export}"


def archive(ctx: Ctx, public_id: str) -> Archive:
    """Return an archive of the actor's; raises `NotFound` before it is ready, after it has expired, and for others."""
    row: Any = DataExport.get_or_none(
        DataExport.public_id == public_id, of_actor(ctx), DataExport.state == "ready", DataExport.expires_at > ctx.now
    )
    if row is None:
        raise NotFound(public_id)
    return Archive(bytes(row.archive), row.ready_at)


# ---- Erasures ----

def _label(text: str) -> Any:
    return Value(text).cast("TEXT")


def prospect_of_person(account_id: int) -> Prospect:
    """Return what the erasure of a person would meet; one statement."""
    announced = Erasure.select(_label("due"), Erasure.public_id, Erasure.due_at).where(
        Erasure.account == account_id, Erasure.organization.is_null(), Erasure.state == "announced"
    )
    other = Member.alias()
    ruled = Member.select(_label("partner"), Partner.name, Partner.created_at).join(Partner).where(
        Member.account == account_id, Member.role == "super-admin", Partner.state != "terminated",
        Member.partner.not_in(other.select(other.partner).where(
            other.account != account_id, other.role == "super-admin")),
    )
    owned = User.select(_label("organization"), Organization.name, Organization.created_at).join(Organization).where(
        User.account == account_id, User.role == "super-admin"
    )
    held = Payout.select(_label("payout"), Payout.public_id, Payout.asked_at).where(
        Payout.approved_by == account_id, Payout.state == "approved"
    )
    administers = Staff.select(_label("staff"), Staff.role, Staff.created_at).where(
        Staff.account == account_id, Staff.role == "admin",
        ~fn.EXISTS(Staff.select(Staff.id).where(Staff.account != account_id, Staff.role == "admin")),
    )
    rows = list(_rows(announced.union_all(ruled).union_all(owned).union_all(held).union_all(administers)))
    standing = Standing(_of(rows, "partner"), _of(rows, "organization"), len(_of(rows, "payout")),
                        bool(_of(rows, "staff")))
    return Prospect(_due(rows), list(obstacles_of_person(standing)))


def prospect_of_organization(organization_id: int) -> Prospect:
    """Return what the erasure of an organization would meet; one statement."""
    announced = Erasure.select(_label("due"), Erasure.public_id, Erasure.due_at).where(
        Erasure.organization == organization_id, Erasure.state == "announced"
    )
    paid = Subscription.select(_label("subscription"), Subscription.public_id, Subscription.created_at).where(
        Subscription.organization == organization_id, Subscription.state.in_(["paid", "suspended"])
    )
    unpaid = Invoice.select(_label("invoice"), Invoice.code, Invoice.issued_at).where(
        Invoice.organization == organization_id, Invoice.state == "open"
    )
    ordered = Order.select(_label("order"), Order.public_id, Order.created_at).where(
        Order.organization == organization_id, Order.state == "pending"
    )
    charged = Charge.select(_label("order"), Charge.public_id, Charge.created_at).where(
        Charge.organization == organization_id, Charge.state.in_(["pending", "action"])
    )
    rows = list(_rows(announced.union_all(paid).union_all(unpaid).union_all(ordered).union_all(charged)))
    debts = Debts(len(_of(rows, "subscription")), _of(rows, "invoice"), len(_of(rows, "order")))
    return Prospect(_due(rows), list(obstacles_of_organization(debts)))


def _rows(query: Any) -> Iterable[tuple[str, str, datetime]]:
    return query.tuples()  # type: ignore[no-any-return]


def _of(rows: Iterable[tuple[str, str, datetime]], kind: str) -> list[str]:
    return [name for found, name, _at in rows if found == kind]


def _due(rows: Iterable[tuple[str, str, datetime]]) -> datetime | None:
    return next((at for kind, _name, at in rows if kind == "due"), None)
