"""A super administrator decides about a partner's question; an approved task is done in the same moment, by them."""

from __future__ import annotations

from dataclasses import replace

from portal.accounts.models import Account
from portal.consents.commands.asking import close
from portal.consents.commands.tasks import run
from portal.consents.models import Consent
from portal.consents.policy import AccessEnded, NotOffered, NotOpen, UserGone, standing
from portal.core.context import Ctx
from portal.core.errors import NotFound, Stale
from portal.core.permissions import P
from portal.customers.models import Organization
from portal.delegation.models import Access
from portal.delegation.policy import FORBIDDEN
from portal.directory.commands.holding import hold
from portal.directory.commands.users import own_user
from portal.directory.policy.users import called
from portal.mail import post
from portal.partners.queries import language_at
from portal.storage import command, locked

_BATCH = 200


@command(P.CONSENT_DECIDE)
def approve(ctx: Ctx, consent: str, seen: str = "") -> None:
    """Do what a partner has asked for: once, within its time, as the super administrator's own act.

    No right is lent to the partner. `seen` is what the page called the user (name and address); left out, they are
    still called as in the question. If the task's own rules refuse, nothing is spent. Raises `NotFound`, `NotOpen`,
    `NotOffered`, `AccessEnded`, `UserGone`, `Stale`, or what the task raises.
    """
    if not ctx.programme.delegation.one_task_consent:
        raise NotOffered
    asked = _open(ctx, consent)
    _require_access(asked)
    task = P(asked.task)
    close(ctx, asked, "approved")
    why = f"{asked.asked_by_name} ({asked.partner.name}): {asked.reason}"
    try:
        _require_same_person(ctx, asked, seen or asked.subject_name)
        run(replace(ctx, reason=why), task, asked.subject, asked.arguments or {})
    except NotFound:
        raise UserGone from None
    _tell(ctx, asked, "consent-approved")


@command(P.CONSENT_DECIDE)
def decline(ctx: Ctx, consent: str) -> None:
    """Decline what a partner has asked for; it is told. Raises `NotFound`, `NotOpen`."""
    asked = _open(ctx, consent)
    close(ctx, asked, "declined")
    _tell(ctx, asked, "consent-declined")


@command(P.JOB_RUN)
def expire(ctx: Ctx) -> bool:
    """Close up to one batch of questions whose time is over; tell whether there may be more."""
    over = Consent.select().where(Consent.state == "open", Consent.expires_at <= ctx.now).order_by(Consent.id)
    rows = list(locked(over.limit(_BATCH)))
    for asked in rows:
        close(ctx, asked, "expired")
    return len(rows) == _BATCH


def _open(ctx: Ctx, consent: str) -> Consent:
    """Return an open question to the actor's organization, both held: of two clicks at once, one finds it open."""
    mine = (Consent.organization == hold(ctx)) & (Consent.public_id == consent)
    asked: Consent | None = locked(Consent.select().where(mine)).first()
    if asked is None:
        raise NotFound(consent)
    if standing(asked.state, asked.expires_at, ctx.now) != "open":
        raise NotOpen
    return asked


def _require_access(asked: Consent) -> None:
    ours = (Access.organization == asked.organization_id) & (Access.partner == asked.partner)
    if not Access.select().where(ours, Access.state == "active").exists():
        raise AccessEnded


def _require_same_person(ctx: Ctx, asked: Consent, seen: str) -> None:
    """Raise `Stale` if the user goes by another name or address: a partner may change both while they are invited."""
    if asked.subject and called(own_user(ctx, asked.subject)) != seen:
        raise Stale


def _tell(ctx: Ctx, asked: Consent, event: str) -> None:
    """Write to the person who asked, in their language for this partner's mails, if they are still there."""
    person = Account.get_or_none(Account.id == asked.asked_by)
    if person is None:
        return
    organization = Organization.get_by_id(asked.organization_id)
    post(
        ctx, event, key=f"{event}:{asked.public_id}", address=person.email, name=person.name,
        language=language_at(person, asked.partner_id), organization=organization.name, task=FORBIDDEN[P(asked.task)],
        about=asked.subject_name, who=ctx.actor.name, consent=asked.public_id,
        organization_id=organization.public_id,
    )
