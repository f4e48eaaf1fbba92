"""Forms about a partner's people. None has a field that its reader may not change."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from flask_babel import gettext
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Email, Length, Optional

from portal.accounts.policy import NAME_MAX
from portal.core.context import Actor
from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.customers.policy import spelled
from portal.domains.policy import normalize
from portal.partners.policy import task_of
from portal.team.policy import MOST_CHOSEN, TASKS, last_day, tasks_given_by
from portal.team.queries import Colleague
from portal.web.forms import Form, SeenForm, tidy, tidy_line
from portal.web.languages import language_choices

_OFF = {"autocomplete": "off"}  # it is about somebody else
_LONGEST = 260  # of a domain and what stands around it
_SEES = {"all": N_("All customers"), "chosen": N_("Chosen customers")}
COMPARED = ("role", "sees", "customers", "until")



class GrantForm(Form):
    """What somebody is given. Only a super administrator is asked about the help center (S4.27)."""

    role = RadioField(N_("Task of this person"))
    sees = RadioField(N_("Customers"), description=N_("Whom this person sees, here and in the Partner Console."))
    customers = TextAreaField(
        N_("Chosen customers"), [Length(max=MOST_CHOSEN * _LONGEST)], filters=[tidy],
        description=N_("The primary domain of each customer, one in each line. It counts if you let this person see "
                       "chosen customers."),
        render_kw={"rows": 5, "autocapitalize": "none", "spellcheck": "false", **_OFF},
    )
    help_center = BooleanField(
        N_("May use the help center"),
        description=N_("Lets this person open and read the cases of your company in Partner Support."),
    )
    until = DateField(
        N_("Last day"), [Optional()],
        description=N_("The access ends by itself after this day. Leave it empty for no end."), render_kw=_OFF,
    )

    def __init__(self, actor: Actor, **more: Any) -> None:
        super().__init__(**more)
        hand = task_of(actor.roles)
        self.role.choices = [SelectChoice(role, gettext(TASKS[role])) for role in tasks_given_by(hand)]
        self.sees.choices = [SelectChoice(code, gettext(label)) for code, label in _SEES.items()]
        self.asks_about_help = actor.can(P.HELP_CENTER_GRANT)
        if not self.asks_about_help:  # nothing that is sent counts
            del self["help_center"]

    def given(self, help_center: bool = False) -> dict[str, Any]:
        """Return what was typed, for a command; `help_center` is what stays where the form does not ask."""
        return {
            "role": self.role.data, "sees": self.sees.data, "domains": list(_domains(self.customers.data or "")),
            "help_center": bool(self["help_center"].data) if self.asks_about_help else help_center,
            "until": self.until.data,
        }


class InviteForm(GrantForm):
    """Who is invited, and to what."""

    email = EmailField(
        N_("E-mail address"), [DataRequired(), Length(max=254), Email(allow_smtputf8=False)], filters=[tidy],
        description=N_("The invitation goes to this address."),
        render_kw={**_OFF, "inputmode": "email", "autocapitalize": "none", "spellcheck": "false"},
    )
    name = StringField(N_("Name"), [DataRequired(), Length(max=NAME_MAX)], filters=[tidy_line], render_kw=_OFF)
    language = SelectField(
        N_("Language"), description=N_("The language in which we write to this person, until they choose one."),
        choices=language_choices,
    )

    def __init__(self, actor: Actor, language: str) -> None:
        super().__init__(actor, data={"sees": "all", "language": language})


class MemberForm(GrantForm, SeenForm):
    """What a member has, by somebody who saw what they had."""

    def __init__(self, actor: Actor, member: Colleague, domains: Sequence[str], **more: Any) -> None:
        super().__init__(actor, data={
            "seen": member.version, "role": member.role, "sees": member.sees, "help_center": member.help_center,
            "customers": "\n".join(map(spelled, domains)), "until": last_day(member.expires_at, actor.time_zone),
        }, **more)


class LanguageForm(Form):
    """The language of mails about this partner."""

    language = SelectField(N_("Language of mails about this partner"))

    def __init__(self, present: str = "") -> None:
        super().__init__(data={"language": present})
        self.language.choices = [SelectChoice("", gettext("As in your account")), *language_choices()]


def _domains(text: str) -> Iterator[str]:
    """Yield what stands in the lines as ASCII domains; what is none stays as it is, and is refused by its name."""
    for word in filter(None, re.split(r"[\s,;]+", text)):
        try:
            yield normalize(word).ascii
        except DomainError:
            yield word.lower()
