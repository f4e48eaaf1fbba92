"""Writes the record with the transaction that is open, and forgets its oldest acts in time."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import datetime
from typing import Any

from peewee import fn

from portal.audit.models import Chain, Event
from portal.audit.policy import NAMING, PLAIN, link, naming
from portal.core.context import Ctx
from portal.core.ids import salt
from portal.core.permissions import P
from portal.storage import before_commit, command, locked

Act = dict[str, Any]
_TOGETHER = 500  # rows of one statement
_FORGOTTEN = 5000  # acts of one transaction


def record(
    ctx: Ctx, verb: str, subject: str = "", organization_id: int | None = None, name: str = "", **detail: object
) -> None:
    """Add an act to the record.

    `subject` is the public id of what it was done to, `name` what people call that; `detail` holds JSON values, of
    which `before` and `after` (each a mapping of fields, or one value) are shown side by side. The act is written
    when the transaction ends, and not at all when it is rolled back.
    """
    actor = ctx.actor
    ours = actor.side == "partner"
    act: Act = {
        "verb": verb, "side": actor.side, "actor_id": actor.account_id, "actor_name": actor.name[:255],
        "partner_id": actor.partner_id if ours else None, "partner_name": actor.partner_name if ours else "",
        "organization_id": organization_id, "subject": subject, "name": name[:255], "reason": ctx.reason[:500],
        "detail": json.loads(json.dumps(detail)) or None, "at": ctx.now,
    }
    before_commit(_append, (organization_id or 0, act))


def _append(acts: list[tuple[int, Act]]) -> None:
    """Write acts at the ends of their chains, which are held until the commit: acts get their places in turn.

    Everybody takes several ends in the same order, so nobody waits in a circle.
    """
    by_chain = defaultdict[int, list[Act]](list)
    for chain, act in acts:
        by_chain[chain].append(act)
    for chain in sorted(by_chain):
        _extend(chain, by_chain[chain])


def _extend(chain: int, acts: list[Act]) -> None:
    end = _end(chain)
    position, before, rows = end.position, end.hash, list[Act]()
    for position, act in enumerate(acts, end.position + 1):
        act = {"chain": chain, "position": position, **act, **_sealed(act)}
        before = link(before, **{column: act[column] for column in PLAIN})
        rows.append({**act, "hash": before})
    for start in range(0, len(rows), _TOGETHER):
        Event.insert_many(rows[start : start + _TOGETHER]).execute()
    Chain.update(position=position, hash=before).where(Chain.id == end.id).execute()


def _sealed(act: Act) -> Act:
    """Return the salt of an act and, under it, the digest of what names people in it."""
    fresh = salt()
    detail = Event.detail.db_value(act["detail"])
    return {"salt": fresh, "personal": naming(fresh, *(act[column] for column in NAMING), detail)}


def _end(chain: int) -> Chain:
    """Return the end of a chain, held; a chain begins with its first act."""
    held = locked(Chain.select().where(Chain.chain == chain))
    found: Chain | None = held.first()
    if found is None:
        Chain.insert(chain=chain).on_conflict_ignore().execute()
        found = held.clone().get()
    return found


@command(P.JOB_RUN)
def forget(_ctx: Ctx, chain: int, before: datetime) -> bool:
    """Delete acts before an instant from the beginning of a chain, and move the beginning; tell whether more remain.

    What follows a younger act stays until that act goes too: a chain has no holes.
    """
    end = _end(chain)
    acts = Event.select().where(Event.chain == chain)
    kept = acts.select(fn.MIN(Event.position)).where(Event.at >= before).scalar() or end.position + 1
    until = min(kept, end.first_position + _FORGOTTEN)
    last: Event | None = acts.where(Event.position == until - 1).first() if until > end.first_position else None
    if last is None:  # nothing is old enough, or a row is missing: that must go on to show
        return False
    Event.delete().where(Event.chain == chain, Event.position < until).execute()
    Chain.update(first_position=until, before_first=last.hash).where(Chain.id == end.id).execute()
    return bool(until < kept)
