"""The referral programme of an organization: its link, and who came by it."""

from __future__ import annotations

from flask import request, url_for
from werkzeug.wrappers import Response

from portal.core.permissions import P
from portal.referrals.commands import open_programme
from portal.referrals.policy import STATES
from portal.referrals.queries import code_of, own
from portal.web.access import ctx, does, shows
from portal.web.organization import pages
from portal.web.organization.realm import organization as here
from portal.web.organization.realm import realm
from portal.web.render import page, see_other


@pages.get("/<organization>/referrals")
@shows(P.REFERRAL_USE, realm)
def referrals(organization: str) -> Response:
    code = code_of(ctx())
    found = own(ctx(), request.args.get("after")) if code else None

    def turn(cursor: str | None) -> str | None:
        return url_for("organization.referrals", organization=organization, after=cursor) if cursor else None

    return page(
        "organization/referrals.html", organization=here(), code=code, states=STATES,
        link=ctx().base_url + url_for("public.refer", code=code) if code else None,
        rows=found.rows if found else [], previous_url=turn(found.previous) if found else None,
        next_url=turn(found.next) if found else None,
    )


@pages.post("/<organization>/referrals")
@does(open_programme, realm)
def open_referrals(organization: str) -> Response:
    open_programme(ctx())
    return see_other(url_for("organization.referrals", organization=organization))
