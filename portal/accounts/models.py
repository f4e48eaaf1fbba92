"""Tables of people and of how they get in."""

from peewee import BooleanField, CharField, ForeignKeyField, IntegerField

from portal.core.ids import public_id
from portal.storage import JsonField, Table, UtcDateTimeField


class Account(Table):
    """One person, one address. Without password until they prove the address and choose one."""

    public_id = CharField(unique=True, default=public_id)
    email = CharField(unique=True)  # normalized: see accounts.policy.normalize_email
    name = CharField(default="")
    password_hash = CharField(null=True)
    language = CharField(default="en")
    country = CharField(default="")
    time_zone = CharField(default="UTC")
    staff = BooleanField(default=False)
    verified_at = UtcDateTimeField(null=True)
    signed_in_at = UtcDateTimeField(null=True)  # last time
    second_factor_at = UtcDateTimeField(null=True)  # since when sign-in asks for a second factor
    created_at = UtcDateTimeField()


class Session(Table):
    """A signed-in browser. Deleting the row signs it out at its next request."""

    digest = CharField(unique=True)
    account = ForeignKeyField(Account, on_delete="CASCADE")
    created_at = UtcDateTimeField()
    seen_at = UtcDateTimeField()
    expires_at = UtcDateTimeField(index=True)
    user_agent = CharField(default="")
    address = CharField(default="")

    class Meta:
        table_name = "account_session"


class OneTimeToken(Table):
    """A link in a mail: works once, until it expires. The secret half is never stored, only its digest."""

    handle = CharField(unique=True)
    digest = CharField()
    purpose = CharField()
    account = ForeignKeyField(Account, null=True, on_delete="CASCADE")
    payload = JsonField(null=True)
    created_at = UtcDateTimeField()
    expires_at = UtcDateTimeField(index=True)
    used_at = UtcDateTimeField(null=True)


class Attempts(Table):
    """How often something was tried in one window of time, counted in one statement."""

    bucket = CharField()
    window = IntegerField()
    count = IntegerField(default=0)

    class Meta:
        table_name = "account_attempts"
        indexes = ((("bucket", "window"), True),)
