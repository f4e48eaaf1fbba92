"""Partners at the desk: a list to search, and each one's standing, tier, balances, bank account and payouts."""

from __future__ import annotations

from flask import request, url_for
from werkzeug.wrappers import Response
from wtforms import DateField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length

from portal.commissions.commands.tiers import set_tier as set_one
from portal.commissions.queries.ledger import balances
from portal.commissions.queries.partners import SEARCH_MAX, find_partner
from portal.commissions.queries.partners import partners as listed
from portal.commissions.queries.payouts import payouts_of_partner
from portal.commissions.queries.tiers import changes_of
from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_, NP_
from portal.relations.commands.standing import change_standing
from portal.relations.policy.standing import REASON_MAX, Standing
from portal.web.access import ctx, does, shows
from portal.web.commission import STATES, tier_names
from portal.web.countries import countries
from portal.web.desk import pages
from portal.web.forms import Form, tidy
from portal.web.i18n import current_language
from portal.web.render import notify, page, see_other

KINDS = {"referral": NP_("partner", "Referral partner"), "reseller": NP_("partner", "Reseller")}


class TierForm(Form):
    """A tier, and from when on it counts."""

    tier = SelectField(N_("Tier"))
    effective_from = DateField(
        N_("From this day on"), [InputRequired()],
        description=N_("Today or later. What was invoiced before does not change."),
    )


class StandingForm(Form):
    """Why the vendor suspends, reinstates or terminates a partner; each act has a form of its own, by its prefix."""

    reason = TextAreaField(
        N_("Reason"), [Length(max=REASON_MAX)], filters=[tidy],
        description=N_("The partner reads it. Its customers do not."), render_kw={"rows": 3},
    )


ACTS = ("suspend", "reinstate", "terminate")
DONE = {
    "suspend": N_("The partner is suspended and was told by e-mail."),
    "reinstate": N_("The partner is reinstated and was told by e-mail."),
    "terminate": N_("The partner and its customers get notice by e-mail."),
}


@pages.get("/partners")
@shows(P.FINANCE_READ)
def partners() -> Response:
    search = " ".join(request.args.get("q", "").replace("\0", " ").split())[:SEARCH_MAX]
    found = listed(ctx(), search, request.args.get("after"))

    def turn(cursor: str | None) -> str | None:
        return url_for("desk.partners", q=search or None, after=cursor) if cursor else None

    return page(
        "desk/partners.html", block="rows", rows=found.rows, search=search, tiers=tier_names(), kinds=KINDS,
        country_names=dict(countries(current_language())), previous_url=turn(found.previous), next_url=turn(found.next),
    )


@pages.get("/partners/<partner>")
@shows(P.FINANCE_READ)
def partner(partner: str) -> Response:
    return _page(partner)


@pages.get("/partners/<partner>/tier")
@shows(P.FINANCE_READ)
def partner_tier(partner: str) -> Response:
    """Lead a reader who reloads a refused form, or changes its language, to the page it belongs to."""
    return see_other(url_for("desk.partner", partner=partner))


@pages.post("/partners/<partner>/tier")
@does(set_one)
def set_tier(partner: str) -> Response:
    form = _form()
    if not form.validate():
        return _page(partner, form, 422)
    assert form.effective_from.data is not None
    try:
        set_one(ctx(), partner, form.tier.data, form.effective_from.data)
    except DomainError as error:
        form.refuse(error)
        return _page(partner, form, 409)
    notify("success", N_("The tier is set."))
    return see_other(url_for("desk.partner", partner=partner))


@pages.get("/partners/<partner>/standing")
@shows(P.FINANCE_READ)
def partner_standing_form(partner: str) -> Response:
    """Lead a reader who reloads a refused form, or changes its language, to the page it belongs to."""
    return see_other(url_for("desk.partner", partner=partner))


@pages.post("/partners/<partner>/standing")
@does(change_standing)
def partner_standing(partner: str) -> Response:
    act = request.form.get("act", "")
    form = StandingForm(prefix=act if act in ACTS else "")
    if act not in ACTS or not form.validate():
        return _page(partner, status=422, sent=form)
    try:
        change_standing(ctx(), partner, act, form.reason.data or "", request.form.get("seen", ""))
    except DomainError as error:
        form.refuse(error)
        return _page(partner, status=409, sent=form)
    notify("success", DONE[act])
    return see_other(url_for("desk.partner", partner=partner))


def _form(**values: object) -> TierForm:
    form = TierForm(**values)
    form.tier.choices = list(tier_names().items())
    return form


def _page(
    partner: str, form: TierForm | None = None, status: int = 200, sent: StandingForm | None = None
) -> Response:
    found = find_partner(ctx(), partner)
    standing = Standing(found.state, found.ending)
    payouts = payouts_of_partner(ctx(), found.id, request.args.get("after"))

    def turn(cursor: str | None) -> str | None:
        return url_for("desk.partner", partner=partner, after=cursor) if cursor else None

    return page(
        "desk/partner.html", status=status, partner=found, form=form or _form(formdata=None, tier=found.tier),
        tiers=tier_names(), kinds=KINDS, changes=changes_of(found.id), balances=balances(found.id),
        payouts=payouts.rows, states=STATES, now=ctx().now, country_names=dict(countries(current_language())),
        previous_url=turn(payouts.previous), next_url=turn(payouts.next), standing=standing,
        standing_forms=_standing_forms(standing, sent), notice_days=ctx().programme.relations.vendor_notice_days,
    )


def _standing_forms(standing: Standing, sent: StandingForm | None) -> dict[str, StandingForm]:
    """Return a form for each act that goes with how the partner stands now; one that was sent keeps what was typed."""
    if not ctx().actor.can(P.PARTNER_SUSPEND):
        return {}
    forms = {act: StandingForm(prefix=act, formdata=None) for act in standing.acts}
    return {act: sent if sent is not None and sent._prefix == f"{act}-" else form for act, form in forms.items()}
