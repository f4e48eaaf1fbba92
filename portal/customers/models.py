"""The table of customer organizations."""

from peewee import CharField, Check, DateField, ForeignKeyField, IntegerField

from portal.core.ids import public_id
from portal.partners.models import Partner
from portal.storage import Table, UtcDateTimeField


class Organization(Table):
    """A customer organization.

    `partner` is the commercial relation (Store). `domain`, `domain_verified_at`, `standing`, `renews_on` and `access`
    are kept copies of what `domains`, `subscriptions` and `delegation` decide, written by their commands alone:
    the customer lists sort and filter by them, and stay flat at a million rows only on one table's index.
    """

    public_id = CharField(unique=True, default=public_id)
    partner = ForeignKeyField(Partner, null=True, on_delete="RESTRICT")
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
    standing = CharField(
        default="trial", constraints=[Check("standing IN ('trial', 'paid', 'expired', 'suspended', 'ended')")]
    )
    renews_on = DateField(null=True)
    access = CharField(
        default="active", constraints=[Check("access IN ('active', 'suspended', 'revoked', 'none')")]
    )
    version = IntegerField(default=0)
    created_at = UtcDateTimeField()

    class Meta:
        indexes = (
            (("partner", "access", "name_key", "id"), False),
            (("partner", "access", "domain", "id"), False),
            (("partner", "access", "renews_on", "id"), False),
            (("partner", "access", "standing", "name_key", "id"), False),
            (("partner", "name_key", "id"), False),
        )


# Few are unverified: this index holds only them, for the filter and for what needs attention.
Organization.add_index(
    Organization.index(
        Organization.partner, Organization.access, Organization.name_key, Organization.id,
        name="organization_unverified", where=Organization.domain_verified_at.is_null(),
    )
)
