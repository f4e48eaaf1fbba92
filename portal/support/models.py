"""Tables of Partner Support: tickets, what happened to them, their clocks, and the mail that came in."""

from datetime import UTC, datetime

from peewee import BlobField, BooleanField, CharField, Check, ForeignKeyField, IntegerField, TextField

from portal.accounts.models import Account
from portal.core.ids import public_id
from portal.customers.models import Organization
from portal.partners.models import Partner
from portal.storage import JsonField, Table, UtcDateTimeField

NEVER = datetime(9999, 12, 31, tzinfo=UTC)  # where nothing is due
_CLOCKS = "('acknowledgement', 'determination', 'resolution', 'update')"


class Ticket(Table):
    """A partner's request. The partner never changes; the customer is whom the classification found, or staff chose.

    `next_due`, `next_clock` and `check_at` are a cache of the fold over the ticket's events, for queues and the worker.
    `queue_at` is its place among the others, never null: when its next clock is due, or when it was resolved or closed.
    """

    public_id = CharField(unique=True, default=public_id)
    number = CharField(unique=True, max_length=12)  # what people quote; it says nothing about how many there are
    partner = ForeignKeyField(Partner, index=False, on_delete="RESTRICT")  # the indexes below begin with it
    partner_id: int
    organization = ForeignKeyField(Organization, null=True, on_delete="SET NULL")
    organization_id: int | None
    region = CharField()  # of the partner, when it was opened: its calendar counts
    channel = CharField(constraints=[Check("channel IN ('help-center', 'general', 'email', 'phone', 'chat')")])
    requester = ForeignKeyField(Account, null=True, on_delete="SET NULL")
    requester_id: int | None
    requester_name = CharField(default="")
    requester_email = CharField(default="")
    language = CharField()  # of the requester
    service = CharField(default="")  # a code of the catalog, or service/add-on; empty: not said
    service_org = CharField(default="", max_length=64)  # ZOID or ZGID, as typed (S4.30)
    service_user = CharField(default="", max_length=64)  # ZUID (S4.15)
    customer_email = CharField(default="")  # the primary e-mail field, normalized (S4.16)
    subject = CharField(max_length=500)
    state = CharField(
        default="open", constraints=[Check("state IN ('open', 'waiting', 'hold', 'resolved', 'closed')")]
    )
    outcome = CharField(default="", constraints=[Check("outcome IN ('', 'merged', 'spam')")])
    merged_into = ForeignKeyField("self", null=True, on_delete="SET NULL")
    merged_into_id: int | None
    severity = CharField()
    severity_from = CharField(
        default="default", constraints=[Check("severity_from IN ('default', 'rule', 'person')")]
    )
    priority = BooleanField(default=False)  # the box "Priority customer: large user account" (S4.17)
    verdict = CharField(default="")  # why it is S1, or why not: a code of `support.words`
    verdict_params = JsonField(null=True)
    rule_version = IntegerField(default=0)  # the version of the rule that said so
    assignee = ForeignKeyField(Account, null=True, on_delete="SET NULL")
    assignee_id: int | None
    next_clock = CharField(default="")
    next_due = UtcDateTimeField(null=True)
    queue_at = UtcDateTimeField(default=NEVER)
    check_at = UtcDateTimeField(null=True)  # when the worker looks: a warning or a breach
    promised_until = UtcDateTimeField(null=True)
    rating = CharField(default="", constraints=[Check("rating IN ('', 'good', 'bad')")])
    rating_note = CharField(default="", max_length=1000)
    search = CharField(max_length=1000)  # folded number, subject, requester and customer
    version = IntegerField(default=0)
    created_at = UtcDateTimeField()
    updated_at = UtcDateTimeField()
    finished_at = UtcDateTimeField(null=True)  # resolved or closed, until it is reopened

    class Meta:
        table_name = "support_ticket"
        indexes = (
            (("partner", "updated_at", "id"), False),
            (("partner", "state", "updated_at", "id"), False),
            (("state", "queue_at", "id"), False),
            (("assignee", "state", "queue_at", "id"), False),
            (("updated_at", "id"), False),
        )


