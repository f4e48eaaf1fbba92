"""What pages show of applications: the applicant's own, the queue of the desk, and one whole application."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from peewee import JOIN, ModelSelect

from portal.accounts.models import Account
from portal.applications.models import Application, Note
from portal.applications.policy import FIELDS, UNDER_REVIEW, State, overdue
from portal.core.context import Actor, Ctx
from portal.core.errors import NotFound
from portal.core.ids import digest
from portal.core.paging import Page, decode
from portal.core.permissions import P
from portal.storage.paging import keyset

FILTERS: dict[str, tuple[State, ...]] = {
    "open": UNDER_REVIEW,
    **{state: (state,) for state in State if state is not State.DRAFT},
}
PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class Remark:
    """A note, a question or an answer."""

    kind: str
    author: str
    body: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Dossier:
    """One application with everything that belongs to it."""

    public_id: str
    state: str
    version: int
    answers: dict[str, str]
    applicant: str
    email: str
    language: str
    terms_version: str | None
    terms_language: str | None
    terms_accepted_at: datetime | None
    submitted_at: datetime | None
    due_on: date | None
    decided_at: datetime | None
    decided_by: str
    reason: str
    overdue: bool
    remarks: tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the queue."""

    public_id: str
    company: str
    country: str
    expertise: str
    applicant: str
    state: str
    submitted_at: datetime
    due_on: date
    overdue: bool


def visible_to(actor: Actor) -> ModelSelect[Application]:
    """Return the applications that a reviewer may see: all that were submitted; for anybody else, none."""
    query = Application.select()
    return query.where(Application.state != State.DRAFT if actor.can(P.APPLICATION_READ) else Application.id.is_null())


def own(actor: Actor) -> ModelSelect[Application]:
    """Return the actor's own applications, the latest first; a visitor without account has none."""
    query = Application.select().order_by(Application.id.desc())
    return query.where(Application.account == actor.account_id, Application.account.is_null(False))


def drafts(actor: Actor, token: str) -> ModelSelect[Application]:
    """Return the draft of a person, or the one that a visitor's cookie value opens."""
    if actor.signed_in:
        return own(actor).where(Application.state == State.DRAFT)
    return Application.select().where(Application.draft_digest == digest(token), Application.account.is_null())


def answers_of(application: Application) -> dict[str, str]:
    """Return what was typed, by field."""
    return {name: getattr(application, name) for name in FIELDS}


def draft_answers(ctx: Ctx, token: str) -> dict[str, str] | None:
    """Return what the draft of this person or visitor holds, or None when there is none."""
    draft = drafts(ctx.actor, token).first()
    return answers_of(draft) if draft else None


def own_state(ctx: Ctx) -> str | None:
    """Return the state of the person's latest application, or None."""
    latest = own(ctx.actor).first()
    return latest.state if latest else None


def own_application(ctx: Ctx) -> Dossier | None:
    """Return the person's latest submitted application as they may see it: without the desk's notes."""
    latest = _with_people(own(ctx.actor).where(Application.state != State.DRAFT)).first()
    return _dossier(ctx, latest, ("question", "answer")) if latest else None


def dossier(ctx: Ctx, public_id: str) -> Dossier:
    """Return a whole application for the desk; `NotFound` when the actor may not see it."""
    found = _with_people(visible_to(ctx.actor).where(Application.public_id == public_id)).first()
    if found is None:
        raise NotFound
    return _dossier(ctx, found, ("question", "answer", "internal"))


def queue(ctx: Ctx, chosen: str, after: str | None) -> Page[Row]:
    """Return one page of the queue, the earliest due date first; `chosen` is a key of `FILTERS`."""
    query = visible_to(ctx.actor).where(Application.state.in_(FILTERS[chosen]))
    page = keyset(
        query.select(Application, Account.name).join(Account),
        (Application.due_on, Application.id),
        lambda row: [row.due_on.isoformat(), row.id],
        after if _readable(after) else None,
        PAGE_SIZE,
    )
    today = ctx.today(ctx.actor.time_zone)
    return Page([_row(row, today) for row in page.rows], page.previous, page.next)


def overdue_count(ctx: Ctx) -> int:
    """Return how many applicants wait longer than they were promised."""
    today = ctx.today(ctx.actor.time_zone)
    late = visible_to(ctx.actor).where(Application.state == State.SUBMITTED, Application.due_on < today)
    return int(late.count())


def _readable(after: str | None) -> bool:
    """Tell whether the cursor names a day: PostgreSQL would not compare a date with anything else."""
    cursor = decode(after, 2)
    try:
        return cursor is not None and bool(date.fromisoformat(str(cursor.key[0])))
    except ValueError:
        return False


def _row(row: Any, today: date) -> Row:
    return Row(
        row.public_id, row.company, row.country, row.expertise, row.account.name, row.state, row.submitted_at,
        row.due_on, overdue(row.state, row.due_on, today),
    )


def _with_people(query: ModelSelect[Application]) -> ModelSelect[Application]:
    reviewer = Account.alias()
    return (
        query.select(Application, Account, reviewer.name.alias("reviewer"))
        .join_from(Application, Account)
        .join_from(Application, reviewer, JOIN.LEFT_OUTER, on=Application.decided_by == reviewer.id, attr="decider")
    )


def _dossier(ctx: Ctx, row: Any, kinds: tuple[str, ...]) -> Dossier:
    return Dossier(
        row.public_id, row.state, row.version, answers_of(row), row.account.name, row.account.email,
        row.account.language, row.terms_version, row.terms_language, row.terms_accepted_at, row.submitted_at,
        row.due_on, row.decided_at, _reviewer(row), row.reason,
        overdue(row.state, row.due_on, ctx.today(ctx.actor.time_zone)), _remarks(row.id, kinds),
    )


def _reviewer(row: Any) -> str:
    decider = getattr(row, "decider", None)
    return str(decider.reviewer or "") if decider is not None else ""


def _remarks(application_id: int, kinds: tuple[str, ...]) -> tuple[Remark, ...]:
    notes = Note.select().where(Note.application == application_id, Note.kind.in_(kinds)).order_by(Note.id)
    return tuple(Remark(note.kind, note.author_name, note.body, note.created_at) for note in notes)
