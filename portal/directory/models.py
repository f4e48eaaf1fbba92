"""Tables of an organization's users."""

from peewee import CharField, Check, ForeignKeyField

from portal.accounts.models import Account
from portal.core.ids import public_id
from portal.customers.models import Organization
from portal.storage import Table, UtcDateTimeField


class User(Table):
    """A person in an organization; `account` is set once they accept the invitation."""

    public_id = CharField(unique=True, default=public_id)
    organization = ForeignKeyField(Organization, on_delete="CASCADE")
    account = ForeignKeyField(Account, null=True, on_delete="SET NULL")
    email = CharField()
    name = CharField()
    name_key = CharField()
    role = CharField(constraints=[Check("role IN ('super-admin', 'admin', 'member')")])
    state = CharField(constraints=[Check("state IN ('invited', 'active', 'suspended')")])
    created_at = UtcDateTimeField()

    class Meta:
        table_name = "directory_user"
        indexes = ((("organization", "email"), True), (("organization", "name_key", "id"), False))


# An organization has one super administrator.
User.add_index(
    User.index(User.organization, unique=True, name="directory_super_admin", where=User.role == "super-admin")
)
