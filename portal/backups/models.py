"""The table of back-ups."""

from peewee import BlobField, CharField, Check, ForeignKeyField, IntegerField

from portal.core.ids import public_id
from portal.customers.models import Organization
from portal.directory.models import User
from portal.storage import Table, UtcDateTimeField


class Backup(Table):
    """One archive, from the request until it expires. It lies in the database, where every node can read it."""

    public_id = CharField(unique=True, default=public_id)
    organization = ForeignKeyField(Organization, index=False, on_delete="CASCADE")  # the index below begins with it
    organization_id: int
    user = ForeignKeyField(User, null=True, on_delete="SET NULL")
    user_id: int | None
    user_name = CharField()
    user_email = CharField()
    state = CharField(default="asked", constraints=[Check("state IN ('asked', 'ready', 'failed', 'expired')")])
    archive = BlobField(null=True)  # a ZIP file
    size = IntegerField(default=0)  # bytes
    sha256 = CharField(default="", max_length=64)
    asked_by_name = CharField(default="")
    created_at = UtcDateTimeField()
    ready_at = UtcDateTimeField(null=True)
    expires_at = UtcDateTimeField(null=True, index=True)

    class Meta:
        table_name = "user_backup"
        indexes = ((("organization", "id"), False),)
