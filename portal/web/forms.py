"""The base of all forms: our words for every built-in message, and rules' refusals beside their fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from flask import Flask
from flask_babel import get_translations, gettext
from flask_wtf import CSRFProtect, FlaskForm
from wtforms import IntegerField
from wtforms.validators import InputRequired
from wtforms.widgets import HiddenInput

from portal.accounts.policy import normalize_name
from portal.core.errors import DomainError

csrf = CSRFProtect()


def tidy(text: str | None) -> str:
    """Return what was typed without blanks around it, and without the one character that PostgreSQL cannot keep.

    Browsers send line breaks as two characters, and count them as one against `maxlength`: they are one here.
    """
    return (text or "").replace("\0", "").replace("\r\n", "\n").strip()


def tidy_line(text: str | None) -> str:
    """Return a name, or another line of text, without what cannot be seen."""
    return normalize_name(text or "")


class _Words:
    """WTForms has no Thai and Flask-WTF caches a catalog per request: both go through our catalogs."""

    def gettext(self, message: str) -> str:
        return gettext(message)

    def ngettext(self, one: str, many: str, n: int) -> str:
        # Not Flask-Babel's ngettext: it would fill the placeholders, which WTForms does afterwards.
        return str(get_translations().ungettext(one, many, n))


class Form(FlaskForm):
    """A form whose labels and messages are catalog messages, marked with N_."""

    hint_values: ClassVar[Mapping[str, object]] = {}  # what the placeholders of its hints stand for

    class Meta(FlaskForm.Meta):
        def get_translations(self, _form: Any) -> _Words:
            return _Words()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self:
            field.label.text = gettext(field.label.text) if field.label.text else ""
            if field.description:
                field.description = gettext(field.description, **self.hint_values)

    def refuse(self, error: DomainError) -> None:
        """Show a rule's refusal beside its field, or on top of the form when it has none."""
        words = gettext(error.message, **error.params)
        if error.field and error.field in self:
            self[error.field].errors = [*self[error.field].errors, words]
        else:
            self.form_errors.append(words)


class SeenForm(Form):
    """An act on something as the page showed it: `seen` is the version of that moment."""

    seen = IntegerField(widget=HiddenInput(), validators=[InputRequired()])

    def show(self, version: int) -> None:
        """Let the form speak of `version` from now on, also when it has just been sent about another."""
        self.seen.data, self.seen.raw_data = version, None


def init_app(app: Flask) -> None:
    csrf.init_app(app)
