"""Tables of the record: acts, and the end of each chain that they form."""

from peewee import BigIntegerField, CharField, Check

from portal.storage import JsonField, Table, UtcDateTimeField


class Event(Table):
    """One act: written in the transaction of the change itself, never changed afterwards.

    The acts of one organization form a chain, and those that belong to none another: `position` counts without gaps,
    and `hash` covers the act and the hash before it, so that a changed or missing row shows.
    """

    chain = BigIntegerField(default=0)  # the organization, or 0
    position = BigIntegerField()
    hash = CharField(max_length=64)
    at = UtcDateTimeField(index=True)
    verb = CharField()  # e.g. trial.extended
    side = CharField(constraints=[Check("side IN ('organization', 'partner', 'staff', 'portal', 'person')")])
    actor_id = BigIntegerField(null=True)  # account; none is the portal itself
    actor_name = CharField(default="")
    partner_id = BigIntegerField(null=True)  # for whom the actor acted, where `side` is partner
    partner_name = CharField(default="")
    organization_id = BigIntegerField(null=True)
    subject = CharField(default="")  # public id of the object
    name = CharField(default="")  # what people call it
    reason = CharField(default="", max_length=500)  # given by the actor
    detail = JsonField(null=True)  # before and after
    # The hash covers what names people through a digest of its own, so that an erasure can take the names and leave
    # the chain whole (decision 0022). Acts from before have no salt.
    salt = CharField(default="", max_length=64)
    personal = CharField(default="", max_length=64)
    erased_at = UtcDateTimeField(null=True)

    class Meta:
        table_name = "audit_event"
        indexes = (
            (("chain", "position"), True), (("organization_id", "id"), False),
            (("organization_id", "side", "id"), False),
        )


class Chain(Table):
    """Where a chain ends, and where it begins once its oldest acts were deleted in time."""

    chain = BigIntegerField(unique=True)
    position = BigIntegerField(default=0)
    hash = CharField(max_length=64, default="")
    first_position = BigIntegerField(default=1)
    before_first = CharField(max_length=64, default="")  # the hash that the first act kept follows on

    class Meta:
        table_name = "audit_chain"
