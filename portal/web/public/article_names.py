"""What the bodies of articles may name: labels, numbers and addresses, in the language of the text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import current_app, url_for
from PIL import Image

from portal.core.locales import DEFAULT, whole
from portal.programme.schema import Programme
from portal.settings import ROOT
from portal.web.articles import articles_of
from portal.web.formats import locale_for, number
from portal.web.public.article_body import Picture, paired
from portal.web.public.facts import FACTS

# Where labels are given in English as well, the first time that they occur: the interface is often seen in English.
_USUALLY_PAIRED = {"th": DEFAULT}
NO_PAIR = "none"


@dataclass(slots=True)
class Labels:
    """Words of the interface in the language of the text, with those in a second language behind them.

    A second language that the reader chose is shown each time, the usual one only the first time.
    """

    lang: str
    second: str
    always: bool
    seen: set[str]

    def __call__(self, message: str, context: str = "") -> str:
        """Return the label of the interface that this message is."""
        words = _word(self.lang, message, context)
        if not self.second or (message in self.seen and not self.always):
            return words
        self.seen.add(message)
        second = _word(self.second, message, context)
        return words if second == words else paired(words, second, self.second)


def labels(lang: str, chosen: str) -> Labels:
    """Return the labels of a text in `lang`, with a second language that was chosen, `none`, or the usual one."""
    return Labels(lang, second_language(lang, chosen), bool(chosen), set())


def second_language(lang: str, chosen: str) -> str:
    """Return the second language of labels: the chosen one, the usual one, or none."""
    return "" if chosen in {NO_PAIR, lang} else chosen or _USUALLY_PAIRED.get(lang, "")


def _word(lang: str, message: str, context: str) -> str:
    words = current_app.extensions["templates"][lang].globals
    return str(words["pgettext"](context, message) if context else words["_"](message))


def names(programme: Programme, lang: str, reader: str, chosen: str = "") -> Mapping[str, Any]:
    """Return what a text in `lang` may name; addresses are those of the `reader`'s language."""
    words = current_app.extensions["templates"][lang].globals
    _, ngettext = words["_"], words["ngettext"]

    def days(count: int) -> str:
        return str(ngettext("%(num)s day", "%(num)s days", count))

    def hours(aim: int, limit: int) -> str:
        if aim == limit:
            return str(ngettext("%(num)s hour", "%(num)s hours", limit))
        shown = {"aim": number(aim, locale_for(lang)), "limit": number(limit, locale_for(lang))}
        return str(_("%(aim)s to %(limit)s hours", **shown))

    def url(name: str, key: str = "") -> str:
        """Return the address of a page (its endpoint) or of another article; an unknown one is an error."""
        kept = {"with": chosen} if chosen else {}
        if name == "help":
            slug = articles_of().get(key, reader).slug
            return url_for("public.help_article", lang=reader, slug=slug, **kept)  # type: ignore[arg-type]
        return url_for(name, lang=reader)

    return {
        "label": labels(lang, chosen), "url": url, "days": days, "hours": hours, "p": programme, "lang": lang,
        "number": lambda value: number(value, locale_for(lang)), "facts": FACTS,
    }


def picture(name: str, lang: str) -> Picture:
    """Return a picture of a page in this language, while it is in preparation in English.

    FileNotFoundError for one that was never taken.
    """
    file = f"help/{whole(lang)}/{name}.webp"
    with Image.open(ROOT / "static" / file) as image:
        return Picture(current_app.extensions["asset"](file), *image.size)
