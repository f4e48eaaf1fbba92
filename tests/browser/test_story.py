"""The main job in Chromium: with JavaScript, without it, and with the CDN blocked."""

from __future__ import annotations

import pytest

from tests.journeys.test_story import PASSWORD, whole_story

pytestmark = pytest.mark.browser

WAYS = {
    "script": {"scripts": True, "cdn": True},
    "no-script": {"scripts": False, "cdn": True},
    "cdn-blocked": {"scripts": True, "cdn": False},
}
RUNS = [(language, way) for way in ("script", "no-script") for language in ("es", "fr", "th", "en")]


@pytest.mark.parametrize(("language", "way"), [*RUNS, ("th", "cdn-blocked")])
def test_the_story(language: str, way: str, world, person) -> None:
    window = person(language, **WAYS[way])
    whole_story(world, window, language)
    assert window.errors == []
    if WAYS[way]["scripts"]:
        assert window.page.evaluate("typeof htmx") == "object"
    assert PASSWORD not in window.page.content()
