"""Opening tickets: by partners in the portal, by staff for a call or a chat, by mail. All channels end here (S4.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from portal.accounts.models import Account
from portal.accounts.policy import normalize_email, normalize_name
from portal.core.context import Ctx
from portal.core.errors import DomainError, Forbidden
from portal.core.permissions import P
from portal.core.words import N_
from portal.partners.models import Member, Partner
from portal.partners.queries import language_at
from portal.storage import command, locked
from portal.support.commands.attachments import attach
from portal.support.commands.classification import classify
from portal.support.commands.clocks import refresh
from portal.support.commands.history import add, settle
from portal.support.commands.notices import tell
from portal.support.commands.triage import offer
from portal.support.models import Event, Participant, Ticket
from portal.support.policy.tickets import ID_MAX, SUBJECT_MAX, check_text, new_number


@dataclass(frozen=True, slots=True)
class Request:
    """What a ticket says when it is opened (S4.30): `customer_email` is the primary e-mail field."""

    subject: str
    description: str
    service: str = ""
    service_org: str = ""
    service_user: str = ""
    customer_email: str = ""
    attachments: Sequence[str] = field(default_factory=tuple)  # public ids of files that the actor has uploaded


@dataclass(frozen=True, slots=True)
class Requester:
    """Whose ticket it is; `account` if they have one."""

    email: str
    name: str
    language: str
    account_id: int | None = None


@command(P.SUPPORT_WRITE)
def add_ticket(ctx: Ctx, request: Request, channel: str, key: str = "") -> Ticket:
    """Open a ticket of the actor's partner in the help center, or in the general one (S4.28-34): the same result.

    The same `key` of a form twice is one ticket. Raises `Forbidden` where the help center is not open to the actor,
    or a `DomainError` beside the field.
    """
    if channel == "help-center":
        ctx.actor.require(P.SUPPORT_OPEN)
    elif channel != "general":
        raise Forbidden(P.SUPPORT_WRITE)
    earlier = _sent_before(ctx, key)
    if earlier is not None:
        return earlier
    actor = ctx.actor
    requester = Requester(actor.email, actor.name, actor.language, actor.account_id)
    return open_ticket(ctx, request, channel, Partner.get_by_id(actor.partner_id), requester, key=key)


@command(P.TICKET_WORK)
def log_ticket(ctx: Ctx, request: Request, channel: str, partner: str, caller: str, key: str = "") -> Ticket:
    """Open a ticket for a call or a chat that staff have had (S4.1); `caller` is the address of a member.

    The call itself acknowledges nothing by this: log what was said with `log_call`. The same `key` of a form twice is
    one ticket. Raises a `DomainError` beside the field.
    """
    earlier = _sent_before(ctx, key)
    if earlier is not None:
        return earlier
    if channel not in {"phone", "chat"}:
        raise DomainError(N_("Not a valid choice."), "channel")
    row = Partner.get_or_none(Partner.public_id == partner)
    if row is None:
        raise DomainError(N_("Not a valid choice."), "partner")
    return open_ticket(ctx, request, channel, row, _member(row, caller), key=key)


def open_ticket(
    ctx: Ctx, request: Request, channel: str, partner: Partner, requester: Requester, key: str = "",
    copied: Sequence[Requester] = (), came_by: str = "",
) -> Ticket:
    """Open a ticket in the transaction that is open: classified, its clocks running, offered to somebody, confirmed.

    `came_by` is the Message-ID of the mail that it came by.
    """
    ticket = Ticket(
        number=_free_number(), partner=partner, region=partner.region, channel=channel, language=requester.language,
        requester=requester.account_id, requester_name=requester.name, requester_email=requester.email,
        **_fields(ctx, request), severity=ctx.programme.support.default_severity,
        search="", created_at=ctx.now, updated_at=ctx.now,
    )
    ticket.save(force_insert=True)
    for person in (requester, *copied):
        join(ctx, ticket, person)
    by_mail: dict[str, Any] = {"message_id": came_by} if came_by else {}
    event = add(ctx, ticket, "opened", check_text(request.description, "description"), channel=channel, key=key,
                **by_mail)
    attach(ctx, event, request.attachments)
    classify(ctx, ticket)
    refresh(ctx, ticket)
    offer(ctx, ticket)
    settle(ctx, ticket)
    tell(ctx, ticket, event)
    return ticket


def join(ctx: Ctx, ticket: Ticket, person: Requester) -> None:
    """Make somebody take part in a ticket's mails; who does already stays as they are."""
    Participant.insert(
        ticket=ticket, email=normalize_email(person.email), name=person.name, language=person.language,
        account=person.account_id, created_at=ctx.now,
    ).on_conflict_ignore().execute()


def check_service(ctx: Ctx, service: str) -> str:
    """Return a service code (or service/add-on) of the catalog, or nothing; raise a `DomainError` beside the field."""
    code, more, addon = service.partition("/")
    known = ctx.programme.services.get(code)
    if service and (known is None or (more and addon not in known.addons)):
        raise DomainError(N_("Not a valid choice."), "service")
    return service


def check_identity(customer_email: str, service_org: str, service_user: str) -> dict[str, str]:
    """Return the fields by which a customer is found as they are compared, or raise a `DomainError` beside one."""
    email = normalize_email(customer_email) if customer_email.strip() else ""
    if email and ("@" not in email.strip("@") or len(email) > 254
                  or not email.isprintable() or " " in email):
        raise DomainError(N_("Enter an e-mail address such as name@company.com."), "customer_email")
    given = {"customer_email": email, "service_org": normalize_name(service_org),
             "service_user": normalize_name(service_user)}
    for name in ("service_org", "service_user"):
        if len(given[name]) > ID_MAX:
            raise DomainError(N_("Use at most %(count)s characters."), name, count=ID_MAX)
    return given


def _fields(ctx: Ctx, request: Request) -> dict[str, str]:
    return {
        "subject": " ".join(check_text(request.subject, "subject", SUBJECT_MAX).split()),
        "service": check_service(ctx, request.service),
        **check_identity(request.customer_email, request.service_org, request.service_user),
    }


def _free_number() -> str:
    while Ticket.select().where(Ticket.number == (number := new_number())).exists():
        pass
    return number


def _sent_before(ctx: Ctx, key: str) -> Ticket | None:
    """Return the ticket that the same form of the actor has opened already; two sendings at once wait for each other.
    """
    if not key:
        return None
    locked(Account.select(Account.id).where(Account.id == ctx.actor.account_id)).first()
    opened = Event.select().where(Event.kind == "opened", Event.actor == ctx.actor.account_id)
    found = next((event for event in opened.order_by(Event.id.desc()).limit(20)
                  if (event.data or {}).get("key") == key), None)
    return found.ticket if found else None


def _member(partner: Partner, email: str) -> Requester:
    account: Account | None = (
        Account.select().join(Member).where(Member.partner == partner, Account.email == normalize_email(email)).first()
    )
    if account is None:
        raise DomainError(N_("Nobody with this address works at the partner."), "caller")
    return Requester(account.email, account.name, language_at(account, partner.id), account.id)


