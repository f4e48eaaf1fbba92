"""Tables of access: what a partner has, and what it asks for."""

from peewee import CharField, Check, ForeignKeyField

from portal.core.ids import public_id
from portal.customers.models import Organization
from portal.partners.models import Partner
from portal.storage import Table, UtcDateTimeField


class Access(Table):
    """The partner administrator's relation to one organization (S3.1, S3.6)."""

    organization = ForeignKeyField(Organization, unique=True, on_delete="CASCADE")
    organization_id: int
    partner = ForeignKeyField(Partner, on_delete="CASCADE")
    partner_id: int
    state = CharField(constraints=[Check("state IN ('active', 'suspended', 'revoked')")])
    since = UtcDateTimeField()

    class Meta:
        table_name = "delegation_access"


class Invitation(Table):
    """A partner asks to be let in again; the organization's super administrator accepts or declines."""

    public_id = CharField(unique=True, default=public_id)
    organization = ForeignKeyField(Organization, on_delete="CASCADE")
    organization_id: int
    partner = ForeignKeyField(Partner, on_delete="CASCADE")
    message = CharField(default="", max_length=2000)
    state = CharField(
        default="open", constraints=[Check("state IN ('open', 'accepted', 'declined', 'withdrawn')")]
    )
    asked_by_name = CharField(default="")
    decided_by_name = CharField(default="")
    created_at = UtcDateTimeField()
    expires_at = UtcDateTimeField()
    decided_at = UtcDateTimeField(null=True)

    class Meta:
        table_name = "delegation_invitation"


# One question at a time.
Invitation.add_index(
    Invitation.index(
        Invitation.organization, Invitation.partner, unique=True, name="delegation_invitation_open",
        where=Invitation.state == "open",
    )
)
