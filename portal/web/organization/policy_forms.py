"""The forms of mail policies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask_babel import gettext
from wtforms import BooleanField, IntegerField, RadioField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from portal.core.words import N_
from portal.customers.policy import spelled
from portal.mailpolicies.policy import (
    ATTACHMENT_MB_MAX,
    FORWARDING,
    NAME_MAX,
    RETENTION_DAYS_MAX,
    Rules,
    checked,
)
from portal.web.forms import Form, SeenForm, tidy, tidy_line

_LISTS = ("allowed", "blocked", "forwards")


def _number(label: str, most: int, validator: Any, hint: str) -> IntegerField:
    # What is far beyond any limit is cut to just beyond it: the rules refuse it in words.
    def cut(number: int | None) -> int | None:
        return None if number is None else max(-1, min(number, most + 1))

    return IntegerField(label, [validator], filters=[cut], description=hint, render_kw={"inputmode": "numeric"})


def _lines(label: str, hint: str) -> TextAreaField:
    return TextAreaField(
        label, [Length(max=200_000)], filters=[tidy], description=hint,
        render_kw={"rows": 4, "autocapitalize": "none", "spellcheck": "false", "translate": "no"},
    )


class PolicyForm(Form):
    """What a policy says."""

    hint_values = {"most_mb": ATTACHMENT_MB_MAX}

    name = StringField(
        N_("Name of the policy"), [DataRequired(), Length(max=NAME_MAX)], filters=[tidy_line],
        render_kw={"autocomplete": "off"},
    )
    attachment_mb = _number(
        N_("Largest attachment in MB"), ATTACHMENT_MB_MAX, InputRequired(),
        N_("From 0 to %(most_mb)s. With 0, no mail with attachments is let through."),
    )
    retention_days = _number(
        N_("Keep mail for how many days"), RETENTION_DAYS_MAX, Optional(), N_("Leave it empty to keep mail for ever.")
    )
    blocked = _lines(
        N_("Blocked senders"), N_("One per line: an address, or @company.example for all senders of that domain.")
    )
    allowed = _lines(N_("Allowed senders"), N_("One per line. These get through although their domain is blocked."))
    forwarding = RadioField(N_("Forwarding that users may set up for themselves"))
    forwards = _lines(
        N_("Forward all mail to"), N_("One address per line. They get all mail of those whom the policy is for.")
    )
    keep_copy = BooleanField(N_("Also keep forwarded mail in the mailbox"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.forwarding.choices = [(value, gettext(words)) for value, words in FORWARDING.items()]

    def rules(self) -> Rules:
        """Return what was typed."""
        answers = {name: self[name].data for name in Rules.__dataclass_fields__}
        return Rules(**{**answers, **{name: self[name].data.splitlines() for name in _LISTS}})

    def right(self) -> bool:
        """Tell whether everything can stand in a policy, and put a refusal beside each field for all that cannot."""
        if not self.validate():
            return False
        _, faults = checked(self.rules())
        for fault in faults:
            self.refuse(fault)
        return not faults


class EditPolicyForm(SeenForm, PolicyForm):
    """Another version of a policy."""


class AssignForm(Form):
    """Whom a policy is for."""

    address = StringField(
        N_("Address of a user or group"), [DataRequired(), Length(max=254)], filters=[tidy],
        render_kw={"type": "email", "inputmode": "email", "autocapitalize": "none", "spellcheck": "false",
                   "autocomplete": "off"},
    )


def answers_of(rules: Rules) -> dict[str, Any]:
    """Return the rules as the form shows them."""
    answers = {name: getattr(rules, name) for name in Rules.__dataclass_fields__}
    return {**answers, **{name: "\n".join(map(_spelled, answers[name])) for name in _LISTS}}


def _spelled(address: str) -> str:
    """Return an address, or a whole domain, as people write it."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{spelled(domain)}"


def differences(form: PolicyForm, current: Rules) -> Iterator[tuple[str, str, str]]:
    """Yield label, typed and current value of each field in which they differ, in words."""
    typed, _ = checked(form.rules())
    for name in Rules.__dataclass_fields__:
        yours, theirs = getattr(typed, name), getattr(current, name)
        if yours != theirs:
            yield form[name].label.text, _in_words(name, yours), _in_words(name, theirs)


def _in_words(name: str, value: Any) -> str:
    if name in _LISTS:
        return ", ".join(map(_spelled, value))
    if name == "forwarding":
        return gettext(FORWARDING[value])
    if isinstance(value, bool):
        return gettext(N_("Yes")) if value else gettext(N_("No"))
    return "" if value is None else str(value)
