"""The table of access."""

from peewee import CharField, Check, ForeignKeyField

from portal.customers.models import Organization
from portal.partners.models import Partner
from portal.storage import Table, UtcDateTimeField


class Access(Table):
    """The partner administrator's relation to one organization (S3.1, S3.6)."""

    organization = ForeignKeyField(Organization, unique=True, on_delete="CASCADE")
    partner = ForeignKeyField(Partner, on_delete="CASCADE")
    state = CharField(constraints=[Check("state IN ('active', 'suspended', 'revoked')")])
    since = UtcDateTimeField()

    class Meta:
        table_name = "delegation_access"
