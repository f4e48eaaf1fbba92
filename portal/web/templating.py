"""One Jinja environment per language, in which constant messages are translated when a template is compiled."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from babel.support import NullTranslations, Translations
from flask import Flask, url_for
from flask.templating import Environment
from flask_wtf.csrf import generate_csrf
from jinja2 import StrictUndefined, nodes, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from portal.core.locales import LANGUAGES
from portal.web import formats
from portal.web.formats import isolated
from portal.web.verdicts import template_functions


class FoldingEnvironment(Environment):
    """Replaces `_("constant")` by its translation in the syntax tree, where it is escaped like any other text.

    A catalog can therefore never inject markup, and a page pays nothing for its words.
    """

    catalog: NullTranslations = NullTranslations()

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        for parent in [tree, *tree.find_all(nodes.Node)]:
            for field, value in parent.iter_fields():
                if isinstance(value, list):
                    value[:] = [self._folded(item) for item in value]
                elif isinstance(value, nodes.Node):
                    setattr(parent, field, self._folded(value))
        return tree

    def _folded(self, node: Any) -> Any:
        if not (isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name)) or node.kwargs:
            return node
        words = [arg.value for arg in node.args if isinstance(arg, nodes.Const)]
        if len(words) != len(node.args):
            return node
        if node.node.name == "_" and len(words) == 1:
            return nodes.Const(self.catalog.ugettext(words[0]), lineno=node.lineno)
        if node.node.name == "pgettext" and len(words) == 2:
            return nodes.Const(self.catalog.upgettext(*words), lineno=node.lineno)
        return node


class _English(NullTranslations):
    """What a language from right to left has no words for yet: English, whose order of words it must not turn."""

    def gettext(self, message: str) -> str:
        return f"\u2066{message}\u2069"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)

    def upgettext(self, context: str, message: str) -> str:
        return self.gettext(message)

    ugettext, ungettext = gettext, ngettext


def catalog(app: Flask, language: str) -> NullTranslations:
    """Return the catalog of a language; English is the source and needs none."""
    found = Translations.load(app.config["BABEL_TRANSLATION_DIRECTORIES"], [language])
    if LANGUAGES[language].direction == "rtl":
        found.add_fallback(_English())
    return found


class Environments(dict[str, Environment]):
    """The environment of each language, made when the language is first asked for."""

    def __init__(self, app: Flask) -> None:
        super().__init__()
        self._app = app

    def __missing__(self, language: str) -> Environment:
        self[language] = made = _environment(self._app, language)
        return made


def environments(app: Flask) -> Environments:
    """Return the environments of an application by language."""
    app.jinja_environment = FoldingEnvironment
    app.jinja_options = {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True, "cache_size": -1}
    return Environments(app)


def _environment(app: Flask, language: str) -> Environment:
    env = app.create_jinja_environment()
    assert isinstance(env, FoldingEnvironment)
    env.catalog = words = catalog(app, language)

    def ngettext(one: str, many: str, num: int, **values: object) -> str:
        filled = isolated(language, {"num": formats.number(num, locale), **values})
        return str(words.ungettext(one, many, num)) % filled

    def translate(message: str, **values: object) -> str:
        text: str = words.ugettext(message)
        return text % isolated(language, values) if values else text

    def pgettext(context: str, message: str, **values: object) -> str:
        return str(words.upgettext(context, message)) % isolated(language, values)

    def in_language(code: str) -> Markup:
        """Return the attributes of an element whose words are in another language than the page's."""
        direction = LANGUAGES[code].direction if code in LANGUAGES else "ltr"
        way = Markup(' dir="{}"').format(direction) if direction != LANGUAGES[language].direction else ""
        return Markup(' lang="{}"{}').format(code, way)

    locale = formats.locale_for(language)
    env.globals.update(
        _=translate,
        pgettext=pgettext,
        ngettext=ngettext,
        csrf_token=generate_csrf,
        asset=app.extensions["asset"],
        url_for=url_for,
        dir=LANGUAGES[language].direction,
        in_language=in_language,
        **template_functions(language, words.ugettext),
    )
    env.filters.update(_filters(language))
    # The macros as a module: a block rendered alone does not run its template's imports.
    env.globals["ui"] = env.get_template("web/ui.html").module
    return env


def _filters(language: str) -> dict[str, Any]:
    """Return the formatting filters of a language; country and era come from the page's or the mail's context."""

    def locale(context: Context) -> formats.ReaderLocale:
        return formats.locale_for(language, context.get("country") or "", context.get("calendar") or "")

    @pass_context
    def day(context: Context, value: Any, style: str = "medium") -> str:
        # Mails carry their days as JSON does.
        value = date.fromisoformat(value) if isinstance(value, str) and value else value
        return formats.day(value, locale(context), style) if value else ""

    @pass_context
    def month(context: Context, value: Any) -> str:
        return formats.month(date.fromisoformat(value) if isinstance(value, str) else value, locale(context))

    @pass_context
    def percent(context: Context, basis_points: int) -> str:
        return formats.percent(basis_points, locale(context))

    @pass_context
    def instant(context: Context, value: Any, style: str = "medium") -> str:
        value = datetime.fromisoformat(value) if isinstance(value, str) and value else value
        return formats.instant(value, locale(context), context.get("time_zone") or "UTC", style) if value else ""

    @pass_context
    def money(context: Context, minor: int, currency: str) -> str:
        return formats.money(minor, currency, locale(context))

    @pass_context
    def number(context: Context, value: int) -> str:
        return formats.number(value, locale(context))

    return {"day": day, "instant": instant, "money": money, "month": month, "number": number, "percent": percent}
