"""An organization's people: adding, describing and inviting them."""

from __future__ import annotations

from typing import Any

from portal.accounts.models import Account, OneTimeToken
from portal.accounts.policy import Purpose, normalize_email, normalize_name
from portal.audit import record
from portal.core.context import Ctx
from portal.core.errors import NotFound, Stale
from portal.core.folding import fold
from portal.core.ids import named_id, public_id
from portal.core.permissions import P
from portal.customers.commands import reindex
from portal.customers.models import Organization
from portal.customers.policy import sort_key
from portal.directory.commands.addresses import taken
from portal.directory.commands.forwarding import forwarded_mail_reaches_nobody_more
from portal.directory.commands.holding import held_organization, hold
from portal.directory.commands.invitations import mail_invitation
from portal.directory.commands.licenses import require_license
from portal.directory.models import Address, User
from portal.directory.policy.users import (
    INVITATION_PAUSE,
    AddressFixed,
    Draft,
    InvitedJustNow,
    Target,
    address_faults,
    called,
    check,
    detail_faults,
    faults,
)
from portal.directory.queries.users import verified_domains
from portal.storage import command, locked


@command(P.USER_ADD)
@forwarded_mail_reaches_nobody_more
def add_user(
    ctx: Ctx, email: str, name: str, role: str = "member", title: str = "", phone: str = "", language: str = "en",
    once: str = "",
) -> User:
    """Add a user to the actor's organization, invite them by mail, and return their row (S3.5).

    Any other role than `member` needs the right to change roles as well, which a partner never has (S3.10).
    `language` is for somebody whom the portal does not know. `once` names the request: asked again with the same one,
    the user of the first time comes back. Raises `NoLicense`, or a `DomainError` for the first answer that is wrong.
    """
    if role != "member":
        ctx.actor.require(P.USER_ROLE_CHANGE)
    identity = named_id(ctx.secret, "user", f"{ctx.actor.organization_id}:{once}") if once else public_id()
    organization = held_organization(ctx.actor.organization_id)
    before = User.get_or_none(User.public_id == identity)
    if before:
        return before  # type: ignore[no-any-return]
    require_license(ctx, organization)
    draft = Draft(email, name, role, title, phone, language)
    for fault in faults(draft, verified_domains(organization.id)):
        raise fault
    return _add(ctx, organization, draft, identity)


def _add(ctx: Ctx, organization: Organization, draft: Draft, identity: str) -> User:
    email = _free(organization.id, draft.email)
    user = enlist(
        ctx, organization.id, email, normalize_name(draft.name), draft.role, normalize_name(draft.title),
        normalize_name(draft.phone), identity=identity,
    )
    mail_invitation(ctx, user, organization, draft.language)
    given = {field: value for field in ("email", "name", "role", "title", "phone") if (value := getattr(user, field))}
    note(ctx, "user.added", user, after=given)
    return user


def _free(organization_id: int, email: str) -> str:
    """Return the address as it is stored, or raise `AddressTaken`: users, aliases and groups share one list."""
    address = normalize_email(email)
    if Address.select().where(Address.organization == organization_id, Address.text == address).exists():
        refusal = taken(organization_id, address)
        refusal.field = "email"
        raise refusal
    return address


def enlist(
    ctx: Ctx, organization_id: int, email: str, name: str, role: str, title: str = "", phone: str = "",
    state: str = "invited", identity: str = "",
) -> User:
    """Write the row of a new person, the row of their address, and that there is one user more.

    Part of other commands, which have checked everything; `email` and `name` are normalized.
    """
    user: User = User.create(
        public_id=identity or public_id(), organization=organization_id, email=email, role=role, state=state,
        phone=phone, created_at=ctx.now, **_described(name, email, title),
    )
    Address.create(
        organization=organization_id, text=email, domain=email.rpartition("@")[2], kind="user", user=user,
        created_at=ctx.now,
    )
    Organization.update(users=Organization.users + 1).where(Organization.id == organization_id).execute()
    return user


def _described(name: str, email: str, title: str) -> dict[str, str]:
    """Return what a user is called, and what they are sorted and found by."""
    return {"name": name, "title": title, "name_key": sort_key(name), "search": user_search(name, email, title)}


