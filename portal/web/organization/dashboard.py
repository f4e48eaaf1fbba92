"""Choosing what the dashboard shows, and in which order; numbers, so that it needs no script."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response
from wtforms import SelectChoice, SelectField

from portal.core.errors import DomainError, Stale
from portal.core.permissions import P
from portal.core.words import N_
from portal.directory.commands import settings as commands
from portal.directory.policy.dashboard import HIDDEN, WIDGETS, arranged, places, shown
from portal.directory.queries.entrance import Entrance
from portal.web.access import ctx, does, shows
from portal.web.forms import SeenForm
from portal.web.organization import pages
from portal.web.organization.realm import organization as here
from portal.web.organization.realm import realm, reread
from portal.web.render import notify, page, see_other


class _Places(SeenForm):
    """The number of every part; the fields come from the list of parts."""

    def places(self) -> dict[str, int]:
        return {code: self[code].data for code in WIDGETS}


# A form of WTForms learns its fields when it is defined.
PlacesForm = type("PlacesForm", (_Places,), {code: SelectField(label, coerce=int) for code, label in WIDGETS.items()})


def _form(organization: Entrance, **more: Any) -> Any:
    form = PlacesForm(data={**places(organization.widgets), "seen": organization.version}, **more)
    choices = [SelectChoice(str(HIDDEN), gettext("Not shown"))]
    choices += [SelectChoice(str(place), str(place)) for place in range(1, len(WIDGETS) + 1)]
    for code in WIDGETS:
        form[code].choices = choices
    return form


@pages.get("/<organization>/dashboard")
@shows(P.DASHBOARD_EDIT, realm)
def dashboard(organization: str) -> Response:
    return _page(_form(here()))


@pages.post("/<organization>/dashboard")
@does(commands.edit_dashboard, realm)
def edit_dashboard(organization: str) -> Response:
    form = _form(here())
    if not form.validate():
        return _page(form, 422)
    wanted = None if "reset" in request.form else arranged(form.places(), here().widgets)
    try:
        commands.edit_dashboard(ctx(), wanted, form.seen.data)
    except Stale:
        reread()
        pairs = [(gettext(N_("Dashboard")), _named(wanted), _named(here().widgets))]
        form.show(here().version)
        if pairs[0][1] != pairs[0][2]:  # else somebody has saved the very same
            return _page(form, 409, pairs)
    except DomainError as error:
        form.refuse(error)
        return _page(form, 409)
    notify("success", N_("The dashboard is saved."))
    return see_other(url_for("organization.home", organization=organization))


def _named(stored: list[str] | None) -> str:
    return " · ".join(gettext(WIDGETS[code]) for code in shown(stored))


def _page(form: Any, status: int = 200, conflict: list[tuple[str, str, str]] | None = None) -> Response:
    fields = sorted((form[code] for code in WIDGETS), key=lambda field: _position(field.data))
    return page(
        "organization/dashboard.html", status=status, organization=here(), form=form, fields=fields, conflict=conflict,
    )


def _position(place: int | None) -> int:
    """Return where a part stands in the form: those that are not shown come last."""
    return place or len(WIDGETS) + 1
