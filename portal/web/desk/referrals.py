"""All recommendations, for the vendor's staff."""

from __future__ import annotations

from flask import request, url_for
from werkzeug.wrappers import Response

from portal.core.permissions import P
from portal.referrals.policy import STATES
from portal.referrals.queries import everybodys
from portal.web.access import ctx, shows
from portal.web.desk import pages
from portal.web.formats import locale_for
from portal.web.i18n import current_language
from portal.web.render import page


@pages.get("/referrals")
@shows(P.REFERRAL_READ)
def referrals() -> Response:
    found = everybodys(ctx(), request.args.get("after"))

    def turn(cursor: str | None) -> str | None:
        return url_for("desk.referrals", after=cursor) if cursor else None

    return page(
        "desk/referrals.html", rows=found.rows, states=STATES, language_names=locale_for(current_language()).languages,
        previous_url=turn(found.previous), next_url=turn(found.next),
    )
