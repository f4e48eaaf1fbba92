"""Forms by which an organization chooses a partner."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask_babel import gettext
from wtforms import BooleanField, DateField, HiddenField, RadioField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from portal.core.ids import random_token
from portal.core.words import N_
from portal.web.forms import Form, tidy_line

_CODE_MAX = 60  # with all the blanks and hyphens that people type


class CodeForm(Form):
    """A partner's code, as it was written down or heard on the phone."""

    code = StringField(
        N_("Partner code"), [DataRequired(), Length(max=_CODE_MAX)], filters=[tidy_line],
        description=N_("For example K7MP-3QXW-9TFA-H2RD. Blanks, hyphens and small letters make no difference."),
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"},
    )


class _Consent(Form):
    """What every consent says: access or not, which nobody chooses for the reader, and that they have read it."""

    with_access = RadioField(N_("May the partner open your console on your behalf?"), [InputRequired()])
    agree = BooleanField(N_("I have read this and agree for %(organization)s"), [DataRequired()])
    seen = HiddenField()

    def __init__(self, organization: str, seen: str, **more: Any) -> None:
        super().__init__(**more)
        self.with_access.choices = [
            ("yes", gettext(N_("Yes, with access: its people can open this console and do what is listed above"))),
            ("no", gettext(N_("No, without access: it looks after our subscriptions in its Store only"))),
        ]
        self.agree.label.text = gettext(
            N_("I have read this and agree for %(organization)s"), organization=organization)
        self.shown = seen

    @property
    def gives_access(self) -> bool:
        return bool(self.with_access.data == "yes")

    def renew(self) -> None:
        """Let the form speak of what the page shows now; whoever agreed to something else has yet to agree."""
        self.agree.data, self.seen.data = False, self.shown


class AttachForm(_Consent):
    """Consent to a partner that is known, from a day on."""

    effective_on = DateField(N_("From this day on"), [InputRequired()])

    def __init__(self, organization: str, seen: str, today: date, within: int, **more: Any) -> None:
        super().__init__(organization, seen, data={"effective_on": today}, **more)
        last = today + timedelta(days=within)
        self.effective_on.render_kw = {"min": today.isoformat(), "max": last.isoformat()}


class TokenForm(_Consent):
    """Consent to whatever partner uses the token, or to the one that is named."""

    once = HiddenField()
    only = StringField(
        N_("Only this partner"), [Length(max=120)], filters=[tidy_line],
        description=N_("Optional. The exact name of the partner: nobody else can use the token then."),
        render_kw={"autocomplete": "off"},
    )

    def __init__(self, organization: str, seen: str, **more: Any) -> None:
        super().__init__(organization, seen, data={"once": random_token()}, **more)
