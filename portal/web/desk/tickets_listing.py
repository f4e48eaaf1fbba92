"""The address of the queue of tickets: reading what was asked from it, and writing links that ask otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import urlencode

from flask import url_for

from portal.core.locales import LANGUAGES
from portal.core.paging import Page
from portal.support.queries.desk import SEARCH_MAX, STATES, Asked, Row
from portal.web.access import ctx

_FLAGS = ("priority", "missing", "late")
_ID_MAX = 40


def asked_from(args: Mapping[str, str]) -> Asked:
    """Read a queue's query string; what makes no sense is as if it had not been asked.

    Who searches looks everywhere, unless a state is chosen: a number from the telephone may be of a closed ticket.
    """
    programme, search = ctx().programme, " ".join(args.get("q", "").replace("\0", " ").split())[:SEARCH_MAX]
    return Asked(
        state=_among(args.get("state", ""), STATES) or ("all" if search else "going"),
        severity=_among(args.get("severity", ""), programme.severities), assignee=_id(args.get("assignee", "")),
        region=_among(args.get("region", ""), programme.regions), language=_among(args.get("language", ""), LANGUAGES),
        partner=_id(args.get("partner", "")), search=search, after=args.get("after"),
        **{name: bool(args.get(name)) for name in _FLAGS},
    )


def _among(value: str, known: Any) -> str:
    return value if value in known else ""


def _id(value: str) -> str:
    return value if value.isalnum() and len(value) <= _ID_MAX else ""


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of the queue with the addresses of its neighbors."""

    asked: Asked
    page: Page[Row]
    path: str

    def at(self, **other: Any) -> str:
        """Return the address of the queue that asks something else, from its first page."""
        return self._address(replace(self.asked, **{"after": None, **other}))

    def only(self, **asked: Any) -> str:
        """Return the address of the queue that asks this and nothing else."""
        return self._address(Asked(**asked))

    @property
    def here(self) -> str:
        return self._address(self.asked)

    @property
    def narrowed(self) -> bool:
        return replace(self.asked, after=None) != Asked()

    @property
    def previous_url(self) -> str | None:
        return self.at(after=self.page.previous) if self.page.previous else None

    @property
    def next_url(self) -> str | None:
        return self.at(after=self.page.next) if self.page.next else None

    def _address(self, asked: Asked) -> str:
        given = {field.name: getattr(asked, field.name) for field in fields(asked)}
        given["q"] = given.pop("search")
        if asked.state == ("all" if asked.search else "going"):
            given["state"] = ""
        shown = {name: "1" if value is True else value for name, value in given.items() if value}
        return f"{self.path}?{urlencode(shown)}" if shown else self.path


def listing(asked: Asked, page: Page[Row]) -> Listing:
    """Return a page of the queue with the address it was asked at."""
    return Listing(asked, page, url_for("desk.tickets"))
