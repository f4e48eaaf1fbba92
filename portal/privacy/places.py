"""Where people are named in texts: which names are replaced when somebody is erased, which stay, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from peewee import Expression, Field, Value

from portal.accounts.models import Account, OneTimeToken, Session, Staff
from portal.adapters.sandbox.models import SandboxEvent
from portal.applications.models import Application
from portal.applications.models import Note as ApplicationNote
from portal.audit.models import Event
from portal.backups.models import Backup
from portal.billing.models import (
    BillTo,
    Card,
    CardSetup,
    Charge,
    Export,
    GatewayEvent,
    Invoice,
    Order,
    Refund,
    RefundRequest,
)
from portal.commissions.models import BankAccount, Entry, Payout, TierChange
from portal.consents.models import Consent
from portal.customers.models import Organization
from portal.delegation.models import Invitation as AccessRequest
from portal.directory.models import Address, Group, Handover, User
from portal.domains.models import Domain, DomainCheck
from portal.help.models import Answer, Word
from portal.mail.models import Outgoing
from portal.mailpolicies.models import Forward, MailPolicy, SenderRule
from portal.partners.models import Member, Partner
from portal.privacy.models import Erasure
from portal.referrals.models import Referral
from portal.relations.models import Change, Dispute, Offer
from portal.storage import Table
from portal.subscriptions.models import ChangeRequest, Scheduled, Subscription, Suspension
from portal.support.models import Attachment, Participant, Received, Rule, Ticket, Unreachable
from portal.support.models import Event as TicketEvent
from portal.team.models import Invitation as TeamInvitation


@dataclass(frozen=True, slots=True)
class Trail:
    """Where a person has been, as conditions of the database; `staff`: they have worked for the vendor."""

    account_id: int
    staff: bool

    def partner(self, column: Field) -> Expression:
        """Tell of a partner whether the person works there or has acted for it."""
        acted = Event.select(Event.partner_id).where(Event.actor_id == self.account_id, Event.partner_id.is_null(False))
        works = Member.select(Member.partner).where(Member.account == self.account_id)
        return self.everywhere() | column.in_(acted) | column.in_(works)  # type: ignore[no-any-return]

    def organization(self, column: Field) -> Expression:
        """Tell of an organization whether the person is in it or has acted in it."""
        acted = Event.select(Event.organization_id).where(
            Event.actor_id == self.account_id, Event.organization_id.is_null(False)
        )
        belongs = User.select(User.organization).where(User.account == self.account_id)
        return self.everywhere() | column.in_(acted) | column.in_(belongs)  # type: ignore[no-any-return]

    def subscription(self, column: Field) -> Expression:
        """Tell the same of a subscription by its organization and that one's partner."""
        theirs = Subscription.select(Subscription.id).join(Organization).where(
            self.organization(Organization.id) | self.partner(Organization.partner)
        )
        return self.everywhere() | column.in_(theirs)  # type: ignore[no-any-return]

    def change(self, column: Field) -> Expression:
        """Tell the same of a change of partner."""
        theirs = Change.select(Change.id).where(_of_change(self))
        return self.everywhere() | column.in_(theirs)  # type: ignore[no-any-return]

    def ticket(self, column: Field) -> Expression:
        """Tell the same of a request to support."""
        theirs = Ticket.select(Ticket.id).where(_of_ticket(self))
        return self.everywhere() | column.in_(theirs)  # type: ignore[no-any-return]

    def everywhere(self) -> Expression:
        """The vendor's staff act everywhere."""
        return Value(1) == Value(int(self.staff))  # type: ignore[no-any-return]


def _of_change(trail: Trail) -> Expression:
    return (  # type: ignore[no-any-return]
        (Change.decided_by == trail.account_id) | trail.organization(Change.organization)
        | trail.partner(Change.from_partner) | trail.partner(Change.to_partner)
    )


def _of_ticket(trail: Trail) -> Expression:
    wrote = TicketEvent.select(TicketEvent.ticket).where(TicketEvent.actor == trail.account_id)
    return (  # type: ignore[no-any-return]
        (Ticket.requester == trail.account_id) | Ticket.id.in_(wrote) | trail.partner(Ticket.partner)
        | trail.organization(Ticket.organization)
    )


