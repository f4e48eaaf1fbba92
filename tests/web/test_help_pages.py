"""Help on this page: every page of the portal leads to its article, and staff's articles are for staff alone."""

import pytest
from lxml import html

from portal.core.locales import COMPLETE
from portal.help.collection import library
from portal.web.menus import MENUS
from tests.house.test_access_table import CAST, TABLE, address, people, things

LEADING = "//p[@class='page-help']/a/@href"
PUBLIC = {f"/en/help/{article.slug}" for article in library().shelf("en")}
STAFF = {f"/en/help/{article.slug}" for article in library().shelf("en", staff=True)} - PUBLIC


def test_every_entry_of_a_menu_has_an_article_of_its_own():
    named = {page for article in library().every() for page in article.pages}
    entries = {endpoint for audience, items in MENUS.items() if audience != "dev" for endpoint, _label, _p in items}
    assert entries - named == set()


def test_every_article_helps_with_pages_that_exist(app):
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    for article in library().shelf("en", staff=True):
        unknown = {page for page in article.pages if page not in endpoints and not (
            page.endswith(".*") and page[:-2] in MENUS)}
        assert unknown == set(), f"en/{article.key}.md"


@pytest.mark.parametrize(("who", "audiences"), [
    ("owner", ("store", "console", "support", "account")), ("customer", ("organization", "account")),
    ("staff", ("desk", "account")),
])
def test_every_page_leads_to_its_help(app, cast, who, audiences):
    values, browser, column = things(cast), people(cast)[who], CAST.index(who)
    bare, seen = [], 0
    for line in TABLE:
        if line.startswith(tuple(f"GET {audience}." for audience in audiences)) and TABLE[line].split()[column] == "ok":
            response = browser.get(address(app, line, values))
            if response.status_code == 200 and response.mimetype == "text/html" and "<main" in response.text:
                links = html.fromstring(response.text).xpath(LEADING)
                seen += 1
                bare += [] if links else [line]
                assert set(links) <= (PUBLIC | STAFF if who == "staff" else PUBLIC), line
                assert (set(links) <= STAFF) or not line.startswith("GET desk."), line
    assert bare == []
    assert seen >= 10


@pytest.mark.parametrize("lang", COMPLETE)
def test_a_refused_form_has_the_help_of_its_page(cast, lang):
    browser, page = cast.admin.browser(), f"/{lang}/console/customers/add"
    shown = html.fromstring(browser.get(page).text).xpath(LEADING)
    refused = browser.send(page, name="")
    assert refused.status_code == 422
    assert html.fromstring(refused.text).xpath(LEADING) == shown != []
