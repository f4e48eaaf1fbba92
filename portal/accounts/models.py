"""Tables of people and of how they get in."""

from peewee import BigIntegerField, BlobField, CharField, Check, ForeignKeyField, IntegerField

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
    # The era that years are written in; empty: as usual in the language, which is the Buddhist one in Thai.
    calendar = CharField(default="", constraints=[Check("calendar IN ('', 'gregorian', 'buddhist')")])
    verified_at = UtcDateTimeField(null=True)
    signed_in_at = UtcDateTimeField(null=True)  # last time
    second_factor_at = UtcDateTimeField(null=True)  # since when sign-in asks for a second factor
    created_at = UtcDateTimeField()
    erased_at = UtcDateTimeField(null=True)  # name and address are pseudonyms since


class Staff(Table):
    """A person's place among the vendor's staff: one task each (decision 0019)."""

    account = ForeignKeyField(Account, unique=True, on_delete="CASCADE")
    account_id: int
    role = CharField(
        constraints=[Check("role IN ('reviewer', 'support', 'support-lead', 'finance', 'admin')")]
    )
    language = CharField(default="")  # of mails about this work; empty: the account's
    expires_at = UtcDateTimeField(null=True)
    created_by_name = CharField(default="")
    created_at = UtcDateTimeField()

    class Meta:
        table_name = "staff"


class Device(Table):
    """A browser that an account has signed in with. It keeps the token, the database its digest."""

    account = ForeignKeyField(Account, index=False, on_delete="CASCADE")  # the index below begins with it
    account_id: int
    digest = CharField(max_length=64)
    created_at = UtcDateTimeField()
    seen_at = UtcDateTimeField()

    class Meta:
        table_name = "account_device"
        indexes = ((("account", "digest"), True),)


class Session(Table):
    """A signed-in browser. Deleting the row signs it out at its next request."""

    digest = CharField(unique=True)
    account = ForeignKeyField(Account, on_delete="CASCADE")
    account_id: int
    created_at = UtcDateTimeField()
    seen_at = UtcDateTimeField()
    expires_at = UtcDateTimeField(index=True)
    user_agent = CharField(default="")
    address = CharField(default="")
    public_id = CharField(unique=True, default=public_id)
    # Where the person acts: `staff` or `partner:<public id>`; empty, the first of their places.
    place = CharField(default="")
    # `code`: the password was right and the second factor is still to come, until when nobody is signed in.
    stage = CharField(default="full", constraints=[Check("stage IN ('full', 'code')")])
    proved_at = UtcDateTimeField(null=True)  # when the person last proved who they are
    method = CharField(
        default="password", constraints=[Check("method IN ('password', 'sign-on', 'passkey', 'link')")]
    )

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


class Totp(Table):
    """A person's authenticator app: the shared secret, sealed with the server's key, and its last used step.

    A secret is pending from when it is shown as a QR code until a right code is typed; the former one works until then.
    """

    account = ForeignKeyField(Account, unique=True, on_delete="CASCADE")
    account_id: int
    secret = CharField(default="")  # sealed: see accounts.secrets
    confirmed_at = UtcDateTimeField(null=True)  # none: no right code was typed yet
    last_step = BigIntegerField(default=0)  # a code works once
    pending = CharField(default="")  # sealed as well
    pending_at = UtcDateTimeField(null=True)
    created_at = UtcDateTimeField()

    class Meta:
        table_name = "account_totp"


class RecoveryCode(Table):
    """A code on paper that stands in for the second factor once."""

    account = ForeignKeyField(Account, index=False, on_delete="CASCADE")  # the index below begins with it
    account_id: int
    digest = CharField(max_length=64)
    used_at = UtcDateTimeField(null=True)
    created_at = UtcDateTimeField()

    class Meta:
        table_name = "account_recovery_code"
        indexes = ((("account", "digest"), True),)


class Passkey(Table):
    """A passkey's public half."""

    public_id = CharField(unique=True, default=public_id)
    account = ForeignKeyField(Account, on_delete="CASCADE")
    account_id: int
    credential = CharField(unique=True, max_length=1400)  # its id, base64url
    public_key = BlobField()
    sign_count = BigIntegerField(default=0)
    name = CharField()
    created_at = UtcDateTimeField()
    used_at = UtcDateTimeField(null=True)

    class Meta:
        table_name = "account_passkey"


class Challenge(Table):
    """What a passkey or an identity provider must answer: once, in this browser, within minutes."""

    digest = CharField(unique=True, max_length=64)  # of the token that the browser keeps
    kind = CharField(constraints=[Check("kind IN ('passkey-add', 'passkey-enter', 'passkey-prove', 'sign-on')")])
    account = ForeignKeyField(Account, null=True, on_delete="CASCADE")
    account_id: int | None
    payload = JsonField()
    created_at = UtcDateTimeField()
    expires_at = UtcDateTimeField(index=True)

    class Meta:
        table_name = "account_challenge"


class Identity(Table):
    """An account at an identity provider that signs in as one of ours."""

    public_id = CharField(unique=True, default=public_id)
    account = ForeignKeyField(Account, on_delete="CASCADE")
    account_id: int
    provider = CharField()  # its code in the settings
    issuer = CharField()
    subject = CharField()
    email = CharField(default="")  # as the provider last said
    created_at = UtcDateTimeField()
    used_at = UtcDateTimeField(null=True)

    class Meta:
        table_name = "account_identity"
        indexes = ((("issuer", "subject"), True),)
