"""Takes names out of acts of the record, and says in the record itself of which (decision 0022)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from peewee import ModelSelect

from portal.audit import record
from portal.audit.models import Event
from portal.audit.policy import as_spans
from portal.audit.verification import ERASED
from portal.core.context import Ctx

Renamed = Callable[[Event], Mapping[str, Any]]
_BATCH = 500
_SPANS = 500  # of one act


def erase_names(ctx: Ctx, acts: ModelSelect[Event], renamed: Renamed) -> int:
    """Write what `renamed` says into acts, in the caller's transaction; return how many acts lost names by that.

    `renamed` gives the new `actor_name`, `name`, `reason` and `detail` of an act, or some of them. The salt goes with
    the names, so that nobody can guess them back; the act's place, hash and digest stay.
    """
    marked = defaultdict[int, list[int]](list)
    changed = 0
    for event in _each(acts.where(Event.verb != ERASED)):
        new = {field: value for field, value in renamed(event).items() if value != getattr(event, field)}
        if not new:
            continue
        changed += 1
        Event.update(**new, salt="", erased_at=event.erased_at or ctx.now).where(Event.id == event.id).execute()
        if event.erased_at is None:
            marked[event.chain].append(event.position)
    for chain, positions in sorted(marked.items()):
        _account_for(ctx, chain, sorted(positions))
    return changed


def _each(acts: ModelSelect[Event]) -> Iterator[Event]:
    after = 0
    while True:
        batch = list(acts.where(Event.id > after).order_by(Event.id).limit(_BATCH))
        yield from batch
        if len(batch) < _BATCH:
            return
        after = batch[-1].id


def _account_for(ctx: Ctx, chain: int, positions: list[int]) -> None:
    """Add to a chain which of its acts have lost their names: a mark that no such act tells of is a forged one."""
    spans = as_spans(positions)
    for start in range(0, len(spans), _SPANS):
        some = spans[start : start + _SPANS]
        acts = sum(last - first + 1 for first, last in some)
        record(ctx, "record.erased", organization_id=chain or None, acts=acts, positions=some)
