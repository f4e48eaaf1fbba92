"""*Service level* for staff: how well the clocks of all tickets were kept."""

from __future__ import annotations

from werkzeug.wrappers import Response

from portal.core.permissions import P
from portal.web.access import shows
from portal.web.attainment import attainment_file as file
from portal.web.attainment import attainment_page, runs_page
from portal.web.desk import pages


@pages.get("/attainment")
@shows(P.SUPPORT_REPORT)
def attainment() -> Response:
    return attainment_page("desk")


@pages.get("/attainment/runs")
@shows(P.SUPPORT_REPORT)
def attainment_runs() -> Response:
    return runs_page("desk")


@pages.get("/attainment.<format>")
@shows(P.SUPPORT_REPORT)
def attainment_file(format: str) -> Response:
    return file("desk", format)
