"""The support profile: which languages and regions a member of staff takes on, and whether they take new tickets."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response
from wtforms import BooleanField, HiddenField, SelectChoice, SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from portal.core.errors import DomainError
from portal.core.locales import LANGUAGES
from portal.core.permissions import P
from portal.core.words import N_
from portal.support.commands.agents import save_agent as save
from portal.support.queries.agents import Profile, colleagues, profile
from portal.web.access import ctx, does, shows
from portal.web.desk import pages
from portal.web.forms import Form
from portal.web.i18n import current_language
from portal.web.languages import language_choices
from portal.web.render import notify, page, see_other


class Boxes(SelectMultipleField):
    """Several of a few, as check boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class AgentForm(Form):
    """What somebody takes on; `person` is the public id of their account, empty for oneself."""

    person = HiddenField()
    available = BooleanField(N_("Takes new tickets now"))
    languages = Boxes(N_("Languages"), description=N_("New tickets in these languages are offered first."))
    regions = Boxes(N_("Regions"), description=N_("Of partners. If none is chosen: all."))

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.languages.choices = language_choices()
        self.regions.choices = [SelectChoice(code, one.name.get(current_language()))
                                for code, one in ctx().programme.regions.items()]


@pages.get("/support-profile")
@shows(P.TICKET_WORK)
def agent() -> Response:
    return _page(profile(ctx(), request.args.get("person", "")))


@pages.post("/support-profile")
@does(save)
def save_agent() -> Response:
    form = AgentForm()
    found = profile(ctx(), form.person.data or "")
    if not form.validate():
        return _page(found, form, 422)
    try:
        save(ctx(), found.public_id, form.languages.data or [], form.regions.data or [], form.available.data)
    except DomainError as error:
        form.refuse(error)
        return _page(found, form, 422)
    notify("success", N_("The support profile is saved."))
    return see_other(url_for("desk.agent", person=form.person.data or None))


def _page(found: Profile, form: AgentForm | None = None, status: int = 200) -> Response:
    own = found.account_id == ctx().actor.account_id
    form = form or AgentForm(formdata=None, data={
        "person": "" if own else found.public_id, "available": found.available, "languages": list(found.languages),
        "regions": list(found.regions),
    })
    leads = ctx().actor.can(P.SUPPORT_DIRECT)
    return page(
        "desk/ticket_agent.html", status=status, found=found, form=form, own=own,
        others=colleagues(ctx()) if leads else [], regions=ctx().programme.regions,
        languages_named={one.code: one.name for one in LANGUAGES.values()},
    )
