"""What the sandbox gateway keeps. The portal's rooms never read these tables: a gateway is asked, not looked into."""

from peewee import BigIntegerField, CharField, Check, ForeignKeyField, IntegerField, TextField

from portal.core.ids import public_id
from portal.storage import Table, UtcDateTimeField


class SandboxSession(Table):
    """A visit of the hosted page: to enter a card, or to confirm a charge."""

    public_id = CharField(unique=True, default=public_id)
    key = CharField(unique=True)
    purpose = CharField(constraints=[Check("purpose IN ('card', 'confirm')")])
    customer = CharField()
    charge = CharField(default="")  # reference of the charge to confirm
    token = CharField(default="")  # of the card that was entered
    return_url = CharField(max_length=2000)
    state = CharField(default="open", constraints=[Check("state IN ('open', 'done', 'cancelled')")])
    created_at = UtcDateTimeField()

    class Meta:
        table_name = "sandbox_session"


class SandboxCard(Table):
    """A test card. Only the listed test numbers are taken, and even of these the last four digits alone are kept."""

    token = CharField(unique=True)
    customer = CharField()
    behavior = CharField()  # what charging it does
    brand = CharField()
    last4 = CharField(max_length=4)
    exp_month = IntegerField()
    exp_year = IntegerField()
    created_at = UtcDateTimeField()

    class Meta:
        table_name = "sandbox_card"


class SandboxCharge(Table):
    """A charge: the same key again is the same charge."""

    reference = CharField(unique=True)
    key = CharField(unique=True)
    token = CharField()
    amount = BigIntegerField(constraints=[Check("amount > 0")])
    currency = CharField(max_length=3)
    state = CharField(constraints=[Check("state IN ('action', 'succeeded', 'declined')")])
    code = CharField(default="")
    refunded = BigIntegerField(default=0, constraints=[Check("refunded BETWEEN 0 AND amount")])
    created_at = UtcDateTimeField()

    class Meta:
        table_name = "sandbox_charge"


class SandboxRefund(Table):
    """A refund: the same key again is the same refund."""

    reference = CharField(unique=True)
    key = CharField(unique=True)
    charge = ForeignKeyField(SandboxCharge, on_delete="RESTRICT")
    amount = BigIntegerField(constraints=[Check("amount > 0")])
    created_at = UtcDateTimeField()

    class Meta:
        table_name = "sandbox_refund"


class SandboxEvent(Table):
    """An event to be told to the portal, signed, until it answers that it has it."""

    event = CharField(unique=True)
    kind = CharField()
    body = TextField()
    created_at = UtcDateTimeField()
    delivered_at = UtcDateTimeField(null=True, index=True)

    class Meta:
        table_name = "sandbox_event"
