"""Who wrote a mail, and as whom they may: members of partners, and those who take part in a ticket."""

from __future__ import annotations

from typing import Any

from portal.accounts.models import Account
from portal.core.context import Actor, Ctx
from portal.core.permissions import P, Role
from portal.partners.models import Member, Partner
from portal.partners.policy import roles_of
from portal.support.models import Participant, Ticket
from portal.support.queries.scope import visible_to


def works_somewhere(ctx: Ctx, email: str) -> bool:
    """Tell whether an address is that of somebody whom the portal knows."""
    return bool(Account.select().where(Account.email == email, Account.erased_at.is_null()).exists())


def writers(ctx: Ctx, email: str) -> list[Actor]:
    """Return the person of an address as they are at each partner for which they may write to support (S4.37)."""
    return [actor for actor in places(ctx, email) if actor.can(P.SUPPORT_WRITE)]


def places(ctx: Ctx, email: str) -> list[Actor]:
    """Return the person of an address as they are at each partner where they work now."""
    rows: Any = (
        Member.select(Member, Account, Partner).join(Account).switch(Member).join(Partner)
        .where(Account.email == email, Account.erased_at.is_null(),
               Member.expires_at.is_null() | (Member.expires_at > ctx.now))
        .order_by(Member.id)
    )
    return [_actor(member) for member in rows]


def _actor(member: Member) -> Actor:
    account, partner = member.account, member.partner
    roles = roles_of(member.role, partner.console, member.sees, member.help_center, partner.state)
    return Actor(
        frozenset({Role.ACCOUNT, *roles}), account.id, account.name, account.email,
        member.language or account.language, account.country or partner.country, account.time_zone,
        partner.id, partner.name, member_id=member.id,
    )


def writer_about(ctx: Ctx, ticket: Ticket, email: str) -> Actor | None:
    """Return who may write about a ticket from an address, or None.

    Members of its partner who see the ticket or take part in it, and whoever takes part without working anywhere: a
    copy of a mail alone makes nobody one of them.
    """
    there = next((actor for actor in places(ctx, email) if actor.partner_id == ticket.partner_id), None)
    if there is not None:
        return there if there.can(P.SUPPORT_WRITE) and (sees(there, ticket) or _takes_part(ticket, there)) else None
    guest = Participant.get_or_none(
        Participant.ticket == ticket, Participant.email == email, Participant.account.is_null())
    return Actor(name=guest.name or email, email=email, language=guest.language or ticket.language) if guest else None


def sees(actor: Actor, ticket: Ticket) -> bool:
    """Tell whether the page of a ticket opens to somebody."""
    return bool(visible_to(actor).where(Ticket.id == ticket.id).exists())


def _takes_part(ticket: Ticket, actor: Actor) -> bool:
    mine = (Participant.account == actor.account_id) | (Participant.email == actor.email)
    return bool(Participant.select().where(Participant.ticket == ticket, mine).exists())


def copied_members(ctx: Ctx, partner_id: int, emails: list[str]) -> list[Actor]:
    """Return those of some addresses who work at a partner and may write to support; nobody else joins a ticket."""
    found = (actor for email in emails for actor in writers(ctx, email))
    return [actor for actor in found if actor.partner_id == partner_id]
