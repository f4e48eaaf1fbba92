"""How a partner answers what its customers ask it to change; only the partner changes subscriptions (S3.21)."""

from __future__ import annotations

from collections.abc import Mapping
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
from portal.subscriptions.commands.changes import present, users_of, wanted
from portal.subscriptions.commands.keeping import change, keep
from portal.subscriptions.models import ChangeRequest, Subscription
from portal.subscriptions.policy import TooFewLicenses


@command(P.CHANGE_ANSWER)
def accept_change(ctx: Ctx, request: str, answer: str = "") -> None:
    """Carry out what a customer asked for, at the programme's price for the subscription's currency and period.

    Subscriptions are commercial: this works for a customer that has revoked the partner's access, too. Raises
    `NotFound`, `Stale` when the request is not open any more, `DomainError` when it cannot be carried out now.
    """
    asked, organization = _open(ctx, request)
    owned = locked(Subscription.select().where(Subscription.id == asked.subscription)).get()
    _check(organization, owned, asked)
    before = present(owned, asked.kind)
    change(owned, **wanted(asked), **_price(ctx, owned, asked.plan))
    keep(ctx, organization.id)
    _answer(ctx, asked, "done", answer)
    record(ctx, "change.done", subject=asked.public_id, organization_id=organization.id, name=owned.plan,
           before=before, after=wanted(asked), answer=answer)
    _tell(ctx, asked, organization, "change-done", answer)


@command(P.CHANGE_ANSWER)
def decline_change(ctx: Ctx, request: str, answer: str) -> None:
    """Decline what a customer asked for and say why. Raises `NotFound`, `Stale`, `DomainError` on `answer`."""
    if not answer:
        raise DomainError(N_("Tell your customer why."), field="answer")
    asked, organization = _open(ctx, request)
    _answer(ctx, asked, "declined", answer)
    record(ctx, "change.declined", subject=asked.public_id, organization_id=organization.id,
           before={"state": "open"}, after={"state": "declined"}, answer=answer)
    _tell(ctx, asked, organization, "change-declined", answer)


def _open(ctx: Ctx, request: str) -> tuple[ChangeRequest, Organization]:
    """Return an open request and its organization, both locked: users are counted by the organization's row."""
    customers = visible_to(ctx.actor).select(Organization.id)
    query = ChangeRequest.select().where(
        ChangeRequest.public_id == request, ChangeRequest.organization.in_(customers)
    )
    found = query.first()
    if found is None:
        raise NotFound(request)
    organization = locked(Organization.select().where(Organization.id == found.organization_id)).get()
    asked = locked(ChangeRequest.select().where(ChangeRequest.id == found.id)).get()
    if asked.state != "open":
        raise Stale
    return asked, organization


def _check(organization: Organization, owned: Subscription, asked: ChangeRequest) -> None:
    """Refuse what has become impossible since it was asked."""
    if owned.state == "ended":
        raise DomainError(N_("This subscription has ended."))
    users = users_of(organization, owned)
    if asked.licenses is not None and asked.licenses < users:
        raise TooFewLicenses(users)


def _price(ctx: Ctx, owned: Subscription, plan: str | None) -> dict[str, int]:
    """Return the new price per license, if the plan changes; the old price was agreed on and stays otherwise."""
    if plan is None:
        return {}
    offer = ctx.programme.plans.get(plan)
    prices: Mapping[Any, int] = offer.prices.get(owned.currency, {}) if offer else {}
    price = prices.get(owned.period)
    if price is None:
        raise DomainError(N_("The programme does not offer this plan any more."))
    return {"unit_price": price}


def _answer(ctx: Ctx, asked: ChangeRequest, state: str, answer: str) -> None:
    values: dict[str, Any] = {"done_at": ctx.now} if state == "done" else {}
    ChangeRequest.update(
        state=state, answer=answer, answered_by_name=ctx.actor.name, answered_at=ctx.now, **values
    ).where(ChangeRequest.id == asked.id).execute()


def _tell(ctx: Ctx, asked: ChangeRequest, organization: Organization, event: str, answer: str) -> None:
    """Write to who asked, if they still have an account."""
    person = Account.get_or_none(Account.id == asked.asked_by)
    if person is None:
        return
    post(
        ctx, event, key=f"{event}:{asked.public_id}", address=person.email, name=person.name,
        language=person.language, organization=organization.name, organization_id=organization.public_id,
        partner=ctx.actor.partner_name, kind=asked.kind, answer=answer,
    )
