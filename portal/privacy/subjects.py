"""What an export holds of a person and of an organization: one subject per table, and why other tables have none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.accounts.models import (
    Account,
    Challenge,
    Device,
    Identity,
    OneTimeToken,
    Passkey,
    RecoveryCode,
    Session,
    Staff,
    Totp,
)
from portal.applications.models import Application
from portal.applications.models import Note as ApplicationNote
from portal.audit.models import Event
from portal.backups.models import Backup
from portal.billing.models import (
    BillTo,
    Card,
    CardSetup,
    Charge,
    Difference,
    Export,
    GatewayEvent,
    Invoice,
    InvoiceLine,
    Order,
    Refund,
    RefundRequest,
)
from portal.commissions.models import BankAccount, Entry, Payout, TierChange
from portal.consents.models import Consent
from portal.core.words import N_
from portal.customers.models import Assignment, Organization
from portal.delegation.models import Access
from portal.delegation.models import Invitation as AccessRequest
from portal.directory.models import Address, Group, GroupMember, Handover, Picture, User
from portal.domains.models import Domain, DomainCheck
from portal.jobs.models import Job
from portal.mail.models import Outgoing
from portal.mailpolicies.models import Assignment as PolicyAssignment
from portal.mailpolicies.models import Forward, MailPolicy, SenderRule
from portal.partners.models import Member
from portal.privacy.models import DataExport, Erasure
from portal.referrals.models import Referral, ReferralCode
from portal.relations.models import Change, Dispute, Offer
from portal.storage import Table
from portal.subscriptions.models import CalendarFeed, ChangeRequest, Scheduled, Subscription, Suspension
from portal.support.models import Agent, Attachment, Participant, Received, Rule, Ticket, Unreachable
from portal.support.models import Event as TicketEvent
from portal.team.models import Invitation as TeamInvitation

# Never handed out, whoever asks: secrets and what secrets are recognized by; and what only the database needs.
SECRET = frozenset({
    "password_hash", "digest", "secret", "pending", "handle", "public_key", "credential", "draft_digest", "token",
    "salt", "personal", "reference", "customer", "url", "key",
})
_INNER = frozenset({"search", "name_key", "version", "chain", "last_step", "sign_count", "if_refused"})
HIDDEN = SECRET | _INNER


@dataclass(frozen=True, slots=True)
class Whose:
    """Of whom an export is: a person, or an organization."""

    id: int
    email: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """One table of an export: `name` is that of its files, `label` says what is in it, `mine` picks the rows.

    `only`: these columns and no others, where the rest is somebody else's business. `without`: not these.
    """

    name: str
    label: str
    model: type[Table]
    mine: Callable[[Whose], Any]
    only: tuple[str, ...] = ()
    without: frozenset[str] = field(default_factory=frozenset)


def _users(who: Whose) -> Any:
    return User.select(User.id).where(User.account == who.id)


def _user_ids(who: Whose) -> Any:
    return User.select(User.public_id).where(User.account == who.id)


def _members(who: Whose) -> Any:
    return Member.select(Member.id).where(Member.account == who.id)


def _about(who: Whose) -> Any:
    """Acts that others did to the person: to their account, their places and their applications."""
    theirs = (
        Account.select(Account.public_id).where(Account.id == who.id), _user_ids(who),
        Member.select(Member.public_id).where(Member.account == who.id),
        Application.select(Application.public_id).where(Application.account == who.id),
    )
    found = Event.subject.in_(theirs[0])
    for ids in theirs[1:]:
        found |= Event.subject.in_(ids)
    return found & (Event.actor_id.is_null() | (Event.actor_id != who.id))


def _requested(who: Whose) -> Any:
    """Tickets of the person: opened in the portal, or by mail before they had an account."""
    by_mail = Ticket.requester.is_null() & (Ticket.requester_email == who.email)
    return (Ticket.requester == who.id) | by_mail


_WHAT = ("public_id", "state", "created_at")
# In the order of the archive. What a person did for a partner or an organization is that one's business: of it the
# archive tells that they did it, and when.
OF_PERSON: tuple[Subject, ...] = (
    Subject("account", N_("Your account"), Account, lambda who: Account.id == who.id),
    Subject("sessions", N_("Browsers in which you are signed in"), Session, lambda who: Session.account == who.id),
    Subject("devices", N_("Browsers that you have used before"), Device, lambda who: Device.account == who.id),
    Subject("identities", N_("Accounts elsewhere with which you sign in"), Identity,
            lambda who: Identity.account == who.id),
    Subject("passkeys", N_("Your passkeys, by their names"), Passkey, lambda who: Passkey.account == who.id),
    Subject("authenticator-app", N_("Since when you have an authenticator app"), Totp,
            lambda who: Totp.account == who.id),
    Subject("recovery-codes", N_("When your recovery codes were made and used"), RecoveryCode,
            lambda who: RecoveryCode.account == who.id),
    Subject("one-time-links", N_("Links that were sent to you"), OneTimeToken,
            lambda who: OneTimeToken.account == who.id, without=frozenset({"payload"})),
    Subject("staff", N_("Your place among the vendor's staff"), Staff, lambda who: Staff.account == who.id),
    Subject("memberships", N_("Partners at which you work"), Member, lambda who: Member.account == who.id),
    Subject("chosen-customers", N_("Customers that you were chosen to see"), Assignment,
            lambda who: Assignment.member.in_(_members(who)), only=("organization",)),
    Subject("invitations", N_("Invitations to partners"), TeamInvitation,
            lambda who: TeamInvitation.account == who.id, without=frozenset({"customers"})),
    Subject("users", N_("Organizations that have you as a user"), User, lambda who: User.account == who.id),
    Subject("addresses", N_("E-mail addresses that reach you in these organizations"), Address,
            lambda who: Address.user.in_(_users(who))),
    Subject("groups", N_("Groups of these organizations that you are in"), GroupMember,
            lambda who: GroupMember.user.in_(_users(who))),
    Subject("pictures", N_("When your profile images were set; the images are beside it"), Picture,
            lambda who: Picture.user.in_(_users(who))),
    Subject("handovers", N_("Proposals to make you a super administrator"), Handover,
            lambda who: Handover.user.in_(_users(who))),
    Subject("backups", N_("Back-ups of what organizations know about you"), Backup,
            lambda who: Backup.user.in_(_users(who))),
    Subject("applications", N_("Your applications to become a partner"), Application,
            lambda who: Application.account == who.id),
    Subject("application-messages", N_("Questions about your applications, and your answers"), ApplicationNote,
            lambda who: ApplicationNote.application.in_(
                Application.select(Application.id).where(Application.account == who.id)
            ) & ApplicationNote.kind.in_(["question", "answer"])),
    Subject("acts-by-you", N_("What you did, as the record keeps it"), Event, lambda who: Event.actor_id == who.id,
            only=("at", "verb", "side", "partner_name", "subject", "name", "reason", "erased_at")),
    Subject("acts-about-you", N_("What others did to your account and your places"), Event, _about),
    Subject("mails", N_("E-mails that were sent to you"), Outgoing, lambda who: Outgoing.to_address == who.email),
    Subject("domain-checks", N_("Checks of domains of which you wanted to hear"), DomainCheck,
            lambda who: DomainCheck.asked_by == who.email, only=("domain", "method", "state", "asked_at")),
    Subject("recommended", N_("Recommendations in which you are the contact"), Referral,
            lambda who: Referral.contact_email == who.email, without=frozenset({"organization"})),
    Subject("payment-files", N_("Files of payments that you asked for"), Export,
            lambda who: Export.account == who.id, without=frozenset({"asked"})),
    Subject("calendar", N_("Your calendar of renewals"), CalendarFeed, lambda who: CalendarFeed.account == who.id),
    Subject("card-entries", N_("When you began to enter payment cards"), CardSetup,
            lambda who: CardSetup.account == who.id, only=_WHAT),
    Subject("orders", N_("Orders that you confirmed"), Order, lambda who: Order.asked_by == who.id,
            only=(*_WHAT, "kind", "asked_by_name")),
    Subject("refunds", N_("Refunds that you asked for"), Refund, lambda who: Refund.asked_by == who.id,
            only=(*_WHAT, "asked_by_name")),
    Subject("refund-requests", N_("Refunds that you wanted a colleague to approve, or decided about"), RefundRequest,
            lambda who: (RefundRequest.asked_by == who.id) | (RefundRequest.decided_by == who.id), only=_WHAT),
    Subject("payouts", N_("Payouts that you asked for, approved or paid"), Payout,
            lambda who: (Payout.asked_by == who.id) | (Payout.approved_by == who.id) | (Payout.paid_by == who.id),
            only=("public_id", "state", "asked_at", "approved_at", "paid_at")),
    Subject("change-requests", N_("Changes of subscriptions that you asked for"), ChangeRequest,
            lambda who: ChangeRequest.asked_by == who.id, only=(*_WHAT, "kind", "note", "asked_by_name")),
    Subject("consents", N_("Consents to single tasks that you asked for"), Consent,
            lambda who: Consent.asked_by == who.id, only=(*_WHAT, "task", "reason", "asked_by_name")),
    Subject("offers", N_("Codes, tokens and requests to attach customers that you made"), Offer,
            lambda who: Offer.made_by == who.id, only=(*_WHAT, "kind", "message", "made_by_name")),
    Subject("changes-of-partner", N_("Changes of partner that you decided"), Change,
            lambda who: Change.decided_by == who.id, only=(*_WHAT, "reason", "decided_by_name")),
    Subject("disputes", N_("Disputes that you raised"), Dispute, lambda who: Dispute.raised_by == who.id,
            only=(*_WHAT, "text", "raised_by_name")),
    Subject("support-requests", N_("Requests that you sent to Partner Support"), Ticket, _requested,
            only=("public_id", "number", "channel", "language", "service", "subject", "state", "requester_name",
                  "requester_email", "rating", "rating_note", "created_at", "finished_at")),
    Subject("support-messages", N_("Messages that you wrote in requests to Partner Support"), TicketEvent,
            lambda who: (TicketEvent.actor == who.id) & TicketEvent.public,
            only=("ticket", "kind", "at", "side", "actor_name", "body")),
    Subject("support-notes", N_("When you wrote notes for colleagues in requests, or did what they alone see"),
            TicketEvent, lambda who: (TicketEvent.actor == who.id) & ~TicketEvent.public,
            only=("ticket", "kind", "at", "actor_name")),
    Subject("support-participation", N_("Requests to Partner Support whose e-mails you get"), Participant,
            lambda who: (Participant.account == who.id) | (Participant.email == who.email)),
    Subject("support-files", N_("Files that you attached to requests"), Attachment,
            lambda who: Attachment.uploader == who.id,
            only=("public_id", "name", "media_type", "size", "sha256", "created_at")),
    Subject("support-mails", N_("E-mails that Partner Support received from you"), Received,
            lambda who: Received.from_email == who.email,
            only=("public_id", "mailbox", "message_id", "from_email", "from_name", "subject", "size", "received_at")),
    Subject("support-profile", N_("Which requests you take on as a member of staff"), Agent,
            lambda who: Agent.account == who.id),
    Subject("unreachable", N_("That your e-mail address was refused by its mail server"), Unreachable,
            lambda who: Unreachable.email == who.email),
    Subject("jobs", N_("Work that the portal did because you asked for it"), Job,
            lambda who: Job.account_id == who.id, only=("public_id", "kind", "state", "created_at", "finished_at")),
    Subject("exports", N_("Exports of personal data that you asked for"), DataExport,
            lambda who: DataExport.account == who.id),
    Subject("erasures", N_("Erasures that you asked for"), Erasure, lambda who: Erasure.account == who.id),
)

_OTHERS = "What an organization or a partner wrote about its own business; it answers for it."
# Tables in which people are named and that an export of a person leaves out, and why.
NOT_OF_PERSON: Mapping[type[Table], str] = {
    Challenge: "A question to a browser that lives for minutes; its content is a secret.",
    Organization: "Its contact is the organization's own statement; the user entry it is made from is in `users`.",
    BillTo: "Whom a partner or an organization has its invoices made out to.",
    Invoice: "Documents of a partner or an organization.",
    BankAccount: "A partner's; who entered it is in `acts-by-you`.",
    TierChange: "Of a partner; who set it is in `acts-by-you`.",
    AccessRequest: "Between a partner and an organization; who asked or answered is in `acts-by-you`.",
    Scheduled: "Of a subscription; who decided it is in `acts-by-you`.",
    Suspension: "Of a subscription; who suspended it is in `acts-by-you`.",
    Group: _OTHERS,
    Forward: _OTHERS,
    GatewayEvent: "What a payment gateway said; it names tokens and no people.",
    Rule: "The vendor's rule about accounts; who made a version is in `acts-by-you`.",
}


def _subscriptions(who: Whose) -> Any:
    return Subscription.select(Subscription.id).where(Subscription.organization == who.id)


def _policies(who: Whose) -> Any:
    return MailPolicy.select(MailPolicy.id).where(MailPolicy.organization == who.id)


def _groups(who: Whose) -> Any:
    return Group.select(Group.id).where(Group.organization == who.id)


def _invoices(who: Whose) -> Any:
    return Invoice.select(Invoice.id).where(_invoiced(who))


def _invoiced(who: Whose) -> Any:
    """What a partner pays for with its own card is between vendor and partner."""
    return (Invoice.organization == who.id) & (Invoice.card_kind != "reseller")


def _its_users(who: Whose) -> Any:
    return User.select(User.id).where(User.organization == who.id)


_COMMISSION = frozenset({
    "commission", "commission_base", "commission_rate", "commission_tier", "commission_from", "partner", "entity",
})

OF_ORGANIZATION: tuple[Subject, ...] = (
    Subject("organization", N_("The organization and its settings"), Organization,
            lambda who: Organization.id == who.id, without=frozenset({"main_subscription", "card_id", "renews_on"})),
    Subject("users", N_("Users"), User, lambda who: User.organization == who.id),
    Subject("pictures", N_("When profile images were set; the images are beside it"), Picture,
            lambda who: Picture.user.in_(_its_users(who))),
    Subject("groups", N_("Groups"), Group, lambda who: Group.organization == who.id),
    Subject("group-members", N_("Members of the groups"), GroupMember,
            lambda who: GroupMember.group.in_(_groups(who))),
    Subject("addresses", N_("Addresses: users', aliases, groups', catch-all"), Address,
            lambda who: Address.organization == who.id),
    Subject("handovers", N_("Proposals of a new super administrator"), Handover,
            lambda who: Handover.organization == who.id),
    Subject("mail-policies", N_("Mail policies"), MailPolicy, lambda who: MailPolicy.organization == who.id),
    Subject("mail-policy-senders", N_("Allowed and blocked senders of mail policies"), SenderRule,
            lambda who: SenderRule.policy.in_(_policies(who))),
    Subject("mail-policy-forwards", N_("Addresses that mail policies forward to"), Forward,
            lambda who: Forward.policy.in_(_policies(who))),
    Subject("mail-policy-assignments", N_("Whom mail policies are for"), PolicyAssignment,
            lambda who: PolicyAssignment.policy.in_(_policies(who))),
    Subject("domains", N_("Domains"), Domain, lambda who: Domain.organization == who.id),
    Subject("domain-checks", N_("Checks of the domains"), DomainCheck,
            lambda who: DomainCheck.domain.in_(Domain.select(Domain.id).where(Domain.organization == who.id))),
    Subject("subscriptions", N_("Subscriptions"), Subscription, lambda who: Subscription.organization == who.id),
    Subject("planned-changes", N_("What subscriptions become at their next renewal"), Scheduled,
            lambda who: Scheduled.subscription.in_(_subscriptions(who))),
    Subject("suspensions", N_("Suspensions of subscriptions"), Suspension,
            lambda who: Suspension.subscription.in_(_subscriptions(who))),
    Subject("change-requests", N_("Requested changes of subscriptions"), ChangeRequest,
            lambda who: ChangeRequest.organization == who.id),
    Subject("orders", N_("Orders that the organization pays for"), Order,
            lambda who: (Order.organization == who.id) & (Order.card_kind != "reseller")),
    Subject("billing-details", N_("Whom invoices are made out to"), BillTo, lambda who: BillTo.organization == who.id),
    Subject("cards", N_("Payment cards: brand, last digits and expiry"), Card,
            lambda who: Card.organization == who.id),
    Subject("card-entries", N_("When payment cards were entered"), CardSetup,
            lambda who: (CardSetup.organization == who.id) & (CardSetup.card_kind == "customer"),
            without=frozenset({"back", "fault"})),
    Subject("invoices", N_("Invoices and credit notes"), Invoice, _invoiced, without=_COMMISSION),
    Subject("invoice-lines", N_("Lines of the invoices and credit notes"), InvoiceLine,
            lambda who: InvoiceLine.invoice.in_(_invoices(who))),
    Subject("charges", N_("Charges of the organization's cards"), Charge,
            lambda who: (Charge.organization == who.id) & (Charge.card_kind == "customer"),
            without=frozenset({"action_url"})),
    Subject("refunds", N_("Money that was given back"), Refund, lambda who: Refund.invoice.in_(_invoices(who)),
            without=frozenset({"asked_by"})),
    Subject("access", N_("The partner's access"), Access, lambda who: Access.organization == who.id),
    Subject("access-requests", N_("Requests of partners to have access again"), AccessRequest,
            lambda who: AccessRequest.organization == who.id),
    Subject("consents", N_("Requests for consent to single tasks"), Consent,
            lambda who: Consent.organization == who.id, without=frozenset({"asked_by"})),
    Subject("offers", N_("Codes, tokens and requests by which partners came"), Offer,
            lambda who: Offer.organization == who.id),
    Subject("changes-of-partner", N_("Changes of partner"), Change, lambda who: Change.organization == who.id),
    Subject("disputes", N_("Disputes about changes of partner"), Dispute,
            lambda who: Dispute.change.in_(Change.select(Change.id).where(Change.organization == who.id))),
    Subject("referral-code", N_("The code of the referral programme"), ReferralCode,
            lambda who: ReferralCode.organization == who.id),
    Subject("referrals", N_("Recommendations that were received by the code"), Referral,
            lambda who: Referral.organization == who.id),
    Subject("record", N_("The record: who did what"), Event, lambda who: Event.organization_id == who.id,
            without=frozenset({"actor_id", "partner_id"})),
    Subject("backups", N_("Back-ups of users, without the archives"), Backup,
            lambda who: Backup.organization == who.id),
    Subject("exports", N_("Exports of the organization's data"), DataExport,
            lambda who: DataExport.organization == who.id),
    Subject("erasures", N_("Erasures that were asked for"), Erasure, lambda who: Erasure.organization == who.id),
)

# Tables that point to an organization and that its export leaves out, and why.
NOT_OF_ORGANIZATION: Mapping[type[Table], str] = {
    Assignment: "Which of a partner's people see the customer is the partner's arrangement.",
    Entry: "What a partner earns is between vendor and partner.",
    Difference: "A partner's own comparison of what it sold with what is in use.",
    Ticket: "What a partner asks the vendor is between these two, although it may concern a customer.",
}
