"""The settings of an organization; every section is a form of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core.errors import DomainError, Stale
from portal.core.permissions import P
from portal.core.words import N_
from portal.delegation.policy import FORBIDDEN
from portal.directory.commands import settings as commands
from portal.directory.policy.settings import CONTACTS_SYNC
from portal.directory.queries.handover import proposal, suggested
from portal.web.access import ctx, does, shows
from portal.web.conflicts import Pairs, compared, differing
from portal.web.organization import pages
from portal.web.organization.realm import organization as here
from portal.web.organization.realm import realm, reread
from portal.web.organization.settings_forms import ContactsForm, DetailsForm, SecondFactorForm, SuccessorForm
from portal.web.render import notify, page, see_other


@pages.get("/<organization>/settings")
@shows(P.DIRECTORY_READ, realm)
def settings(organization: str) -> Response:
    return settings_page()


@pages.get("/<organization>/settings/<any('tfa', 'contacts', 'super-admin'):section>")
@shows(P.DIRECTORY_READ, realm)
def settings_section(organization: str, section: str) -> Response:
    """Lead a reader who reloads a refused form, or changes its language, to the page it belongs to."""
    return see_other(url_for("organization.settings", organization=organization))


@pages.post("/<organization>/settings")
@does(commands.edit_organization, realm)
def edit_organization(organization: str) -> Response:
    form = DetailsForm(here())

    def save() -> None:
        answers = {name: form[name].data for name in ("name", "country", "time_zone", "language")}
        commands.edit_organization(ctx(), form.seen.data, **answers)

    return _save("details", form, save, N_("The organization's details are saved."), _details)


@pages.post("/<organization>/settings/tfa")
@does(commands.set_tfa, realm)
def set_tfa(organization: str) -> Response:
    form = SecondFactorForm(here())
    return _save(
        "tfa", form, lambda: commands.set_tfa(ctx(), form.required.data, form.seen.data),
        N_("The setting of the second factor is saved."),
        lambda form: differing((form.required.label.text, _yes(form.required.data), _yes(here().tfa_required))),
    )


@pages.post("/<organization>/settings/contacts")
@does(commands.set_contacts_sync, realm)
def set_contacts_sync(organization: str) -> Response:
    form = ContactsForm(here())
    return _save(
        "contacts", form, lambda: commands.set_contacts_sync(ctx(), form.mode.data, form.seen.data),
        N_("The contacts synchronization is saved."),
        lambda form: differing((form.mode.label.text, gettext(CONTACTS_SYNC[form.mode.data]),
                                gettext(CONTACTS_SYNC[here().contacts_sync]))),
    )


def _save(
    name: str, form: Any, act: Callable[[], None], done: str, compare: Callable[[Any], Pairs]
) -> Response:
    """Carry out a section's act; whatever refuses it, the page keeps what was typed."""
    if not form.validate():
        return settings_page(422, **{name: form})
    try:
        act()
    except Stale:
        reread()
        form.show(here().version)
        if pairs := compare(form):  # else somebody has saved the very same
            return settings_page(409, conflict={name: pairs}, **{name: form})
    except DomainError as error:
        form.refuse(error)
        return settings_page(409, **{name: form})
    notify("success", done)
    return see_other(url_for("organization.settings", organization=here().public_id))


def _details(form: Any) -> Pairs:
    """Compare what was typed with what is there, in words: menus show names, not codes."""
    return compared(form, DetailsForm(here(), formdata=None), ("name", "language", "country", "time_zone"))


def _yes(value: bool) -> str:
    return gettext(N_("Yes")) if value else gettext(N_("No"))


def settings_page(status: int = 200, conflict: dict[str, Pairs] | None = None, **sent: Any) -> Response:
    """Answer with all sections; `sent` holds the form that was refused, under its name."""
    found, may_hand_over = here(), ctx().actor.can(P.SUPER_ADMIN_CHANGE)
    forms = {form.name_of_form: form(found, formdata=None) for form in (DetailsForm, SecondFactorForm, ContactsForm)}
    open_proposal = proposal(ctx()) if may_hand_over else None
    return page(
        "organization/settings.html", status=status, organization=found,
        conflict={**dict.fromkeys(forms), **(conflict or {})},
        forms={**forms, "successor": SuccessorForm(prefix="successor", formdata=None), **sent},
        contacts_sync=CONTACTS_SYNC[found.contacts_sync],
        tasks={task.value: words for task, words in FORBIDDEN.items()},
        proposal=open_proposal, suggested=suggested(ctx()) if may_hand_over and not open_proposal else [],
    )
