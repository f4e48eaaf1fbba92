"""The audit table."""

from peewee import BigIntegerField, CharField

from portal.storage import JsonField, Table, UtcDateTimeField


class Event(Table):
    """One act: written in the transaction of the change itself, never changed afterwards."""

    at = UtcDateTimeField(index=True)
    verb = CharField()  # e.g. trial.extended
    actor_id = BigIntegerField(null=True)  # account; none is the portal itself
    actor_name = CharField(default="")
    partner_id = BigIntegerField(null=True)  # on whose behalf of the two sides the actor stood
    organization_id = BigIntegerField(null=True)
    subject = CharField(default="")  # public id or name of the object
    detail = JsonField(null=True)

    class Meta:
        table_name = "audit_event"
        indexes = ((("organization_id", "id"), False),)
