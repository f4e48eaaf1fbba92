"""Inviting people to a partner's team, and letting them in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from portal.accounts.commands import invite, throttle
from portal.accounts.models import Account
from portal.accounts.policy import Limit, normalize_email, normalize_name
from portal.audit import record
from portal.core.context import Actor, Ctx
from portal.core.errors import DomainError, NotFound, Stale
from portal.core.locales import LANGUAGES
from portal.core.permissions import P
from portal.core.words import N_
from portal.customers.models import Organization
from portal.mail import post
from portal.partners.models import Member, Partner
from portal.partners.policy import roles_of
from portal.storage import command, locked
from portal.team.commands.holding import Team, assign, chosen, held_team, of_invitation, recorded
from portal.team.models import Invitation
from portal.team.policy import INVITATION_LIFETIME, MOST_OPEN, TASKS, Grant, check, end_of

# The portal must not serve to pester strangers.
_PER_ADDRESS = Limit(3, timedelta(hours=1))
_PER_PARTNER = Limit(60, timedelta(hours=1))


@command(P.MEMBER_EDIT)
def invite_member(
    ctx: Ctx, email: str, name: str, language: str, role: str, sees: str, domains: Iterable[str] = (),
    help_center: bool = False, until: date | None = None,
) -> Invitation:
    """Invite somebody to the actor's partner, with a task of their own, by mail (S4.27).

    `domains` are the primary domains of the chosen customers; `until` is the last day of the grant in the actor's time
    zone; `language` counts only for somebody whom the portal does not know. Raises `DomainError` beside its field.
    """
    team = held_team(ctx, P.MEMBER_EDIT)
    wanted = Grant(_known(role), sees, help_center, end_of(until, ctx.actor.time_zone, ctx.now))
    check(team.case(None, wanted))
    customers = chosen(ctx, sees, domains)
    if language not in LANGUAGES:
        raise DomainError(N_("Not a valid choice."), field="language")
    account = _account(ctx, team, normalize_email(email), name, language)
    row = Invitation.create(
        partner=team.partner, account=account, role=role, sees=sees, customers=customers, help_center=help_center,
        member_until=wanted.expires_at, invited_by_name=ctx.actor.name, created_at=ctx.now,
        expires_at=ctx.now + INVITATION_LIFETIME,
    )
    _mail(ctx, row, team.partner, account, name)
    record(ctx, "member.invited", row.public_id, name=account.email, after=recorded(wanted, len(customers)))
    return row  # type: ignore[no-any-return]


def _known(role: str) -> str:
    if role not in TASKS:
        raise DomainError(N_("Not a valid choice."), field="role")
    return role


def _account(ctx: Ctx, team: Team, email: str, name: str, language: str) -> Account:
    """Return the account of whom to invite, and refuse those who are here already or on their way."""
    known: Account | None = Account.get_or_none(Account.email == email)
    if known and Member.select().where(
        Member.partner == team.partner, Member.account == known,
        Member.expires_at.is_null() | (Member.expires_at > ctx.now),
    ).exists():
        raise DomainError(N_("This person is in your team already."), field="email")
    _lapse(ctx, team.partner)
    waiting = Invitation.select(Invitation.account).where(
        Invitation.partner == team.partner, Invitation.state == "open"
    )
    invited = {row.account_id for row in waiting}
    if known and known.id in invited:
        raise DomainError(N_("This person is invited already. You can send the invitation again."), field="email")
    if len(invited) >= MOST_OPEN:
        raise DomainError(N_("Too many invitations wait for an answer. Withdraw some of them first."))
    return known or _new_account(ctx, email, name, language)


def _lapse(ctx: Ctx, partner: Partner) -> None:
    """Let invitations that nobody has accepted in time make room for others."""
    Invitation.update(state="withdrawn", decided_at=Invitation.expires_at).where(
        Invitation.partner == partner, Invitation.state == "open", Invitation.expires_at <= ctx.now
    ).execute()


def _new_account(ctx: Ctx, email: str, name: str, language: str) -> Account:
    Account.insert(
        email=email, name=normalize_name(name), language=language, created_at=ctx.now
    ).on_conflict_ignore().execute()
    return Account.get(Account.email == email)  # type: ignore[no-any-return]


def _mail(ctx: Ctx, row: Invitation, partner: Partner, account: Account, name: str) -> None:
    throttle(ctx, f"team-invitation:{account.email}", _PER_ADDRESS.tries, _PER_ADDRESS.window)
    throttle(ctx, f"team-invitation:partner:{partner.public_id}", _PER_PARTNER.tries, _PER_PARTNER.window)
    handle = invite(ctx, account.email, name, account.language, {
        "organization": partner.name, "inviter": ctx.actor.name, "team": row.public_id,
        "place": f"partner:{partner.public_id}",
    })
    post(
        ctx, "team-invitation", key=f"team-invitation:{handle}", address=account.email, name=normalize_name(name),
        language=account.language, handle=handle, partner=partner.name, inviter=ctx.actor.name, role=row.role,
        days=INVITATION_LIFETIME.days,
    )


@command(P.MEMBER_EDIT)
def resend_invitation(ctx: Ctx, invitation: str) -> Invitation:
    """Send an open invitation again, with a new link and a new term; also one that has lapsed.

    Raises `NotFound`, `Stale` once it is accepted or withdrawn, `TooManyAttempts`, or `DomainError` where the actor
    may not give what it promises.
    """
    team, row = _held_invitation(ctx, invitation)
    until = ctx.now + INVITATION_LIFETIME
    Invitation.update(expires_at=until).where(Invitation.id == row.id).execute()
    _mail(ctx, row, team.partner, row.account, "")
    record(ctx, "member.invited-again", row.public_id, name=row.account.email)
    return row


@command(P.MEMBER_EDIT)
def withdraw_invitation(ctx: Ctx, invitation: str) -> Invitation:
    """Take an invitation back: its links open nothing any more. Raises `NotFound`, `Stale` or `DomainError`."""
    _team, row = _held_invitation(ctx, invitation)
    Invitation.update(state="withdrawn", decided_at=ctx.now).where(Invitation.id == row.id).execute()
    record(ctx, "member.invitation-withdrawn", row.public_id, name=row.account.email)
    return row


def _held_invitation(ctx: Ctx, public_id: str) -> tuple[Team, Invitation]:
    team = held_team(ctx, P.MEMBER_EDIT)
    row: Invitation | None = Invitation.get_or_none(
        Invitation.partner == team.partner, Invitation.public_id == public_id
    )
    if row is None:
        raise NotFound(public_id)
    if row.state != "open":
        raise Stale
    given = of_invitation(row)
    check(replace(team.case(None, given), before=given))
    return team, row


@command(P.PUBLIC)
def join(ctx: Ctx, account_id: int, payload: Mapping[str, Any]) -> None:
    """Make the owner of a redeemed invitation a member. The caller has redeemed the link whose `payload` this is.

    Raises `NotFound` when the invitation was withdrawn, has been accepted, or its grant would be over already.
    """
    found = Invitation.get_or_none(Invitation.public_id == payload["team"])
    partner = locked(Partner.select().where(Partner.id == (found.partner_id if found else 0))).first()
    row: Invitation | None = Invitation.get_or_none(Invitation.public_id == payload["team"])
    if partner is None or row is None or not _is_good(ctx, row, account_id):
        raise NotFound
    Invitation.update(state="accepted", decided_at=ctx.now).where(Invitation.id == row.id).execute()
    _make(ctx, row, partner)


def _is_good(ctx: Ctx, row: Invitation, account_id: int) -> bool:
    ended = row.member_until is not None and row.member_until <= ctx.now
    return row.state == "open" and row.account_id == account_id and row.expires_at > ctx.now and not ended


def _make(ctx: Ctx, row: Invitation, partner: Partner) -> None:
    former = (Member.partner == partner) & (Member.account == row.account_id)
    Member.delete().where(former, Member.expires_at <= ctx.now).execute()  # over, and not yet cleared away
    if Member.select().where(former).exists():
        return
    member = Member.create(
        partner=partner, account=row.account_id, role=row.role, sees=row.sees, help_center=row.help_center,
        expires_at=row.member_until, created_at=ctx.now,
    )
    still_ours: Any = Organization.select(Organization.id).where(
        Organization.id.in_(row.customers), Organization.partner == partner
    )
    assign(member, [organization_id for (organization_id,) in still_ours.tuples()])
    # Whoever accepts is one of the partner from now on, and may have been nobody a moment ago.
    roles = roles_of(row.role, partner.console, row.sees, row.help_center, partner.state)
    actor = Actor(roles, row.account_id, row.account.name, partner_id=partner.id, partner_name=partner.name)
    record(replace(ctx, actor=actor), "member.joined", member.public_id, name=row.account.email,
           after=recorded(of_invitation(row), len(row.customers)))
