"""Chromium on the portal of the journeys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from portal.web.public.help_index import index_from_shell
from tests.browser import chromium
from tests.journeys.conftest import base_port, host, world  # noqa: F401
from tests.servers import live


@pytest.fixture
def site(world, base_port, host) -> Iterator[str]:  # noqa: F811
    """The portal, served on loopback."""
    with live(world.app, base_port) as address:
        yield address.replace("127.0.0.1", host)


@pytest.fixture
def indexed(world) -> None:  # noqa: F811
    """The help, indexed before anybody searches: no page waits for that."""
    index_from_shell(world.app)


@pytest.fixture
def person(chromium_browser, site) -> Iterator[Callable[..., chromium.Chromium]]:
    """Open a browser window: `person(language="th", scripts=False, cdn=True, width=360, cookie=cast.admin.cookie)`."""
    contexts: list[Any] = []

    def open_window(language: str = "en", scripts: bool = True, cdn: bool = True, width: int = 1280,
                    cookie: str | None = None) -> chromium.Chromium:
        context = chromium.window(chromium_browser, cdn, java_script_enabled=scripts, locale=language,
                                  viewport={"width": width, "height": 900})
        contexts.append(context)
        if cookie:
            context.add_cookies([{"name": "portal", "value": cookie, "url": site}])
        return chromium.Chromium(context, site, scripts)

    yield open_window
    for context in contexts:
        context.close()
