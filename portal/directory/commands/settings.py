"""Changing an organization's settings. Whoever saves says which version they saw."""

from __future__ import annotations

from collections.abc import Sequence

from portal.accounts.models import Account
from portal.accounts.policy import normalize_name
from portal.audit import record
from portal.core.context import Ctx
from portal.core.errors import Stale
from portal.core.permissions import P
from portal.customers.commands import reindex
from portal.customers.models import Organization
from portal.customers.policy import check_details
from portal.directory.commands.holding import held_organization
from portal.directory.policy import dashboard
from portal.directory.policy.settings import OwnFactorFirst, check_contacts_sync
from portal.storage import command


@command(P.ORGANIZATION_EDIT)
def edit_organization(ctx: Ctx, seen: int, name: str, country: str, time_zone: str, language: str) -> None:
    """Store the organization's details (S3.5). Raises `DomainError` beside its field, or `Stale`."""
    name = normalize_name(name)
    check_details(name, country, time_zone, language)
    _change(ctx, seen, "settings.edited", name=name, country=country, time_zone=time_zone, language=language)


@command(P.TFA_SET)
def set_tfa(ctx: Ctx, required: bool, seen: int) -> None:
    """Say whether everybody needs a second factor to sign in here (S3.9: never the partner).

    Raises `Stale`, or `OwnFactorFirst`: whoever requires it has one, and does not lock themselves out by surprise.
    """
    if required and not Account.select().where(
        Account.id == ctx.actor.account_id, Account.second_factor_at.is_null(False)
    ).exists():
        raise OwnFactorFirst
    _change(ctx, seen, "tfa.set", tfa_required=required)


@command(P.CONTACTS_SYNC_SET)
def set_contacts_sync(ctx: Ctx, mode: str, seen: int) -> None:
    """Say how address books follow the directory (S3.17: never the partner). Raises `DomainError` or `Stale`."""
    check_contacts_sync(mode)
    _change(ctx, seen, "contacts-sync.set", contacts_sync=mode)


@command(P.DASHBOARD_EDIT)
def edit_dashboard(ctx: Ctx, widgets: Sequence[str] | None, seen: int) -> None:
    """Say which parts the dashboard shows, in order; None is as delivered (S3.15: never the partner).

    Raises `DomainError` for a part that does not exist, or `Stale`.
    """
    dashboard.check(widgets or ())
    _change(ctx, seen, "dashboard.edited", widgets=None if widgets is None else list(widgets))


def _change(ctx: Ctx, seen: int, verb: str, **values: object) -> None:
    """Store what differs from before, with the acts' record; raise `Stale` unless `seen` is the present version."""
    row = held_organization(ctx.actor.organization_id)
    if row.version != seen:
        raise Stale
    before = {field: getattr(row, field) for field, value in values.items() if getattr(row, field) != value}
    if not before:
        return
    after = {field: values[field] for field in before}
    Organization.update(**after, version=seen + 1).where(Organization.id == row.id).execute()
    if "name" in after:
        reindex(row.id)
    record(ctx, verb, subject=row.public_id, organization_id=row.id, name=row.name, before=before, after=after)
