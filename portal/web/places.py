"""The places of a person who works in several: what they are called, and in which of them a page could be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import g, request
from flask_babel import gettext

from portal.core.context import Actor, Place


@dataclass(frozen=True, slots=True)
class Option:
    """A place as a menu or an error page offers it; `next` is the page to go on to, if not the place's first one."""

    key: str
    name: str
    current: bool
    next: str = ""


# First part of an address after the language -> in which kind of place its pages are.
_KINDS = {"store": "partner", "console": "partner", "organizations": "partner", "support": "partner", "desk": "staff"}


def places(actor: Actor) -> list[Option]:
    """Return the places of somebody who has several; nothing for everybody else."""
    person: Actor = g.get("visitor", actor)
    if len(person.places) < 2:
        return []
    return [Option(place.key, name_of(place), place.key == person.place) for place in person.places]


def name_of(place: Place) -> str:
    """Return what a place is called: the partner's name, or whose staff it is."""
    return place.name or gettext("%(vendor)s staff", vendor=g.ctx.programme.vendor.name)


def elsewhere(actor: Actor) -> list[Option]:
    """Return the other places in which there could be a page at this request's address. Whether there is one is not
    looked up.
    """
    if request.method != "GET":
        return []
    path = request.full_path.rstrip("?")
    return [Option(one.key, one.name, False, path) for one in places(actor) if not one.current and fits(path, one.key)]


def fits(path: str, key: str) -> bool:
    """Tell whether a page at `path` is one of a place like this."""
    return _kind_of_page(path) == key.partition(":")[0]


def _kind_of_page(path: str) -> str:
    parts: Iterator[str] = iter(path.partition("?")[0].strip("/").split("/"))
    next(parts, "")  # the language
    return _KINDS.get(next(parts, ""), "")
