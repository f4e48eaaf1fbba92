"""What the lists of an organization's console share: the words searched for, and links to the neighboring pages."""

from __future__ import annotations

from typing import Any

from flask import request, url_for

from portal.core.paging import Page
from portal.web.forms import tidy

_SEARCH_MAX = 100


def searched() -> str:
    """Return the words that the reader looks for; empty for the whole list."""
    return tidy(request.args.get("q"))[:_SEARCH_MAX]


def neighbors(found: Page[Any], endpoint: str, **values: Any) -> dict[str, Any]:
    """Return what `ui.pager` needs: the addresses of the pages before and after `found`, None where there is none."""

    def turn(cursor: str | None) -> str | None:
        return url_for(endpoint, **values, after=cursor) if cursor else None

    return {"previous_url": turn(found.previous), "next_url": turn(found.next)}
