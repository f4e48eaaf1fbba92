"""What a page says in a language, with plain spaces: tests press buttons by their words, as people do."""

from __future__ import annotations

from collections.abc import Callable

from portal.catalogs import read
from portal.core.locales import DEFAULT


def words(language: str) -> Callable[..., str]:
    """Return a function from an English message to what the page says in `language`."""
    catalog = read(language) if language != DEFAULT else None

    def say(message: str, context: str | None = None, **params: object) -> str:
        found = catalog.get(message, context) if catalog else None
        text = found.string if found is not None and found.string else message
        return " ".join((text % params if params else text).split())  # French has no-break spaces

    return say
