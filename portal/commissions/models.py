"""Tables of commission: the ledger that is only added to, and what is paid out of it."""

from peewee import BigIntegerField, CharField, Check, DateField, ForeignKeyField, IntegerField

from portal.core.ids import public_id
from portal.partners.models import Partner
from portal.storage import JsonField, Table, UtcDateTimeField


class TierChange(Table):
    """The tier of a partner from a day on; without a row it has the programme's default."""

    partner = ForeignKeyField(Partner, index=False, on_delete="CASCADE")  # the index below begins with it
    partner_id: int
    tier = CharField()
    effective_from = DateField()
    set_by_name = CharField(default="")
    created_at = UtcDateTimeField()

    class Meta:
        table_name = "commission_tier"
        indexes = ((("partner", "effective_from"), True),)


class Entry(Table):
    """A line of the ledger, never changed and never deleted: the engine itself refuses it.

    `amount` is signed. Only `payable` lines make the balance: a margin was kept when the card was charged.
    """

    public_id = CharField(unique=True, default=public_id)
    key = CharField(unique=True)  # of its cause: the same cause twice is one line
    partner = ForeignKeyField(Partner, index=False, on_delete="RESTRICT")  # the indexes below begin with it
    partner_id: int
    kind = CharField(constraints=[Check(
        "kind IN ('accrual', 'margin', 'clawback', 'margin-return', 'payout', 'payout-return')"
    )])
    payable = IntegerField(constraints=[Check("payable IN (0, 1)")])
    amount = BigIntegerField()  # minor units
    currency = CharField(max_length=3)
    on = DateField(column_name="on_day")
    at = UtcDateTimeField()
    organization_id = BigIntegerField(null=True)
    organization_name = CharField(default="")
    subscription_id = BigIntegerField(null=True)
    service = CharField(default="")
    # What it was worked out from: base × rate, by the rule of that tier that began on `rule_from`.
    base = BigIntegerField(default=0)  # net amount, minor units
    rate = IntegerField(default=0)  # basis points
    tier = CharField(default="")
    rule_from = DateField(null=True)
    cause = CharField(default="")  # public id of the invoice, credit note or payout
    cause_number = CharField(default="")  # what people call that

    class Meta:
        table_name = "commission_entry"
        indexes = (
            (("partner", "currency", "on", "id"), False), (("partner", "organization_id", "id"), False),
        )


class Balance(Table):
    """What a partner could collect at the moment: the sum of its payable lines, held while one is added."""

    partner = ForeignKeyField(Partner, index=False, on_delete="RESTRICT")  # the index below begins with it
    partner_id: int
    currency = CharField(max_length=3)
    amount = BigIntegerField(default=0)

    class Meta:
        table_name = "commission_balance"
        indexes = ((("partner", "currency"), True),)


class MonthTotal(Table):
    """What a partner's lines of a kind came to in a month, so that a statement adds months and not years of lines."""

    partner = ForeignKeyField(Partner, index=False, on_delete="RESTRICT")  # the index below begins with it
    partner_id: int
    currency = CharField(max_length=3)
    month = DateField()  # its first day
    kind = CharField()
    count = IntegerField(default=0)
    amount = BigIntegerField(default=0)

    class Meta:
        table_name = "commission_month"
        indexes = ((("partner", "currency", "month", "kind"), True),)


class BankAccount(Table):
    """Where a partner's commission goes; a new one waits until `usable_from`."""

    public_id = CharField(unique=True, default=public_id)
    partner = ForeignKeyField(Partner, index=False, on_delete="CASCADE")  # the index below begins with it
    partner_id: int
    holder = CharField()
    bank_name = CharField()
    number = CharField()  # IBAN, or the number that the country uses
    bic = CharField(default="")
    country = CharField(max_length=2)
    usable_from = UtcDateTimeField()
    created_by_name = CharField(default="")
    created_at = UtcDateTimeField()
    replaced_at = UtcDateTimeField(null=True)

    class Meta:
        table_name = "commission_bank_account"
        indexes = ((("partner", "id"), False),)


BankAccount.add_index(
    BankAccount.index(
        BankAccount.partner, unique=True, name="commission_bank_account_present",
        where=BankAccount.replaced_at.is_null(),
    )
)


class Payout(Table):
    """Commission that a partner collects: asked for, approved by one member of staff, paid by another."""

    public_id = CharField(unique=True, default=public_id)
    partner = ForeignKeyField(Partner, index=False, on_delete="RESTRICT")  # the indexes below begin with it
    partner_id: int
    amount = BigIntegerField(constraints=[Check("amount > 0")])
    currency = CharField(max_length=3)
    state = CharField(
        default="requested", constraints=[Check("state IN ('requested', 'approved', 'paid', 'rejected')")]
    )
    number = IntegerField()  # of the invoice that the portal makes for the partner, without gaps for each partner
    document = JsonField()  # that invoice: both parties, lines, as they were
    bank_account = ForeignKeyField(BankAccount, on_delete="RESTRICT")
    bank_account_id: int
    asked_by = BigIntegerField(null=True)  # account
    asked_by_name = CharField(default="")
    asked_at = UtcDateTimeField()
    approved_by = BigIntegerField(null=True)
    approved_by_name = CharField(default="")
    approved_at = UtcDateTimeField(null=True)
    paid_by = BigIntegerField(null=True)
    paid_by_name = CharField(default="")
    paid_at = UtcDateTimeField(null=True)
    reference = CharField(default="", max_length=140)  # of the bank transfer
    rejected_by_name = CharField(default="")
    rejected_at = UtcDateTimeField(null=True)
    reason = CharField(default="", max_length=1000)  # of a rejection, for the partner
    version = IntegerField(default=0)

    class Meta:
        table_name = "commission_payout"
        indexes = ((("partner", "number"), True), (("state", "id"), False), (("partner", "id"), False))
        # Four eyes: whoever approved it does not pay it.
        constraints = [Check("paid_by IS NULL OR approved_by IS NULL OR paid_by <> approved_by")]
