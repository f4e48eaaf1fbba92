"""The daily comparison of what was sold, assigned and invoiced: differences open, stay, and close."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from peewee import EXCLUDED

from portal.billing.models import Difference, Invoice, InvoiceLine
from portal.billing.policy.reconciliation import SIGNS, Counts, Invoiced, day_compared, differences, invoiced_on
from portal.core.context import Ctx
from portal.core.permissions import P
from portal.customers.models import Organization
from portal.storage import command
from portal.subscriptions.models import Subscription

BATCH = 500


class _Owned(NamedTuple):
    id: int
    partner: int
    licenses: int
    unit_price: int
    renews_on: Any
    time_zone: str
    users: int
    is_main: int | bool  # SQLite has no truth values


@command(P.JOB_RUN)
def compare(ctx: Ctx, after: int = 0) -> int | None:
    """Compare one batch of subscriptions beyond row number `after`; return the last one's, None when none is left.

    What has never been invoiced is `not-invoiced` from the first day on which it is compared. The number of statements
    does not depend on the batch.
    """
    batch = _batch(after)
    if not batch:
        return None
    found = list(_found(ctx, batch, _lines([owned.id for owned in batch])))
    if found:
        _keep(found)
    _close(ctx, [owned.id for owned in batch], {(row["subscription"], row["kind"]) for row in found})
    return batch[-1].id


@command(P.JOB_RUN)
def close_ended(ctx: Ctx) -> None:
    """Close the differences of subscriptions that are not compared any more: they ended, or their partner left."""
    live = _live().select(Subscription.id)
    Difference.update(ended_on=ctx.today()).where(
        Difference.ended_on.is_null(), Difference.subscription.not_in(live)
    ).execute()


def _live() -> Any:
    """Select what is sold: paid, or suspended after it was."""
    return Subscription.select().join(Organization).where(
        Subscription.state.in_(("paid", "suspended")), Subscription.trial_days.is_null(),
        Organization.partner.is_null(False),
    )


def _batch(after: int) -> Sequence[_Owned]:
    query = _live().select(
        Subscription.id, Organization.partner, Subscription.licenses, Subscription.unit_price, Subscription.renews_on,
        Organization.time_zone, Organization.users, Organization.main_subscription == Subscription.id,
    )
    rows = query.where(Subscription.id > after).order_by(Subscription.id).limit(BATCH).tuples()
    return [_Owned._make(row) for row in rows]


def _lines(subscriptions: Sequence[int]) -> dict[int, list[Invoiced]]:
    """Return the lines about licenses by subscription, without those of invoices that were credited in full."""
    query: Any = (
        InvoiceLine.select(Invoice.subscription, InvoiceLine.kind, InvoiceLine.quantity, InvoiceLine.starts_on,
                           InvoiceLine.ends_on)
        .join(Invoice)
        .where(
            Invoice.subscription.in_(subscriptions), Invoice.kind == "invoice",
            (Invoice.total == 0) | (Invoice.credited < Invoice.total), InvoiceLine.kind.in_(list(SIGNS)),
        ).tuples()
    )
    found: dict[int, list[Invoiced]] = defaultdict(list)
    for subscription, *values in query:
        found[subscription].append(Invoiced(*values))
    return found


def _found(ctx: Ctx, batch: Sequence[_Owned], lines: dict[int, list[Invoiced]]) -> Iterator[dict[str, Any]]:
    for owned in batch:
        today = ctx.today(owned.time_zone)
        invoiced = invoiced_on(day_compared(today, owned.renews_on), lines.get(owned.id, ()))
        counts = Counts(owned.licenses, owned.users if owned.is_main else None, invoiced)
        for kind in differences(counts, free=owned.unit_price == 0):
            yield {
                "subscription": owned.id, "partner": owned.partner, "kind": kind, "sold": counts.sold,
                "assigned": counts.assigned, "invoiced": counts.invoiced, "began_on": today, "seen_on": today,
            }


def _keep(found: list[dict[str, Any]]) -> None:
    """Open what is new; what is open already keeps the day on which it began."""
    kept = (Difference.sold, Difference.assigned, Difference.invoiced, Difference.seen_on)
    Difference.insert_many(found).on_conflict(
        conflict_target=[Difference.subscription, Difference.kind], conflict_where=Difference.ended_on.is_null(),
        update={field: getattr(EXCLUDED, field.column_name) for field in kept},
    ).execute()


def _close(ctx: Ctx, subscriptions: Sequence[int], found: set[tuple[int, str]]) -> None:
    still_open: Any = Difference.select(Difference.id, Difference.subscription, Difference.kind).where(
        Difference.subscription.in_(subscriptions), Difference.ended_on.is_null()
    ).tuples()
    gone = [row_id for row_id, *key in still_open if tuple(key) not in found]
    if gone:
        Difference.update(ended_on=ctx.today()).where(Difference.id.in_(gone)).execute()
