"""How a partner stands with the vendor: active, suspended, or terminated once its last customer has moved."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.errors import DomainError, Stale
from portal.core.words import N_

REASON_MAX = 500


@dataclass(frozen=True, slots=True)
class Standing:
    """A partner's state; `ending`: it is terminated as soon as it has no customer left, and suspended until then."""

    state: str
    ending: bool = False

    @property
    def acts(self) -> tuple[str, ...]:
        """What the vendor can do now."""
        return _ACTS[str(self)]

    def __str__(self) -> str:
        return "ending" if self.ending else self.state


_ACTS = {
    "active": ("suspend", "terminate"),
    "suspended": ("reinstate", "terminate"),
    "ending": ("reinstate",),
    "terminated": (),
}
_AFTER = {
    "suspend": Standing("suspended"), "reinstate": Standing("active"), "terminate": Standing("suspended", ending=True),
}


def after(standing: Standing, act: str, seen: str) -> Standing:
    """Return how a partner stands after an act; `Stale` unless it stands as it was seen and the act goes with it."""
    if str(standing) != seen or act not in standing.acts:
        raise Stale
    return _AFTER[act]


def check_reason(act: str, reason: str) -> None:
    """Raise a `DomainError` beside the field: suspending and terminating take a reason, which the partner reads."""
    if act != "reinstate" and not reason:
        raise DomainError(N_("Say why: the partner reads it."), "reason")
    if len(reason) > REASON_MAX:
        raise DomainError(N_("Use at most %(count)s characters."), "reason", count=REASON_MAX)
