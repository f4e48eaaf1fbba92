"""A partner asks its customer's super administrator for one forbidden task on one object."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from portal.accounts.models import Account
from portal.accounts.policy import TooManyAttempts, minutes_left
from portal.audit import record
from portal.consents.models import Consent
from portal.consents.policy import (
    ABOUT_USERS,
    ASKED_AT_MOST,
    ASKED_WITHIN,
    REASON_MAX,
    AlreadyAsked,
    NotOffered,
    NotOpen,
    arguments_of,
    check_target,
    effect,
    standing,
)
from portal.core.context import Ctx
from portal.core.errors import DomainError, NotFound
from portal.core.permissions import FORBIDDEN_ON_BEHALF, P
from portal.core.words import N_
from portal.customers.models import Organization
from portal.delegation.policy import FORBIDDEN
from portal.directory.commands.holding import held_organization
from portal.directory.models import User
from portal.directory.policy.users import called
from portal.mail import post
from portal.storage import command, locked


@command(P.CONSENT_ASK)
def ask_consent(ctx: Ctx, task: str, user: str, arguments: Mapping[str, Any], reason: str) -> Consent:
    """Ask for a task (its permission) on a user (public id, empty where it is about none), and say why.

    Nothing happens to the object. Raises `NotFound`, `NotOffered`, `AlreadyAsked`, `TooManyAttempts`, or a
    `DomainError` for the field that is wrong.
    """
    if not ctx.programme.delegation.one_task_consent:
        raise NotOffered
    wanted = _task(task)
    organization = held_organization(ctx.actor.organization_id)
    subject = _subject(ctx, wanted, user)
    values = arguments_of(wanted, arguments)
    _check_reason(reason)
    _check_open(ctx, wanted, subject.public_id if subject else "")
    asked = Consent.create(
        organization=organization, partner=ctx.actor.partner_id, task=wanted.value,
        subject=subject.public_id if subject else "", subject_name=called(subject) if subject else "",
        arguments=values, reason=reason,
        asked_by=ctx.actor.account_id, asked_by_name=ctx.actor.name, created_at=ctx.now,
        expires_at=ctx.now + timedelta(hours=ctx.programme.delegation.consent_hours),
    )
    record(ctx, "consent.asked", subject=asked.public_id, organization_id=organization.id, name=asked.subject_name,
           task=wanted.value, user=asked.subject, asked_for=reason)
    _tell(ctx, organization, asked)
    return asked  # type: ignore[no-any-return]


@command(P.CONSENT_ASK)
def withdraw(ctx: Ctx, consent: str) -> None:
    """Take an open question of the actor's partner back. Raises `NotFound`, `NotOpen`."""
    mine = (
        (Consent.organization == ctx.actor.organization_id) & (Consent.partner == ctx.actor.partner_id)
        & (Consent.public_id == consent)
    )
    asked = locked(Consent.select().where(mine)).first()
    if asked is None:
        raise NotFound(consent)
    if standing(asked.state, asked.expires_at, ctx.now) != "open":
        raise NotOpen
    close(ctx, asked, "withdrawn")


def close(ctx: Ctx, asked: Consent, state: str) -> None:
    """Settle a question and note that; part of other commands. What it carried, an image perhaps, is dropped."""
    by = "" if state == "expired" else ctx.actor.name
    kept = {name: value for name, value in (asked.arguments or {}).items() if name != "image"}
    Consent.update(state=state, decided_at=ctx.now, decided_by_name=by, arguments=kept).where(
        Consent.id == asked.id
    ).execute()
    record(ctx, f"consent.{state}", subject=asked.public_id, organization_id=asked.organization_id,
           name=asked.subject_name, task=asked.task, user=asked.subject, before={"state": "open"},
           after={"state": state})


def _task(task: str) -> P:
    """Return the forbidden task of this name; there is nothing else to ask for."""
    found = next((one for one in FORBIDDEN_ON_BEHALF if one.value == task), None)
    if found is None:
        raise NotFound(task)
    return found


def _subject(ctx: Ctx, task: P, user: str) -> User | None:
    if task not in ABOUT_USERS:
        return None
    mine = (User.organization == ctx.actor.organization_id) & (User.public_id == user)
    row: User | None = User.select().where(mine).first()
    if row is None:
        raise NotFound(user)
    check_target(task, row.role, row.state, row.account_id is not None)
    return row


def _check_reason(reason: str) -> None:
    if not reason:
        raise DomainError(N_("Say why: your customer decides by it."), "reason")
    if len(reason) > REASON_MAX:
        raise DomainError(N_("Use at most %(count)s characters."), "reason", count=REASON_MAX)


def _check_open(ctx: Ctx, task: P, subject: str) -> None:
    """Refuse a second question about the same thing, and more questions than a super administrator can read."""
    asked = (Consent.organization == ctx.actor.organization_id) & (Consent.partner == ctx.actor.partner_id)
    same = asked & (Consent.state == "open") & (Consent.expires_at > ctx.now)
    if Consent.select().where(same, Consent.task == task.value, Consent.subject == subject).exists():
        raise AlreadyAsked
    recent = asked & (Consent.created_at > ctx.now - ASKED_WITHIN)
    if Consent.select().where(recent).count() >= ASKED_AT_MOST:
        raise TooManyAttempts(minutes_left(ctx.now, ASKED_WITHIN))


def _tell(ctx: Ctx, organization: Organization, asked: Consent) -> None:
    """Write to the super administrator, in their language."""
    known = User.select(Account.language).join(Account).where(
        User.organization == organization, User.role == "super-admin"
    )
    language = known.tuples().first()
    happens = effect(_task(asked.task), asked.arguments, asked.subject_name)
    post(
        ctx, "consent-asked", key=f"consent-asked:{asked.public_id}", address=organization.admin_email,
        name=organization.admin_name, language=language[0] if language else organization.language,
        organization=organization.name, organization_id=organization.public_id, consent=asked.public_id,
        partner=ctx.actor.partner_name, person=ctx.actor.name, task=FORBIDDEN[_task(asked.task)],
        effect=happens.message, values=dict(happens.params), reason=asked.reason,
        hours=ctx.programme.delegation.consent_hours,
    )
