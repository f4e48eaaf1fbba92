"""Sends the outbox, one job per mail."""

from __future__ import annotations

from typing import Any

from portal.adapters.mailer import Undeliverable
from portal.core.context import Ctx
from portal.jobs import enqueue, handler
from portal.jobs.models import Job
from portal.mail.models import Outgoing
from portal.mail.render import rendered
from portal.storage import transaction


@handler("mail.send")
def send(ctx: Ctx, job: Job) -> dict[str, Any] | None:
    """Send one mail. Killed between sending and settling it goes out again under the same Message-ID,
    which mail servers and readers show once."""
    mail = Outgoing.get(Outgoing.key == job.payload["mail"])
    if mail.state != "pending":
        return None
    try:
        ctx.ports.mailer.send(rendered(ctx, mail))
        changes = {"state": "sent", "sent_at": ctx.now}
    except Undeliverable as refused:
        changes = {"state": "undeliverable", "error": str(refused)}
    with transaction():
        Outgoing.update(**changes).where(Outgoing.id == mail.id).execute()
        if changes["state"] == "undeliverable" and mail.if_refused:
            enqueue(ctx, mail.if_refused, key=f"refused:{mail.key}", mail=mail.key)
    return None
