"""Tables of partners and their members."""

from peewee import BooleanField, CharField, Check, ForeignKeyField

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
    country = CharField()
    region = CharField()
    language = CharField()
    created_at = UtcDateTimeField()

    class Meta:
        indexes = ((("name_key", "id"), False),)


class Member(Table):
    """A person's place in a partner."""

    partner = ForeignKeyField(Partner, on_delete="CASCADE")
    account = ForeignKeyField(Account, on_delete="CASCADE")
    role = CharField(constraints=[Check("role IN ('super-admin', 'member')")])
    created_at = UtcDateTimeField()

    class Meta:
        table_name = "partner_member"
        indexes = ((("partner", "account"), True),)
