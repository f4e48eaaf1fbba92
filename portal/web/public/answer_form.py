"""The form at the end of an article: was it helpful, and what would be better."""

from __future__ import annotations

from wtforms import StringField, TextAreaField
from wtforms.validators import Length

from portal.core.words import N_
from portal.help.answers import SENTENCE_MAX
from portal.web.forms import Form, tidy


class AnswerForm(Form):
    """An answer without account and without token: a token would need a cookie, and nothing is done in a name."""

    class Meta(Form.Meta):
        csrf = False

    sentence = TextAreaField(
        N_("What helped you, or what was missing? (optional)"), [Length(max=SENTENCE_MAX)], filters=[tidy],
        description=N_("Without names and passwords, please. We do not learn who you are, so we cannot answer."),
        render_kw={"rows": 2, "autocomplete": "off"},
    )
    helpful = StringField(filters=[tidy])
    website = StringField(filters=[tidy])  # hidden from people: programs fill it in
