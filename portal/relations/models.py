"""Tables of the relation between customers and partners: offers to attach, changes, disputes."""

from peewee import BooleanField, CharField, Check, DateField, ForeignKeyField

from portal.accounts.models import Account
from portal.core.ids import public_id
from portal.customers.models import Organization
from portal.partners.models import Partner
from portal.storage import JsonField, Table, UtcDateTimeField


class Offer(Table):
    """One way to attach a customer, used once.

    `code`: a partner issues it and a customer's super administrator enters it. `token`: a super administrator issues it
    with their consent and a partner enters it. `request`: a partner asks, a super administrator answers. Of a code or
    token only the digest is kept.
    """

    public_id = CharField(unique=True, default=public_id)
    kind = CharField(constraints=[Check("kind IN ('code', 'token', 'request')")])
    partner = ForeignKeyField(Partner, null=True, on_delete="CASCADE")  # none: a token that nobody has used
    partner_id: int | None
    organization = ForeignKeyField(Organization, null=True, on_delete="CASCADE")  # none: nobody has entered the code
    organization_id: int | None
    digest = CharField(unique=True, null=True, max_length=64)
    hint = CharField(default="", max_length=8)  # the last characters, by which its owner knows it again
    asked_for = CharField(default="")  # the domain that a request names; whether it exists the partner is not told
    message = CharField(default="", max_length=500)
    # What the customer consented to when it issued a token: whether with access, whether moving, and the terms shown.
    consent = JsonField(null=True)
    state = CharField(
        default="open", constraints=[Check("state IN ('open', 'used', 'declined', 'withdrawn')")]
    )
    blocks = BooleanField(default=False)  # a declined request: the organization wants no more of them from this partner
    made_by = ForeignKeyField(Account, null=True, on_delete="SET NULL")
    made_by_name = CharField()
    decided_by_name = CharField(default="")
    created_at = UtcDateTimeField()
    expires_at = UtcDateTimeField(index=True)
    decided_at = UtcDateTimeField(null=True)

    class Meta:
        table_name = "relation_offer"


class Change(Table):
    """A customer gets a partner, another one, or none: announced, then done on its day, or taken back before.

    The rows that are done are the history of the relation.
    """

    public_id = CharField(unique=True, default=public_id)
    organization = ForeignKeyField(Organization, on_delete="CASCADE")
    organization_id: int
    from_partner = ForeignKeyField(Partner, null=True, on_delete="CASCADE", backref="left")
    from_partner_id: int | None
    to_partner = ForeignKeyField(Partner, null=True, on_delete="CASCADE", backref="joined")
    to_partner_id: int | None
    by = CharField(constraints=[Check("by IN ('customer', 'partner', 'vendor')")])
    state = CharField(
        default="announced", constraints=[Check("state IN ('announced', 'done', 'withdrawn')")]
    )
    effective_on = DateField()  # a day where the organization is
    with_access = BooleanField(default=False)  # the new partner may administer on the customer's behalf
    subscriptions = CharField(
        default="continue", constraints=[Check("subscriptions IN ('continue', 'end')")]
    )
    reason = CharField(default="", max_length=500)
    terms = JsonField(null=True)  # what the consent page said
    obligations = JsonField(null=True)  # what was open between them when it was announced
    offer = ForeignKeyField(Offer, null=True, on_delete="SET NULL")
    decided_by = ForeignKeyField(Account, null=True, on_delete="SET NULL")
    decided_by_name = CharField()
    created_at = UtcDateTimeField()
    done_at = UtcDateTimeField(null=True)
    withdrawn_at = UtcDateTimeField(null=True)

    class Meta:
        table_name = "relation_change"
        indexes = ((("state", "effective_on", "id"), False),)
        constraints = [Check("from_partner_id IS NOT NULL OR to_partner_id IS NOT NULL")]


# One change at a time.
Change.add_index(
    Change.index(
        Change.organization, unique=True, name="relation_change_announced", where=Change.state == "announced"
    )
)


class Dispute(Table):
    """A partner or a customer says that a change was not right; the vendor's staff answer from the dated facts."""

    public_id = CharField(unique=True, default=public_id)
    change = ForeignKeyField(Change, on_delete="CASCADE")
    change_id: int
    side = CharField(constraints=[Check("side IN ('partner', 'customer')")])
    partner = ForeignKeyField(Partner, null=True, on_delete="CASCADE")  # who disputes, where `side` is partner
    partner_id: int | None
    text = CharField(max_length=2000)
    state = CharField(default="open", constraints=[Check("state IN ('open', 'settled')")])
    decision = CharField(default="", max_length=2000)
    raised_by = ForeignKeyField(Account, null=True, on_delete="SET NULL")
    raised_by_name = CharField()
    decided_by_name = CharField(default="")
    created_at = UtcDateTimeField()
    decided_at = UtcDateTimeField(null=True)

    class Meta:
        table_name = "relation_dispute"
        indexes = ((("state", "id"), False),)


# Each side disputes a change once.
Dispute.add_index(
    Dispute.index(Dispute.change, Dispute.side, unique=True, name="relation_dispute_side")
)
