"""Disputes at the desk: the list, and one with the dated facts and the form that settles it."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response
from wtforms import HiddenField, TextAreaField
from wtforms.validators import DataRequired, Length

from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.relations.commands.disputes import settle_dispute as settle
from portal.relations.policy.disputes import DECISION_MAX
from portal.relations.queries.disputes import Facts, find_dispute
from portal.relations.queries.disputes import disputes as listed
from portal.relations.words import OBLIGATIONS
from portal.web.access import ctx, does, shows
from portal.web.desk import pages
from portal.web.forms import Form, tidy
from portal.web.record import sentence, who
from portal.web.relations import BY, SIDES, STATES
from portal.web.render import notify, page, see_other
from portal.web.terms import shown


class DecisionForm(Form):
    """A written decision about what the page showed."""

    seen = HiddenField()
    decision = TextAreaField(
        N_("Decision"), [DataRequired(), Length(max=DECISION_MAX)], filters=[tidy],
        description=N_("Both sides get it by e-mail. Say what follows from which fact."), render_kw={"rows": 8},
    )


@pages.get("/disputes")
@shows(P.RELATION_READ)
def disputes() -> Response:
    found = listed(ctx(), request.args.get("after"))

    def turn(cursor: str | None) -> str | None:
        return url_for("desk.disputes", after=cursor) if cursor else None

    return page("desk/disputes.html", rows=found.rows, sides=SIDES,
                previous_url=turn(found.previous), next_url=turn(found.next))


@pages.get("/disputes/<dispute>")
@shows(P.RELATION_READ)
def dispute(dispute: str) -> Response:
    return _page(dispute, DecisionForm(formdata=None))


@pages.get("/disputes/<dispute>/decision")
@shows(P.RELATION_READ)
def dispute_act(dispute: str) -> Response:
    """Lead a reader who reloads a refused form, or changes its language, to the page it belongs to."""
    return see_other(url_for("desk.dispute", dispute=dispute))


@pages.post("/disputes/<dispute>/decision")
@does(settle)
def settle_dispute(dispute: str) -> Response:
    form = DecisionForm()
    if not form.validate():
        return _page(dispute, form, 422)
    try:
        settle(ctx(), dispute, form.decision.data or "", form.seen.data or "")
    except DomainError as error:
        form.refuse(error)
        return _page(dispute, form, 409)
    notify("success", N_("The dispute is settled. Both sides get the decision by e-mail."))
    return see_other(url_for("desk.dispute", dispute=dispute))


def _page(dispute: str, form: DecisionForm, status: int = 200) -> Response:
    found = find_dispute(ctx(), dispute)
    form.seen.data = found.seen
    return page(
        "desk/dispute.html", status=status, facts=found, form=form, terms=shown(found.change.terms), by=BY,
        sides=SIDES, states=STATES, kinds=OBLIGATIONS, acts=_acts(found),
        decides=ctx().actor.can(P.DISPUTE_DECIDE) and not found.own_side and found.dispute.state == "open",
    )


def _acts(found: Facts) -> list[tuple[Any, str, str, str]]:
    """Return the acts of the record, each with who did it, on which side, and what."""
    return [(act, *who(act), sentence(act)) for act in found.acts]
