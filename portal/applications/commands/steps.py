"""The one way in which an application changes its state."""

from __future__ import annotations

from portal.accounts.models import Account
from portal.applications.models import Application, Note
from portal.applications.policy import Act, after
from portal.audit import record
from portal.core.context import Ctx
from portal.mail import post


def move(ctx: Ctx, application: Application, act: Act, **changes: object) -> None:
    """Carry out `act` on a locked row and write it down; `Stale` when the state does not allow it (any more)."""
    state = after(application.state, act)
    Application.update(state=state, version=Application.version + 1, **changes).where(
        Application.id == application.id
    ).execute()
    record(ctx, f"application.{act}", application.public_id, before=application.state, after=state)


def applicant(application: Application) -> Account:
    """Return who applied; the table itself lets only drafts have nobody."""
    assert application.account is not None
    return application.account


def remark(ctx: Ctx, application: Application, kind: str, body: str) -> Note:
    """Add a note, a question or an answer."""
    return Note.create(  # type: ignore[no-any-return]
        application=application, kind=kind, author=ctx.actor.account_id, author_name=ctx.actor.name, body=body,
        created_at=ctx.now,
    )


def write_to_applicant(ctx: Ctx, application: Application, event: str, key: str, **params: object) -> None:
    """Write a mail in the applicant's language, whoever acts; `key` keeps it to one."""
    person = applicant(application)
    post(
        ctx, event, key=f"{event}:{key}", address=person.email, name=person.name, language=person.language,
        company=application.company, country=person.country or application.country, **params,
    )
