"""Reads the chains of the record from end to end and tells where they do not fit."""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any, Literal

from portal.audit.models import Chain, Event
from portal.audit.policy import NAMING, PLAIN, link, link_unsalted, naming
from portal.storage import snapshot
from portal.storage.paging import beyond

_BATCH = 2000
_COLUMNS = (
    Event.chain, Event.position, Event.hash, Event.at, Event.verb, Event.side, Event.actor_id, Event.actor_name,
    Event.partner_id, Event.partner_name, Event.organization_id, Event.subject, Event.name, Event.reason,
    # As text: what was written over it may not even be JSON.
    Event.detail.cast("TEXT").alias("detail"),
    Event.salt, Event.personal, Event.erased_at,
)
_UNSALTED = tuple(name for name in (*PLAIN, *NAMING, "detail") if name != "personal")
ERASED = "record.erased"  # the verb of acts that say which acts of their chain an erasure took the names from
Kind = Literal["changed", "missing", "added", "end", "erased", "anchor"]


@dataclass(frozen=True, slots=True)
class Fault:
    """Where a chain does not fit: `changed` act, `missing` acts up to `last`, `added` act, another `end` than noted.

    `erased` is an act whose names are said to have been erased by an erasure that nobody recorded.
    `anchor` is a fingerprint that no act has; it belongs to no chain in particular.
    """

    kind: Kind
    chain: int = 0
    position: int = 0
    last: int = 0


@dataclass(slots=True)
class _End:
    """Where a chain begins and ends as its row says, and how far it was followed."""

    chain: int
    position: int
    hash: str
    expected: int
    before: str


_Row = _End | dict[str, Any]


@dataclass(slots=True)
class Verification:
    """One walk along one chain or all; counts what it has seen. `anchor` is a fingerprint that must be met."""

    chain: int | None = None
    anchor: str = ""
    acts: int = field(default=0, init=False)
    chains: int = field(default=0, init=False)
    erased: int = field(default=0, init=False)  # acts without their names
    believed: int = field(default=0, init=False)  # those among them whose hash covered the names in plain view
    _met: bool = field(default=False, init=False)

    def faults(self) -> Iterator[Fault]:
        """Yield what does not fit, in one state of the database and the memory of one batch."""
        self._met = not self.anchor
        with snapshot():
            rows: Iterator[_Row] = heapq.merge(self._ends(), self._events(), key=_place)  # type: ignore[arg-type]
            for chain, of_chain in groupby(rows, key=lambda row: _place(row)[0]):
                yield from self._follow(chain, of_chain)
        if not self._met:
            yield Fault("anchor")

    def _ends(self) -> Iterator[_End]:
        after = -1
        while True:
            query = Chain.select().where(Chain.chain > after).order_by(Chain.chain).limit(_BATCH)
            found = list(query.where(Chain.chain == self.chain) if self.chain is not None else query)
            yield from (_End(end.chain, end.position, end.hash, end.first_position, end.before_first) for end in found)
            if len(found) < _BATCH:
                return
            after = found[-1].chain

    def _events(self) -> Iterator[dict[str, Any]]:
        columns = [Event.chain, Event.position]
        query: Any = Event.select(*_COLUMNS).order_by(*columns).limit(_BATCH)
        query = query.where(Event.chain == self.chain) if self.chain is not None else query
        batch = list(query.dicts())
        while batch:
            yield from batch
            after = [batch[-1]["chain"], batch[-1]["position"]]
            batch = list(query.where(beyond(columns, after, downwards=False)).dicts())

    def _follow(self, chain: int, rows: Iterable[_Row]) -> Iterator[Fault]:
        end = _End(chain, 0, "", 1, "")  # of acts without an end all are too many
        marked = set[int]()
        for row in rows:
            if isinstance(row, _End):
                self.chains += 1
                end = row
                self._meet(end.before)
            else:
                self.acts += 1
                self._meet(row["hash"])
                yield from _step(end, row)
                self._mark(marked, row)
        if end.expected <= end.position:
            yield Fault("missing", chain, end.expected, end.position)
        elif end.before != end.hash:
            yield Fault("end", chain, end.position)
        yield from (Fault("erased", chain, position) for position in sorted(marked))

    def _mark(self, marked: set[int], act: dict[str, Any]) -> None:
        """Note an act whose names are gone, until the act of the erasure comes along that accounts for it."""
        if act["erased_at"] is not None:
            self.erased += 1
            self.believed += not act["personal"]
            marked.add(act["position"])
        elif act["verb"] == ERASED and marked:
            marked.difference_update(_accounted(act))

    def _meet(self, fingerprint: str) -> None:
        self._met = self._met or fingerprint == self.anchor


def _place(row: _Row) -> tuple[int, int]:
    """Return the sort key of the walk: each chain's own row, then its acts."""
    return (row.chain, -1) if isinstance(row, _End) else (row["chain"], row["position"])


def _step(end: _End, act: dict[str, Any]) -> Iterator[Fault]:
    """Go on to an act; yield what lies between it and the one before."""
    chain, position = act["chain"], act["position"]
    if not end.expected <= position <= end.position:
        yield Fault("added", chain, position)
        return
    if position > end.expected:
        # The act's hash covers one that is not there: it can only be believed.
        yield Fault("missing", chain, end.expected, position - 1)
    elif not _fits(end.before, act):
        yield Fault("changed", chain, position)
    end.expected, end.before = position + 1, act["hash"]


def _fits(before: str, act: dict[str, Any]) -> bool:
    """Tell whether an act is what was recorded. Of an old one whose names were erased nothing but its hash is left."""
    if not isinstance(act["at"], datetime):
        return False
    if act["personal"]:
        return _is_sealed(act) and link(before, **{name: act[name] for name in PLAIN}) == act["hash"]
    if act["erased_at"] is not None:
        return True
    try:
        return link_unsalted(before, **{name: act[name] for name in _UNSALTED}) == act["hash"]
    except ValueError:  # the details are no JSON any more
        return False


def _is_sealed(act: dict[str, Any]) -> bool:
    """Tell whether the digest is that of the names in the act, or the names were erased and their salt with them."""
    if act["erased_at"] is not None:
        return not act["salt"]
    found = naming(act["salt"], *(act[name] for name in NAMING), act["detail"])
    return bool(found == act["personal"] and act["salt"])


def _accounted(act: dict[str, Any]) -> Iterator[int]:
    """Yield the places of the acts that an erasure took the names from."""
    with suppress(ValueError, TypeError, KeyError):  # written over: that act does not fit anyway
        for first, last in json.loads(act["detail"])["positions"]:
            yield from range(first, min(last, act["position"] - 1) + 1)
