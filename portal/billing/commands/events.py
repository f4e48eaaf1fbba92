"""The gateway's news: stored as they come, before they are understood, each once; and who comes back from its page."""

from __future__ import annotations

from portal.adapters.cards import Event
from portal.billing.commands.cards import look_at_page
from portal.billing.models import CardSetup, Charge, GatewayEvent
from portal.core.context import Ctx
from portal.core.errors import NotFound
from portal.core.permissions import P
from portal.jobs import enqueue, hasten
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


@command(P.PUBLIC)
def charge_returned(ctx: Ctx, charge: str) -> Charge:
    """Have the gateway asked now about a charge whose holder comes back from confirming it. Raises `NotFound`.

    It is public, because the holder need not have an account, and asks nothing but a question: doing it again, or by
    mistake, changes nothing.
    """
    found: Charge | None = Charge.get_or_none(Charge.public_id == charge)
    if found is None:
        raise NotFound(charge)
    hasten(ctx, f"billing.charge:{found.key}")
    return found


@command(P.PUBLIC)
def ask_delivery(ctx: Ctx, page: str) -> None:
    """Have the sandbox tell now what was done on one of its pages, instead of within a minute."""
    enqueue(ctx, "billing.sandbox", key=f"billing.sandbox:{page}")
