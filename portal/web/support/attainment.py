"""*Service level* for partners: how well the clocks of their own requests were kept."""

from __future__ import annotations

from werkzeug.wrappers import Response

from portal.core.permissions import P
from portal.web.access import shows
from portal.web.attainment import attainment_file as file
from portal.web.attainment import attainment_page, runs_page
from portal.web.support import pages


@pages.get("/attainment")
@shows(P.SUPPORT_OPEN)
def attainment() -> Response:
    return attainment_page("support")


@pages.get("/attainment/runs")
@shows(P.SUPPORT_OPEN)
def attainment_runs() -> Response:
    return runs_page("support")


@pages.get("/attainment.<format>")
@shows(P.SUPPORT_OPEN)
def attainment_file(format: str) -> Response:
    return file("support", format)
