"""Tables of the referral programme."""

from peewee import CharField, ForeignKeyField

from portal.core.ids import public_id
from portal.customers.models import Organization
from portal.storage import Table, UtcDateTimeField


class ReferralCode(Table):
    """The code by which an organization recommends; made when it is first looked at."""

    organization = ForeignKeyField(Organization, unique=True, on_delete="CASCADE")
    organization_id: int
    code = CharField(unique=True)
    created_at = UtcDateTimeField()

    class Meta:
        table_name = "referral_code"


class Referral(Table):
    """An organization that came by somebody's recommendation. What became of it is seen from its domain."""

    public_id = CharField(unique=True, default=public_id)
    organization = ForeignKeyField(Organization, index=False, on_delete="CASCADE")  # who recommended
    organization_id: int
    company = CharField()
    domain = CharField()  # ASCII
    contact_name = CharField()
    contact_email = CharField()
    language = CharField()
    created_at = UtcDateTimeField()

    class Meta:
        table_name = "referral"
        indexes = ((("organization", "domain"), True), (("domain",), False))
