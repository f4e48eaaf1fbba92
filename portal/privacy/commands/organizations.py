"""Makes an organization a pseudonym: its people and settings are deleted; documents of money and the record stay."""

from __future__ import annotations

from typing import Any

from portal.audit.erasure import erase_names
from portal.audit.models import Event
from portal.backups.models import Backup
from portal.billing.models import BillTo, Card, CardSetup, Order
from portal.consents.models import Consent
from portal.core.context import Ctx
from portal.customers.models import NEVER, Assignment, Organization
from portal.delegation.models import Access
from portal.delegation.models import Invitation as AccessRequest
from portal.directory.models import Address, Group, Handover, User
from portal.domains.models import Domain
from portal.jobs.models import Job
from portal.mail.models import Outgoing
from portal.mailpolicies.models import MailPolicy
from portal.privacy.commands.requests import forget_customer
from portal.privacy.models import DataExport
from portal.privacy.policy import pseudonym
from portal.referrals.models import Referral, ReferralCode
from portal.relations.models import Change, Dispute, Offer
from portal.subscriptions.models import ChangeRequest, Scheduled, Subscription

# Deleted whole. What hangs on a row goes with it: addresses with users, checks with domains, senders with policies.
_GOES = (
    Handover, MailPolicy, Address, Group, User, Domain, Backup, Access, AccessRequest, Consent, Assignment, BillTo,
    CardSetup, ChangeRequest, Referral, ReferralCode, Offer, DataExport,
)
# What the record goes on to say of an organization that is gone: codes, days and amounts, and no names.
_MONEY = ("subscription.", "order.", "invoice.", "payment.", "refund.", "trial.")
Counts = dict[str, int]


def forget_organization(ctx: Ctx, organization: Organization) -> Counts:
    """Erase an organization in the caller's transaction; return how many rows of which kind it concerned."""
    name = pseudonym("organization")
    counts = {"mails": _forget_mails(organization), "jobs": _forget_jobs(organization)}
    acts = Event.select().where(Event.organization_id == organization.id)
    counts["acts"] = erase_names(ctx, acts, lambda event: _renamed(event, name))
    counts["requests"] = forget_customer(organization)
    _forget_relations(ctx, organization, name)
    Organization.update(
        name=name, name_key=name.casefold(), domain=f"erased-{organization.public_id}.invalid", domain_verified_at=None,
        admin_name=name, admin_email=f"erased-{organization.public_id}@erased.invalid", search=name.casefold(),
        access="none", users=0, card_kind="none", card_id=None, tfa_required=False, contacts_sync="off", widgets=None,
        standing="ended", renews_on=NEVER, version=Organization.version + 1,
    ).where(Organization.id == organization.id).execute()
    _end_subscriptions(ctx, organization)
    for model in _GOES:
        gone: Any = model.delete().where(model.organization == organization.id)
        counts[model._meta.table_name] = int(gone.execute())
    # The gateway's name of a card opens nothing any more; charges go on to say which card it was.
    for card in Card.select().where(Card.organization == organization.id):
        Card.update(state="removed", token=f"erased:{card.public_id}", customer="").where(Card.id == card.id).execute()
    return counts


def _renamed(event: Event, name: str) -> dict[str, Any]:
    """Leave an act its verb, its place and its instant; of its own people nothing is left, of others' their names."""
    own = event.side in {"organization", "person"} and bool(event.actor_name)
    money = event.verb.startswith(_MONEY)
    return {
        "actor_name": name if own else event.actor_name, "name": event.name if money else "", "reason": "",
        "detail": event.detail if money else None,
    }


def _end_subscriptions(ctx: Ctx, organization: Organization) -> None:
    """End what is only tried or free: what is paid for stood in the way before."""
    mine = Subscription.select(Subscription.id).where(Subscription.organization == organization.id)
    Scheduled.delete().where(Scheduled.subscription.in_(mine)).execute()
    Subscription.update(
        state="ended", ended_on=ctx.today(organization.time_zone), renews_on=None, version=Subscription.version + 1
    ).where(Subscription.organization == organization.id, Subscription.state != "ended").execute()
    Order.update(asked_by_name="", answer="").where(
        Order.organization == organization.id, Order.card_kind == "customer").execute()


def _forget_relations(ctx: Ctx, organization: Organization, name: str) -> None:
    """Who its partners were stays part of their books; what people wrote about it does not."""
    mine = Change.organization == organization.id
    Dispute.update(text="", decision="", raised_by_name=name).where(
        Dispute.change.in_(Change.select(Change.id).where(mine))).execute()
    Change.update(state="withdrawn", withdrawn_at=ctx.now).where(mine, Change.state == "announced").execute()
    Change.update(reason="", terms=None, obligations=None, decided_by_name=name).where(mine).execute()


def _forget_mails(organization: Organization) -> int:
    """Delete the mails about the organization to its people; what they get from elsewhere is theirs."""
    people = User.select(User.email).where(User.organization == organization.id)
    told = Outgoing.params.cast("TEXT").contains(organization.public_id) | Outgoing.params.cast("TEXT").contains(
        organization.name)
    return int(Outgoing.delete().where(Outgoing.to_address.in_(people), told, Outgoing.state != "pending").execute())


def _forget_jobs(organization: Organization) -> int:
    """Delete its imported files."""
    imports = Job.kind.startswith("directory.user-import") & Job.key.contains(f":{organization.id}:")
    return int(Job.delete().where(imports).execute())
