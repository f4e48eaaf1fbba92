"""What the applicant does: submit, answer, withdraw."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from portal.applications.commands.drafts import refuse_partner
from portal.applications.commands.steps import move, remark, write_to_applicant
from portal.applications.models import Application
from portal.applications.policy import UNDER_REVIEW, Act, State, TermsChanged, check_complete, due_on
from portal.applications.queries import answers_of, own
from portal.core.context import Ctx
from portal.core.countries import zone_of
from portal.core.errors import Stale
from portal.core.permissions import P
from portal.storage import command, locked


@command(P.APPLICATION_WRITE)
def submit_application(ctx: Ctx, terms_version: str, language: str) -> None:
    """Hand the draft in for review and confirm by mail until when the answer comes (S0.8-10).

    `terms_version` is the version that the page showed in `language`; both are kept with the time of acceptance.
    Raises `Incomplete`, `TermsChanged`, `AlreadyPartner`, and `Stale` when there is no draft (a second click).
    """
    refuse_partner(ctx.actor)
    draft = _own_locked(ctx, (State.DRAFT,))
    check_complete(answers_of(draft), ctx.programme.application.expertises)
    if terms_version != ctx.programme.vendor.terms_version:
        raise TermsChanged
    due = _due(ctx, draft)
    move(
        ctx, draft, Act.SUBMIT, language=language, submitted_at=ctx.now, due_on=due, terms_version=terms_version,
        terms_language=language, terms_accepted_at=ctx.now,
    )
    write_to_applicant(ctx, draft, "application-received", draft.public_id, due_on=due.isoformat())


@command(P.APPLICATION_WRITE)
def answer_question(ctx: Ctx, body: str, seen: int) -> None:
    """Answer what the reviewer asked. The application is submitted again, and its review days begin anew (S0.9)."""
    application = _own_seen(ctx, seen)
    move(ctx, application, Act.ANSWER, due_on=_due(ctx, application))
    remark(ctx, application, "answer", body)


@command(P.APPLICATION_WRITE)
def withdraw_application(ctx: Ctx, seen: int) -> None:
    """Take the application back while it is under review; `Stale` when it no longer is."""
    move(ctx, _own_seen(ctx, seen), Act.WITHDRAW, decided_at=ctx.now)


def _due(ctx: Ctx, application: Application) -> date:
    """Return the due day on the applicant's calendar; an account that names no country lives where its company does."""
    zone = ctx.actor.time_zone if ctx.actor.country else zone_of(application.country)
    return due_on(ctx.now, zone, ctx.programme.application.review_days)


def _own_locked(ctx: Ctx, states: Iterable[State]) -> Application:
    application = locked(own(ctx.actor).where(Application.state.in_(list(states)))).first()
    if application is None:
        raise Stale
    return application  # type: ignore[no-any-return]


def _own_seen(ctx: Ctx, seen: int) -> Application:
    application = _own_locked(ctx, UNDER_REVIEW)
    if application.version != seen:
        raise Stale
    return application
