"""The main job in Chromium: with JavaScript, without it, and with the CDN blocked."""

from __future__ import annotations

from typing import Any

import pytest

from tests.journeys.test_delegation import delegation_story
from tests.journeys.test_story import PASSWORD, whole_story

pytestmark = pytest.mark.browser

WAYS = {
    "script": {"scripts": True, "cdn": True},
    "no-script": {"scripts": False, "cdn": True},
    "cdn-blocked": {"scripts": True, "cdn": False},
}
# Each language goes each way, on one engine or the other; each engine goes both ways. The journeys without browser
# go through all languages on both.
RUNS = {
    "sqlite": [("es", "script"), ("th", "script"), ("fr", "no-script"), ("en", "no-script"), ("th", "cdn-blocked")],
    "postgresql": [("fr", "script"), ("en", "script"), ("es", "no-script"), ("th", "no-script")],
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    runs = DELEGATION if "delegation" in metafunc.function.__name__ else RUNS
    metafunc.parametrize(("language", "way"), runs[metafunc.config.getoption("--engine")])


# The second story goes without scripts in the journeys, all languages on both engines; here with them.
DELEGATION = {"sqlite": [("th", "script"), ("es", "script")], "postgresql": [("fr", "script"), ("en", "script")]}


def test_the_story(language: str, way: str, world, person) -> None:
    window = person(language, **WAYS[way])
    whole_story(world, window, language)
    assert window.errors == []
    if WAYS[way]["scripts"]:
        assert window.page.evaluate("typeof htmx") == "object"
    assert PASSWORD not in window.page.content()


def test_the_delegation(language: str, way: str, world, person) -> None:
    windows = []

    def enter(who: Any) -> Any:
        windows.append(person(language, cookie=who.cookie if who else None, **WAYS[way]))
        return windows[-1]

    delegation_story(world, enter, language)
    assert [window.errors for window in windows] == [[]] * len(windows)
