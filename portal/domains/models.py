"""Tables of domains and of the checks that prove them."""

from peewee import BooleanField, CharField, Check, ForeignKeyField, IntegerField

from portal.core.ids import public_id
from portal.customers.models import Organization
from portal.storage import JsonField, Table, UtcDateTimeField


class Domain(Table):
    """A domain that an organization says is its own; verified once its DNS or website says so too."""

    public_id = CharField(unique=True, default=public_id)
    organization = ForeignKeyField(Organization, on_delete="CASCADE")
    organization_id: int
    name = CharField()  # ASCII
    display = CharField()
    token = CharField()  # what the record must hold; public by nature
    primary = BooleanField(default=True)
    verified_at = UtcDateTimeField(null=True)
    verified_by = CharField(null=True)  # method
    created_at = UtcDateTimeField()

    class Meta:
        indexes = ((("organization", "name"), True),)


# The first organization to verify a domain has it; others may go on trying, none can get it.
Domain.add_index(
    Domain.index(Domain.name, unique=True, name="domain_verified_once", where=Domain.verified_at.is_null(False))
)


class DomainCheck(Table):
    """The checks of a domain by one method: asked for by a person, then repeated with growing pauses until settled.

    Asking again starts the pauses anew, so `attempts` counts since the last request and `total` since the first.
    """

    domain = ForeignKeyField(Domain, index=False, on_delete="CASCADE")  # the index below begins with it
    domain_id: int
    method = CharField(constraints=[Check("method IN ('txt', 'cname', 'file')")])
    state = CharField(default="asked", constraints=[Check("state IN ('asked', 'waiting', 'verified', 'stopped')")])
    attempts = IntegerField(default=0)
    total = IntegerField(default=0)
    finding = JsonField(null=True)  # the last outcome, as domains.policy.Finding
    asked_at = UtcDateTimeField()
    checked_at = UtcDateTimeField(null=True)
    next_at = UtcDateTimeField(null=True)
    asked_by = CharField(default="")  # address of the person who hears of the outcome
    language = CharField(default="en")

    class Meta:
        table_name = "domain_check"
        indexes = ((("domain", "method"), True),)
