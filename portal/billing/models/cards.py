"""Tables of cards, and of whom invoices are made out to."""

from peewee import CharField, Check, ForeignKeyField, IntegerField

from portal.accounts.models import Account
from portal.core.ids import public_id
from portal.customers.models import Organization
from portal.partners.models import Partner
from portal.storage import Table, UtcDateTimeField

CARD_KIND = "card_kind IN ('reseller', 'customer')"


class BillTo(Table):
    """Whom invoices are made out to: a partner (reseller card) or an organization (customer card)."""

    partner = ForeignKeyField(Partner, null=True, unique=True, on_delete="CASCADE")
    organization = ForeignKeyField(Organization, null=True, unique=True, on_delete="CASCADE")
    name = CharField()
    street = CharField(default="")
    postal_code = CharField(default="")
    city = CharField(default="")
    region = CharField(default="")
    country = CharField(max_length=2)
    tax_id = CharField(default="")
    email = CharField(default="")
    phone = CharField(default="")
    language = CharField(default="")
    version = IntegerField(default=0)

    class Meta:
        table_name = "bill_to"
        constraints = [Check("(partner_id IS NULL) <> (organization_id IS NULL)")]


class Card(Table):
    """A payment card as the gateway knows it. Its number was never here: token, brand, last four digits, expiry."""

    public_id = CharField(unique=True, default=public_id)
    partner = ForeignKeyField(Partner, null=True, on_delete="CASCADE")  # a reseller card, for any of its customers
    partner_id: int | None
    organization = ForeignKeyField(Organization, null=True, on_delete="CASCADE")  # a customer card
    organization_id: int | None
    gateway = CharField()
    customer = CharField()  # whom the gateway keeps it for
    token = CharField()
    brand = CharField()
    last4 = CharField(max_length=4)
    exp_month = IntegerField(constraints=[Check("exp_month BETWEEN 1 AND 12")])
    exp_year = IntegerField()
    state = CharField(default="active", constraints=[Check("state IN ('active', 'removed')")])
    created_at = UtcDateTimeField()

    class Meta:
        table_name = "payment_card"
        indexes = ((("gateway", "token"), True), (("state", "exp_year", "exp_month", "id"), False))
        constraints = [Check("(partner_id IS NULL) <> (organization_id IS NULL)")]


class CardSetup(Table):
    """Entering a card on the gateway's hosted page, from the question to the card."""

    public_id = CharField(unique=True, default=public_id)
    partner = ForeignKeyField(Partner, on_delete="CASCADE")
    partner_id: int
    organization = ForeignKeyField(Organization, on_delete="CASCADE")  # that pays with it afterwards
    organization_id: int
    card_kind = CharField(constraints=[Check(CARD_KIND)])
    gateway = CharField()
    state = CharField(
        default="asked", constraints=[Check("state IN ('asked', 'open', 'returned', 'done', 'failed', 'expired')")]
    )
    reference = CharField(null=True, unique=True)  # the gateway's
    url = CharField(default="", max_length=2000)  # of the hosted page
    fault = CharField(default="")
    card = ForeignKeyField(Card, null=True, on_delete="SET NULL")
    back = CharField(default="", max_length=500)  # path of the portal to go on with
    account = ForeignKeyField(Account, null=True, on_delete="SET NULL")
    created_at = UtcDateTimeField()
    settled_at = UtcDateTimeField(null=True)

    class Meta:
        table_name = "card_setup"