# The queue: whatever it is filtered by stands in the index, so that a rare find costs no look at every ticket.
Ticket.add_index(
    Ticket.index(
        Ticket.queue_at, Ticket.id, Ticket.state, Ticket.severity, Ticket.assignee, Ticket.region, Ticket.language,
        Ticket.priority, Ticket.partner, Ticket.organization, name="support_ticket_queue",
        where=Ticket.finished_at.is_null(),
    )
)
Ticket.add_index(
    Ticket.index(Ticket.check_at, name="support_ticket_check_at", where=Ticket.check_at.is_null(False))
)


class Event(Table):
    """One thing that happened to a ticket, in order, for ever: thread and history in one; clocks are folded from it.

    `body` is what somebody wrote. What is not `public` is the staff's alone: no byte of it leaves the desk.
    """

    public_id = CharField(unique=True, default=public_id)
    ticket = ForeignKeyField(Ticket, index=False, on_delete="CASCADE")  # the index below begins with it
    ticket_id: int
    kind = CharField()  # of `support.policy.events.KINDS`
    at = UtcDateTimeField()
    public = BooleanField(default=True)
    actor = ForeignKeyField(Account, null=True, on_delete="SET NULL")
    actor_id: int | None
    actor_name = CharField(default="")
    side = CharField(constraints=[Check("side IN ('partner', 'staff', 'portal')")])
    body = TextField(default="")
    data = JsonField(null=True)

    class Meta:
        table_name = "support_event"
        indexes = ((("ticket", "id"), False),)


class Participant(Table):
    """Somebody who takes part in a ticket's mails: the requester, whoever was copied, requesters of merged tickets."""

    ticket = ForeignKeyField(Ticket, index=False, on_delete="CASCADE")  # the index below begins with it
    ticket_id: int
    email = CharField()  # normalized
    name = CharField(default="")
    language = CharField(default="")
    account = ForeignKeyField(Account, null=True, on_delete="SET NULL")
    account_id: int | None
    muted = BooleanField(default=False)  # undeliverable, or answers by machine: gets no more mail
    created_at = UtcDateTimeField()

    class Meta:
        table_name = "support_participant"
        indexes = ((("ticket", "email"), True), (("email",), False))


class Attachment(Table):
    """A file. Without event it is of a form that is not sent yet, and its uploader's alone."""

    public_id = CharField(unique=True, default=public_id)
    event = ForeignKeyField(Event, null=True, on_delete="CASCADE")
    event_id: int | None
    uploader = ForeignKeyField(Account, null=True, on_delete="SET NULL")
    uploader_id: int | None
    name = CharField()  # as shown and offered: no path, no direction marks
    media_type = CharField()  # found in the content
    size = IntegerField(constraints=[Check("size >= 0")])
    sha256 = CharField(max_length=64)
    created_at = UtcDateTimeField()
    content = BlobField()  # last: SQLite walks through a large value to read what stands behind it

    class Meta:
        table_name = "support_attachment"


class Link(Table):
    """Two tickets that have to do with each other; one row, the smaller row number first."""

    one = ForeignKeyField(Ticket, index=False, on_delete="CASCADE")  # the index below begins with it
    one_id: int
    other = ForeignKeyField(Ticket, on_delete="CASCADE")
    other_id: int
    created_at = UtcDateTimeField()

    class Meta:
        table_name = "support_link"
        indexes = ((("one", "other"), True),)
        constraints = [Check("one_id < other_id")]


