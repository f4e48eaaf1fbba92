"""Renders pages and their fragments: one template, two ways out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from babel.core import get_global
from flask import Flask, current_app, flash, g, get_flashed_messages, make_response, redirect, request, url_for
from flask_babel import gettext
from jinja2_fragments import render_block
from werkzeug.wrappers import Response as BaseResponse

from portal.core.locales import COMPLETE, DEFAULT, LANGUAGES
from portal.core.words import N_
from portal.web import menus
from portal.web.articles import page_help
from portal.web.i18n import current_language
from portal.web.places import places
from portal.web.templating import environments

HTMX_URL = "https://cdn.jsdelivr.net/npm/htmx.org@4.0.1/dist/htmx.min.js"
HTMX_INTEGRITY = "sha384-Qp9rdC8H7EqOoX+nR0P3RPG2Noji+qdwJlGpfzwQJsfOpp3sGwIdSP9xO3+UlEhn"


@dataclass(frozen=True, slots=True)
class Choice:
    """A language in the picker."""

    code: str
    name: str
    url: str
    current: bool
    preparing: bool


_PREPARING = N_("This language is in preparation: some text is still in English.")


def init_app(app: Flask) -> None:
    app.extensions["templates"] = environments(app)


def wants_fragment() -> bool:
    """Tell whether htmx asks for a part. It sends its header on Back and on boosted links too: those want pages."""
    header = request.headers.get
    return (
        header("HX-Request") == "true"
        and header("HX-History-Restore-Request") != "true"
        and header("HX-Boosted") != "true"
    )


def notify(kind: str, message: str, **params: object) -> None:
    """Leave a notice for the answer to this request, or for the page it redirects to."""
    flash(gettext(message, **params), kind)


def page(template: str, block: str | None = None, status: int = 200, **context: Any) -> BaseResponse:
    """Answer with the page, or with its `block` alone (and fresh notices beside it) when htmx asks for a part."""
    env = current_app.extensions["templates"][current_language()]
    context = {**_common(), "status": status, **context}
    if block and wants_fragment():
        body = render_block(env, template, block, **context) + str(
            env.globals["ui"].notices(get_flashed_messages(with_categories=True), oob=True)
        )
    else:
        body = env.get_template(template).render({**_frame(), **context})
    response = make_response(body, status)
    if not block and wants_fragment():  # an error, or the way to sign in: no part of the page that asked
        response.headers.update({"HX-Retarget": "body", "HX-Reswap": "innerHTML"})
    # Back and shared caches must not mix pages with parts, nor people with each other.
    response.vary.update(["HX-Request", "HX-History-Restore-Request", "HX-Boosted", "Cookie"])
    return response


def see_other(url: str) -> BaseResponse:
    """Send the browser to another page after a write, with htmx or without."""
    if not wants_fragment():
        return redirect(url, 303)
    response = make_response("", 200)
    response.headers["HX-Redirect"] = url
    return response


def _common() -> dict[str, Any]:
    """Return what fragments need as well as pages."""
    actor = g.ctx.actor
    return {
        "lang": current_language(),
        "actor": actor if actor.signed_in else None,
        "country": actor.country,
        "calendar": actor.calendar,
        "time_zone": actor.time_zone,
        "programme": g.ctx.programme,
        "vendor": g.ctx.programme.vendor,
        "today": g.ctx.today(actor.time_zone),
        "request_path": request.path,
    }


def _frame() -> dict[str, Any]:
    """Return what only the frame around a page needs."""
    settings = current_app.extensions["settings"]
    audience = (request.blueprint or "public").split(".")[0]
    lang = current_language()
    return {
        "preparing": _preparing(lang) if LANGUAGES[lang].preparing else None,
        "languages": in_other_languages(),
        "alternates": [],
        "canonical": None,
        "description": None,
        "robots": "noindex",
        "audience": audience,
        "menu": menus.menu(audience, g.ctx.actor),
        "contexts": menus.contexts(audience, g.ctx.actor),
        "places": places(g.ctx.actor),
        "place_url": url_for("account.choose_place"),
        "notices": get_flashed_messages(with_categories=True),
        "htmx_src": current_app.extensions["asset"]("htmx.min.js") if settings.local_htmx else HTMX_URL,
        "htmx_integrity": None if settings.local_htmx else HTMX_INTEGRITY,
        "on_behalf": g.get("on_behalf"),
        "home_url": url_for("public.home"),
        "help_center": menus.help_center(g.ctx.actor),
        "page_help": page_help(g.ctx.actor),
        "sign_in_url": url_for("account.sign_in"),
        "sign_out_url": url_for("account.sign_out"),
        "account_url": url_for("account.settings"),
    }


def in_other_languages() -> list[Choice]:
    """Return the picker of languages: this page, with what was asked of it, in each."""
    lang = current_language()
    return [Choice(code, language.name, _in(code), code == lang, language.preparing)
            for code, language in LANGUAGES.items()]


def _preparing(lang: str) -> tuple[str, str]:
    """Return what a page says of its language in preparation, and the language that this is in."""
    words = gettext(_PREPARING)
    return words, DEFAULT if _PREPARING in words else lang


def _in(code: str) -> str:
    """Return the picker's address for this page in another language; forms that were posted lead to their page."""
    endpoint = request.endpoint
    if endpoint is None or not g.get("lang") or request.routing_exception is not None:
        return url_for("public.home", lang=code)
    target = address_in(code, endpoint, request.view_args or {})
    query = request.query_string.decode() if request.method == "GET" else ""
    return url_for("public.choose_language", lang=code, next=f"{target}?{query}" if query else target)


def localize(values: Mapping[str, Mapping[str, Any]]) -> None:
    """Tell which parts of this page's address are words, in every language: the picker and `public_links` follow."""
    g.localized = values


def address_in(code: str, endpoint: str, values: Mapping[str, Any]) -> str:
    """Return the path of a page in another language, its own words translated."""
    return url_for(endpoint, **{**values, **g.get("localized", {}).get(code, {}), "lang": code})


def public_links(endpoint: str, languages: Iterable[str] = COMPLETE, **values: Any) -> dict[str, Any]:
    """Return the frame values that make a public page indexable: canonical address and the languages it exists in.

    Nobody is led to a page whose language is in preparation.
    """
    base, lang = g.ctx.base_url, current_language()
    addresses = {code: base + address_in(code, endpoint, values) for code in languages if code in COMPLETE}
    if LANGUAGES[lang].preparing:
        return {"canonical": base + address_in(lang, endpoint, values), "alternates": [], "robots": "noindex"}
    return {
        "canonical": addresses[lang],
        "locales": [_with_territory(code) for code in sorted(addresses, key=lambda code: code != lang)],
        "alternates": [*addresses.items(), ("x-default", addresses[DEFAULT])],
        "robots": None,
    }


def _with_territory(code: str) -> str:
    """Return a language as previews of links know it: with the territory that CLDR takes for likely (`fr_FR`)."""
    return f"{code}_{get_global('likely_subtags')[code].rpartition('_')[2]}"


def shared(response: BaseResponse) -> BaseResponse:
    """Let caches keep a public page for five minutes, as long as it says nothing to its reader alone.

    Nor is what htmx asks for shared: not every cache in front of the portal keeps it apart from the page.
    """
    if g.ctx.actor.signed_in or get_flashed_messages() or wants_fragment():
        return response
    response.headers["Cache-Control"] = "public, max-age=300"
    response.add_etag(weak=True)
    return response.make_conditional(request.environ)
