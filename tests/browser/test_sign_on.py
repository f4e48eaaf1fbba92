"""Single sign-on in Chromium, at a real identity provider: its cookies, redirects and content policy are real too."""

from __future__ import annotations

from typing import Any

import pytest

from tests.journeys.test_sign_on import clock, sign_on_story, signon  # noqa: F401

pytestmark = pytest.mark.browser

WAYS = {"sqlite": [("es", True), ("th", False)], "postgresql": [("th", True), ("es", False)]}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    metafunc.parametrize(("language", "scripts"), WAYS[metafunc.config.getoption("--engine")])


def go(window: Any, link: str, name: str, act: str = "enter") -> None:
    """Follow the link, and sign in at the provider if it asks who is there."""
    window.click(link)
    if not window.page.url.startswith(window.base):
        window.page.fill("[name=login]", name)
        with window.page.expect_navigation(url=f"{window.base}/**"):
            window.page.click(f"button[value={act}]")


def test_sign_on(language: str, scripts: bool, world, person) -> None:
    windows = []

    def window() -> Any:
        windows.append(person(language, scripts=scripts))
        return windows[-1]

    sign_on_story(world, window, go, language)
    assert [window.errors for window in windows] == [[]] * len(windows)
