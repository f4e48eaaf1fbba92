"""Which browser on which system: read from what browsers say of themselves, for their owners' eyes alone.

Names, not versions: a list of signed-in browsers is to be recognized at a glance. What a browser says can be made up,
so nothing is decided by it.
"""

from __future__ import annotations

from typing import NamedTuple


class Browser(NamedTuple):
    """Names as their makers spell them; empty where the table knows none."""

    name: str
    system: str


# The first sign that stands in the text counts: nearly all browsers claim to be several others as well.
_BROWSERS = (
    ("Edg/", "Edge"), ("EdgA/", "Edge"), ("EdgiOS/", "Edge"), ("OPR/", "Opera"), ("OPiOS/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"), ("Vivaldi/", "Vivaldi"), ("YaBrowser/", "Yandex Browser"),
    ("DuckDuckGo/", "DuckDuckGo"), ("Line/", "LINE"), ("FxiOS/", "Firefox"), ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"), ("HeadlessChrome/", "Chrome"), ("Chromium/", "Chromium"), ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "ChromeOS"), ("Windows", "Windows"),
    ("Mac OS X", "macOS"), ("Macintosh", "macOS"), ("Linux", "Linux"),
)


def named(user_agent: str) -> Browser:
    """Return what the text names."""
    return Browser(_first(_BROWSERS, user_agent), _first(_SYSTEMS, user_agent))


def _first(signs: tuple[tuple[str, str], ...], text: str) -> str:
    return next((name for sign, name in signs if sign in text), "")
