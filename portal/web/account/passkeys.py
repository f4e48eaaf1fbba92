"""A person's passkeys: adding, renaming and removing them."""

from __future__ import annotations

from flask import url_for
from werkzeug.wrappers import Response

from portal.accounts.commands import passkeys as commands
from portal.accounts.commands.second_factor import needs_proof
from portal.accounts.queries import Key, passkeys_of
from portal.core.errors import DomainError, NotFound
from portal.core.permissions import P
from portal.core.words import N_
from portal.web.access import ctx, does, shows
from portal.web.account import pages
from portal.web.account.entrance import remote_address
from portal.web.account.forms import NewPasskeyForm, RenamePasskeyForm
from portal.web.account.passkey_questions import kept, possible, put
from portal.web.render import notify, page, see_other


@pages.get("/account/passkeys/add")
@shows(P.ACCOUNT_SETTINGS)
def add_passkey() -> Response:
    needs_proof(ctx())
    return _add_page(NewPasskeyForm())


@pages.post("/account/passkeys/add")
@shows(P.ACCOUNT_SETTINGS)
def do_add_passkey() -> Response:
    form = NewPasskeyForm()
    if not form.validate_on_submit():
        return _add_page(form, 422)
    try:
        commands.add_passkey(ctx(), kept(), form.credential.data, form["name"].data)
    except DomainError as error:
        form.refuse(error)
        return _add_page(form, 409)
    notify("success", N_("The passkey is added. From now on you can sign in with it."))
    return see_other(url_for("account.second_factor"))


@pages.get("/account/passkeys/question")
@shows(P.ACCOUNT_SETTINGS)
def passkey_part() -> Response:
    return see_other(url_for("account.add_passkey"))


@pages.post("/account/passkeys/question")
@shows(P.ACCOUNT_SETTINGS)
def ask_passkey() -> Response:
    return put(commands.ask_to_add(ctx(), remote_address()))


@pages.get("/account/passkeys/<passkey>")
@shows(P.ACCOUNT_SETTINGS)
def passkey(passkey: str) -> Response:
    found = _found(passkey)
    return _page(found, RenamePasskeyForm(data={"name": found.name}))


@pages.post("/account/passkeys/<passkey>")
@does(commands.rename_passkey)
def rename_passkey(passkey: str) -> Response:
    found, form = _found(passkey), RenamePasskeyForm()
    if not form.validate_on_submit():
        return _page(found, form, 422)
    try:
        commands.rename_passkey(ctx(), passkey, form["name"].data)
    except DomainError as error:
        form.refuse(error)
        return _page(found, form, 409)
    notify("success", N_("The name of the passkey is saved."))
    return see_other(url_for("account.second_factor"))


@pages.get("/account/passkeys/<passkey>/remove")
@shows(P.ACCOUNT_SETTINGS)
def removal_of_passkey(passkey: str) -> Response:
    """Lead a reader who has proved who they are to the button."""
    return see_other(url_for("account.passkey", passkey=_found(passkey).public_id))


@pages.post("/account/passkeys/<passkey>/remove")
@does(commands.remove_passkey)
def remove_passkey(passkey: str) -> Response:
    name = commands.remove_passkey(ctx(), passkey)
    notify("success", N_("The passkey %(name)s opens nothing any more. Remove it from your device as well."), name=name)
    return see_other(url_for("account.second_factor"))


def _found(passkey: str) -> Key:
    for key in passkeys_of(ctx().actor.account_id):
        if key.public_id == passkey:
            return key
    raise NotFound


def _page(found: Key, form: RenamePasskeyForm, status: int = 200) -> Response:
    return page("account/passkey.html", status=status, key=found, form=form)


def _add_page(form: NewPasskeyForm, status: int = 200) -> Response:
    return page("account/add_passkey.html", status=status, form=form, passkeys=possible())
