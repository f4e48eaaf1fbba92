"""Mails become tickets and answers: what a person wrote, filed as their act in the transaction that is open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from portal.core.context import Actor, Ctx
from portal.core.errors import DomainError, NotFound
from portal.core.folding import fold
from portal.partners.models import Partner
from portal.support.commands.attachments import keep
from portal.support.commands.conversation import replied
from portal.support.commands.identity import complete
from portal.support.commands.notices import tell_refused_files
from portal.support.commands.opening import Request, Requester, check_identity, join, open_ticket
from portal.support.models import Event, Received, Ticket
from portal.support.policy.addresses import plain_address
from portal.support.policy.files import MEGABYTE, safe_name
from portal.support.policy.mail_fields import fields_of, lone_address
from portal.support.policy.reading import File, Mail
from portal.support.policy.replies import new_part
from portal.support.policy.tickets import BODY_MAX, SUBJECT_MAX
from portal.support.queries.senders import copied_members, sees

_READ_MAX = 200_000  # characters in which quotes are looked for
_COPIED_MAX = 20


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that a mail had and the ticket has not: `why` is large, many or empty."""

    name: str
    why: str


def own_addresses(ctx: Ctx) -> frozenset[str]:
    """Return the addresses that mails to and from support have; none of them is a person's."""
    return ctx.mail_in.addresses | {region.support_email.lower() for region in ctx.programme.regions.values()}


def file_answer(ctx: Ctx, actor: Actor, ticket: Ticket, row: Received, mail: Mail) -> Event:
    """Add a mail to a ticket that is held, as what `actor` wrote. Raises what `replied` raises, before any change."""
    acting = replace(ctx, actor=actor)
    text = clipped(new_part(mail.text[:_READ_MAX], quoted_addresses(ctx, row, mail)))
    kept, refused = _files(ctx, mail)
    event = replied(acting, ticket, text, (), key=row.public_id, came_by=row.message_id)
    for one in kept:
        keep(acting, one.name, one.content, event)
    if actor.account_id is not None:
        join(ctx, ticket, requester_of(actor))
    _fill_in(acting, ticket, text)
    if refused:
        tell_refused_files(ctx, ticket, event, actor.email, [{"name": one.name, "why": one.why} for one in refused])
    return event


def file_request(ctx: Ctx, actor: Actor, row: Received, mail: Mail) -> tuple[Ticket, Event]:
    """Open a ticket of the actor's partner from a mail, as of when it came (S4.35-38)."""
    acting = replace(ctx, actor=actor, now=row.received_at)
    kept, refused = _files(ctx, mail)
    attached = [keep(acting, one.name, one.content).public_id for one in kept]
    copied = copied_members(ctx, actor.partner_id or 0, _copied(ctx, mail))
    ticket = open_ticket(
        acting, _request(ctx, mail, attached), "email", Partner.get_by_id(actor.partner_id), requester_of(actor),
        key=row.public_id, came_by=row.message_id,
        copied=[requester_of(one) for one in copied if one.account_id != actor.account_id],
    )
    event: Event = Event.select().where(Event.ticket == ticket, Event.kind == "opened").get()
    if refused:
        tell_refused_files(ctx, ticket, event, actor.email, [{"name": one.name, "why": one.why} for one in refused])
    return ticket, event


def requester_of(actor: Actor) -> Requester:
    """Return somebody as a ticket remembers them."""
    return Requester(actor.email, actor.name, actor.language, actor.account_id)


def quoted_addresses(ctx: Ctx, row: Received, mail: Mail) -> frozenset[str]:
    """Return the addresses whose mails an answer may quote: ours, and the one that it was sent to."""
    sent_to = {plain_address(address.lower()) for address in (row.mailbox, *mail.recipients[:1]) if "@" in address}
    return own_addresses(ctx) | sent_to


def clipped(text: str) -> str:
    """Return a text as long as a message may be; the mail itself is kept whole."""
    return text if len(text) <= BODY_MAX else text[: BODY_MAX - 2] + " …"


def _request(ctx: Ctx, mail: Mail, attached: list[str]) -> Request:
    fields = fields_of(mail.text[:_READ_MAX], _services(ctx))
    try:
        identity = check_identity(*(fields.get(name, "") for name in ("customer_email", "service_org", "service_user")))
    except DomainError:
        identity = {}
    first = next((line.strip() for line in mail.text.splitlines() if line.strip()), "")
    names = ", ".join(safe_name(one.name) for one in mail.files)
    subject = (mail.subject or first or names)[:SUBJECT_MAX]
    return Request(subject, clipped(mail.text.strip() or mail.subject or names), service=fields.get("service", ""),
                   attachments=attached, **identity)


def _services(ctx: Ctx) -> Mapping[str, str]:
    return {fold(word): code for code, service in ctx.programme.services.items() for word in service.name.values()}


def _copied(ctx: Ctx, mail: Mail) -> list[str]:
    ours = own_addresses(ctx)
    return [address for address in dict.fromkeys(map(str.lower, mail.recipients)) if address not in ours][:_COPIED_MAX]


def _files(ctx: Ctx, mail: Mail) -> tuple[list[File], list[Refused]]:
    """Return the files of a mail that are kept, and the others with the reason."""
    support = ctx.programme.support
    kept: list[File] = []
    refused: list[Refused] = []
    for one in mail.files:
        why = ("empty" if not one.content else "large" if len(one.content) > support.attachment_mb * MEGABYTE
               else "many" if len(kept) >= support.attachments else "")
        if why:
            refused.append(Refused(safe_name(one.name), why))
        else:
            kept.append(one)
    return kept, refused


def _fill_in(ctx: Ctx, ticket: Ticket, text: str) -> None:
    """Take over the customer's e-mail if an answer tells it and the ticket lacks it (S4.23)."""
    if ticket.customer_email or not sees(ctx.actor, ticket):
        return
    given = fields_of(text, {}).get("customer_email") or lone_address(text, ctx.actor.email)
    if not given:
        return
    try:
        complete(ctx, ticket.public_id, given, ticket.service_org, ticket.service_user, ticket.version)
    except (DomainError, NotFound):
        return
