"""The tab *Requests*: the tickets of a partner, as far as its member may see them (S4.27)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from flask import request, url_for
from werkzeug.wrappers import Response

from portal.core.permissions import P
from portal.support.queries.partner import SEARCH_MAX, STATES, Asked, Listed, listed
from portal.support.words import STATES as NAMES
from portal.web.access import ctx, shows
from portal.web.listing import around
from portal.web.render import page
from portal.web.support import pages


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of tickets, and the addresses of the pages around it."""

    asked: Asked
    found: Listed
    path: str

    @property
    def narrowed(self) -> bool:
        return self.asked != Asked()

    @property
    def hidden(self) -> dict[str, str]:
        """Return what the search form keeps besides the words."""
        return _given(replace(self.asked, search="", after=None))

    def at(self, **changes: object) -> str:
        """Return the address of this list asked otherwise, from its first page."""
        given = _given(replace(self.asked, **{"after": None, **changes}))  # type: ignore[arg-type]
        return f"{self.path}?{urlencode(given)}" if given else self.path

    @property
    def previous_url(self) -> str | None:
        return self.at(after=self.found.page.previous) if self.found.page.previous else None

    @property
    def next_url(self) -> str | None:
        return self.at(after=self.found.page.next) if self.found.page.next else None


@pages.get("")
@shows(P.SUPPORT_OPEN)
def requests() -> Response:
    asked = asked_from(request.args)
    found = listed(ctx(), asked)
    return page(
        "support/requests.html", block="rows", listing=Listing(asked, found, url_for("support.requests")),
        customer=found.customer, **words(),
        add_url=url_for("support.add_ticket", customer=found.customer.public_id if found.customer else None)
        if ctx().actor.can(P.SUPPORT_WRITE) else None,
    )


def asked_from(args: Mapping[str, str]) -> Asked:
    """Read a list's query string; what makes no sense is as if it had not been asked."""
    state = args.get("state", "")
    search = " ".join(args.get("q", "").replace("\0", " ").split())
    return Asked(state if state in STATES else "", args.get("customer", "").replace("\0", ""),
                 args.get("mine") == "1", search[:SEARCH_MAX], args.get("after"))


def words() -> dict[str, Any]:
    """Return what the templates of tickets need to name their codes."""
    address = around("support.ticket", "ticket")
    return {"states": NAMES, "severities": ctx().programme.severities, "ticket_page": address}


def _given(asked: Asked) -> dict[str, str]:
    parts = {"q": asked.search, "state": asked.state, "customer": asked.customer, "mine": "1" if asked.mine else "",
             "after": asked.after or ""}
    return {name: value for name, value in parts.items() if value}
