"""The outbox."""

from peewee import CharField, Check, TextField

from portal.storage import JsonField, Table, UtcDateTimeField


class Outgoing(Table):
    """A mail to one person. It holds no finished text and no usable token: both are made when it is sent."""

    key = CharField(unique=True)
    event = CharField()  # templates/mail/<event>.txt
    to_address = CharField()
    to_name = CharField(default="")
    language = CharField()
    params = JsonField()
    headers = JsonField(null=True)  # of a conversation: Message-ID, In-Reply-To, References, Reply-To
    if_refused = CharField(default="")  # the kind of job that hears of it when nobody takes the mail
    state = CharField(default="pending", constraints=[Check("state IN ('pending', 'sent', 'undeliverable')")])
    created_at = UtcDateTimeField()
    sent_at = UtcDateTimeField(null=True)
    error = TextField(null=True)

    class Meta:
        table_name = "mail_outgoing"
