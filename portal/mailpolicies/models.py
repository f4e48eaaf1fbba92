"""Tables of mail policies and of whom they are for."""

from peewee import BooleanField, CharField, Check, ForeignKeyField, IntegerField

from portal.core.ids import public_id
from portal.customers.models import Organization
from portal.directory.models import Group, User
from portal.storage import Table, UtcDateTimeField


class MailPolicy(Table):
    """Rules for the mail of those it is assigned to; where several groups bring one, the lowest `position` counts."""

    public_id = CharField(unique=True, default=public_id)
    organization = ForeignKeyField(Organization, index=False, on_delete="CASCADE")  # the index below begins with it
    organization_id: int
    name = CharField()
    position = IntegerField()
    is_default = BooleanField(default=False)
    attachment_mb = IntegerField(constraints=[Check("attachment_mb BETWEEN 0 AND 100")])  # 0: no attachments at all
    forwarding = CharField(constraints=[Check("forwarding IN ('off', 'internal', 'anywhere')")])  # by users themselves
    keep_copy = BooleanField(default=True)  # of what `Forward` sends on
    retention_days = IntegerField(null=True, constraints=[Check("retention_days > 0")])  # none: for ever
    version = IntegerField(default=0)
    created_at = UtcDateTimeField()

    class Meta:
        table_name = "mail_policy"
        indexes = ((("organization", "position", "id"), False), (("organization", "name"), True))


# An organization has one default.
MailPolicy.add_index(
    MailPolicy.index(MailPolicy.organization, unique=True, name="mail_policy_default", where=MailPolicy.is_default)
)


class SenderRule(Table):
    """A sender, or a whole domain of senders, whose mail a policy lets through or keeps out."""

    policy = ForeignKeyField(MailPolicy, index=False, on_delete="CASCADE")  # the index below begins with it
    policy_id: int
    pattern = CharField()  # an address, or @domain; lower case
    verdict = CharField(constraints=[Check("verdict IN ('allow', 'block')")])

    class Meta:
        table_name = "mail_policy_sender"
        indexes = ((("policy", "pattern"), True),)


class Forward(Table):
    """An address that gets whatever those under the policy receive."""

    policy = ForeignKeyField(MailPolicy, index=False, on_delete="CASCADE")  # the index below begins with it
    policy_id: int
    address = CharField()

    class Meta:
        table_name = "mail_policy_forward"
        indexes = ((("policy", "address"), True),)


class Assignment(Table):
    """Whom a policy is for: one user, or everybody in a group."""

    policy = ForeignKeyField(MailPolicy, on_delete="CASCADE")
    policy_id: int
    user = ForeignKeyField(User, null=True, unique=True, on_delete="CASCADE")
    user_id: int | None
    group = ForeignKeyField(Group, null=True, unique=True, on_delete="CASCADE")
    group_id: int | None

    class Meta:
        table_name = "mail_policy_assignment"
        constraints = [Check("(user_id IS NULL) <> (group_id IS NULL)")]
