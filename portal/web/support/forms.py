"""What people of partners write to a ticket that is there already."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from wtforms import EmailField, HiddenField, RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import DataRequired, Email, InputRequired, Length, Optional

from portal.core.ids import digest, random_token
from portal.core.words import N_
from portal.support.policy.tickets import BODY_MAX, ID_MAX, RATINGS, REASON_MAX
from portal.web.access import ctx
from portal.web.forms import Form, SeenForm, tidy
from portal.web.support.files import FilesForm

_NUMBER = {"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}
RATING_WORDS = {"good": N_("Yes, it helped"), "bad": N_("No, it did not help")}


class ReplyForm(FilesForm):
    """An answer to support. `key` names this opening of the form: sent twice by a double click, it is one answer."""

    key = HiddenField()
    text = TextAreaField(
        N_("Your answer"), [DataRequired(), Length(max=BODY_MAX)], filters=[tidy], render_kw={"rows": 6})

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **{"data": {"key": random_token()}, **more})

    @property
    def once(self) -> str:
        """Return what a second sending of the same words has in common with the first."""
        return digest(f"{self.key.data}\n{self.text.data}")


class CustomerForm(SeenForm):
    """Whose ticket it is: any of the three leads to the customer, and the first one decides (S4.15-17)."""

    customer_email = EmailField(
        N_("Customer's primary e-mail address"), [Optional(), Length(max=254), Email(allow_smtputf8=True)],
        filters=[tidy], render_kw={"autocomplete": "off"},
        description=N_("The e-mail address of the super administrator of your customer's account."),
    )
    service_org = StringField(
        N_("Organization ID"), [Optional(), Length(max=ID_MAX)], filters=[tidy], render_kw=_NUMBER)
    service_user = StringField(N_("User ID"), [Optional(), Length(max=ID_MAX)], filters=[tidy], render_kw=_NUMBER)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        numbers = ctx().programme.vendor.identifiers
        if numbers:
            self.service_user.label.text = gettext("User ID (%(user)s)", user=numbers.user)
            self.service_org.label.text = gettext(
                "Service organization ID (%(organization)s or %(group)s)", organization=numbers.organization,
                group=numbers.group)


class RatingForm(Form):
    """Whether support has helped."""

    rating = RadioField(N_("Did this help you?"), [InputRequired()],
                        choices=[SelectChoice(code, code) for code in RATINGS])
    note = TextAreaField(N_("What should we know?"), [Length(max=REASON_MAX)], filters=[tidy], render_kw={"rows": 4})

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.rating.choices = [SelectChoice(code, gettext(RATING_WORDS[code])) for code in RATINGS]
