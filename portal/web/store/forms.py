"""Forms of the Partner Store."""

from __future__ import annotations

from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from portal.core.words import N_
from portal.delegation.policy import MESSAGE_MAX
from portal.web.forms import Form, tidy


class AskForm(Form):
    """Why a partner should have its access back, in its own words."""

    message = TextAreaField(
        N_("Message to your customer"), [DataRequired(), Length(max=MESSAGE_MAX)], filters=[tidy],
        description=N_("Say what you need access for. Write in your customer's language."), render_kw={"rows": 4},
    )
