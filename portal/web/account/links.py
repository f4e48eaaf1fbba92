"""The page of a link that no longer works."""

from __future__ import annotations

from werkzeug.wrappers import Response

from portal.web.render import page


def refused(again_url: str | None = None) -> Response:
    """Answer 410, the same for unknown, used, expired and foreign links; `again_url` leads to a fresh one."""
    return page("account/link_refused.html", status=410, again_url=again_url)
