"""Tables of partners and their members."""

from peewee import BooleanField, CharField, Check, ForeignKeyField, IntegerField

from portal.accounts.models import Account
from portal.core.ids import public_id
from portal.storage import Table, UtcDateTimeField


class Partner(Table):
    """A company that sells the vendor's services; made by accepting an application (S0.11)."""

    public_id = CharField(unique=True, default=public_id)
    name = CharField()
    name_key = CharField(default="")  # folded: what lists sort and search by
    kind = CharField(constraints=[Check("kind IN ('referral', 'reseller')")])
    console = BooleanField(default=False)  # the Console is open to it (S0.21)
    # The vendor's own account: nobody works there, and it stands where a customer without partner is invoiced.
    house = BooleanField(default=False)
    country = CharField()
    region = CharField()
    language = CharField()
    state = CharField(default="active", constraints=[Check("state IN ('active', 'suspended', 'terminated')")])
    state_since = UtcDateTimeField(null=True)
    state_reason = CharField(default="", max_length=500)
    ending = BooleanField(default=False)  # suspended, and terminated as soon as no customer is left
    created_at = UtcDateTimeField()

    class Meta:
        indexes = ((("name_key", "id"), False),)


Partner.add_index(Partner.index(Partner.house, unique=True, name="partner_house", where=Partner.house))


class Member(Table):
    """A person's place in a partner: one task each (decision 0019)."""

    public_id = CharField(unique=True, default=public_id)
    partner = ForeignKeyField(Partner, on_delete="CASCADE")
    partner_id: int
    account = ForeignKeyField(Account, on_delete="CASCADE")
    account_id: int
    role = CharField(
        constraints=[Check("role IN ('super-admin', 'admin', 'sales', 'billing', 'support', 'reader')")]
    )
    sees = CharField(default="all", constraints=[Check("sees IN ('all', 'chosen')")])  # chosen: `customers.Assignment`
    help_center = BooleanField(default=False)  # may open Partner Support's widget (S4.27)
    language = CharField(default="")  # of mails about this partner; empty: the account's
    expires_at = UtcDateTimeField(null=True)
    version = IntegerField(default=0)
    created_at = UtcDateTimeField()

    class Meta:
        table_name = "partner_member"
        indexes = ((("partner", "account"), True),)
        constraints = [Check("role <> 'super-admin' OR (sees = 'all' AND expires_at IS NULL)")]