def _everybody(_trail: Trail) -> Expression:
    return Value(1) == Value(1)  # type: ignore[no-any-return]


Rows = Callable[[Trail], Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Columns of a table that may name the person, and the rows in which a name is looked for.

    An address is nobody else's and is looked for in all rows. A name may be a namesake's: it is looked for where the
    person has been.
    """

    columns: tuple[str, ...]
    rows: Rows


def _both(partner: Field, organization: Field) -> Rows:
    return lambda trail: trail.partner(partner) | trail.organization(organization)


PLACES: Mapping[type[Table], Place] = {
    Staff: Place(("created_by_name",), lambda trail: trail.everywhere()),
    Application: Place(("reason",), lambda trail: (Application.decided_by == trail.account_id)
                       | (Application.account == trail.account_id)),
    ApplicationNote: Place(("author_name", "body"), lambda trail: (ApplicationNote.author == trail.account_id)
                           | ApplicationNote.application.in_(Application.select(Application.id).where(
                               Application.account == trail.account_id)) | trail.everywhere()),
    Partner: Place(("state_reason",), lambda trail: trail.partner(Partner.id)),
    TeamInvitation: Place(("invited_by_name",), lambda trail: trail.partner(TeamInvitation.partner)),
    AccessRequest: Place(("message", "asked_by_name", "decided_by_name"),
                         _both(AccessRequest.partner, AccessRequest.organization)),
    Handover: Place(("proposed_by_name",), lambda trail: trail.organization(Handover.organization)),
    DomainCheck: Place(("asked_by", "finding"), lambda trail: trail.everywhere()),
    Consent: Place(("subject_name", "arguments", "reason", "asked_by_name", "decided_by_name"),
                   _both(Consent.partner, Consent.organization)),
    Backup: Place(("asked_by_name",), lambda trail: trail.organization(Backup.organization)),
    ChangeRequest: Place(("note", "answer", "asked_by_name", "answered_by_name"),
                         lambda trail: trail.subscription(ChangeRequest.subscription)),
    Scheduled: Place(("decided_by_name",), lambda trail: trail.subscription(Scheduled.subscription)),
    Suspension: Place(("note", "by_name", "lifted_by_name"),
                      lambda trail: trail.subscription(Suspension.subscription)),
    Order: Place(("answer", "asked_by_name"), _both(Order.partner, Order.organization)),
    Refund: Place(("reason", "asked_by_name", "fault"), lambda trail: trail.partner(Refund.partner)),
    RefundRequest: Place(("reason", "answer", "asked_by_name", "decided_by_name"), lambda trail: trail.everywhere()),
    CardSetup: Place(("fault",), _both(CardSetup.partner, CardSetup.organization)),
    Export: Place(("asked",), lambda trail: trail.partner(Export.partner)),
    GatewayEvent: Place(("body",), lambda trail: trail.everywhere()),
    BankAccount: Place(("created_by_name",), lambda trail: trail.partner(BankAccount.partner)),
    TierChange: Place(("set_by_name",), lambda trail: trail.partner(TierChange.partner)),
    Payout: Place(
        ("asked_by_name", "approved_by_name", "paid_by_name", "rejected_by_name", "reason", "reference"),
        lambda trail: trail.partner(Payout.partner),
    ),
    Referral: Place(("contact_email",), lambda trail: trail.organization(Referral.organization)),
    Offer: Place(("message", "asked_for", "consent", "made_by_name", "decided_by_name"),
                 lambda trail: (Offer.made_by == trail.account_id) | trail.partner(Offer.partner)
                 | trail.organization(Offer.organization)),
    Change: Place(("reason", "terms", "obligations", "decided_by_name"), _of_change),
    Dispute: Place(("text", "decision", "raised_by_name", "decided_by_name"),
                   lambda trail: (Dispute.raised_by == trail.account_id) | trail.change(Dispute.change)),
    Ticket: Place(("requester_name", "requester_email", "customer_email", "subject", "verdict_params", "rating_note"),
                  _of_ticket),
    TicketEvent: Place(("actor_name", "body", "data"), lambda trail: trail.ticket(TicketEvent.ticket)),
    Attachment: Place(("name",), lambda trail: (Attachment.uploader == trail.account_id)
                      | Attachment.event.in_(TicketEvent.select(TicketEvent.id).where(
                          trail.ticket(TicketEvent.ticket)))),
    Received: Place(("envelope_from", "from_email", "from_name", "subject", "settled_by_name", "mailbox"),
                    lambda trail: trail.ticket(Received.ticket)),
    Rule: Place(("note", "made_by_name"), lambda trail: trail.everywhere()),
    Answer: Place(("sentence",), _everybody),  # of nobody known, and more likely about its writer than a namesake
    Outgoing: Place(("to_address", "to_name", "params", "error", "headers"), _everybody),
    Erasure: Place(("asked_by_name", "counts"), lambda trail: Erasure.account == trail.account_id),
}

_ORGANIZATIONS = "The organization's own data about its people: it keeps or deletes them itself; only the link goes."
_PARTNERS = "A partner's own statement about itself, which it changes itself."
_DOCUMENT = "A document of money: the law keeps it, and the database refuses to change it."
# Columns in which a person may be named and that an erasure leaves alone, and why.
STAYS: Mapping[type[Table], tuple[tuple[str, ...], str]] = {
    Organization: (("name", "name_key", "admin_name", "admin_email", "search", "domain", "widgets"), _ORGANIZATIONS),
    User: (("email", "name", "name_key", "title", "phone", "search"), _ORGANIZATIONS),
    Address: (("text", "domain"), _ORGANIZATIONS),
    Group: (("name", "name_key", "description"), _ORGANIZATIONS),
    Backup: (("user_name", "user_email"), _ORGANIZATIONS),
    MailPolicy: (("name",), _ORGANIZATIONS),
    Forward: (("address",), _ORGANIZATIONS),
    SenderRule: (("pattern",), _ORGANIZATIONS),
    Domain: (("name", "display"), _ORGANIZATIONS),
    Referral: (("company", "domain"), _ORGANIZATIONS),
    Partner: (("name", "name_key"), _PARTNERS),
    Application: (("company",), "The name of a company."),
    BillTo: (("name", "street", "postal_code", "city", "region", "tax_id", "email", "phone"), _PARTNERS),
    BankAccount: (("holder", "bank_name", "number", "bic"), _PARTNERS),
    Invoice: (("issuer", "recipient", "reason", "tax_name"), _DOCUMENT),
    Entry: (("organization_name", "cause", "cause_number"), _DOCUMENT),
    Payout: (("document",), "A document of money: the law keeps it."),
    Order: (("target", "bill"), "Codes and amounts of an order; nobody types into them."),
    Charge: (("action_url", "decline_code"), "What the payment gateway calls a charge; no names."),
    Card: (("customer", "token"), "What the payment gateway calls a card and its owner; no names."),
    Ticket: (("number", "service_org", "service_user"), "Numbers and ids."),
    Rule: (("thresholds", "excluded", "trial"), "Codes and numbers; of a trial run, tickets by number."),
    Received: (("message_id", "reason"), "By the one a mail that comes a second time is known; the other is a code."),
    Word: (("text", "start"), "Words of the vendor's own help articles."),
    SandboxEvent: (("body",), "A tool of development."),
}

# Deleted, or emptied, with the account itself.
GOES: Mapping[type[Table], tuple[str, ...]] = {
    Account: ("email", "name", "country", "time_zone"),
    Session: ("user_agent", "address"),
    OneTimeToken: ("payload",),
    Application: ("website", "phone", "street", "city", "postal_code", "state_province", "experience", "plan"),
    Referral: ("contact_name",),
    Event: ("actor_name", "partner_name", "name", "reason", "detail"),
    Ticket: ("search",),
    Participant: ("email", "name"),
    Unreachable: ("email", "detail"),
}
