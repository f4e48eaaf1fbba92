"""Forms and words that the pages of both sides and of the desk share about the end of relations."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from wtforms import RadioField, SelectChoice, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from portal.core.words import N_
from portal.relations.policy.disputes import TEXT_MAX
from portal.relations.policy.ending import REASON_MAX
from portal.web.forms import Form, tidy

BY = {
    "customer": N_("The customer"),
    "partner": N_("The partner"),
    "vendor": N_("The vendor"),
}
SIDES = {"customer": N_("The customer"), "partner": N_("The former partner")}
STATES = {
    "announced": (N_("Announced"), "attention"),
    "done": (N_("Carried out"), "neutral"),
    "withdrawn": (N_("Taken back"), "neutral"),
}

WAYS_ON = {
    "continue": N_("They continue: with the vendor directly, or with the partner that you choose next"),
    "end": N_("They end, each at its next renewal date"),
}


class LeaveForm(Form):
    """How an organization leaves its partner; what happens to the subscriptions nobody chooses for it."""

    subscriptions = RadioField(N_("What happens to the subscriptions?"), [InputRequired()])
    reason = TextAreaField(
        N_("Reason"), [Length(max=REASON_MAX)], filters=[tidy],
        description=N_("Optional. Your partner reads it."), render_kw={"rows": 3},
    )

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.subscriptions.choices = [SelectChoice(code, gettext(label)) for code, label in WAYS_ON.items()]


class ReleaseForm(Form):
    """Why a partner ends the relation with a customer."""

    reason = TextAreaField(
        N_("Reason"), [DataRequired(), Length(max=REASON_MAX)], filters=[tidy],
        description=N_("Your customer reads it. Write in their language."), render_kw={"rows": 4},
    )


class DisputeForm(Form):
    """What is wrong with a change, in the words of one side."""

    text = TextAreaField(
        N_("What is wrong with this change?"), [DataRequired(), Length(max=TEXT_MAX)], filters=[tidy],
        description=N_("Say what happened and what you ask for. The vendor's staff reads it, and both sides read the "
                       "decision."),
        render_kw={"rows": 6},
    )
