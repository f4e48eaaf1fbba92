"""How long the portal keeps what, what would go now, and what went last."""

from __future__ import annotations

from werkzeug.wrappers import Response

from portal.core.permissions import P
from portal.privacy.retention import last_run, look
from portal.web.access import ctx, shows
from portal.web.desk import pages
from portal.web.render import page


@pages.get("/retention")
@shows(P.DATA_KEEP)
def retention() -> Response:
    return page("desk/retention.html", kinds=look(ctx()), last=last_run())
