"""Tables of billing. Amounts are minor units of the row's currency; only a job talks to the payment gateway."""

from peewee import BigIntegerField, BlobField, CharField, Check, DateField, ForeignKeyField, IntegerField, TextField

from portal.accounts.models import Account
from portal.core.ids import public_id
from portal.customers.models import Organization
from portal.partners.models import Partner
from portal.storage import JsonField, Table, UtcDateTimeField
from portal.subscriptions.models import ChangeRequest, Subscription

_CARD_KIND = "card_kind IN ('reseller', 'customer')"


class BillTo(Table):
    """Whom invoices are made out to: a partner (reseller card) or an organization (customer card)."""

    partner = ForeignKeyField(Partner, null=True, unique=True, on_delete="CASCADE")
    organization = ForeignKeyField(Organization, null=True, unique=True, on_delete="CASCADE")
    name = CharField()
    street = CharField(default="")
    postal_code = CharField(default="")
    city = CharField(default="")
    region = CharField(default="")
    country = CharField(max_length=2)
    tax_id = CharField(default="")
    email = CharField(default="")
    phone = CharField(default="")
    language = CharField(default="")
    version = IntegerField(default=0)

    class Meta:
        table_name = "bill_to"
        constraints = [Check("(partner_id IS NULL) <> (organization_id IS NULL)")]


class Card(Table):
    """A payment card as the gateway knows it. Its number was never here: token, brand, last four digits, expiry."""

    public_id = CharField(unique=True, default=public_id)
    partner = ForeignKeyField(Partner, null=True, on_delete="CASCADE")  # a reseller card, for any of its customers
    partner_id: int | None
    organization = ForeignKeyField(Organization, null=True, on_delete="CASCADE")  # a customer card
    organization_id: int | None
    gateway = CharField()
    customer = CharField()  # whom the gateway keeps it for
    token = CharField()
    brand = CharField()
    last4 = CharField(max_length=4)
    exp_month = IntegerField(constraints=[Check("exp_month BETWEEN 1 AND 12")])
    exp_year = IntegerField()
    state = CharField(default="active", constraints=[Check("state IN ('active', 'removed')")])
    created_at = UtcDateTimeField()

    class Meta:
        table_name = "payment_card"
        indexes = ((("gateway", "token"), True), (("state", "exp_year", "exp_month", "id"), False))
        constraints = [Check("(partner_id IS NULL) <> (organization_id IS NULL)")]


class CardSetup(Table):
    """Entering a card on the gateway's hosted page, from the question to the card."""

    public_id = CharField(unique=True, default=public_id)
    partner = ForeignKeyField(Partner, on_delete="CASCADE")
    partner_id: int
    organization = ForeignKeyField(Organization, on_delete="CASCADE")  # that pays with it afterwards
    organization_id: int
    card_kind = CharField(constraints=[Check(_CARD_KIND)])
    gateway = CharField()
    state = CharField(
        default="asked", constraints=[Check("state IN ('asked', 'open', 'returned', 'done', 'failed', 'expired')")]
    )
    reference = CharField(null=True, unique=True)  # the gateway's
    url = CharField(default="", max_length=2000)  # of the hosted page
    fault = CharField(default="")
    card = ForeignKeyField(Card, null=True, on_delete="SET NULL")
    back = CharField(default="", max_length=500)  # path of the portal to go on with
    account = ForeignKeyField(Account, null=True, on_delete="SET NULL")
    created_at = UtcDateTimeField()
    settled_at = UtcDateTimeField(null=True)

    class Meta:
        table_name = "card_setup"


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
    card_kind = CharField(constraints=[Check(_CARD_KIND)])
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


class DayTotal(Table):
    """What a partner's charges came to on a day, so that a report adds days and not payments."""

    partner = ForeignKeyField(Partner, index=False, on_delete="CASCADE")  # the index below begins with it
    partner_id: int
    on = DateField(column_name="on_day")
    service = CharField()
    card_kind = CharField()
    state = CharField(constraints=[Check("state IN ('succeeded', 'declined', 'refunded')")])
    currency = CharField(max_length=3)
    count = IntegerField(default=0)
    amount = BigIntegerField(default=0)  # with tax
    net = BigIntegerField(default=0)
    commission = BigIntegerField(default=0)  # accrued and margin; of refunds, clawed back

    class Meta:
        table_name = "billing_day"


class MonthlyTotal(Table):
    """The same of a calendar month, under its first day: a year is twelve of them and not hundreds of days."""

    partner = ForeignKeyField(Partner, index=False, on_delete="CASCADE")  # the index below begins with it
    partner_id: int
    on = DateField(column_name="on_day")
    service = CharField()
    card_kind = CharField()
    state = CharField(constraints=[Check("state IN ('succeeded', 'declined', 'refunded')")])
    currency = CharField(max_length=3)
    count = IntegerField(default=0)
    amount = BigIntegerField(default=0)
    net = BigIntegerField(default=0)
    commission = BigIntegerField(default=0)

    class Meta:
        table_name = "billing_month"


for _totals in (DayTotal, MonthlyTotal):
    _totals.add_index(
        _totals.index(
            _totals.partner, _totals.on, _totals.currency, _totals.service, _totals.card_kind, _totals.state,
            unique=True, name=f"{_totals._meta.table_name}_once",
        )
    )


class Difference(Table):
    """Where what was sold, assigned and invoiced of a subscription is not the same, from the day it began."""

    subscription = ForeignKeyField(Subscription, on_delete="CASCADE")
    subscription_id: int
    partner = ForeignKeyField(Partner, index=False, on_delete="CASCADE")  # the index below begins with it
    partner_id: int
    kind = CharField(constraints=[Check("kind IN ('over-assigned', 'not-invoiced', 'invoiced-more', 'invoiced-less')")])
    sold = IntegerField()
    assigned = IntegerField(null=True)  # users who take a license; none where the service has no users here
    invoiced = IntegerField()
    began_on = DateField()
    seen_on = DateField()  # the last comparison that found it
    ended_on = DateField(null=True)

    class Meta:
        table_name = "billing_difference"
        indexes = ((("partner", "ended_on", "id"), False),)


Difference.add_index(
    Difference.index(
        Difference.subscription, Difference.kind, unique=True, name="billing_difference_open",
        where=Difference.ended_on.is_null(),
    )
)


class Export(Table):
    """A report as a file, made by a job because it is large; it lies here until it expires."""

    public_id = CharField(unique=True, default=public_id)
    partner = ForeignKeyField(Partner, on_delete="CASCADE")
    partner_id: int
    account = ForeignKeyField(Account, on_delete="CASCADE")
    account_id: int
    asked = JsonField()  # the filters
    format = CharField(constraints=[Check("format IN ('csv', 'xlsx')")])
    language = CharField()
    country = CharField(default="")
    state = CharField(default="asked", constraints=[Check("state IN ('asked', 'ready', 'failed', 'expired')")])
    content = BlobField(null=True)
    rows = IntegerField(default=0)
    size = IntegerField(default=0)  # bytes
    created_at = UtcDateTimeField()
    ready_at = UtcDateTimeField(null=True)
    expires_at = UtcDateTimeField(null=True, index=True)

    class Meta:
        table_name = "billing_export"
