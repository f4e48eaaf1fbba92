"""Tables of personal data: archives that were asked for, and erasures."""

from peewee import BlobField, CharField, Check, ForeignKeyField, IntegerField

from portal.accounts.models import Account
from portal.core.ids import public_id
from portal.customers.models import Organization
from portal.storage import JsonField, Table, UtcDateTimeField


class DataExport(Table):
    """Everything about a person, or about an organization, as one archive; it lies in the database until it expires."""

    public_id = CharField(unique=True, default=public_id)
    account = ForeignKeyField(Account, on_delete="CASCADE")  # who asked, and whom it is about without organization
    account_id: int
    organization = ForeignKeyField(Organization, null=True, on_delete="CASCADE")
    organization_id: int | None
    language = CharField()
    state = CharField(default="asked", constraints=[Check("state IN ('asked', 'ready', 'failed', 'expired')")])
    archive = BlobField(null=True)  # a ZIP file
    size = IntegerField(default=0)  # bytes
    sha256 = CharField(default="", max_length=64)
    created_at = UtcDateTimeField()
    ready_at = UtcDateTimeField(null=True)
    expires_at = UtcDateTimeField(null=True, index=True)

    class Meta:
        table_name = "privacy_export"


class Erasure(Table):
    """Somebody asks to be forgotten: announced, carried out when its day has come, or taken back before."""

    public_id = CharField(unique=True, default=public_id)
    account = ForeignKeyField(Account, null=True, on_delete="SET NULL")  # the person, where it is one
    account_id: int | None
    organization = ForeignKeyField(Organization, null=True, on_delete="SET NULL")
    organization_id: int | None
    state = CharField(default="announced", constraints=[Check("state IN ('announced', 'done', 'withdrawn')")])
    asked_by_name = CharField()
    due_at = UtcDateTimeField(index=True)
    created_at = UtcDateTimeField()
    decided_at = UtcDateTimeField(null=True)
    counts = JsonField(null=True)  # what was erased, by kind

    class Meta:
        table_name = "privacy_erasure"


Erasure.add_index(
    Erasure.index(Erasure.account, unique=True, name="privacy_erasure_account",
                  where=(Erasure.state == "announced") & Erasure.account.is_null(False))
)
Erasure.add_index(
    Erasure.index(Erasure.organization, unique=True, name="privacy_erasure_organization",
                  where=(Erasure.state == "announced") & Erasure.organization.is_null(False))
)
