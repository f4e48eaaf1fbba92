"""What the desk does: note, ask, accept, decline. Every act names the version that the reviewer saw."""

from __future__ import annotations

from portal.applications.commands.steps import applicant, move, remark, write_to_applicant
from portal.applications.models import Application
from portal.applications.policy import Act, AlreadyPartner, OwnApplication
from portal.applications.queries import visible_to
from portal.core.context import Ctx
from portal.core.errors import NotFound, Stale
from portal.core.permissions import P
from portal.partners.commands import create_partner
from portal.partners.models import Partner
from portal.partners.queries import is_member
from portal.storage import command, locked


@command(P.APPLICATION_DECIDE)
def add_note(ctx: Ctx, public_id: str, body: str, seen: int) -> None:
    """Keep an internal note; the applicant never sees it."""
    application = _seen(ctx, public_id, seen)
    remark(ctx, application, "internal", body)
    Application.update(version=Application.version + 1).where(Application.id == application.id).execute()


@command(P.APPLICATION_DECIDE)
def ask_applicant(ctx: Ctx, public_id: str, body: str, seen: int) -> None:
    """Ask the applicant for more; they hear of it by mail and answer on their page."""
    application = _seen(ctx, public_id, seen)
    move(ctx, application, Act.ASK)
    question = remark(ctx, application, "question", body)
    write_to_applicant(ctx, application, "application-question", str(question.id), question=body)


@command(P.APPLICATION_DECIDE)
def accept_application(ctx: Ctx, public_id: str, seen: int) -> Partner:
    """Make the applicant's company a partner and welcome them (S0.11-12); return the new partner.

    The expertise decides whether the Console is open to it (S0.21). `Stale` for whoever comes second, `AlreadyPartner`
    when the person has joined a partner meanwhile.
    """
    application = _seen(ctx, public_id, seen)
    if is_member(applicant(application).id):
        raise AlreadyPartner
    partner = _partner_from(ctx, application)
    move(ctx, application, Act.ACCEPT, partner=partner, decided_at=ctx.now, decided_by=ctx.actor.account_id)
    write_to_applicant(ctx, application, "welcome", application.public_id, kind=partner.kind, console=partner.console)
    return partner


@command(P.APPLICATION_DECIDE)
def decline_application(ctx: Ctx, public_id: str, reason: str, seen: int) -> None:
    """Refuse the application; `reason`, in the applicant's language, goes out by mail and stays on their page."""
    application = _seen(ctx, public_id, seen)
    move(ctx, application, Act.DECLINE, reason=reason, decided_at=ctx.now, decided_by=ctx.actor.account_id)
    write_to_applicant(ctx, application, "application-declined", application.public_id, reason=reason)


def _seen(ctx: Ctx, public_id: str, seen: int) -> Application:
    """Return the locked row as the reviewer saw it."""
    application = locked(visible_to(ctx.actor).where(Application.public_id == public_id)).first()
    if application is None:
        raise NotFound
    if application.version != seen:
        raise Stale
    if applicant(application).id == ctx.actor.account_id:
        raise OwnApplication
    return application  # type: ignore[no-any-return]


def _partner_from(ctx: Ctx, application: Application) -> Partner:
    terms = ctx.programme.application
    expertise = terms.expertises.get(application.expertise)
    return create_partner(
        ctx, name=application.company, kind=terms.partner_kind, country=application.country,
        language=applicant(application).language, console=expertise is not None and expertise.opens_console,
        super_admin=applicant(application),
    )
