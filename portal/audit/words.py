"""What the record says: a sentence for each verb, names of sides, kinds and fields; pages and mails translate them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from portal.core.words import N_

SIDES: Mapping[str, str] = {
    "organization": N_("The organization itself"),
    "partner": N_("Partner"),
    "staff": N_("Vendor's staff"),
    "portal": N_("The portal itself"),
    "person": N_("On their own behalf"),
}


@dataclass(frozen=True, slots=True)
class Kind:
    """What acts are about; `prefixes` are what their verbs begin with."""

    label: str
    prefixes: tuple[str, ...]


KINDS: Mapping[str, Kind] = {
    "users": Kind(N_("Users"), ("user", "super-admin", "backup")),
    "groups": Kind(N_("Groups"), ("group",)),
    "aliases": Kind(N_("Aliases"), ("alias", "catch-all")),
    "mail-policies": Kind(N_("Mail policies"), ("mail-policy",)),
    "domains": Kind(N_("Domains"), ("domain",)),
    "settings": Kind(N_("Settings"), ("organization", "settings", "tfa", "contacts-sync", "dashboard")),
    "subscription": Kind(N_("Subscription"), ("subscription", "trial", "change", "order")),
    "payments": Kind(N_("Payments"), ("card", "invoice", "payment", "refund")),
    "access": Kind(N_("Access and consent"), ("access", "consent")),
    "referrals": Kind(N_("Referral programme"), ("referral",)),
}
OTHER = N_("Other acts")


def kind_of(verb: str) -> str:
    """Return the words for what an act is about."""
    prefix = verb.partition(".")[0]
    return next((kind.label for kind in KINDS.values() if prefix in kind.prefixes), OTHER)


# Of acts in organizations, in the past tense and without saying who: that stands beside it. `name` is what people call
# the object.
VERBS: Mapping[str, str] = {
    "access.asked": N_("Asked for access again"),
    "access.declined": N_("Declined the partner's request for access"),
    "access.restored": N_("Gave the partner access again"),
    "access.resumed": N_("Ended the suspension of the partner's access"),
    "access.revoked": N_("Revoked the partner's access"),
    "access.suspended": N_("Suspended the partner's access"),
    "access.withdrawn": N_("Withdrew the request for access"),
    "alias.added": N_("Added the alias %(name)s"),
    "alias.removed": N_("Removed the alias %(name)s"),
    "card.changed": N_("Chose the payment card that ends in %(name)s"),
    "card.removed": N_("Removed the payment card that ends in %(name)s"),
    "catch-all.removed": N_("Removed the catch-all address %(name)s"),
    "catch-all.set": N_("Decided who gets mail to unknown addresses: %(name)s"),
    "change.asked": N_("Asked for a change of the subscription"),
    "change.declined": N_("Declined the request to change the subscription"),
    "change.done": N_("Changed the subscription as requested"),
    "change.withdrawn": N_("Withdrew the request to change the subscription"),
    "consent.approved": N_("Consented to one task, once"),
    "consent.asked": N_("Asked for consent to one task, once"),
    "consent.declined": N_("Declined consent to one task"),
    "consent.expired": N_("The request for consent to one task expired"),
    "consent.withdrawn": N_("Withdrew the request for consent to one task"),
    "contacts-sync.set": N_("Changed the contacts synchronization"),
    "dashboard.edited": N_("Edited the dashboard"),
    "domain.added": N_("Added the domain %(name)s"),
    "domain.link-sent": N_("Sent the verification values of the domain %(name)s by mail"),
    "domain.made-primary": N_("Made %(name)s the primary domain"),
    "domain.removed": N_("Removed the domain %(name)s"),
    "domain.verified": N_("The domain %(name)s was verified"),
    "group.added": N_("Added the group %(name)s"),
    "group.deleted": N_("Deleted the group %(name)s"),
    "group.edited": N_("Edited the group %(name)s"),
    "group.member-added": N_("Added members to the group %(name)s"),
    "group.member-removed": N_("Removed members from the group %(name)s"),
    "invoice.credited": N_("Issued the credit note %(name)s"),
    "mail-policy.added": N_("Added the mail policy %(name)s"),
    "mail-policy.assigned": N_("Assigned the mail policy %(name)s"),
    "mail-policy.deleted": N_("Deleted the mail policy %(name)s"),
    "mail-policy.edited": N_("Edited the mail policy %(name)s"),
    "mail-policy.made-default": N_("Made %(name)s the default mail policy"),
    "mail-policy.moved": N_("Moved the mail policy %(name)s in the order"),
    "mail-policy.unassigned": N_("Ended an assignment of the mail policy %(name)s"),
    "order.confirmed": N_("Ordered a purchase or change of a subscription"),
    "order.declined": N_("A purchase or change was not paid: the card was declined"),
    "organization.added": N_("Added the organization"),
    "payment.declined": N_("The payment of the invoice %(name)s was declined"),
    "payment.received": N_("The invoice %(name)s was paid"),
    "referral.opened": N_("Opened the referral programme"),
    "referral.received": N_("Received a recommendation"),
    "refund.asked": N_("Gave money back on the invoice %(name)s"),
    "settings.edited": N_("Edited the organization's details"),
    "subscription.bought": N_("Bought a subscription"),
    "subscription.changed": N_("Changed the subscription"),
    "subscription.ended": N_("The subscription ended"),
    "subscription.lifted": N_("Ended a suspension of the subscription"),
    "subscription.renewed": N_("The subscription was renewed"),
    "subscription.suspended": N_("Suspended the subscription"),
    "super-admin.changed": N_("Made %(name)s the super administrator"),
    "super-admin.declined": N_("Declined to become the super administrator: %(name)s"),
    "super-admin.proposed": N_("Proposed %(name)s as the super administrator"),
    "super-admin.withdrawn": N_("Withdrew the proposal of %(name)s as the super administrator"),
    "tfa.set": N_("Changed whether everybody needs a second factor"),
    "trial.expired": N_("The trial ended"),
    "trial.extended": N_("Extended the trial"),
    "user.added": N_("Added the user %(name)s"),
    "user.backed-up": N_("Asked for a back-up of the user %(name)s"),
    "user.deleted": N_("Deleted the user %(name)s"),
    "user.edited": N_("Edited the user %(name)s"),
    "user.invited": N_("Sent the user %(name)s another invitation"),
    "user.joined": N_("Accepted the invitation to the organization"),
    "user.password-reset": N_("Reset the password of the user %(name)s"),
    "user.picture-removed": N_("Removed the profile image of the user %(name)s"),
    "user.picture-set": N_("Changed the profile image of the user %(name)s"),
    "user.resumed": N_("Resumed the user %(name)s"),
    "user.role-changed": N_("Changed the role of the user %(name)s"),
    "user.suspended": N_("Suspended the user %(name)s"),
}

# Names of what changed; they are the columns of the tables.
FIELDS: Mapping[str, str] = {
    "backup": N_("Back-up"),
    "signed_out": N_("Signed out everywhere"),
    "access": N_("Access"),
    "address": N_("E-mail address"),
    "allowed": N_("Allowed senders"),
    "answer": N_("Answer"),
    "asked_by": N_("Asked by"),
    "asked_for": N_("Reason"),
    "attachment_mb": N_("Largest attachment in MB"),
    "blocked": N_("Blocked senders"),
    "card_kind": N_("Whose payment card"),
    "code": N_("Why it was declined"),
    "company": N_("Company"),
    "contact_email": N_("E-mail address"),
    "contact_name": N_("Contact"),
    "contacts_sync": N_("Contacts synchronization"),
    "country": N_("Country"),
    "default": N_("Default mail policy"),
    "description": N_("Description"),
    "domain": N_("Domain name"),
    "email": N_("E-mail address"),
    "ends_on": N_("End of the trial"),
    "extra_storage_gb": N_("Extra storage in GB"),
    "forwarding": N_("Forwarding by users"),
    "forwards": N_("Forward to"),
    "group": N_("Group"),
    "keep_copy": N_("Keep a copy of forwarded mail"),
    "language": N_("Language"),
    "last4": N_("Last four digits of the card"),
    "licenses": N_("Number of licenses"),
    "members": N_("Members"),
    "method": N_("Method"),
    "name": N_("Name"),
    "note": N_("Note"),
    "period": N_("Subscription period"),
    "phone": N_("Phone"),
    "picture": N_("Profile image"),
    "plan": N_("Plan"),
    "policy": N_("Mail policy"),
    "position": N_("Place in the order"),
    "retention_days": N_("Days for which mail is kept"),
    "role": N_("Role"),
    "state": N_("State"),
    "storage_gb": N_("Extra storage in GB"),
    "storage_price": N_("Price per extra GB"),
    "super_admin": N_("Super administrator"),
    "suspended_for": N_("Reason of the suspension"),
    "task": N_("Task"),
    "text": N_("E-mail address"),
    "tfa_required": N_("Second factor for everybody"),
    "time_zone": N_("Time zone"),
    "title": N_("Job title"),
    "total": N_("Amount"),
    "trial_days": N_("Length of the trial in days"),
    "unit_price": N_("Price per license"),
    "user": N_("User"),
    "verified_at": N_("Verified"),
    "why": N_("Why it ended"),
    "widgets": N_("Dashboard"),
}
