"""Tables that reports read: totals, differences, files."""

from peewee import BigIntegerField, BlobField, CharField, Check, DateField, ForeignKeyField, IntegerField

from portal.accounts.models import Account
from portal.core.ids import public_id
from portal.partners.models import Partner
from portal.storage import JsonField, Table, UtcDateTimeField
from portal.subscriptions.models import Subscription


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
