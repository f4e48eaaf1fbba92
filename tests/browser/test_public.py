"""Public pages as a browser shows them: every article, whole without scripts, and axe finds nothing to object to.

Each article is read in one language, the next in the next; where readers begin and what helps them on, in all.
"""

from __future__ import annotations

from typing import Any

import pytest

from portal.core.locales import COMPLETE
from portal.help.collection import library
from tests.browser import chromium
from tests.browser.test_pages import NARROW, misfits, objections

pytestmark = [pytest.mark.browser, pytest.mark.looks]

EVERYWHERE = ("/", "/help", "/help/search?q=trial", "/help/contact?country=TH")


def read(language: str) -> list[str]:
    """Return what is read in a language: each article in one of them."""
    shelf = library().shelf(language)
    return [*EVERYWHERE, *(f"/help/{article.slug}" for article in shelf[COMPLETE.index(language)::len(COMPLETE)])]


def windows(browser: Any, faults: list[str]) -> tuple[Any, Any]:
    """Open two pages, with scripts and without; what the first one's console says is a fault."""
    pages = []
    for scripts in (True, False):
        context = browser.new_context(viewport={"width": NARROW, "height": 800}, reduced_motion="reduce",
                                      java_script_enabled=scripts)
        chromium.serve_cdn(context, blocked=False)
        pages.append(context.new_page())
    # Structured data that the content security policy kept out would be told of here.
    pages[0].on("console", lambda said: faults.append(f"{pages[0].url}: {said.text}"))
    pages[0].on("pageerror", lambda error: faults.append(f"{pages[0].url}: {error}"))
    return pages[0], pages[1]


@pytest.mark.parametrize("language", COMPLETE)
def test_public_pages(language: str, world, site, chromium_browser) -> None:
    faults: list[str] = []
    page, plain = windows(chromium_browser, faults)
    for path in read(language):
        assert page.goto(f"{site}/{language}{path}").status == 200
        plain.goto(page.url)
        if page.locator("main").inner_text() != plain.locator("main").inner_text():
            faults.append(f"{page.url}: says something else without scripts")
        faults += [f"{page.url}: {fault}" for fault in misfits(page, language) + objections(page)]
    page.context.close()
    plain.context.close()
    assert not faults, "\n".join(faults)


def test_results_come_while_somebody_types(world, site, chromium_browser) -> None:
    faults: list[str] = []
    page = windows(chromium_browser, faults)[0]
    page.goto(f"{site}/en/help/search")
    page.locator("[name=q]").press_sequentially("extend a trail", delay=20)
    page.locator("#results mark").first.wait_for()
    page.wait_for_url("**/en/help/search?q=extend*trail")
    assert page.locator("#count").inner_text() == page.locator("#results h2").inner_text()
    assert page.get_by_text("Showing results for “extend a trial”.").is_visible(), "the typo is corrected, and told"
    assert page.locator("[name=q]").input_value() == "extend a trail"
    assert page.evaluate("document.activeElement.name") == "q", "typing goes on where it was"
    page.locator("#results h3 a").first.click()
    page.wait_for_url("**/en/help/trials*")
    page.context.close()
    assert not faults


def test_an_article_is_printed_alone(world, site, chromium_browser) -> None:
    page = windows(chromium_browser, [])[0]
    page.goto(f"{site}/th/help/partner-programme")
    kept, left_out = "article, .brand", ".crumbs, .search, .toc, .pairs, .feedback, .write, .onward, .languages"
    assert page.locator(left_out).count() == 8
    page.emulate_media(media="print")
    assert all(part.is_visible() for part in page.locator(kept).all())
    assert not [part.get_attribute("class") for part in page.locator(left_out).all() if part.is_visible()]
    page.context.close()
