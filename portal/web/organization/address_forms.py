"""The forms of aliases, catch-alls and groups: each asks for an address of one of the organization's domains."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wtforms import EmailField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from portal.core.words import N_
from portal.directory.policy.groups import DESCRIPTION_MAX, NAME_MAX
from portal.web.forms import Form, SeenForm, tidy, tidy_line

_PLAIN = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


class _WithDomain(Form):
    """`domains`: pairs of a verified domain in ASCII and as people write it."""

    domain = SelectField(N_("Domain"), validate_choice=True)

    def __init__(self, domains: Iterable[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.domain.choices = [SelectChoice(name, shown) for name, shown in domains]


def _local() -> StringField:
    return StringField(
        N_("Address before the @ sign"), [DataRequired(), Length(max=320)], filters=[tidy], render_kw=_PLAIN,
    )


def _user(hint: str = "") -> EmailField:
    return EmailField(
        N_("User's e-mail address"), [DataRequired(), Length(max=320)], filters=[tidy], description=hint,
        render_kw=_PLAIN,
    )


class AliasForm(_WithDomain):
    """A new alias and whose it is to be."""

    local = _local()
    user = _user(N_("Mail to the alias goes to this user."))


class CatchAllForm(_WithDomain):
    """Who gets what is sent to addresses of a domain that nobody has."""

    user = _user()


class GroupForm(_WithDomain):
    """What a group is called, and its address."""

    name = StringField(
        N_("Name of the group"), [DataRequired(), Length(max=NAME_MAX)], filters=[tidy_line],
        render_kw={"autocomplete": "off"},
    )
    local = _local()
    description = TextAreaField(
        N_("Description"), [Length(max=DESCRIPTION_MAX)], filters=[tidy], render_kw={"rows": 3},
    )


class EditGroupForm(GroupForm, SeenForm):
    """A group as the page showed it."""


class MembersForm(Form):
    """Who is to be in a group."""

    members = TextAreaField(
        N_("E-mail addresses of the new members"), [DataRequired(), Length(max=200_000)], filters=[tidy],
        description=N_("One per line."), render_kw={**_PLAIN, "rows": 4},
    )
