"""Tables of invoices and credit notes."""

from peewee import BigIntegerField, CharField, Check, DateField, ForeignKeyField, IntegerField

from portal.billing.models.orders import Order
from portal.core.ids import public_id
from portal.customers.models import Organization
from portal.partners.models import Partner
from portal.storage import JsonField, Table, UtcDateTimeField
from portal.subscriptions.models import Subscription


class Invoice(Table):
    """An invoice or credit note: what it says never changes, the engine refuses it; `paid`, `credited` and dunning do.

    Amounts of a credit note are positive; it takes away from the invoice that it corrects.
    """

    public_id = CharField(unique=True, default=public_id)
    entity = CharField()
    number = IntegerField()  # without gaps for each entity
    code = CharField(index=True)  # prefix and number, as people write it
    kind = CharField(constraints=[Check("kind IN ('invoice', 'credit-note')")])
    corrects = ForeignKeyField("self", null=True, on_delete="RESTRICT")
    corrects_id: int | None
    reason = CharField(default="", max_length=500)  # of a credit note
    order = ForeignKeyField(Order, null=True, on_delete="RESTRICT")
    organization = ForeignKeyField(Organization, index=False, on_delete="RESTRICT")  # the index below begins with it
    organization_id: int
    partner = ForeignKeyField(Partner, index=False, on_delete="RESTRICT")  # the index below begins with it
    partner_id: int
    subscription = ForeignKeyField(Subscription, on_delete="RESTRICT")
    subscription_id: int
    service = CharField()
    card_kind = CharField(constraints=[Check("card_kind IN ('none', 'reseller', 'customer')")])
    issuer = JsonField()  # the entity as it was
    recipient = JsonField()  # name, address, tax number as they were
    language = CharField()
    country = CharField(max_length=2)
    issued_on = DateField()
    issued_at = UtcDateTimeField()
    due_on = DateField()
    currency = CharField(max_length=3)
    net = BigIntegerField(constraints=[Check("net >= 0")])
    tax_name = JsonField(null=True)  # in each language, as it was
    tax_rate = IntegerField(default=0)  # basis points
    tax_note = CharField(default="", constraints=[Check("tax_note IN ('', 'reverse-charge', 'untaxed')")])
    tax = BigIntegerField(constraints=[Check("tax >= 0")])
    total = BigIntegerField(constraints=[Check("total = net + tax")])
    commission_base = BigIntegerField(default=0)  # net before the reseller's margin
    commission = BigIntegerField(default=0)  # margin kept, or what accrues when it is paid
    commission_rate = IntegerField(default=0)  # basis points
    commission_tier = CharField(default="")
    commission_from = DateField(null=True)  # when that rule began
    # From here on: what becomes of it.
    paid = BigIntegerField(default=0, constraints=[Check("paid BETWEEN 0 AND total")])
    credited = BigIntegerField(default=0, constraints=[Check("credited BETWEEN 0 AND total")])
    state = CharField(constraints=[Check("state IN ('open', 'paid', 'credited', 'issued')")])
    tries = IntegerField(default=0)  # of charging it
    next_try_on = DateField(null=True)  # the next try, the suspension or the end that is due, in UTC days

    class Meta:
        table_name = "invoice"
        indexes = (
            (("entity", "number"), True), (("organization", "id"), False), (("partner", "id"), False),
            (("partner", "state", "id"), False), (("state", "next_try_on", "id"), False),
        )


class InvoiceLine(Table):
    """A line of an invoice with everything that its formula needs."""

    invoice = ForeignKeyField(Invoice, index=False, on_delete="RESTRICT")  # the index below begins with it
    invoice_id: int
    position = IntegerField()
    kind = CharField(constraints=[Check(
        "kind IN ('plan', 'plan-part', 'plan-credit', 'storage', 'storage-part', 'storage-credit', 'margin', "
        "'correction')"
    )])
    plan = CharField(default="")
    label = JsonField()  # the plan's name in each language, as it was
    quantity = IntegerField(default=1)
    unit_price = BigIntegerField(default=0)
    days = IntegerField(null=True)  # of `of_days`, where a part of a period is charged
    of_days = IntegerField(null=True)
    rate = IntegerField(default=0)  # basis points, of a margin
    starts_on = DateField(null=True)
    ends_on = DateField(null=True)  # the first day after
    net = BigIntegerField()  # signed

    class Meta:
        table_name = "invoice_line"
        indexes = ((("invoice", "position"), True),)


class InvoiceNumber(Table):
    """The last number that an entity has given out, held while the next one is."""

    entity = CharField(unique=True)
    last = IntegerField(default=0)

    class Meta:
        table_name = "invoice_number"
