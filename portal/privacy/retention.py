"""How long each kind of data is kept: one table of rules, the same for the dry run, the job, the shell and the page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import reduce
from typing import Any

from peewee import Field, Value, fn

from portal.accounts.models import Account, Attempts, Challenge, Device, OneTimeToken, Session
from portal.accounts.policy import window_start
from portal.applications.models import Application
from portal.applications.policy import REFUSED, State
from portal.audit.commands import forget
from portal.audit.models import Event
from portal.audit.queries import older
from portal.backups.models import Backup
from portal.billing.models import Export
from portal.core.context import Ctx
from portal.core.permissions import P
from portal.core.words import N_
from portal.directory.queries.imports import CUSTOMERS, USERS
from portal.help.models import Answer, Reading
from portal.jobs.models import Job
from portal.mail.models import Outgoing
from portal.privacy.models import DataExport, Erasure
from portal.relations.models import Offer
from portal.storage import Table, UtcDateTimeField, transaction
from portal.support.models import Attachment, Received

JOB = "privacy.retention"
PIECE = 1000  # rows of one transaction
_CHAINS = 1_000_000
IMPORTS = [kind for imports in (CUSTOMERS, USERS) for kind in (imports.check, imports.adding)]
_DAY = timedelta(days=1)
Condition = Callable[[Ctx, datetime], Any]


@dataclass(frozen=True, slots=True)
class Goes:
    """Rows that go: those of `model` for which `over` holds, told the instant before which things are too old.

    `at` is when their time began. With `emptied`, rows stay and these columns are written; the others are deleted.
    """

    model: type[Table]
    at: Field
    over: Condition
    emptied: dict[str, Any] = field(default_factory=dict)

    def rows(self, ctx: Ctx, before: datetime) -> Any:
        """Select the rows that go now."""
        return self.model.select().where(self.over(ctx, before))

    def pieces(self, ctx: Ctx, before: datetime) -> Iterator[int]:
        """Let them go, in bounded transactions; yield how many went in each."""
        while True:
            with transaction():
                ids = [row.id for row in self.rows(ctx, before).select(self.model.id).limit(PIECE)]
                query = self.model.update(**self.emptied) if self.emptied else self.model.delete()
                count = int(query.where(self.model.id.in_(ids)).execute())
            yield count
            if len(ids) < PIECE:
                return


@dataclass(frozen=True, slots=True)
class Rule:
    """What a period of the programme means; `kind` is its key there, `days` how long that is."""

    kind: str
    label: str
    goes: tuple[Goes, ...] = ()
    only_told: str = ""  # why there is nothing to delete


@dataclass(frozen=True, slots=True)
class Found:
    """What would go now of one kind, or went."""

    kind: str
    label: str
    days: int
    rows: int
    oldest: datetime | None
    note: str = ""


def _older(column: Field) -> Condition:
    return lambda _ctx, before: column < before


def _unconfirmed(ctx: Ctx, before: datetime) -> Any:
    """Addresses that nobody ever confirmed, unless a link to them still works."""
    waiting = OneTimeToken.select(OneTimeToken.account).where(
        OneTimeToken.account.is_null(False), OneTimeToken.expires_at > before
    )
    return Account.verified_at.is_null() & (Account.created_at < before) & Account.id.not_in(waiting)


def _past(column: Field) -> Condition:
    """Archives carry the day on which they go: the programme of that time gave it to them."""
    return lambda ctx, _before: (column.model.state == "ready") & (column <= ctx.now)


RULES: tuple[Rule, ...] = (
    Rule("draft_applications", N_("Drafts of applications that nobody goes on with"), (
        Goes(Application, Application.saved_at,
             lambda _ctx, before: (Application.state == State.DRAFT) & (Application.saved_at < before)),
    )),
    Rule("declined_applications", N_("Applications that were declined or withdrawn"), (
        Goes(Application, Application.decided_at,
             lambda _ctx, before: Application.state.in_(REFUSED) & (Application.decided_at < before)),
    )),
    Rule("ended_sessions", N_("Browsers that were signed in"), (
        Goes(Session, Session.expires_at, _older(Session.expires_at)),
    )),
    Rule("expired_tokens", N_("Links, questions and counts that have expired, and addresses that nobody confirmed"), (
        Goes(OneTimeToken, OneTimeToken.expires_at, _older(OneTimeToken.expires_at)),
        Goes(Account, Account.created_at, _unconfirmed),
        Goes(Challenge, Challenge.expires_at, lambda ctx, _before: Challenge.expires_at < ctx.now),
        Goes(Attempts, Attempts.window,
             lambda ctx, _before: Attempts.window < window_start(ctx.now - _DAY, _DAY)),
    )),
    Rule("sent_mail", N_("E-mails that were sent or could not be"), (
        Goes(Outgoing, Outgoing.created_at,
             lambda _ctx, before: (Outgoing.state != "pending") & (Outgoing.created_at < before)),
    )),
    Rule("received_mail", N_("E-mails that were received"), (
        Goes(Received, Received.received_at,
             lambda _ctx, before: Received.state.not_in(("stored", "held")) & (Received.received_at < before)),
    )),
    Rule("unsent_attachments", N_("Files of forms that were not sent"), (
        Goes(Attachment, Attachment.created_at,
             lambda _ctx, before: Attachment.event.is_null() & (Attachment.created_at < before)),
    )),
    Rule("import_files", N_("Imported files and their reports"), (
        Goes(Job, Job.finished_at, lambda _ctx, before: Job.kind.in_(IMPORTS) & (Job.finished_at < before)),
    )),
    Rule("backups", N_("Archives of back-ups"), (
        Goes(Backup, Backup.expires_at, _past(Backup.expires_at), {"state": "expired", "archive": None}),
    )),
    Rule("exports", N_("Files of payments"), (
        Goes(Export, Export.expires_at, _past(Export.expires_at), {"state": "expired", "content": None}),
    )),
    Rule("finished_jobs", N_("Work of the portal that is done"), (
        Goes(Job, Job.finished_at, lambda _ctx, before: Job.kind.not_in(IMPORTS) & (Job.finished_at < before)),
    )),
    Rule("devices", N_("Browsers that are known"), (
        Goes(Device, Device.seen_at, _older(Device.seen_at)),
    )),
    Rule("ended_offers", N_("Codes, tokens and requests to attach customers that have ended"), (
        Goes(Offer, Offer.expires_at, lambda _ctx, before: (Offer.expires_at < before) & ~Offer.blocks),
    )),
    Rule("data_exports", N_("Exports of personal data"), (
        Goes(DataExport, DataExport.expires_at, _past(DataExport.expires_at), {"state": "expired", "archive": None}),
    )),
    Rule("help_answers", N_("What readers said of help articles, and how often they were read"), (
        Goes(Answer, Answer.created_at, _older(Answer.created_at)),
        Goes(Reading, Reading.day, lambda _ctx, before: Reading.day < before.date()),
    )),
    Rule("erasure_wait", N_("Announced erasures that wait for their day"),
         only_told=N_("Each is carried out by work of its own, which tells who asked.")),
    Rule("audit", N_("Acts of the record")),
)


@dataclass(frozen=True, slots=True)
class Run:
    """When the job ran last, and how many rows of each kind went."""

    at: datetime
    counts: dict[str, int]


def last_run() -> Run | None:
    """Return the last run of the daily job, if one is still remembered."""
    done: Job | None = Job.select().where(Job.kind == JOB, Job.finished_at.is_null(False)).order_by(
        Job.id.desc()).first()
    return Run(done.finished_at, done.result or {}) if done else None


def look(ctx: Ctx) -> list[Found]:
    """Return for each kind what would go now, and its oldest: the dry run, in one statement."""
    parts = [part for rule in RULES for part in _counting(ctx, rule, _period(ctx, rule)[1])]
    query: Any = reduce(lambda one, other: one.union_all(other), parts)
    counts = defaultdict[str, list[tuple[int, datetime | None]]](list)
    for kind, rows, at in query.tuples():
        counts[kind].append((rows, Event.at.python_value(at)))
    return [_found(ctx, rule, counts[rule.kind]) for rule in RULES]


def _found(ctx: Ctx, rule: Rule, counts: list[tuple[int, datetime | None]]) -> Found:
    oldest = min((at for _rows, at in counts if at is not None), default=None)
    rows = sum(rows for rows, _at in counts)
    return Found(rule.kind, rule.label, _period(ctx, rule)[0], rows, oldest, rule.only_told)


def _counting(ctx: Ctx, rule: Rule, before: datetime) -> Iterator[Any]:
    """Yield a SELECT of kind, number and oldest for each table that a rule is about."""
    kind = Value(rule.kind).cast("TEXT")
    if rule.kind == "erasure_wait":
        due = (Erasure.state == "announced") & (Erasure.due_at <= ctx.now)
        yield Erasure.select(kind, fn.COUNT(Erasure.id), fn.MIN(Erasure.due_at)).where(due)
    if rule.kind == "audit":
        yield Event.select(kind, fn.COUNT(Event.id), fn.MIN(Event.at)).where(_old_act(before))
    for goes in rule.goes:
        at = fn.MIN(goes.at) if isinstance(goes.at, UtcDateTimeField) else Value(None).cast("TIMESTAMP")
        yield goes.rows(ctx, before).select(kind, fn.COUNT(goes.model.id), at)


def run(ctx: Ctx, going_on: Callable[[dict[str, int]], bool] = lambda _counts: True) -> dict[str, int]:
    """Let everything go whose time is over, and return how many rows of each kind went.

    `going_on` is told after each piece, and stops everything by answering False.
    """
    ctx.actor.require(P.JOB_RUN)
    counts = dict.fromkeys((rule.kind for rule in RULES), 0)
    for rule in RULES:
        _days, before = _period(ctx, rule)
        for rows in _pieces(ctx, rule, before):
            counts[rule.kind] += rows
            if not going_on(counts):
                return counts
    return counts


def _pieces(ctx: Ctx, rule: Rule, before: datetime) -> Iterator[int]:
    if rule.kind == "audit":
        yield from _forgotten_acts(ctx, before)
    for goes in rule.goes:
        yield from goes.pieces(ctx, before)


def _period(ctx: Ctx, rule: Rule) -> tuple[int, datetime]:
    days = int(getattr(ctx.programme.retention, rule.kind))
    return days, ctx.now - timedelta(days=days)


# ---- The record: from the beginning of each chain, without holes ----

def _old_act(before: datetime) -> Any:
    """Tell of an act whether it goes: those do that stand ahead of the first younger one of their chain."""
    younger = Event.alias()
    first = younger.select(fn.MIN(younger.position)).where(younger.chain == Event.chain, younger.at >= before)
    return (Event.at < before) & (Event.position < fn.COALESCE(first, 2**62))


def _forgotten_acts(ctx: Ctx, before: datetime) -> Iterator[int]:
    for chain in older(before, -1, _CHAINS):
        more = True
        while more:
            count = Event.select().where(Event.chain == chain).count()
            more = forget(ctx, chain, before)
            yield int(count - Event.select().where(Event.chain == chain).count())
