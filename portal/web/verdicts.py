"""Why a ticket is S1-Critical, or why not, in the words of pages and mails: functions for views and for templates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import g
from flask_babel import gettext
from jinja2 import pass_context
from jinja2.runtime import Context

from portal.support.verdicts import Told, Tongue, lines, sentence
from portal.web import formats
from portal.web.i18n import current_language, reader_locale


def verdict_sentence(ticket: Any, hidden: bool = False) -> str:
    """Return why a ticket is S1-Critical or not, in the language of the page.

    `ticket` has `verdict` and `verdict_params`, or is the `data` of an event "classified". `hidden`: the reader may not
    see the customer's data (any more).
    """
    return sentence(g.ctx.programme, _tongue(), told(ticket, hidden))


def verdict_lines(ticket: Any, hidden: bool = False) -> list[str]:
    """Return the details beneath the sentence: which licenses were counted, which were not and why."""
    return lines(g.ctx.programme, _tongue(), told(ticket, hidden))


def told(ticket: Any, hidden: bool) -> Told:
    """Return the verdict of a ticket, or of what its history or a mail says of it."""
    if isinstance(ticket, Mapping):
        return Told(ticket.get("verdict") or "", ticket.get("params") or ticket.get("verdict_params") or {}, hidden)
    return Told(ticket.verdict, ticket.verdict_params or {}, hidden)


def template_functions(language: str, translate: Callable[[str], str]) -> dict[str, Any]:
    """Return the same two functions for the templates of a language, of pages as well as of mails.

    They need `programme` in the context, which pages and mails have; macros, only if imported with context.
    """

    def tongue(context: Context) -> Tongue:
        locale = formats.locale_for(language, context.get("country") or "")
        return Tongue(language, translate, lambda value: formats.number(value, locale))

    @pass_context
    def sentence_of(context: Context, ticket: Any, hidden: bool = False) -> str:
        return sentence(context["programme"], tongue(context), told(ticket, hidden))

    @pass_context
    def lines_of(context: Context, ticket: Any, hidden: bool = False) -> list[str]:
        return lines(context["programme"], tongue(context), told(ticket, hidden))

    return {"verdict_sentence": sentence_of, "verdict_lines": lines_of}


def _tongue() -> Tongue:
    locale = reader_locale()
    return Tongue(current_language(), gettext, lambda value: formats.number(value, locale))
