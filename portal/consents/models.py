"""The table of consents."""

from peewee import BigIntegerField, CharField, Check, ForeignKeyField

from portal.core.ids import public_id
from portal.customers.models import Organization
from portal.partners.models import Partner
from portal.storage import JsonField, Table, UtcDateTimeField


class Consent(Table):
    """A partner asks for one forbidden task on one object; approved, it is carried out in the same moment and spent."""

    public_id = CharField(unique=True, default=public_id)
    organization = ForeignKeyField(Organization, index=False, on_delete="CASCADE")  # the index below begins with it
    organization_id: int
    partner = ForeignKeyField(Partner, on_delete="CASCADE")
    partner_id: int
    task = CharField()  # the forbidden permission
    subject = CharField(default="")  # public id of the user that it is about, if it is about one
    subject_name = CharField(default="")
    arguments = JsonField(null=True)  # the rest of what the task needs
    reason = CharField(max_length=500)
    asked_by = BigIntegerField()  # account
    asked_by_name = CharField()
    state = CharField(
        default="open", constraints=[Check("state IN ('open', 'approved', 'declined', 'withdrawn', 'expired')")]
    )
    decided_by_name = CharField(default="")
    created_at = UtcDateTimeField()
    expires_at = UtcDateTimeField()
    decided_at = UtcDateTimeField(null=True)

    class Meta:
        table_name = "consent"
        indexes = ((("organization", "state", "id"), False),)
