"""What the worker does for this room."""

from __future__ import annotations

from datetime import timedelta

from portal.accounts.commands import send_reset, staff
from portal.accounts.models import Account, Attempts, Challenge, OneTimeToken, Session
from portal.accounts.policy import window_start
from portal.core.context import Ctx
from portal.jobs import handler, scheduled
from portal.jobs.models import Job
from portal.storage import transaction

_DAY = timedelta(days=1)


@handler("accounts.reset")
def reset(ctx: Ctx, job: Job) -> None:
    send_reset(ctx, job.payload["email"], job.payload["handle"])


@scheduled("accounts.cleanup", every=_DAY)
def clean_up(ctx: Ctx, job: Job) -> None:
    """Forget ended sessions, expired links and questions, old counts, and addresses that nobody ever confirmed."""
    kept = ctx.programme.retention
    sessions_until = ctx.now - timedelta(days=kept.ended_sessions)
    tokens_until = ctx.now - timedelta(days=kept.expired_tokens)
    waiting = OneTimeToken.select(OneTimeToken.account).where(
        OneTimeToken.account.is_null(False), OneTimeToken.expires_at > tokens_until
    )
    for query in (
        Session.delete().where(Session.expires_at < sessions_until),
        OneTimeToken.delete().where(OneTimeToken.expires_at < tokens_until),
        Challenge.delete().where(Challenge.expires_at < ctx.now),
        Attempts.delete().where(Attempts.window < window_start(ctx.now - _DAY, _DAY)),
        Account.delete().where(
            Account.verified_at.is_null(), Account.created_at < tokens_until, Account.id.not_in(waiting)
        ),
    ):
        with transaction():
            query.execute()


@scheduled("accounts.staff-tasks", every=_DAY)
def look_after_tasks(ctx: Ctx, job: Job) -> None:
    """Warn the vendor's staff of ends that come, and clear away what is over."""
    staff.warn_of_ends(ctx)
    staff.end_expired(ctx)
