"""The table of invitations to a partner's team."""

from peewee import BooleanField, CharField, Check, ForeignKeyField

from portal.accounts.models import Account
from portal.core.ids import public_id
from portal.partners.models import Partner
from portal.storage import JsonField, Table, UtcDateTimeField


class Invitation(Table):
    """Somebody is asked to work at a partner; the place is made when they accept."""

    public_id = CharField(unique=True, default=public_id)
    partner = ForeignKeyField(Partner, on_delete="CASCADE")
    partner_id: int
    account = ForeignKeyField(Account, on_delete="CASCADE")
    account_id: int
    role = CharField(
        constraints=[Check("role IN ('super-admin', 'admin', 'sales', 'billing', 'support', 'reader')")]
    )
    sees = CharField(default="all", constraints=[Check("sees IN ('all', 'chosen')")])
    customers = JsonField()  # row numbers of the chosen ones
    help_center = BooleanField(default=False)
    member_until = UtcDateTimeField(null=True)  # when the place will end by itself
    state = CharField(
        default="open", constraints=[Check("state IN ('open', 'accepted', 'withdrawn')")]
    )
    invited_by_name = CharField()
    created_at = UtcDateTimeField()
    expires_at = UtcDateTimeField()
    decided_at = UtcDateTimeField(null=True)

    class Meta:
        table_name = "team_invitation"


# One open invitation for each person.
Invitation.add_index(
    Invitation.index(
        Invitation.partner, Invitation.account, unique=True, name="team_invitation_open",
        where=Invitation.state == "open",
    )
)
