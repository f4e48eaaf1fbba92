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
    extra_storage_gb = IntegerField(default=0, constraints=[Check("extra_storage_gb >= 0")])
    version = IntegerField(default=0)
    created_at = UtcDateTimeField()

    class Meta:
        # The second one finds trials that are over.
        indexes = ((("organization", "service"), True), (("state", "renews_on", "id"), False))


class ChangeRequest(Table):
    """What an organization asks its partner to change, because it may not do so itself (S3.19-21)."""

    public_id = CharField(unique=True, default=public_id)
    organization = ForeignKeyField(Organization, index=False, on_delete="CASCADE")  # the index below begins with it
    organization_id: int
    subscription = ForeignKeyField(Subscription, on_delete="CASCADE")
    kind = CharField(constraints=[Check("kind IN ('upgrade', 'downgrade', 'licenses', 'storage')")])
    plan = CharField(null=True)  # wanted, for upgrade and downgrade
    licenses = IntegerField(null=True)  # wanted in total
    storage_gb = IntegerField(null=True)  # wanted on top of the plan, in total
    note = CharField(default="", max_length=2000)
    state = CharField(
        default="open", constraints=[Check("state IN ('open', 'accepted', 'declined', 'withdrawn', 'done')")]
    )
    answer = CharField(default="", max_length=2000)
    asked_by = BigIntegerField(null=True)  # account
    asked_by_name = CharField(default="")
    answered_by_name = CharField(default="")
    created_at = UtcDateTimeField()
    answered_at = UtcDateTimeField(null=True)
    done_at = UtcDateTimeField(null=True)

    class Meta:
        table_name = "change_request"
        indexes = ((("organization", "state", "id"), False),)
