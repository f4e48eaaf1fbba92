"""How a partner answers what its customers ask it to change; only the partner changes subscriptions (S3.21)."""

from __future__ import annotations

from typing import Any

from portal.accounts.models import Account
from portal.audit import record
from portal.core.context import Ctx
from portal.core.errors import DomainError, NotFound, Stale
from portal.core.permissions import P
from portal.core.words import N_
from portal.customers.models import Organization
from portal.customers.queries import visible_to
from portal.mail import post
from portal.storage import command, locked
from portal.subscriptions.models import ChangeRequest


@command(P.CHANGE_ANSWER)
def decline_change(ctx: Ctx, request: str, answer: str) -> None:
    """Decline what a customer asked for and say why. Raises `NotFound`, `Stale`, `DomainError` on `answer`."""
    if not answer:
        raise DomainError(N_("Tell your customer why."), field="answer")
    asked = held_request(ctx, request)
    answered(ctx, "change.declined", asked, asked.organization, answer, ctx.actor.name)


def held_request(ctx: Ctx, request: str) -> ChangeRequest:
    """Return an open request of a customer of the actor's partner (public id), held.

    Raises `NotFound`, or `Stale` when it was answered or withdrawn meanwhile.
    """
    customers = visible_to(ctx.actor).select(Organization.id)
    mine = (ChangeRequest.public_id == request) & ChangeRequest.organization.in_(customers)
    asked: ChangeRequest | None = locked(ChangeRequest.select().where(mine)).first()
    if asked is None:
        raise NotFound(request)
    if asked.state != "open":
        raise Stale
    return asked


def answered(
    ctx: Ctx, verb: str, asked: ChangeRequest, organization: Organization, answer: str, by_name: str
) -> None:
    """Close a request in the caller's transaction (`change.done` or `change.declined`) and tell who asked.

    One that was closed meanwhile stays as it is.
    """
    state = verb.partition(".")[2]
    values: dict[str, Any] = {"done_at": ctx.now} if state == "done" else {}
    closed = ChangeRequest.update(
        state=state, answer=answer, answered_by_name=by_name, answered_at=ctx.now, **values
    ).where(ChangeRequest.id == asked.id, ChangeRequest.state == "open").execute()
    if closed:
        record(ctx, verb, subject=asked.public_id, organization_id=organization.id,
               before={"state": "open"}, after={"state": state}, answer=answer)
        _tell(ctx, asked, organization, f"change-{state}", answer)


def _tell(ctx: Ctx, asked: ChangeRequest, organization: Organization, event: str, answer: str) -> None:
    """Write to who asked, if they still have an account."""
    person = Account.get_or_none(Account.id == asked.asked_by)
    if person is None:
        return
    post(
        ctx, event, key=f"{event}:{asked.public_id}", address=person.email, name=person.name,
        language=person.language, organization=organization.name, organization_id=organization.public_id,
        partner=organization.partner.name if organization.partner else "", kind=asked.kind, answer=answer,
    )
