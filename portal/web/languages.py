"""Languages on pages: as choices of forms, and how what is kept comes in one language as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import g
from flask_babel import gettext, refresh
from wtforms import SelectChoice

from portal.core.locales import LANGUAGES, whole
from portal.core.words import N_
from portal.web.i18n import current_language

_PREPARING = N_("%(language)s (in preparation: mails and files are in English)")


def language_choices() -> list[SelectChoice]:
    """Return all languages, each in its own name; those in preparation say what that means."""
    return [SelectChoice(code, gettext(_PREPARING, language=language.name) if language.preparing else language.name)
            for code, language in LANGUAGES.items()]


def write_whole() -> None:
    """Answer with a file that people keep: in English while the language of the page is in preparation."""
    _write_in(whole(current_language()))


@contextmanager
def written_whole() -> Iterator[None]:
    """Write what people keep, on the way to a page in their own language."""
    shown = current_language()
    write_whole()
    try:
        yield
    finally:
        _write_in(shown)


def _write_in(language: str) -> None:
    if language != current_language():
        g.lang = language
        refresh()
