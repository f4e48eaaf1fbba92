"""Erasures from the request to their end: announced, taken back, or carried out when the time is over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from portal.accounts.models import Account
from portal.audit import record
from portal.core.context import Ctx
from portal.core.errors import ProofNeeded, Stale
from portal.core.permissions import P
from portal.customers.models import Organization
from portal.directory.models import User
from portal.jobs import enqueue
from portal.mail import post
from portal.privacy.commands.forgetting import forget_person
from portal.privacy.commands.organizations import forget_organization
from portal.privacy.models import Erasure
from portal.privacy.policy import REMINDER, Obstructed, may_begin
from portal.privacy.queries import Prospect, prospect_of_organization, prospect_of_person
from portal.storage import command, locked


@command(P.ACCOUNT_SETTINGS)
def ask_erasure(ctx: Ctx) -> None:
    """Announce that the actor wants to be erased; it is carried out when the programme's time is over.

    Raises `Obstructed` while they still answer for something, `Stale` where it is announced already, `ProofNeeded`.
    """
    if not ctx.actor.fresh:
        raise ProofNeeded(P.ACCOUNT_SETTINGS)
    account = locked(Account.select().where(Account.id == ctx.actor.account_id)).get()
    _announce(ctx, prospect_of_person(account.id), account, None)
    record(ctx, "account.erasure-asked", account.public_id)


@command(P.ORGANIZATION_ERASE)
def ask_organization_erasure(ctx: Ctx) -> None:
    """Announce that the actor's organization is to be erased, likewise."""
    found = locked(Organization.select().where(Organization.id == ctx.actor.organization_id)).get()
    account = Account.get_by_id(ctx.actor.account_id)
    _announce(ctx, prospect_of_organization(found.id), account, found)
    record(ctx, "organization.erasure-asked", found.public_id, found.id, found.name)


def _announce(ctx: Ctx, prospect: Prospect, account: Account, organization: Organization | None) -> None:
    if prospect.due_at:
        raise Stale
    if prospect.obstacles:
        raise Obstructed
    erasure = Erasure.create(
        account=None if organization else account, organization=organization, asked_by_name=account.name,
        due_at=ctx.now + timedelta(days=ctx.programme.retention.erasure_wait), created_at=ctx.now,
    )
    _tell(ctx, "erasure-announced", erasure, account)


@command(P.ACCOUNT_SETTINGS)
def withdraw_erasure(ctx: Ctx) -> None:
    """Take the actor's own erasure back. Raises `Stale` where none is announced."""
    _withdraw(ctx, Erasure.account == ctx.actor.account_id)
    record(ctx, "account.erasure-withdrawn", Account.get_by_id(ctx.actor.account_id).public_id)


@command(P.ORGANIZATION_EXPORT)
def withdraw_organization_erasure(ctx: Ctx) -> None:
    """Take the erasure of the actor's organization back, which needs no proof. Raises `Stale` likewise."""
    _withdraw(ctx, Erasure.organization == ctx.actor.organization_id)
    found = Organization.get_by_id(ctx.actor.organization_id)
    record(ctx, "organization.erasure-withdrawn", found.public_id, found.id, found.name)


def _withdraw(ctx: Ctx, mine: Any) -> None:
    taken = Erasure.update(state="withdrawn", decided_at=ctx.now).where(mine, Erasure.state == "announced").execute()
    if not taken:
        raise Stale


# ---- The worker ----

@command(P.JOB_RUN)
def remind(ctx: Ctx) -> list[str]:
    """Tell whose erasure is a day away, and return (public ids) which are due."""
    soon = Erasure.select().where(Erasure.state == "announced", Erasure.due_at <= ctx.now + REMINDER)
    due = list[str]()
    for erasure in soon.order_by(Erasure.id):
        if may_begin(erasure.due_at, ctx.now):
            due.append(erasure.public_id)
            continue
        account = _owner(erasure)
        if account:
            _tell(ctx, "erasure-tomorrow", erasure, account)
    return due


@command(P.JOB_RUN)
def carry_out(ctx: Ctx, public_id: str) -> bool:
    """Erase a person or an organization whose time has come; the second time nothing happens.

    Where something stands in the way by now it is taken back instead, and they are told. Tell whether it was done.
    """
    erasure = locked(Erasure.select().where(Erasure.public_id == public_id)).get()
    if erasure.state != "announced" or not may_begin(erasure.due_at, ctx.now):
        return False
    account, organization = _owner(erasure), erasure.organization
    prospect = prospect_of_organization(organization.id) if organization else prospect_of_person(erasure.account_id)
    if prospect.obstacles:
        Erasure.update(state="withdrawn", decided_at=ctx.now).where(Erasure.id == erasure.id).execute()
        if account:
            _tell(ctx, "erasure-stopped", erasure, account)
        return False
    _erase(ctx, erasure, account, organization)
    return True


def _erase(ctx: Ctx, erasure: Erasure, account: Account | None, organization: Organization | None) -> None:
    """Erase; the last mail goes to the address that is forgotten with it."""
    if organization:
        name = organization.name
        counts = forget_organization(ctx, organization)
        record(ctx, "organization.erased", organization.public_id, organization.id, acts=counts["acts"])
    else:
        assert account is not None
        name = ""
        counts = forget_person(ctx, account)
        record(ctx, "account.erased", account.public_id, acts=counts["acts"])
    Erasure.update(state="done", decided_at=ctx.now, counts=counts).where(Erasure.id == erasure.id).execute()
    if account:
        key = _tell(ctx, "erasure-done", erasure, account, name)
        enqueue(ctx, "privacy.forget-mail", key=f"privacy.forget-mail:{key}", mail=key)


def _owner(erasure: Erasure) -> Account | None:
    """Return who is told: the person, or the organization's super administrator."""
    if erasure.organization_id is None:
        return erasure.account  # type: ignore[no-any-return]
    mine = (User.organization == erasure.organization_id) & (User.role == "super-admin")
    found: Account | None = Account.select().join(User).where(mine).first()
    return found


def _tell(ctx: Ctx, event: str, erasure: Erasure, account: Account, name: str = "") -> str:
    organization = erasure.organization
    key = f"{event}:{erasure.public_id}"
    post(
        ctx, event, key=key, address=account.email, name=account.name, language=account.language,
        due=erasure.due_at.isoformat(), country=account.country, time_zone=account.time_zone,
        organization=name or (organization.name if organization else ""),
        organization_id=organization.public_id if organization else "",
    )
    return key
