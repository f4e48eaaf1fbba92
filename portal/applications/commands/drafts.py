"""Keeps what an applicant types, with an account or before there is one."""

from __future__ import annotations

from datetime import timedelta

from portal.accounts.commands import throttle
from portal.accounts.policy import network_of
from portal.applications.models import Application
from portal.applications.policy import FIELDS, OPEN, REFUSED, AlreadyPartner, Answers, State, merged
from portal.applications.queries import answers_of, drafts, own
from portal.core.context import Actor, Ctx
from portal.core.errors import NotFound, Stale
from portal.core.ids import digest
from portal.core.permissions import P
from portal.storage import command, locked

_NEW_DRAFTS = (30, timedelta(hours=1))  # of one network


def refuse_partner(actor: Actor) -> None:
    """Raise `AlreadyPartner` for a person who works at one."""
    if actor.partner_id is not None:
        raise AlreadyPartner


def count_new_draft(ctx: Ctx, address: str) -> None:
    """Count a draft that a visitor without account begins from `address`; raise `TooManyAttempts` for too many.

    Call it outside transactions, as all counting.
    """
    throttle(ctx, f"draft:{network_of(address)}", *_NEW_DRAFTS)


@command(P.PUBLIC)
def save_draft(ctx: Ctx, answers: Answers, language: str, token: str) -> None:
    """Keep some answers in the draft of this person, or in the one that the visitor's cookie value `token` opens.

    The draft is made when there is none. `Stale` when the person has submitted an application meanwhile.
    """
    refuse_partner(ctx.actor)
    _ensure(ctx, language, None if ctx.actor.signed_in else digest(token))
    draft = locked(drafts(ctx.actor, token)).first()
    if draft is None:
        raise Stale
    _store(ctx, draft, {name: answers[name] for name in FIELDS if name in answers}, language)


@command(P.APPLICATION_WRITE)
def claim_draft(ctx: Ctx, token: str) -> bool:
    """Give the draft that a visitor began to the account they have now; tell whether the cookie has served its purpose.

    A draft that the account already has is completed by it, never overwritten by an older one. With an application
    under review, or as a partner, there is nothing to continue: the visitor's draft stays where it is (False).
    """
    visitors = locked(
        Application.select().where(Application.draft_digest == digest(token), Application.account.is_null())
    ).first()
    if visitors is None or ctx.actor.partner_id is not None:
        return visitors is None
    _ensure(ctx, visitors.language, None)
    draft = locked(own(ctx.actor).where(Application.state.in_(OPEN))).first()
    if draft.state != State.DRAFT:
        return False
    older, newer = sorted((draft, visitors), key=lambda row: (row.saved_at, row is visitors))
    _store(ctx, draft, merged(answers_of(older), answers_of(newer)), newer.language)
    visitors.delete_instance()
    return True


@command(P.APPLICATION_WRITE)
def apply_again(ctx: Ctx) -> None:
    """Begin a new draft with the answers of the application that was refused or withdrawn; `NotFound` without one."""
    refuse_partner(ctx.actor)
    former = own(ctx.actor).where(Application.state.in_(REFUSED)).first()
    if former is None:
        raise NotFound
    Application.insert(
        account=ctx.actor.account_id, language=former.language, created_at=ctx.now, saved_at=ctx.now,
        **answers_of(former),
    ).on_conflict_ignore().execute()


def _ensure(ctx: Ctx, language: str, draft_digest: str | None) -> None:
    """Make an empty draft unless there is one: two tabs that begin at once meet in the same row."""
    Application.insert(
        account=ctx.actor.account_id, draft_digest=draft_digest, language=language, created_at=ctx.now,
        saved_at=ctx.now,
    ).on_conflict_ignore().execute()


def _store(ctx: Ctx, draft: Application, answers: Answers, language: str) -> None:
    changes = {**answers, "language": language, "saved_at": ctx.now, "version": Application.version + 1}
    Application.update(**changes).where(Application.id == draft.id).execute()
