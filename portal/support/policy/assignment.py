"""Who gets a new ticket: pure rules over languages, regions and load."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

ENOUGH = 200  # open tickets of one member of staff that are looked at; who has more is as busy as anybody can be


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member of staff who takes tickets now. No `regions`: all of them. `load` is what they have open already."""

    account_id: int
    name: str
    languages: Collection[str]
    regions: Collection[str]
    load: int = 0


def best(candidates: Iterable[Candidate], language: str, region: str) -> Candidate | None:
    """Return whom a ticket suits best: who speaks its language, then who looks after its region, then the least busy.

    None if there is nobody. The same people always give the same answer.
    """
    return min(candidates, key=lambda one: (
        language not in one.languages, bool(one.regions) and region not in one.regions, one.load, one.account_id,
    ), default=None)


def weights(severities: Collection[str]) -> dict[str, int]:
    """Return what an open ticket of each severity weighs; they come with the most severe first."""
    return {code: len(severities) - place for place, code in enumerate(severities)}
