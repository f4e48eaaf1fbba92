"""The parts of an organization's dashboard, and their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from portal.core.errors import DomainError
from portal.core.words import N_

# Every part by its code, in the order in which the dashboard is delivered.
WIDGETS: Mapping[str, str] = {
    "getting-started": N_("Getting started"),
    "organization": N_("Organization"),
    "licenses": N_("Licenses"),
    "subscription": N_("Subscription"),
    "partner": N_("Partner"),
    "activity": N_("Recent activity"),
}
HIDDEN = 0


def shown(stored: Sequence[str] | None) -> list[str]:
    """Return the codes of the parts to show, in order. A part that no longer exists is passed over."""
    return [code for code in (WIDGETS if stored is None else stored) if code in WIDGETS]


def places(stored: Sequence[str] | None) -> dict[str, int]:
    """Return the place of every part, counted from 1; `HIDDEN` for those that are not shown."""
    order = shown(stored)
    return {code: order.index(code) + 1 if code in order else HIDDEN for code in WIDGETS}


def arranged(wanted: Mapping[str, int], stored: Sequence[str] | None) -> list[str]:
    """Return the order that a person means by the places `wanted`, who saw the parts as `stored`.

    Who sends one part to another's place means that the other makes room, upwards or downwards.
    """
    before = places(stored)

    def key(code: str) -> tuple[int, int, int]:
        place, former = wanted[code], before[code]
        if former == HIDDEN:
            former = len(WIDGETS) + 1
        return place, (place > former) - (place < former), former

    return sorted((code for code in wanted if wanted[code] != HIDDEN), key=key)


def check(widgets: Sequence[str]) -> None:
    """Raise a `DomainError` unless these are parts of the dashboard, each at most once."""
    if not set(widgets) <= WIDGETS.keys() or len(set(widgets)) < len(widgets):
        raise DomainError(N_("Not a valid choice."))
