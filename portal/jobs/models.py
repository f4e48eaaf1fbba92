"""The job table."""

from peewee import BigIntegerField, CharField, Check, IntegerField, TextField

from portal.core.ids import public_id
from portal.storage import JsonField, Table, UtcDateTimeField


class Job(Table):
    """Work to do outside a request, at least once; `key` makes asking twice the same as asking once."""

    public_id = CharField(unique=True, default=public_id)
    kind = CharField()
    key = CharField(unique=True)
    payload = JsonField()
    state = CharField(default="ready", constraints=[Check("state IN ('ready', 'done', 'failed')")])
    run_at = UtcDateTimeField()
    lease = CharField(null=True)
    attempts = IntegerField(default=0)
    account_id = BigIntegerField(null=True)  # who asked, and may watch
    done = IntegerField(default=0)
    total = IntegerField(default=0)
    result = JsonField(null=True)
    error = TextField(null=True)
    created_at = UtcDateTimeField()
    finished_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = ((("state", "run_at", "id"), False),)
