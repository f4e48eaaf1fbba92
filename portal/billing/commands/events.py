"""The gateway's news: stored as they come, before they are understood, each once."""

from __future__ import annotations

from portal.adapters.cards import Event
from portal.billing.commands.cards import look_at_page
from portal.billing.models import CardSetup, GatewayEvent
from portal.core.context import Ctx
from portal.core.permissions import P
from portal.jobs import enqueue
from portal.storage import command


@command(P.PUBLIC)
def keep_event(ctx: Ctx, gateway: str, event: Event, body: str) -> bool:
    """Store an event whose signature was checked, and ask for its job; tell whether it is a new one."""
    created = list(
        GatewayEvent.insert(
            gateway=gateway, event=event.id, kind=event.kind, body=body, received_at=ctx.now
        ).on_conflict_ignore().returning(GatewayEvent.id).execute()
    )
    if not created:
        return False
    enqueue(
        ctx, "billing.event", key=f"billing.event:{gateway}:{event.id}", event=created[0].id, charge=event.charge_key,
        reference=event.outcome.reference if event.outcome else None, page=event.page,
    )
    return True


@command(P.JOB_RUN)
def settle_event(ctx: Ctx, event: int, setup: CardSetup | None, known: bool) -> None:
    """Note that an event was acted on; one about a hosted page has that page looked at."""
    if setup is not None:
        look_at_page(ctx, setup)
    GatewayEvent.update(state="done" if known else "ignored", done_at=ctx.now).where(
        GatewayEvent.id == event, GatewayEvent.state == "new"
    ).execute()
