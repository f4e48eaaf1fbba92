"""The table of customer organizations."""

from datetime import date

from peewee import BigIntegerField, BooleanField, CharField, Check, DateField, ForeignKeyField, IntegerField

from portal.core.ids import public_id
from portal.partners.models import Member, Partner
from portal.storage import JsonField, Table, UtcDateTimeField

# What `renews_on` holds where nothing renews: a list that continues after a row cannot continue after NULL.
NEVER = date(9999, 12, 31)


class Organization(Table):
    """A customer organization.

    `partner` is the commercial relation (Store). `domain`, `domain_verified_at`, `main_subscription`, `standing`,
    `renews_on`, `access`, `users`, `card_kind` and `card_id` are kept copies of what `domains`, `subscriptions`,
    `delegation`, `directory` and `billing` decide, written by their commands alone: the customer lists sort and filter
    by them, and stay flat at a million rows only on one table's index.
    """

    public_id = CharField(unique=True, default=public_id)
    partner = ForeignKeyField(Partner, null=True, on_delete="RESTRICT", index=False)  # the indexes below begin with it
    partner_id: int | None
    name = CharField()
    name_key = CharField()  # folded: what lists sort by
    domain = CharField()  # primary domain, ASCII
    domain_verified_at = UtcDateTimeField(null=True)
    admin_name = CharField()
    admin_email = CharField()
    language = CharField()
    country = CharField()
    time_zone = CharField(default="UTC")
    search = CharField(max_length=1000)  # folded name, domain and super admin
    main_subscription = BigIntegerField(null=True)  # the row whose plan, standing and renewal the lists show
    standing = CharField(
        default="trial", constraints=[Check("standing IN ('trial', 'paid', 'expired', 'suspended', 'ended')")]
    )
    renews_on = DateField(default=NEVER)  # for sorting; pages show the subscription's
    access = CharField(
        default="active", constraints=[Check("access IN ('active', 'suspended', 'revoked', 'none')")]
    )
    users = IntegerField(default=0, constraints=[Check("users >= 0")])  # kept by `directory`: each takes a license
    # Who pays: the partner by its own card (RC), or the customer by theirs (CC); S3.28-30.
    card_kind = CharField(
        default="none", constraints=[Check("card_kind IN ('none', 'reseller', 'customer')")]
    )
    card_id = BigIntegerField(null=True)  # the payment card, a row of `billing`
    tfa_required = BooleanField(default=False)  # a second factor for everybody
    contacts_sync = CharField(
        default="off", constraints=[Check("contacts_sync IN ('off', 'from-directory', 'both-ways')")]
    )
    widgets = JsonField(null=True)  # of the dashboard, in their order; none: as delivered
    version = IntegerField(default=0)
    created_at = UtcDateTimeField()

    class Meta:
        indexes = (
            (("partner", "access", "name_key", "id"), False),
            (("partner", "access", "domain", "id"), False),
            (("partner", "access", "renews_on", "id"), False),
            (("partner", "name_key", "id"), False),
            (("partner", "domain", "id"), False),
            (("partner", "renews_on", "id"), False),
            (("partner", "standing", "name_key", "id"), False),
            (("partner", "standing", "domain", "id"), False),
            (("partner", "standing", "renews_on", "id"), False),
            (("admin_email",), False),
        )


# Few are unverified: these indexes hold only them, for the filter and for what needs attention.
for _column in (Organization.name_key, Organization.domain, Organization.renews_on):
    Organization.add_index(
        Organization.index(
            Organization.partner, _column, Organization.id,
            name=f"organization_unverified_{_column.column_name}", where=Organization.domain_verified_at.is_null(),
        )
    )

# Which customers pay with a card; many pay with none.
Organization.add_index(
    Organization.index(Organization.card_id, name="organization_card_id", where=Organization.card_id.is_null(False))
)


class Assignment(Table):
    """A customer that a partner's member may see who sees chosen ones only."""

    member = ForeignKeyField(Member, index=False, on_delete="CASCADE")  # the index below begins with it
    member_id: int
    organization = ForeignKeyField(Organization, on_delete="CASCADE")
    organization_id: int

    class Meta:
        table_name = "customer_assignment"
        indexes = ((("member", "organization"), True),)
