"""What an organization asks its partner to change in a subscription, because it may not do so itself (S3.19-21)."""

from __future__ import annotations

from typing import Any

from portal.audit import record
from portal.core.context import Ctx
from portal.core.errors import DomainError, NotFound, Stale
from portal.core.permissions import P
from portal.core.words import N_
from portal.customers.models import Organization
from portal.customers.queries import told_about
from portal.mail import post
from portal.storage import command, locked
from portal.subscriptions.models import ChangeRequest, Subscription
from portal.subscriptions.policy import Wish, check_licenses, check_storage, kind_of, offers

_TOPICS = {"upgrade": ("upgrade", "downgrade"), "downgrade": ("upgrade", "downgrade")}


@command(P.CHANGE_ASK)
def ask_change(ctx: Ctx, subscription: str, wish: Wish, note: str = "") -> ChangeRequest:
    """Ask the partner for another plan, number of licenses or extra storage of the subscription with this public id.

    One question about each of the three is open at a time. Raises `NotFound`, or `DomainError` on `plan`, `licenses`
    or `storage_gb`.
    """
    organization = locked(Organization.select().where(Organization.id == ctx.actor.organization_id)).get()
    owned = _owned(organization.id, subscription)
    _check(ctx, organization, owned, wish)
    kind = kind_of(wish, owned.plan, ctx.programme)
    _one_at_a_time(owned, kind, wish)
    asked = ChangeRequest.create(
        organization=organization, subscription=owned, kind=kind, plan=wish.plan, licenses=wish.licenses,
        storage_gb=wish.storage_gb, note=note, asked_by=ctx.actor.account_id, asked_by_name=ctx.actor.name,
        created_at=ctx.now,
    )
    record(ctx, "change.asked", subject=asked.public_id, organization_id=organization.id, name=owned.plan,
           before=present(owned, kind), after=wanted(asked))
    _tell_partner(ctx, organization, asked)
    return asked  # type: ignore[no-any-return]


@command(P.CHANGE_ASK)
def withdraw_change(ctx: Ctx, request: str) -> None:
    """Take an open question back. Raises `NotFound`, or `Stale` when it was answered or withdrawn meanwhile."""
    mine = (ChangeRequest.organization == ctx.actor.organization_id) & (ChangeRequest.public_id == request)
    asked = locked(ChangeRequest.select().where(mine)).first()
    if asked is None:
        raise NotFound(request)
    if asked.state != "open":
        raise Stale
    ChangeRequest.update(state="withdrawn", answered_at=ctx.now).where(ChangeRequest.id == asked.id).execute()
    record(ctx, "change.withdrawn", subject=asked.public_id, organization_id=asked.organization_id,
           before={"state": "open"}, after={"state": "withdrawn"})


def present(subscription: Subscription, kind: str) -> dict[str, Any]:
    """Return what of the subscription a change of this kind is about, for the record."""
    if kind == "licenses":
        return {"licenses": subscription.licenses}
    return {"extra_storage_gb": subscription.extra_storage_gb} if kind == "storage" else {"plan": subscription.plan}


def wanted(asked: ChangeRequest) -> dict[str, Any]:
    """Return the values that the subscription would have."""
    values = {"plan": asked.plan, "licenses": asked.licenses, "extra_storage_gb": asked.storage_gb}
    return {name: value for name, value in values.items() if value is not None}


def _owned(organization_id: int, subscription: str) -> Subscription:
    mine = (Subscription.organization == organization_id) & (Subscription.public_id == subscription)
    owned: Subscription | None = Subscription.select().where(mine).first()
    if owned is None:
        raise NotFound(subscription)
    return owned


def _check(ctx: Ctx, organization: Organization, owned: Subscription, wish: Wish) -> None:
    """Refuse what the partner could not carry out."""
    if organization.partner is None:
        raise DomainError(N_("Your organization has no partner who could answer."))
    if owned.state == "ended":
        raise DomainError(N_("This subscription has ended. Ask your partner for a new one."))
    if wish.plan is not None:
        trial = owned.state == "trial"
        sold = offers(ctx.programme, owned.service, owned.plan, owned.period, owned.currency, trial)
        if wish.plan not in {offer.code for offer in sold}:
            raise DomainError(N_("Choose a plan that this subscription can change to."), field="plan")
    if wish.licenses is not None:
        check_licenses(wish.licenses, owned.licenses, users_of(organization, owned))
    if wish.storage_gb is not None:
        check_storage(wish.storage_gb, owned.extra_storage_gb)


def users_of(organization: Organization, owned: Subscription) -> int:
    """Return how many users take a license of this subscription: all of them, of the one that lists show."""
    return organization.users if owned.id == organization.main_subscription else 0


def _one_at_a_time(owned: Subscription, kind: str, wish: Wish) -> None:
    topic = ChangeRequest.kind.in_(_TOPICS.get(kind, (kind,)))
    if ChangeRequest.select().where(ChangeRequest.subscription == owned, ChangeRequest.state == "open", topic).exists():
        field = "plan" if wish.plan else "licenses" if wish.licenses is not None else "storage_gb"
        raise DomainError(N_("You have already asked for this. Withdraw that request first."), field=field)


def _tell_partner(ctx: Ctx, organization: Organization, asked: ChangeRequest) -> None:
    for person in told_about(ctx, "change-asked", [organization])[organization.id]:
        post(
            ctx, "change-asked", key=f"change-asked:{asked.public_id}:{person.public_id}", address=person.email,
            name=person.name, language=person.language, organization=organization.name, request=asked.public_id,
            person=asked.asked_by_name, note=asked.note,
        )
