"""A fifth language, begun in a copy of the project, in preparation and from right to left: served, honest, mirrored."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser import chromium
from tests.fifth import pseudo
from tests.fifth.conftest import Copy, Served

pytestmark = [pytest.mark.browser, pytest.mark.looks]

CODE = pseudo.CODE
NOTICE = "This language is in preparation: some text is still in English."
LETTER = re.compile(r"[\u0600-\u06ff]")
# Who looks, and at what; an address that begins with @ is the first link to such a page on the page before.
PAGES = [
    (None, "/"), (None, "/help"), (None, "/help/daem-awlawiyya"), (None, "/help/partner-programme"), (None, "/sign-in"),
    (None, "/nothing-here"), (None, "/apply/company"), ("partner", "/"), ("partner", "/store/customers"),
    ("partner", "/store/customers/{managed}"), ("partner", "/console/customers"),
    ("partner", "/console/customers/{waiting}/domain"), ("partner", "/store/invoices/{invoice}"),
    ("partner", "/store/reports"), ("partner", "/support"), ("partner", "@/support/tickets/"),
    ("partner", "/organizations/{managed}/users"), ("customer", "/organizations/{managed}/partner"),
    ("agent", "/desk/tickets"),
]
# What a reader sees or hears, outside the parts that are marked as of another language.
_TEXTS = """() => {
  const mine = e => !e.closest('script, [translate=no]') && e.closest('[lang]').lang === document.documentElement.lang;
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) if (mine(walk.currentNode.parentElement)) found.push(walk.currentNode.data);
  for (const name of ['placeholder', 'aria-label', 'title', 'alt', 'data-done'])
    for (const e of document.querySelectorAll(`[${name}]`)) if (mine(e)) found.push(e.getAttribute(name));
  return found.map(text => text.trim()).filter(Boolean);
}"""
# Visible things that reach over one of the edges, where nothing can be scrolled into sight.
_OUTSIDE = """() => [...document.querySelectorAll('body *')].filter(e => {
  const box = e.getBoundingClientRect();
  return box.width > 1 && (box.right > innerWidth + 1 || box.left < -1) && !e.closest('.skip, .unseen, .table, svg');
}).map(e => e.outerHTML.slice(0, 120))"""
_MIRRORED = """() => {
  const left = selector => document.querySelector(selector)?.getBoundingClientRect().left;
  const turned = e => getComputedStyle(e).transform === 'matrix(-1, 0, 0, 1, 0, 0)';
  const wide = innerWidth > 1000, menu = document.querySelector('.menu');
  const table = [...document.querySelectorAll('main table')].find(e => e.closest('[dir]').dir === 'rtl');
  const cells = table ? [...table.querySelectorAll('thead tr:first-child th')] : [];
  const heads = cells.map(e => e.getBoundingClientRect().left);
  return {
    brand: left('.brand') > left('.person'),
    menu: !wide || !menu || document.body.classList.contains('audience-public') || left('.menu') > left('main'),
    table: !wide || heads.length < 2 || heads[0] > heads.at(-1),
    arrows: [...document.querySelectorAll('.turns')].every(turned),
    codes: [...document.querySelectorAll('code')].every(e => getComputedStyle(e).direction === 'ltr'),
    text: getComputedStyle(document.querySelector('h1')).direction ===
      (document.querySelector('h1').closest('[dir]').dir),
  };
}"""


def opened(browser: Browser, served: Served, who: str | None = None, width: int = 1280, **more: Any) -> BrowserContext:
    context = chromium.window(browser, cdn=False, viewport={"width": width, "height": 900}, reduced_motion="reduce",
                              **more)
    if who:
        context.add_cookies([{"name": "portal", "value": served.cookies[who], "url": served.address}])
    return context


def test_one_command_begins_a_language_and_only_once(copy: Copy) -> None:
    listed = (copy.root / "portal/core/locales.py").read_text(encoding="utf-8")
    assert '        Language("ar", "العربية", "rtl", preparing=True),\n' in listed
    assert "nplurals=6" in (copy.root / "translations/ar/LC_MESSAGES/messages.po").read_text()
    again = copy.python("-m", "portal.languages", CODE)
    assert (again.returncode, "is there already" in again.stderr) == (2, True)


def test_the_check_lists_what_is_missing_and_passes(copy: Copy) -> None:
    told = copy.python("-m", "portal.languages")
    left_out = sum(not words for words in copy.words.values())
    assert told.returncode == 0, told.stderr
    assert re.search(r"العربية \(ar\) is in preparation and lacks\n +\d+ of \d+ messages", told.stdout)
    assert int(told.stdout.split("lacks\n")[1].split()[0]) >= left_out
    assert "priority-support-staff" in told.stdout
    assert "texts in portal/programme/default.toml" in told.stdout
    laws = ["nothing_is_missing_obsolete_or_guessed", "placeholders_and_plurals", "gettext_itself_accepts_the_catalog"]
    house = copy.python("-m", "pytest", "-q", "-p", "no:cacheprovider", "--noconftest",
                        *(f"tests/house/test_catalogs.py::test_{law}[{CODE}]" for law in laws))
    assert house.returncode == 0, house.stdout[-2000:]


def test_nobody_is_led_to_it_who_has_not_chosen_it(chromium_browser: Browser, served: Served) -> None:
    context = opened(chromium_browser, served, locale=CODE)
    page = context.new_page()
    page.goto(served.address + "/")
    assert page.url.endswith("/en/")
    assert page.locator(f"link[hreflang={CODE}]").count() == 0
    assert f"/{CODE}/" not in context.request.get(served.address + "/sitemap.xml").text()
    assert context.request.get(f"{served.address}/{CODE}/help/changes.atom").status == 404
    choice = page.locator(".languages li", has=page.locator(f"[lang={CODE}]"))
    assert choice.inner_text() == "العربية (in preparation)"
    choice.locator("a").click()
    assert page.url.endswith(f"/{CODE}/")
    page.goto(served.address + "/sign-in")
    assert page.url.endswith(f"/{CODE}/sign-in")
    context.close()


def test_pages_are_mirrored_marked_and_say_nothing_in_english_without_need(
    copy: Copy, chromium_browser: Browser, served: Served
) -> None:
    faults: list[str] = []
    for who in (None, *served.cookies):
        context = opened(chromium_browser, served, who)
        page = context.new_page()
        for path in [path for one, path in PAGES if one == who]:
            status = _visit(page, served, path)
            assert status == (404 if path == "/nothing-here" else 200), (path, status)
            for width in (1280, 360):
                page.set_viewport_size({"width": width, "height": 900})
                faults += [f"{who} {width} {page.url}: {fault}" for fault in _faults(page, copy)]
        context.close()
    assert not faults, "\n".join(faults)


def _visit(page: Page, served: Served, path: str) -> int:
    """Open a page and return its status."""
    if path.startswith("@"):
        address = page.locator(f"main a[href*='{path[1:]}']").first.get_attribute("href")
    else:
        address = f"/{CODE}{path.format(**served.things)}"
    answer = page.goto(f"{served.address}{address}")
    return answer.status if answer else 0


def _faults(page: Page, copy: Copy) -> Iterator[str]:
    """Yield what is wrong with a page of the fifth language."""
    root = page.locator("html")
    if (root.get_attribute("lang"), root.get_attribute("dir")) != (CODE, "rtl"):
        yield "not in the language"
    if page.locator("meta[name=robots][content=noindex]").count() != 1 or page.locator("link[hreflang]").count():
        yield "offered to search engines"
    if (copy.words[NOTICE] or NOTICE) not in page.inner_text("main"):
        yield "not marked as in preparation"
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        yield "wider than the screen"
    yield from (f"out of sight: {element}" for element in page.evaluate(_OUTSIDE)[:3])
    yield from (f"not mirrored: {what}" for what, right in page.evaluate(_MIRRORED).items() if not right)
    shown = {text.strip("\u2066\u2069") for text in page.evaluate(_TEXTS)}
    yield from (f"in English: {text!r}" for text in shown if copy.words.get(text))


def test_the_menu_of_a_phone_opens_at_the_right_edge(chromium_browser: Browser, served: Served) -> None:
    context = opened(chromium_browser, served, "partner", 360)
    page = context.new_page()
    page.goto(f"{served.address}/{CODE}/store/customers")
    page.click(".menu-button")
    box = page.locator(".menu").bounding_box()
    assert box
    assert 0 <= 360 - (box["x"] + box["width"]) < 30
    assert page.locator(".menu-button").bounding_box()["x"] > 180  # type: ignore[index]
    context.close()


def test_a_refused_form_speaks_the_language(copy: Copy, chromium_browser: Browser, served: Served) -> None:
    context = opened(chromium_browser, served)
    page = context.new_page()
    page.goto(f"{served.address}/{CODE}/sign-in")
    page.locator("main form button.primary").first.click()
    page.wait_for_selector("[role=alert]")
    errors = page.locator("main .errors li").all_inner_texts()
    assert errors
    assert set(errors) <= {copy.words["This field is required."] or "This field is required."}
    edge = page.locator(".field.invalid").first
    assert edge.evaluate("e => getComputedStyle(e).borderRightWidth") == "3px"
    assert not list(_faults(page, copy))
    context.close()


def test_an_article_is_translated_or_english_as_a_whole(copy: Copy, chromium_browser: Browser, served: Served) -> None:
    context = opened(chromium_browser, served)
    page = context.new_page()
    page.goto(f"{served.address}/{CODE}/help/priority-support")
    assert page.url.endswith("/help/daem-awlawiyya")
    assert LETTER.search(page.inner_text("article h1"))
    assert copy.words["Help center"] in page.inner_text("article ol")
    page.goto(f"{served.address}/{CODE}/help/partner-programme")
    article = page.locator("article.prose")
    assert (article.get_attribute("lang"), article.get_attribute("dir")) == ("en", "ltr")
    assert not LETTER.search(article.inner_text())
    context.close()


def test_mails_to_who_chose_it_are_in_english_as_a_whole(chromium_browser: Browser, served: Served) -> None:
    context = opened(chromium_browser, served, "customer")
    page = context.new_page()
    page.goto(f"{served.address}/en/account")
    assert "(in preparation: mails and files are in English)" in page.inner_text(f"option[value={CODE}]")
    page.select_option("[name=language]", CODE)
    page.locator("form:has([name=language]) button.primary").click()
    page.wait_for_url(f"**/{CODE}/account")
    page.goto(served.address + "/account")
    assert page.url.endswith(f"/{CODE}/account")
    context.close()
    context = opened(chromium_browser, served)
    page = context.new_page()
    page.goto(f"{served.address}/{CODE}/forgot-password")
    page.fill("[name=email]", served.emails["customer"])
    page.locator("main form button.primary").first.click()
    page.wait_for_load_state()
    context.close()
    sent = served.mails_to(served.emails["customer"])[-1]
    text = sent.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert sent["Content-Language"] == "en"
    assert f"{served.address}/en/" in text
    assert not LETTER.search(f"{sent['Subject']} {text}")
