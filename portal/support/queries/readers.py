"""Who reads the mails about a ticket, and what each of them can do with one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from peewee import JOIN

from portal.accounts.models import Account, Staff
from portal.core.context import Ctx
from portal.customers.models import Assignment, Organization
from portal.partners.models import Member, Partner
from portal.support.models import Participant, Ticket, Unreachable


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who is written to. `sees`: the page of the ticket opens to them; `reached`: no server refused them."""

    email: str
    name: str
    language: str
    country: str
    time_zone: str
    account_id: int | None
    sees: bool = True
    reached: bool = True
    member_id: int | None = None
    chosen: bool = False  # of the partner's customers, they see only some


def readers(ctx: Ctx, ticket: Ticket) -> list[Reader]:
    """Return who takes part in a ticket's mails, without those who are muted, erased or no longer at its partner.

    Whoever was copied without working there stays: they got the partner's own mail.
    """
    found = [row | {"email": row["current"] or row["email"]} for row in _rows(ctx, ticket).dicts()
             if row["account"] is None or row["member"] is not None]
    refused = _refused([row["email"] for row in found])
    return [_reader(ticket, row, row["email"] not in refused) for row in found]


def _rows(ctx: Ctx, ticket: Ticket) -> Any:
    mine = (Member.account == Account.id) & (Member.partner == ticket.partner_id) & _lasts(ctx, Member.expires_at)
    return (
        Participant.select(
            Participant.email, Participant.name, Participant.language, Participant.account, Account.country,
            Account.email.alias("current"), Account.time_zone, Account.language.alias("own"),
            Member.language.alias("chosen"), Member.id.alias("member"), Member.help_center, Member.sees,
            Partner.country.alias("partner_country"),
        )
        .join(Account, JOIN.LEFT_OUTER).join(Member, JOIN.LEFT_OUTER, on=mine)
        .join(Partner, JOIN.LEFT_OUTER, on=Partner.id == ticket.partner_id)
        .where(Participant.ticket == ticket, ~Participant.muted, Account.erased_at.is_null())
        .order_by(Participant.id)
    )


def _lasts(ctx: Ctx, expires_at: Any) -> Any:
    return expires_at.is_null() | (expires_at > ctx.now)


def _refused(emails: list[str]) -> set[str]:
    return {row.email for row in Unreachable.select(Unreachable.email).where(Unreachable.email.in_(emails))}


def _reader(ticket: Ticket, row: dict[str, Any], reached: bool) -> Reader:
    own = row["account"] is not None and row["account"] == ticket.requester_id
    return Reader(
        row["email"], row["name"], row["chosen"] or row["own"] or row["language"] or ticket.language,
        row["country"] or row["partner_country"] or "", row["time_zone"] or "UTC", row["account"],
        # Without the help center, members see what they have asked themselves; with chosen customers, surely that.
        own or bool(row["member"] and row["help_center"] and row["sees"] == "all"), reached,
        row["member"], row["sees"] == "chosen",
    )


def customer_shown_to(ticket: Ticket, reader: Reader) -> Organization | None:
    """Return the customer of a ticket if a member of its partner may see that one at all."""
    theirs = Organization.select().where(Organization.id == ticket.organization_id)
    if reader.chosen:
        theirs = theirs.where(Organization.id.in_(
            Assignment.select(Assignment.organization).where(Assignment.member == reader.member_id)))
    found: Organization | None = theirs.first() if ticket.organization_id and reader.member_id else None
    return found


def assignee(ctx: Ctx, ticket: Ticket) -> Reader | None:
    """Return the member of staff who works on a ticket, in the language of their work."""
    if ticket.assignee_id is None:
        return None
    one: Any = (
        Staff.select(Staff, Account).join(Account)
        .where(Staff.account == ticket.assignee_id, _lasts(ctx, Staff.expires_at)).first()
    )
    if one is None:
        return None
    person = one.account
    return Reader(person.email, person.name, one.language or person.language, person.country, person.time_zone,
                  person.id)
