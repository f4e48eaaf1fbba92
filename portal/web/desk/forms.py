"""Forms of the desk."""

from __future__ import annotations

from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from portal.core.words import N_
from portal.web.forms import SeenForm, tidy


def _body(label: str) -> TextAreaField:
    return TextAreaField(label, validators=[DataRequired(), Length(max=4000)], filters=[tidy], render_kw={"rows": 5})


class NoteForm(SeenForm):
    """What colleagues should know."""

    body = _body(N_("Internal note"))


class QuestionForm(SeenForm):
    """What the applicant should add."""

    body = _body(N_("Question to the applicant"))


class DeclineForm(SeenForm):
    """Why not; the applicant reads it."""

    body = _body(N_("Reason"))


FORMS: dict[str, type[SeenForm]] = {
    "note": NoteForm, "question": QuestionForm, "accept": SeenForm, "decline": DeclineForm,
}
