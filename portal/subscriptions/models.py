"""The table of subscriptions."""

from peewee import BigIntegerField, CharField, Check, DateField, ForeignKeyField, IntegerField

from portal.core.ids import public_id
from portal.customers.models import Organization
from portal.storage import Table, UtcDateTimeField


class Subscription(Table):
    """A service that an organization has. Days are calendar days in the organization's time zone."""

    public_id = CharField(unique=True, default=public_id)
    organization = ForeignKeyField(Organization, on_delete="CASCADE")
    service = CharField()
    plan = CharField()
    state = CharField(constraints=[Check("state IN ('trial', 'paid', 'expired', 'suspended', 'ended')")])
    licenses = IntegerField(constraints=[Check("licenses > 0")])
    period = CharField(constraints=[Check("period IN ('monthly', 'yearly')")])
    currency = CharField(max_length=3)
    unit_price = BigIntegerField(constraints=[Check("unit_price >= 0")])  # minor units per license and period
    started_on = DateField()
    trial_days = IntegerField(null=True)  # whole length; its end is started_on + trial_days
    renews_on = DateField(null=True)  # the end of the trial, or the next renewal
    version = IntegerField(default=0)
    created_at = UtcDateTimeField()

    class Meta:
        # The second one finds trials that are over.
        indexes = ((("organization", "service"), True), (("state", "renews_on", "id"), False))
