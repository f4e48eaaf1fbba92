"""Tables of money that is taken and given back, and of what the gateway tells about it."""

from peewee import BigIntegerField, CharField, Check, DateField, ForeignKeyField, TextField

from portal.billing.models.cards import CARD_KIND, Card
from portal.billing.models.invoices import Invoice
from portal.billing.models.orders import Order
from portal.core.ids import public_id
from portal.customers.models import Organization
from portal.partners.models import Partner
from portal.storage import Table, UtcDateTimeField


class Charge(Table):
    """One intent to take money, with one idempotency key: the gateway is asked as often as need be, and takes it once.

    `service`, `card_kind` and `on` are copies for reports.
    """

    public_id = CharField(unique=True, default=public_id)
    key = CharField(unique=True)
    order = ForeignKeyField(Order, null=True, on_delete="RESTRICT")
    order_id: int | None
    invoice = ForeignKeyField(Invoice, null=True, on_delete="RESTRICT")  # of an order once it is paid
    invoice_id: int | None
    organization = ForeignKeyField(Organization, index=False, on_delete="RESTRICT")  # the index below begins with it
    organization_id: int
    partner = ForeignKeyField(Partner, index=False, on_delete="RESTRICT")  # the indexes below begin with it
    partner_id: int
    card = ForeignKeyField(Card, on_delete="RESTRICT")
    card_id: int
    service = CharField()
    card_kind = CharField(constraints=[Check(CARD_KIND)])
    amount = BigIntegerField(constraints=[Check("amount > 0")])
    net = BigIntegerField(constraints=[Check("net BETWEEN 0 AND amount")])
    currency = CharField(max_length=3)
    state = CharField(
        default="pending", constraints=[Check("state IN ('pending', 'action', 'succeeded', 'declined')")]
    )
    reference = CharField(null=True, unique=True)  # the gateway's
    decline_code = CharField(default="")
    action_url = CharField(default="", max_length=2000)  # where the card's holder confirms it
    refunded = BigIntegerField(default=0, constraints=[Check("refunded BETWEEN 0 AND amount")])
    on = DateField(column_name="on_day")  # UTC day of the outcome, of the question before
    created_at = UtcDateTimeField()
    settled_at = UtcDateTimeField(null=True)

    class Meta:
        table_name = "billing_charge"
        indexes = (
            (("partner", "on", "id"), False), (("organization", "on", "id"), False),
            (("partner", "state", "on", "id"), False), (("partner", "service", "on", "id"), False),
            (("partner", "card_kind", "on", "id"), False), (("partner", "currency", "on", "id"), False),
            (("state", "created_at"), False),
        )
        constraints = [Check("order_id IS NOT NULL OR invoice_id IS NOT NULL")]


# Few wait: this index holds only them.
Charge.add_index(
    Charge.index(Charge.partner, Charge.on, Charge.id, name="billing_charge_waiting", where=Charge.settled_at.is_null())
)

# Money is taken once: one charge of an order or invoice is under way or has succeeded, at most.
for _cause in (Charge.order, Charge.invoice):
    Charge.add_index(
        Charge.index(
            _cause, unique=True, name=f"billing_charge_once_{_cause.column_name}",
            where=(Charge.state != "declined") & _cause.is_null(False),
        )
    )


class Refund(Table):
    """Money given back, with one idempotency key; its credit note is issued when the gateway has done it.

    `partner` and `on` are copies for reports.
    """

    public_id = CharField(unique=True, default=public_id)
    key = CharField(unique=True)
    charge = ForeignKeyField(Charge, on_delete="RESTRICT")
    charge_id: int
    partner = ForeignKeyField(Partner, index=False, on_delete="RESTRICT")  # the index below begins with it
    partner_id: int
    invoice = ForeignKeyField(Invoice, null=True, on_delete="RESTRICT", backref="refunds")  # that it was paid for
    invoice_id: int | None
    credit_note = ForeignKeyField(Invoice, null=True, on_delete="RESTRICT")
    amount = BigIntegerField(constraints=[Check("amount > 0")])
    currency = CharField(max_length=3)
    state = CharField(default="pending", constraints=[Check("state IN ('pending', 'succeeded', 'failed')")])
    reference = CharField(null=True, unique=True)
    fault = CharField(default="")
    reason = CharField(default="", max_length=500)
    asked_by = BigIntegerField(null=True)
    asked_by_name = CharField(default="")
    on = DateField(column_name="on_day")  # UTC day of the outcome, of the question before
    created_at = UtcDateTimeField()
    settled_at = UtcDateTimeField(null=True)

    class Meta:
        table_name = "billing_refund"
        indexes = ((("partner", "on", "id"), False),)


class GatewayEvent(Table):
    """What the gateway told us, as it came, stored before it is understood; each event counts once."""

    gateway = CharField()
    event = CharField()  # its id
    kind = CharField(default="")
    body = TextField()
    state = CharField(default="new", constraints=[Check("state IN ('new', 'done', 'ignored')")])
    received_at = UtcDateTimeField()
    done_at = UtcDateTimeField(null=True)

    class Meta:
        table_name = "gateway_event"
        indexes = ((("gateway", "event"), True),)


class RefundRequest(Table):
    """Money that somebody wants to give back and another member of the staff must approve (four eyes)."""

    public_id = CharField(unique=True, default=public_id)
    invoice = ForeignKeyField(Invoice, on_delete="RESTRICT")
    invoice_id: int
    amount = BigIntegerField(constraints=[Check("amount > 0")])  # tax included
    currency = CharField(max_length=3)
    reason = CharField(max_length=500)
    state = CharField(
        default="asked", constraints=[Check("state IN ('asked', 'approved', 'rejected', 'withdrawn')")]
    )
    asked_by = BigIntegerField()
    asked_by_name = CharField()
    decided_by = BigIntegerField(null=True)
    decided_by_name = CharField(default="")
    answer = CharField(default="", max_length=500)  # why it was rejected
    created_at = UtcDateTimeField()
    decided_at = UtcDateTimeField(null=True)

    class Meta:
        table_name = "billing_refund_request"
        constraints = [Check("state NOT IN ('approved', 'rejected') OR decided_by <> asked_by")]


RefundRequest.add_index(
    RefundRequest.index(
        RefundRequest.invoice, unique=True, name="billing_refund_request_open", where=RefundRequest.state == "asked"
    )
)
