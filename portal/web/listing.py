"""The address of a customer list: reading what was asked from it, and writing links that ask otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from flask import url_for

from portal.core.paging import Page
from portal.subscriptions.queries import SEARCH_MAX, SORTS, STATES, Asked, Customer
from portal.web.access import ctx
from portal.web.i18n import current_language

_MARK = "-id-"


def asked_from(args: Mapping[str, str]) -> Asked:
    """Read a list's query string; what makes no sense is as if it had not been asked."""
    sort, state = args.get("sort", ""), args.get("state", "")
    words = " ".join(args.get("q", "").replace("\0", " ").split())
    return Asked(
        search=words[:SEARCH_MAX],
        state=state if state in STATES else "",
        sort=sort.removeprefix("-") if sort.removeprefix("-") in SORTS else "name",
        descending=sort.startswith("-"),
        after=args.get("after"),
    )


def query_string(asked: Asked) -> str:
    """Return the query string of a list, with its question mark, without what goes without saying."""
    sort = ("-" if asked.descending else "") + asked.sort
    parts = {"q": asked.search, "state": asked.state, "sort": "" if sort == "name" else sort, "after": asked.after}
    given = {name: value for name, value in parts.items() if value}
    return f"?{urlencode(given)}" if given else ""


def around(endpoint: str, parameter: str, **more: Any) -> tuple[str, str]:
    """Return what stands before and after a public id in the address of its page: one look-up serves all rows."""
    values: dict[str, Any] = {parameter: _MARK, **more}
    before, _, after = url_for(endpoint, **values).partition(_MARK)
    return before, after


class PlanNames(dict[str, str]):
    """Names of plans in a language; a plan that the programme no longer has is called by its code."""

    def __missing__(self, code: str | None) -> str:
        return code or ""


def plan_names() -> PlanNames:
    """Return the names of the programme's plans in the language of the page."""
    language = current_language()
    return PlanNames({code: plan.name.get(language) for code, plan in ctx().programme.plans.items()})


@dataclass(frozen=True, slots=True)
class Heading:
    """The link in the head of a column: where it sorts by it, and how the list is sorted by it now."""

    url: str
    order: str | None


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of customers with the addresses of its neighbors."""

    asked: Asked
    page: Page[Customer]
    path: str

    @property
    def here(self) -> str:
        return query_string(self.asked)

    @property
    def narrowed(self) -> bool:
        """Tell whether more customers may exist than those that were asked for."""
        return bool(self.asked.search or self.asked.state or self.asked.after)

    @property
    def previous_url(self) -> str | None:
        return self._at(self.page.previous)

    @property
    def next_url(self) -> str | None:
        return self._at(self.page.next)

    @property
    def sort(self) -> str:
        return ("-" if self.asked.descending else "") + self.asked.sort

    def state_url(self, state: str) -> str:
        return self.path + query_string(replace(self.asked, state=state, after=None))

    def heading(self, sort: str) -> Heading:
        current = self.asked.sort == sort
        downwards = current and not self.asked.descending
        url = self.path + query_string(replace(self.asked, sort=sort, descending=downwards, after=None))
        return Heading(url, ("descending" if self.asked.descending else "ascending") if current else None)

    def _at(self, after: str | None) -> str | None:
        return self.path + query_string(replace(self.asked, after=after)) if after else None
