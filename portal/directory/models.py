"""Tables of an organization's people, groups and addresses."""

from peewee import BlobField, CharField, Check, ForeignKeyField, IntegerField

from portal.accounts.models import Account
from portal.core.ids import public_id
from portal.customers.models import Organization
from portal.storage import Table, UtcDateTimeField


class User(Table):
    """A person in an organization; `account` is set once they accept the invitation."""

    public_id = CharField(unique=True, default=public_id)
    organization = ForeignKeyField(Organization, on_delete="CASCADE")
    organization_id: int
    account = ForeignKeyField(Account, null=True, index=False, on_delete="SET NULL")  # the last index below serves
    account_id: int | None
    email = CharField()
    name = CharField()
    name_key = CharField()
    role = CharField(constraints=[Check("role IN ('super-admin', 'admin', 'member')")])
    state = CharField(constraints=[Check("state IN ('invited', 'active', 'suspended')")])
    title = CharField(default="")  # what they do
    phone = CharField(default="")
    search = CharField(max_length=1000)  # folded name, address and title
    version = IntegerField(default=0)
    created_at = UtcDateTimeField()

    class Meta:
        table_name = "directory_user"
        indexes = (
            (("organization", "email"), True),
            (("organization", "name_key", "id"), False),
            (("organization", "state", "name_key", "id"), False),
            (("organization", "role", "name_key", "id"), False),
        )


# An organization has one super administrator.
User.add_index(
    User.index(User.organization, unique=True, name="directory_super_admin", where=User.role == "super-admin")
)

# A person is in an organization once. Without the rows that have no account yet: to an engine's planner they are all
# one account, and looking somebody up would seem dearer than reading the whole organization.
User.add_index(
    User.index(
        User.account, User.organization, unique=True, name="directory_user_person", where=User.account.is_null(False)
    )
)


class Picture(Table):
    """A user's profile image, as the portal has drawn it anew."""

    user = ForeignKeyField(User, unique=True, on_delete="CASCADE")
    data = BlobField()  # WebP
    digest = CharField(max_length=64)
    updated_at = UtcDateTimeField()

    class Meta:
        table_name = "directory_picture"


class Group(Table):
    """A distribution address: mail to it reaches every member."""

    public_id = CharField(unique=True, default=public_id)
    organization = ForeignKeyField(Organization, index=False, on_delete="CASCADE")  # the index below begins with it
    organization_id: int
    name = CharField()
    name_key = CharField()
    description = CharField(default="", max_length=500)
    size = IntegerField(default=0, constraints=[Check("size >= 0")])  # members, counted as they come and go
    version = IntegerField(default=0)
    created_at = UtcDateTimeField()

    class Meta:
        table_name = "directory_group"
        indexes = ((("organization", "name_key", "id"), False),)


class GroupMember(Table):
    """A user's place in a group."""

    group = ForeignKeyField(Group, index=False, on_delete="CASCADE")  # the index below begins with it
    group_id: int
    user = ForeignKeyField(User, on_delete="CASCADE")
    user_id: int

    class Meta:
        table_name = "directory_group_member"
        indexes = ((("group", "user"), True),)


class Address(Table):
    """An address of an organization, and whom it reaches: a user (their own or an alias) or a group.

    One table for all kinds, so that the engine itself refuses the same address twice. A catch-all is `@domain`.
    """

    public_id = CharField(unique=True, default=public_id)
    organization = ForeignKeyField(Organization, index=False, on_delete="CASCADE")  # the indexes below begin with it
    organization_id: int
    text = CharField()  # lower case, domain in ASCII
    domain = CharField()  # the part after the @
    kind = CharField(constraints=[Check("kind IN ('user', 'alias', 'group', 'catch-all')")])
    user = ForeignKeyField(User, null=True, on_delete="CASCADE")
    user_id: int | None
    group = ForeignKeyField(Group, null=True, on_delete="CASCADE")
    group_id: int | None
    created_at = UtcDateTimeField()

    class Meta:
        table_name = "directory_address"
        indexes = (
            (("organization", "text"), True),
            (("organization", "kind", "text"), False),
            (("organization", "domain"), False),
            (("text",), False),
        )
        constraints = [Check("(kind = 'group') = (group_id IS NOT NULL) AND (kind <> 'group') = (user_id IS NOT NULL)")]


# A user has one address of their own, a group one in all.
Address.add_index(Address.index(Address.user, unique=True, name="directory_address_own", where=Address.kind == "user"))
Address.add_index(
    Address.index(Address.group, unique=True, name="directory_address_of_group", where=Address.kind == "group")
)


class Handover(Table):
    """The super administrator proposes somebody to take their place; the change happens when that person accepts."""

    public_id = CharField(unique=True, default=public_id)
    organization = ForeignKeyField(Organization, on_delete="CASCADE")
    organization_id: int
    user = ForeignKeyField(User, on_delete="CASCADE")
    user_id: int
    state = CharField(
        default="open", constraints=[Check("state IN ('open', 'accepted', 'declined', 'withdrawn')")]
    )
    proposed_by_name = CharField()
    created_at = UtcDateTimeField()
    expires_at = UtcDateTimeField()
    decided_at = UtcDateTimeField(null=True)

    class Meta:
        table_name = "directory_handover"


Handover.add_index(
    Handover.index(
        Handover.organization, unique=True, name="directory_handover_open", where=Handover.state == "open"
    )
)
