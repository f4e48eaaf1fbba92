"""The desk's first page: the first of those that the task of this member of staff includes."""

from __future__ import annotations

from flask import url_for
from werkzeug.wrappers import Response

from portal.core.permissions import P
from portal.web import menus
from portal.web.access import ctx, shows
from portal.web.desk import pages
from portal.web.render import see_other


@pages.get("/")
@shows(P.DESK_OPEN)
def home() -> Response:
    first = next(iter(menus.menu("desk", ctx().actor)), None)
    return see_other(first.url if first else url_for("public.home"))
