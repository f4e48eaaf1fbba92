"""The change of super administrator: proposed by the present one, carried out when the proposed person accepts."""

from __future__ import annotations

from dataclasses import replace

from portal.accounts.models import Account
from portal.core.context import Ctx
from portal.core.errors import NotFound
from portal.core.permissions import P, Role
from portal.customers.commands import reindex
from portal.customers.models import Organization
from portal.directory.commands.holding import held_organization
from portal.directory.commands.users import note
from portal.directory.models import Handover, User
from portal.directory.policy.handover import LIFETIME, AlreadyProposed, NotOpen, check_candidate, is_open
from portal.directory.policy.users import called
from portal.mail import post
from portal.storage import command


@command(P.SUPER_ADMIN_CHANGE)
def propose_super_admin(ctx: Ctx, user: str) -> None:
    """Ask a user (public id) to become the super administrator (S3.8: never the partner); they have seven days.

    Nothing changes until they accept. Raises `NotFound`, `AlreadyProposed`, or a `DomainError` on `user` for
    somebody who cannot be proposed.
    """
    organization = held_organization(ctx.actor.organization_id)
    candidate = User.get_or_none(User.organization == organization, User.public_id == user)
    if candidate is None:
        raise NotFound
    check_candidate(candidate.role, candidate.state, candidate.account_id is not None)
    _make_room(ctx, organization)
    handover = Handover.create(
        organization=organization, user=candidate, proposed_by_name=ctx.actor.name, created_at=ctx.now,
        expires_at=ctx.now + LIFETIME,
    )
    note(ctx, "super-admin.proposed", candidate)
    _write(ctx, "super-admin-proposed", handover, candidate, organization, proposer=ctx.actor.name, days=LIFETIME.days)


def _make_room(ctx: Ctx, organization: Organization) -> None:
    """Close a proposal that nobody has answered in time; raise `AlreadyProposed` while one waits."""
    present = _open(organization.id)
    if present is None:
        return
    if is_open(present.state, present.expires_at, ctx.now):
        raise AlreadyProposed(present.user.name)
    _settle(ctx, present, "withdrawn")


@command(P.SUPER_ADMIN_CHANGE)
def withdraw_proposal(ctx: Ctx) -> None:
    """Take the open proposal back. Raises `NotOpen` when there is none: the person may just have answered."""
    organization = held_organization(ctx.actor.organization_id)
    present = _open(organization.id)
    if present is None:
        raise NotOpen
    _settle(ctx, present, "withdrawn")
    note(ctx, "super-admin.withdrawn", present.user)


@command(P.ACCOUNT_SETTINGS)
def accept_handover(ctx: Ctx, handover: str) -> Organization:
    """Make the actor, whom this proposal asks, the super administrator, and the former one an administrator.

    Returns the organization. Raises `NotFound` for anybody else, `NotOpen`, or a `DomainError` when the actor is no
    active user any more.
    """
    found, organization = _asked(ctx, handover)
    check_candidate(found.user.role, found.user.state, found.user.account_id is not None)
    former = _change(organization, found.user)
    _settle(ctx, found, "accepted")
    names = {} if former is None else {"before": {"super_admin": called(former)}}
    note(_inside(ctx, organization), "super-admin.changed", found.user, **names,
         after={"super_admin": called(found.user)})
    for person in filter(None, (former, found.user)):
        _write(ctx, "super-admin-changed", found, person, organization, successor=found.user.name,
               yours=person.id == found.user.id, organization_id=organization.public_id)
    return organization


@command(P.ACCOUNT_SETTINGS)
def decline_handover(ctx: Ctx, handover: str) -> None:
    """Let everything stay as it is; the super administrator hears of it. Raises `NotFound` or `NotOpen`."""
    found, organization = _asked(ctx, handover)
    _settle(ctx, found, "declined")
    note(_inside(ctx, organization), "super-admin.declined", found.user)
    present = User.get_or_none(User.organization == organization, User.role == "super-admin")
    if present:
        _write(ctx, "super-admin-declined", found, present, organization, candidate=found.user.name,
               organization_id=organization.public_id)


def _asked(ctx: Ctx, handover: str) -> tuple[Handover, Organization]:
    """Return the open proposal that asks the actor. The organization is held: withdrawing waits for this answer."""
    mine = (
        Handover.select().join(User)
        .where(Handover.public_id == handover, User.account == ctx.actor.account_id, User.account.is_null(False))
    )
    found = mine.first()
    if found is None:
        raise NotFound
    organization = held_organization(found.organization_id)
    found = mine.first()
    if found is None or not is_open(found.state, found.expires_at, ctx.now):
        raise NotOpen
    return found, organization


def _change(organization: Organization, candidate: User) -> User | None:
    """Exchange the roles and return the former super administrator. First down, then up: there is never a second."""
    former: User | None = User.get_or_none(User.organization == organization, User.role == "super-admin")
    User.update(role="admin", version=User.version + 1).where(
        User.organization == organization, User.role == "super-admin"
    ).execute()
    User.update(role="super-admin", version=User.version + 1).where(User.id == candidate.id).execute()
    Organization.update(admin_name=candidate.name, admin_email=candidate.email).where(
        Organization.id == organization.id
    ).execute()
    reindex(organization.id)
    return former


def _open(organization_id: int) -> Handover | None:
    return Handover.get_or_none(  # type: ignore[no-any-return]
        Handover.organization == organization_id, Handover.state == "open"
    )


def _settle(ctx: Ctx, handover: Handover, state: str) -> None:
    Handover.update(state=state, decided_at=ctx.now).where(Handover.id == handover.id).execute()


def _inside(ctx: Ctx, organization: Organization) -> Ctx:
    """Return the context of the actor as a user of the organization: that is who answers, whatever else they are."""
    roles = frozenset({Role.ACCOUNT, Role.CUSTOMER_MEMBER})
    return replace(ctx, actor=replace(ctx.actor, roles=roles, organization_id=organization.id))


def _write(
    ctx: Ctx, event: str, handover: Handover, user: User, organization: Organization, **params: object
) -> None:
    """Write to a user, in the language of their account."""
    language = Account.select(Account.language).where(Account.id == user.account_id).scalar()
    post(
        ctx, event, key=f"{event}:{handover.public_id}:{user.public_id}", address=user.email, name=user.name,
        language=language or organization.language, handover=handover.public_id, organization=organization.name,
        country=organization.country, **params,
    )
