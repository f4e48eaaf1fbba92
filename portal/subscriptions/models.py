"""Tables of subscriptions: what organizations have, what becomes of it, and what they ask to change."""

from peewee import BigIntegerField, CharField, Check, DateField, ForeignKeyField, IntegerField

from portal.accounts.models import Account
from portal.core.ids import public_id
from portal.customers.models import Organization
from portal.partners.models import Partner
from portal.storage import Table, UtcDateTimeField


class Subscription(Table):
    """A service that an organization has. Days are calendar days in the organization's time zone."""

    public_id = CharField(unique=True, default=public_id)
    organization = ForeignKeyField(Organization, on_delete="CASCADE")
    organization_id: int
    service = CharField()
    plan = CharField()
    state = CharField(constraints=[Check("state IN ('trial', 'paid', 'expired', 'suspended', 'ended')")])
    licenses = IntegerField(constraints=[Check("licenses > 0")])
    period = CharField(constraints=[Check("period IN ('monthly', 'yearly')")])
    currency = CharField(max_length=3)
    unit_price = BigIntegerField(constraints=[Check("unit_price >= 0")])  # minor units per license and period
    started_on = DateField()
    trial_days = IntegerField(null=True)  # whole length; its end is started_on + trial_days; none once it is bought
    period_from = DateField(null=True)  # first day of the period that is paid for, until `renews_on`
    anchor_day = IntegerField(null=True)  # of the month on which it renews: the 31st comes back after February
    renews_on = DateField(null=True)  # the end of the trial, or the next renewal
    renewal = CharField(default="renew", constraints=[Check("renewal IN ('renew', 'end', 'ask')")])
    extra_storage_gb = IntegerField(default=0, constraints=[Check("extra_storage_gb >= 0")])
    storage_price = BigIntegerField(default=0, constraints=[Check("storage_price >= 0")])  # per GB and period
    ended_on = DateField(null=True)
    version = IntegerField(default=0)
    created_at = UtcDateTimeField()

    class Meta:
        # The second one finds trials that are over and renewals that are due.
        indexes = ((("organization", "service"), False), (("state", "renews_on", "id"), False))


# One subscription per service at a time; those that ended stay in the history.
Subscription.add_index(
    Subscription.index(
        Subscription.organization, Subscription.service, unique=True, name="subscription_live",
        where=(Subscription.state != "ended"),
    )
)


class Scheduled(Table):
    """What a subscription becomes at its next renewal, at the prices that were agreed on when it was decided."""

    subscription = ForeignKeyField(Subscription, unique=True, on_delete="CASCADE")
    subscription_id: int
    plan = CharField()
    licenses = IntegerField(constraints=[Check("licenses > 0")])
    period = CharField(constraints=[Check("period IN ('monthly', 'yearly')")])
    unit_price = BigIntegerField(constraints=[Check("unit_price >= 0")])
    extra_storage_gb = IntegerField(constraints=[Check("extra_storage_gb >= 0")])
    storage_price = BigIntegerField(constraints=[Check("storage_price >= 0")])
    decided_by_name = CharField(default="")
    created_at = UtcDateTimeField()

    class Meta:
        table_name = "subscription_scheduled"


class Suspension(Table):
    """A reason for which a subscription is suspended; it works again when the last one is lifted."""

    public_id = CharField(unique=True, default=public_id)
    subscription = ForeignKeyField(Subscription, index=False, on_delete="CASCADE")  # the index below begins with it
    subscription_id: int
    # payment: an unpaid renewal, set by the portal; partner: by the partner; vendor: by the vendor's staff
    reason = CharField(constraints=[Check("reason IN ('payment', 'partner', 'vendor')")])
    note = CharField(default="", max_length=1000)  # what the customer reads about it
    since = UtcDateTimeField()
    by_name = CharField(default="")
    lifted_at = UtcDateTimeField(null=True)
    lifted_by_name = CharField(default="")

    class Meta:
        table_name = "subscription_suspension"
        indexes = ((("subscription", "id"), False),)


Suspension.add_index(
    Suspension.index(
        Suspension.subscription, Suspension.reason, unique=True, name="subscription_suspension_open",
        where=Suspension.lifted_at.is_null(),
    )
)


class CalendarFeed(Table):
    """A secret address under which a calendar program reads a partner's renewals; it holds half of the secret."""

    handle = CharField(unique=True)
    account = ForeignKeyField(Account, unique=True, on_delete="CASCADE")
    partner = ForeignKeyField(Partner, on_delete="CASCADE")
    partner_id: int
    created_at = UtcDateTimeField()

    class Meta:
        table_name = "calendar_feed"


class ChangeRequest(Table):
    """What an organization asks its partner to change, because it may not do so itself (S3.19-21)."""

    public_id = CharField(unique=True, default=public_id)
    organization = ForeignKeyField(Organization, index=False, on_delete="CASCADE")  # the index below begins with it
    organization_id: int
    subscription = ForeignKeyField(Subscription, on_delete="CASCADE")
    subscription_id: int
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
