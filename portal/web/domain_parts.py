"""What the pages about proving a domain share: the partner's, the organization's, and the one behind a link."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request
from flask_babel import gettext
from wtforms import EmailField, SelectField, StringField
from wtforms.validators import Email, InputRequired, Length

from portal.core.words import N_
from portal.domains.models import Domain
from portal.domains.policy import Method
from portal.domains.queries import view
from portal.web.access import ctx
from portal.web.forms import Form
from portal.web.languages import language_choices
from portal.web.render import notify


class LinkForm(Form):
    """Who gets the link for the holder of the DNS."""

    name = StringField(N_("Name"), [Length(max=100)])
    email = EmailField(N_("E-mail address"), [InputRequired(), Email(allow_smtputf8=False), Length(max=254)])
    language = SelectField(N_("Language of the mail"), choices=language_choices)


METHODS = {Method.TXT: N_("TXT record"), Method.CNAME: N_("CNAME record"), Method.FILE: N_("HTML file")}


def method_of(text: str | None) -> Method | None:
    """Return the method that an address names; None leaves the choice to the page."""
    return Method(text) if text in set(Method) else None


def posted_method() -> Method:
    return method_of(request.form.get("method")) or Method.TXT


def tell_whether(asked: bool) -> None:
    """Say so when a click changed nothing; a check that began shows itself."""
    if not asked:
        notify("info", N_("This was checked a moment ago. Wait a few seconds before the next check."))


def shown(domain: Domain, method: Method | None, address: Callable[[Method], str]) -> dict[str, Any]:
    """Return what the templates need to show `domain`; `address` makes the page's address for a method."""
    found = view(ctx(), domain, method or method_of(request.args.get("method")))
    tabs = [
        {"label": gettext(label), "url": address(method), "current": method is found.method}
        for method, label in METHODS.items()
    ]
    return {"view": found, "here": address(found.method), "methods": tabs}
