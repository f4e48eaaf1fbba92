"""Public pages as a browser shows them: every article, whole without scripts, and axe finds nothing to object to.

axe reads all of them in all languages; that nothing is missing without scripts is compared for each article in one
language, the next in the next, and in all where readers begin.
"""

from __future__ import annotations

from typing import Any

import pytest

from portal.core.locales import COMPLETE
from portal.help.collection import library
from portal.help.models import Answer
from tests.browser import chromium
from tests.browser.test_pages import NARROW, misfits, objections

pytestmark = [pytest.mark.browser, pytest.mark.looks]

EVERYWHERE = ("/", "/help", "/help/search?q=trial", "/help/contact?country=TH")


def read(language: str) -> list[tuple[str, bool]]:
    """Return the pages of a language, each with whether it is compared with itself without scripts."""
    articles = enumerate(library().shelf(language))
    return [*((path, True) for path in EVERYWHERE),
            *((f"/help/{article.slug}", number % len(COMPLETE) == COMPLETE.index(language))
              for number, article in articles)]


def windows(browser: Any, faults: list[str]) -> tuple[Any, Any]:
    """Open two pages, with scripts and without; what the first one's console says is a fault."""
    pages = []
    for scripts in (True, False):
        context = chromium.window(browser, viewport={"width": NARROW, "height": 800}, reduced_motion="reduce",
                                  java_script_enabled=scripts)
        pages.append(context.new_page())
    # Structured data that the content security policy kept out would be told of here.
    pages[0].on("console", lambda said: faults.append(f"{pages[0].url}: {said.text}"))
    pages[0].on("pageerror", lambda error: faults.append(f"{pages[0].url}: {error}"))
    return pages[0], pages[1]


@pytest.mark.parametrize("language", COMPLETE)
def test_public_pages(language: str, world, site, chromium_browser) -> None:
    faults: list[str] = []
    page, plain = windows(chromium_browser, faults)
    for path, compared in read(language):
        assert page.goto(f"{site}/{language}{path}").status == 200
        if compared:
            plain.goto(page.url)
            if page.locator("main").inner_text() != plain.locator("main").inner_text():
                faults.append(f"{page.url}: says something else without scripts")
        faults += [f"{page.url}: {fault}" for fault in misfits(page, language) + objections(page)]
    page.context.close()
    plain.context.close()
    assert not faults, "\n".join(faults)


def test_results_come_while_somebody_types(indexed, site, chromium_browser) -> None:
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


def test_a_double_click_is_one_answer_and_the_thanks_are_read_aloud(world, site, chromium_browser) -> None:
    page = windows(chromium_browser, [])[0]
    page.goto(f"{site}/th/help/signing-in")
    page.locator("[name=sentence]").fill("ยังไม่ชัดเจน")
    page.locator("button[value=no]").dblclick()
    page.locator(".feedback[role=status]").wait_for()
    assert page.evaluate("document.activeElement.className") == "feedback"
    page.wait_for_load_state("networkidle")
    assert [answer.sentence for answer in Answer.select()] == ["ยังไม่ชัดเจน"]
    page.context.close()


def test_an_article_is_printed_alone(world, site, chromium_browser) -> None:
    page = windows(chromium_browser, [])[0]
    page.goto(f"{site}/th/help/partner-programme")
    kept, left_out = "article, .brand", ".crumbs, .search, .toc, .pairs, .feedback, .write, .onward, .languages"
    assert page.locator(left_out).count() == 8
    page.emulate_media(media="print")
    assert all(part.is_visible() for part in page.locator(kept).all())
    assert not [part.get_attribute("class") for part in page.locator(left_out).all() if part.is_visible()]
    page.context.close()