def user_search(name: str, email: str, title: str) -> str:
    """Return the folded words that a user is found by."""
    return fold(f"{name} {email} {title}")[:1000]


@command(P.USER_EDIT)
@forwarded_mail_reaches_nobody_more
def edit_user(ctx: Ctx, user: str, seen: int, name: str, title: str, phone: str, email: str = "") -> None:
    """Store what a user (public id) is called and reached by; a new address, while they are invited, is invited anew.

    Without an address theirs stays. Raises `NotFound`, `Stale` unless `seen` is the present version, or a
    `DomainError` for the field that is wrong.
    """
    row = own_user(ctx, user)
    check("edit", ctx.actor.roles, target_of(ctx, row))
    if row.version != seen:
        raise Stale
    for fault in detail_faults(name, title, phone):
        raise fault
    given = {
        "name": normalize_name(name), "title": normalize_name(title), "phone": normalize_name(phone),
        "email": normalize_email(email) or row.email,
    }
    changed = {field: value for field, value in given.items() if getattr(row, field) != value}
    if changed:
        _store(ctx, row, changed)


def _store(ctx: Ctx, row: User, changed: dict[str, str]) -> None:
    before = {field: getattr(row, field) for field in changed}
    if "email" in changed:
        _check_new_address(ctx, row, changed["email"])
    for field, value in changed.items():
        setattr(row, field, value)
    User.update(
        email=row.email, phone=row.phone, version=User.version + 1, **_described(row.name, row.email, row.title)
    ).where(User.id == row.id).execute()
    if "email" in changed:
        _readdress(ctx, row, before["email"])
    if row.role == "super-admin":  # the customer lists have a copy
        Organization.update(admin_name=row.name).where(Organization.id == row.organization_id).execute()
        reindex(row.organization_id)
    note(ctx, "user.edited", row, before=before, after=changed)


def _check_new_address(ctx: Ctx, row: User, email: str) -> None:
    if row.state != "invited":
        raise AddressFixed
    for fault in address_faults(email, verified_domains(row.organization_id)):
        raise fault
    _free(row.organization_id, email)


def _readdress(ctx: Ctx, row: User, former: str) -> None:
    """Let a corrected address be the user's own, and invite it; the invitation to the former one lets nobody in."""
    Address.update(text=row.email, domain=row.email.rpartition("@")[2]).where(
        Address.user == row, Address.kind == "user"
    ).execute()
    language = Account.select(Account.language).where(Account.email == former).scalar()
    mail_invitation(ctx, row, row.organization, language or row.organization.language)


@command(P.USER_ADD)
def resend_invitation(ctx: Ctx, user: str) -> None:
    """Mail a user (public id) who has not come yet another invitation. Raises `NotFound`, `InvitedJustNow`, `Stale`."""
    row = own_user(ctx, user)
    if row.state != "invited":
        raise Stale
    recent = (OneTimeToken.purpose == Purpose.INVITATION) & (OneTimeToken.created_at > ctx.now - INVITATION_PAUSE)
    if OneTimeToken.select().join(Account).where(Account.email == row.email, recent).exists():
        raise InvitedJustNow
    mail_invitation(ctx, row, row.organization, row.organization.language)
    note(ctx, "user.invited", row)


def own_user(ctx: Ctx, user: str) -> User:
    """Return a user (public id) of the actor's organization, or raise `NotFound`; part of other commands.

    Both are held until the transaction ends, in this order, as whoever adds users and addresses holds them.
    """
    row: User | None = locked(User.select().where(User.organization == hold(ctx), User.public_id == user)).first()
    if row is None:
        raise NotFound(user)
    return row


def target_of(ctx: Ctx, user: User) -> Target:
    """Return what the rules ask about a user to whom the actor wants to do something."""
    own = user.account_id is not None and user.account_id == ctx.actor.account_id
    return Target(user.role, user.state, own)


def note(ctx: Ctx, verb: str, user: User, **detail: Any) -> None:
    """Write into the organization's record what was done to a user, under the name they have now."""
    record(ctx, verb, subject=user.public_id, organization_id=user.organization_id,
           name=called(user), **detail)
