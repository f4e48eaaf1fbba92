"""The reader's language: URL prefix, else account, cookie, Accept-Language, English."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode

from babel.support import NullTranslations
from flask import Flask, current_app, g, has_request_context, request
from flask_babel import Babel, Domain, get_locale
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.exceptions import NotFound as NoRoute
from werkzeug.routing import BaseConverter, RequestRedirect

from portal.core.locales import DEFAULT, LANGUAGES, negotiate, supported
from portal.web.cookies import cookie
from portal.web.formats import ReaderLocale, isolated, locale_for


class _Messages(Domain):
    """The messages of the templates, filled as templates fill them."""

    def get_translations(self) -> NullTranslations:
        return current_app.extensions["templates"][get_locale().language].catalog  # type: ignore[no-any-return]

    def gettext(self, string: str, **values: Any) -> str:
        words = str(super().gettext(string))
        return words % isolated(get_locale().language, values) if values else words


babel = Babel()
LANGUAGE = "language"  # the cookie of a choice


class LanguageConverter(BaseConverter):
    """The first part of every page's address: one of our codes in its normal form, nothing else."""

    regex = "|".join(LANGUAGES)
    part_isolating = True


def init_app(app: Flask) -> None:
    app.url_map.converters["lang"] = LanguageConverter
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(app.root_path) + "/translations"
    babel.init_app(app, default_locale=DEFAULT, locale_selector=current_language)
    babel.domain_instance = _Messages()
    app.url_value_preprocessor(_take_language)
    app.url_defaults(_give_language)


def current_language() -> str:
    """Return the language of the page, always one of ours; error pages without prefix take the reader's own."""
    if not has_request_context():
        return DEFAULT
    if not g.get("lang"):
        g.lang = preferred()
    return str(g.lang)


def reader_locale() -> ReaderLocale:
    """Return how dates, amounts and numbers are written for whoever reads this page."""
    reader = g.ctx.actor
    return locale_for(current_language(), reader.country, reader.calendar)


def preferred() -> str:
    """Return the language for somebody who asked for no particular one."""
    ctx = g.get("ctx")
    if ctx and ctx.actor.signed_in:
        return supported(ctx.actor.language) or DEFAULT
    return supported(request.cookies.get(cookie(LANGUAGE))) or negotiate(request.headers.get("Accept-Language", ""))


def normal_address() -> str | None:
    """Return where an address without page leads: to its normal spelling or to the reader's language, if at all."""
    query = parse_qsl(request.query_string.decode("utf-8", "replace"), keep_blank_values=True)
    asked = supported(dict(query).get("lang"))
    first, _, rest = request.path.lstrip("/").partition("/")
    if supported(first) and first not in LANGUAGES:
        path = f"/{supported(first)}/{rest}"
    else:
        path = f"/{asked or preferred()}{request.path}"
    if not _is_page(path):
        return None
    kept = urlencode([(name, value) for name, value in query if name != "lang"])
    return f"{path}?{kept}" if kept else path


def _is_page(path: str) -> bool:
    try:
        current_app.url_map.bind("").match(path, method="GET")
    except RequestRedirect:
        return True
    except (NoRoute, MethodNotAllowed):
        return False
    return True


def local_path(target: str | None) -> str | None:
    """Return `target` if it is a path of this portal, so that no link sends people elsewhere after a sign-in."""
    if not target or not target.startswith("/") or target[1:2] in {"/", "\\"} or not target.isprintable():
        return None
    return None if "\\" in target else target


def _take_language(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    if values is not None:
        g.lang = values.pop("lang", None)
        return
    # No page is at this address; its error page still speaks the language that the address begins with.
    first = request.path.lstrip("/").partition("/")[0]
    g.lang = first if first in LANGUAGES else None


def _give_language(endpoint: str, values: dict[str, Any]) -> None:
    if "lang" not in values and current_app.url_map.is_endpoint_expecting(endpoint, "lang"):
        values["lang"] = current_language()