class Clock(Table):
    """One run of a clock, as the fold last said; `warned_at` and `breached_at` are facts and stay whatever it says.

    `cycle` counts the runs of the update clock; the other clocks have one.
    """

    ticket = ForeignKeyField(Ticket, index=False, on_delete="CASCADE")  # the index below begins with it
    ticket_id: int
    kind = CharField(constraints=[Check(f"kind IN {_CLOCKS}")])
    cycle = IntegerField(default=0)
    severity = CharField()
    started_at = UtcDateTimeField()
    aim_at = UtcDateTimeField(null=True)  # none while it is paused
    limit_at = UtcDateTimeField(null=True)
    met_at = UtcDateTimeField(null=True)
    minutes = IntegerField(null=True)  # working minutes until it was met
    state = CharField(
        constraints=[Check("state IN ('running', 'paused', 'met', 'late', 'void')")]  # late: met after the limit
    )
    warned_at = UtcDateTimeField(null=True)
    breached_at = UtcDateTimeField(null=True)
    breach_cause = CharField(default="", constraints=[Check("breach_cause IN ('', 'time', 'reclassified')")])
    breach_version = IntegerField(default=0)  # of the rule
    ended_at = UtcDateTimeField(null=True)  # met or void
    # What reports count, of all tickets at once: when it was decided, how, and in which region. Empty: not yet.
    month = CharField(default="", max_length=7)  # of UTC, as 2026-11
    result = CharField(default="", constraints=[Check("result IN ('', 'aim', 'limit', 'late')")])
    region = CharField(default="")  # the ticket's, which never changes

    class Meta:
        table_name = "support_clock"
        indexes = (
            (("ticket", "kind", "cycle"), True),
            (("month", "kind", "severity", "region", "minutes", "result"), False),
        )


class Rule(Table):
    """A version of the classification rule that staff made; version 0 is the programme file's."""

    public_id = CharField(unique=True, default=public_id)
    version = IntegerField(unique=True)
    state = CharField(constraints=[Check("state IN ('draft', 'active', 'former', 'discarded')")])
    thresholds = JsonField()  # region -> licenses
    excluded = JsonField()  # services, and add-ons as service/add-on, that never count
    note = CharField(default="", max_length=1000)
    trial = JsonField(null=True)  # what the dry run found
    tried_at = UtcDateTimeField(null=True)
    made_by_name = CharField(default="")
    created_at = UtcDateTimeField()
    active_at = UtcDateTimeField(null=True)

    class Meta:
        table_name = "support_rule"


Rule.add_index(Rule.index(Rule.state, unique=True, name="support_rule_active", where=(Rule.state == "active")))


class Agent(Table):
    """What a member of staff takes on: tickets are offered by language, region and load."""

    account = ForeignKeyField(Account, unique=True, on_delete="CASCADE")
    account_id: int
    languages = JsonField()
    regions = JsonField()  # codes; none: all
    available = BooleanField(default=True)
    updated_at = UtcDateTimeField()

    class Meta:
        table_name = "support_agent"


class Received(Table):
    """A mail as it came, stored before anybody reads it, and what became of it."""

    public_id = CharField(unique=True, default=public_id)
    mailbox = CharField()  # the address or folder that it came to
    message_id = CharField(default="", max_length=1000)
    sha256 = CharField(max_length=64)
    size = IntegerField()
    envelope_from = CharField(default="", max_length=1000)
    state = CharField(
        default="stored",
        constraints=[Check("state IN ('stored', 'filed', 'held', 'automatic', 'bounce', 'duplicate', 'discarded')")],
    )
    reason = CharField(default="")  # why it is held: a code of `support.words`
    from_email = CharField(default="")
    from_name = CharField(default="")
    subject = CharField(default="", max_length=1000)
    ticket = ForeignKeyField(Ticket, null=True, on_delete="SET NULL")
    ticket_id: int | None
    event = ForeignKeyField(Event, null=True, on_delete="SET NULL")
    event_id: int | None
    settled_by_name = CharField(default="")
    received_at = UtcDateTimeField()
    settled_at = UtcDateTimeField(null=True)
    content = BlobField()  # last, as above

    class Meta:
        table_name = "support_received"
        indexes = ((("message_id", "sha256", "mailbox"), True), (("state", "id"), False))


class Unreachable(Table):
    """An address that a mail server refused for good (5.x.x)."""

    email = CharField(unique=True)  # normalized
    code = CharField(default="", max_length=12)
    detail = CharField(default="", max_length=1000)
    since = UtcDateTimeField()

    class Meta:
        table_name = "support_unreachable"
