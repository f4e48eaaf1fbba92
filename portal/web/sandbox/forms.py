"""The form of the sandbox's page for a card."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import gettext
from wtforms import StringField
from wtforms.validators import DataRequired, ValidationError

from portal.adapters.sandbox.numbers import digits
from portal.core.words import N_
from portal.web.forms import Form, tidy

_EXPIRY = re.compile(r"(0?[1-9]|1[0-2])\s*[/.-]?\s*(?:20)?(\d\d)")


def _typed(mode: str, complete: str, most: int) -> dict[str, Any]:
    return {"inputmode": mode, "autocomplete": complete, "spellcheck": "false", "maxlength": most}


class CardForm(Form):
    """A test card. The digits on its back are asked for, as everywhere, and forgotten at once."""

    number = StringField(N_("Card number"), [DataRequired()], filters=[tidy],
                         render_kw=_typed("numeric", "cc-number", 40))
    expiry = StringField(N_("Expiry date"), [DataRequired()], filters=[tidy],
                         description=N_("Month and year, such as 09/30"), render_kw=_typed("text", "cc-exp", 12))
    cvc = StringField(N_("Security code"), [DataRequired()], filters=[tidy],
                      description=N_("Three or four digits on the card"),
                      render_kw=_typed("numeric", "cc-csc", 4))

    def validate_number(self, field: StringField) -> None:
        if not 12 <= len(digits(field.data or "")) <= 19:
            raise ValidationError(gettext("Enter the digits of the card number."))

    def validate_expiry(self, field: StringField) -> None:
        if self.month_and_year is None:
            raise ValidationError(gettext("Enter month and year, such as 09/30."))

    def validate_cvc(self, field: StringField) -> None:
        if len(digits(field.data or "")) not in {3, 4}:
            raise ValidationError(gettext("Enter the three or four digits of the security code."))

    @property
    def month_and_year(self) -> tuple[int, int] | None:
        """What was typed as expiry date, if it is one."""
        match = _EXPIRY.fullmatch(self.expiry.data or "")
        return (int(match[1]), 2000 + int(match[2])) if match else None

    def forget(self) -> None:
        """Show everything again but the security code."""
        self.cvc.data = ""
