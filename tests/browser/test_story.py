"""The main job in Chromium: with JavaScript, without it, and with the CDN blocked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.journeys.test_attaching import attaching_story
from tests.journeys.test_delegation import consent_story, delegation_story
from tests.journeys.test_people import people_story
from tests.journeys.test_store import store_story
from tests.journeys.test_story import PASSWORD, whole_story
from tests.journeys.test_support import general_story, help_center_story

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

# The other stories go without scripts in the journeys, all languages on both engines; here with them.
DELEGATION = {"sqlite": [("th", "script"), ("es", "script")], "postgresql": [("fr", "script"), ("en", "script")]}
CONSENT = {"sqlite": [("fr", "script"), ("en", "script")], "postgresql": [("th", "script"), ("es", "script")]}
STORE = {"sqlite": [("th", "script"), ("en", "script")], "postgresql": [("es", "script"), ("fr", "script")]}
PEOPLE = {"sqlite": [("fr", "script"), ("th", "script")], "postgresql": [("en", "script"), ("es", "script")]}
ATTACHING = {"sqlite": [("es", "script"), ("en", "script")], "postgresql": [("th", "script"), ("fr", "script")]}
HELP_CENTER = {"sqlite": [("en", "script"), ("fr", "script")], "postgresql": [("es", "script"), ("th", "script")]}
GENERAL = {"sqlite": [("th", "script"), ("es", "script")], "postgresql": [("fr", "script"), ("en", "script")]}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    stories = {"test_the_delegation": DELEGATION, "test_the_consent": CONSENT, "test_the_store": STORE,
               "test_the_people": PEOPLE, "test_the_attaching": ATTACHING, "test_the_help_center": HELP_CENTER,
               "test_the_general_help_center": GENERAL}
    runs = stories.get(metafunc.function.__name__, RUNS)
    metafunc.parametrize(("language", "way"), runs[metafunc.config.getoption("--engine")])


def test_the_story(language: str, way: str, world, person) -> None:
    window = person(language, **WAYS[way])
    whole_story(world, window, language)
    assert window.errors == []
    if WAYS[way]["scripts"]:
        assert window.page.evaluate("typeof htmx") == "object"
    assert PASSWORD not in window.page.content()


@pytest.fixture
def enter(language: str, way: str, person) -> Iterator[Callable[[Any], Any]]:
    """Open a window for somebody, or for nobody; in the end no script has failed in any of them."""
    windows = []

    def open_window(who: Any) -> Any:
        windows.append(person(language, cookie=who.cookie if who else None, **WAYS[way]))
        return windows[-1]

    yield open_window
    assert [window.errors for window in windows] == [[]] * len(windows)


def test_the_delegation(language: str, way: str, world, enter) -> None:
    delegation_story(world, enter, language)


def test_the_consent(language: str, way: str, world, enter) -> None:
    consent_story(world, enter, language)


def test_the_store(language: str, way: str, world, enter) -> None:
    store_story(world, enter, language)


def test_the_people(language: str, way: str, world, enter) -> None:
    people_story(world, enter, language)


def test_the_attaching(language: str, way: str, world, enter) -> None:
    attaching_story(world, enter, language)


def test_the_help_center(language: str, way: str, world, enter) -> None:
    help_center_story(world, enter, language)


def test_the_general_help_center(language: str, way: str, world, enter) -> None:
    general_story(world, enter, language)
