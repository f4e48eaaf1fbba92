"""The table of orders: what was confirmed and waits for its money."""

from peewee import BigIntegerField, CharField, Check, ForeignKeyField, IntegerField

from portal.billing.models.cards import Card
from portal.core.ids import public_id
from portal.customers.models import Organization
from portal.partners.models import Partner
from portal.storage import JsonField, Table, UtcDateTimeField
from portal.subscriptions.models import ChangeRequest, Subscription


class Order(Table):
    """A purchase or change that was confirmed and waits for its money; it takes effect when it is paid."""

    public_id = CharField(unique=True, default=public_id)
    organization = ForeignKeyField(Organization, index=False, on_delete="RESTRICT")  # the index below begins with it
    organization_id: int
    partner = ForeignKeyField(Partner, on_delete="RESTRICT")
    partner_id: int
    subscription = ForeignKeyField(Subscription, null=True, on_delete="RESTRICT")  # none yet: a new service
    subscription_id: int | None
    kind = CharField(constraints=[Check("kind IN ('buy', 'convert', 'change')")])
    service = CharField()
    target = JsonField()  # what the subscription becomes: `policy.terms.Terms`, now and at renewal
    bill = JsonField()  # what is charged: `policy.bills.Bill`, with its lines
    currency = CharField(max_length=3)
    total = BigIntegerField(constraints=[Check("total >= 0")])
    card_kind = CharField(constraints=[Check("card_kind IN ('none', 'reseller', 'customer')")])
    card = ForeignKeyField(Card, null=True, on_delete="RESTRICT")
    request = ForeignKeyField(ChangeRequest, null=True, on_delete="SET NULL")  # of the customer, that it answers
    request_id: int | None
    answer = CharField(default="", max_length=2000)
    seen = IntegerField()  # version of the subscription that the preview was of
    state = CharField(
        default="pending", constraints=[Check("state IN ('pending', 'done', 'declined', 'returned')")]
    )
    asked_by = BigIntegerField(null=True)  # account
    asked_by_name = CharField(default="")
    created_at = UtcDateTimeField()
    settled_at = UtcDateTimeField(null=True)

    class Meta:
        table_name = "billing_order"
        indexes = ((("organization", "id"), False),)


# One change of a subscription, or purchase of a service, waits for its money at a time.
Order.add_index(
    Order.index(
        Order.organization, Order.service, unique=True, name="billing_order_pending",
        where=(Order.state == "pending"),
    )
)
