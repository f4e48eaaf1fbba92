"""Drives Debian's Chromium with the words of `tests.no_js.NoJs`, so that one story runs in both."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from lxml import html
from lxml.html import HtmlElement
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright, Response, Route, sync_playwright

PROGRAM = shutil.which("chromium")
MISSING = "Chromium is not installed: apt-get install chromium"
_ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]
_BY_HTMX = "e => e.matches('a[hx-get]') || !!(e.form && e.form.matches('[hx-post], [hx-get]'))"
_UNSETTLED = ".htmx-request, .htmx-swapping, .htmx-settling"


def launch(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=PROGRAM, args=_ARGUMENTS)


@pytest.fixture(scope="session")
def chromium_browser() -> Iterator[Browser]:
    """The browser of all tests of a process: Playwright refuses to be started twice in one."""
    if not PROGRAM:
        pytest.skip(MISSING)
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


def window(browser: Browser, cdn: bool = True, **options: Any) -> BrowserContext:
    """Open a window of its own, for which the CDN answers with its file, or not at all."""
    context = browser.new_context(**options)

    def answer(route: Route) -> None:
        if cdn:
            route.fulfill(path="static/htmx.min.js", content_type="text/javascript",
                          headers={"Access-Control-Allow-Origin": "*"})
        else:
            route.abort()

    context.route("https://cdn.jsdelivr.net/**", answer)
    return context


class Chromium:
    """A person at a real browser."""

    def __init__(self, context: BrowserContext, base: str, scripts: bool) -> None:
        self.base, self.scripts = base, scripts
        self.page: Page = context.new_page()
        self.errors: list[str] = []
        self.status = 0
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("response", self._note)

    def _note(self, response: Response) -> None:
        if response.request.resource_type in {"document", "xhr", "fetch"} and response.status not in (302, 303):
            self.status = response.status

    @property
    def url(self) -> str:
        parts = urlsplit(self.page.url)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path

    @property
    def tree(self) -> HtmlElement:
        return html.document_fromstring(self.page.content())

    @property
    def text(self) -> str:
        return " ".join(self.tree.xpath("//main")[0].text_content().split())

    @property
    def notices(self) -> str:
        return " ".join(self.page.locator("#notices").text_content().split())

    @property
    def lang(self) -> str:
        return str(self.tree.get("lang"))

    def open(self, url: str) -> Chromium:
        self.page.goto(self.base + url if url.startswith("/") else url)
        return self

    def click(self, words: str, within: str = "") -> Chromium:
        self._answered(self._saying("a", words, within))
        return self

    def press(self, words: str, within: str = "", **values: Any) -> Chromium:
        """Fill `values` into the form of the button that says `words`, and press it."""
        button = self._saying("form button", words, within)
        form = button.locator("xpath=ancestor::form[1]")
        for name, value in values.items():
            self._fill(form.locator(f"[name='{name}']"), value)
        self._answered(button)
        return self

    def press_at(self, action: str) -> Chromium:
        """Press the button of the form with this address, where several say the same."""
        self._answered(self.page.locator(f"form[action='{action}'] button"))
        return self

    def unfold(self, words: str) -> Chromium:
        """Open what says `words` and holds more."""
        self.page.locator("summary", has_text=words).click()
        return self

    def download(self) -> bytes:
        """Return the file that the page offers."""
        with self.page.expect_download() as offered:
            self.page.locator("main a[download]").click()
        return Path(offered.value.path()).read_bytes()

    def refreshed(self, link: str, until: str) -> None:
        """Wait for the page to bring itself up to date; without scripts, press its link."""
        if self.scripts:
            self.page.get_by_text(until).first.wait_for()
        else:
            self.click(link)

    def _fill(self, controls: Locator, value: Any) -> None:
        control = controls.first
        kind = control.evaluate("e => e.type")
        if isinstance(value, bool):
            control.set_checked(value)
        elif kind == "radio":
            controls.and_(self.page.locator(f"[value='{value}']")).check()
        elif kind.startswith("select"):
            control.select_option(value)
        elif kind == "file":
            content, name = value
            control.set_input_files({"name": name, "mimeType": "application/octet-stream", "buffer": content.read()})
        else:
            control.fill(value)

    def _saying(self, selector: str, words: str, within: str) -> Locator:
        """Find the visible element that says exactly `words`, hidden parts for screen readers included."""
        scope = self.page.locator("tr, li, article, section, fieldset, form", has_text=within) if within else self.page
        elements = scope.locator(selector)
        texts = elements.evaluate_all("all => all.map(e => e.textContent.trim().replace(/\\s+/g, ' '))")
        seen = [i for i, text in enumerate(texts) if text == words and elements.nth(i).is_visible()]
        assert seen, f"nothing says {words!r} on {self.url} ({self.status}): {self.text[:600]}"
        return elements.nth(seen[0])

    def _answered(self, element: Locator) -> None:
        """Press, and wait until the answer stands in the page: a new document, or what htmx has swapped in."""
        if not (self.scripts and element.evaluate(_BY_HTMX)):
            with self.page.expect_navigation():
                element.click()
            return
        with self.page.expect_response(lambda r: r.request.resource_type in {"xhr", "fetch"}) as answer:
            element.click()
        target = answer.value.headers.get("hx-redirect")
        if target:
            self.page.wait_for_url(f"**{target}")
        self.page.locator(_UNSETTLED).first.wait_for(state="detached")
