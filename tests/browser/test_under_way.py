"""While an answer is under way: the network keeps requests back until the test lets them go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route

pytestmark = pytest.mark.browser


@pytest.fixture
def kept() -> list[Route]:
    return []


@pytest.fixture
def searching(indexed, person, kept) -> Page:
    page: Page = person().open("/en/help/search").page
    page.route("**/help/search?q=ticket", lambda route: kept.append(route))
    return page


def asked(page: Page, address: str, act: Callable[[], Any]) -> None:
    """Do what asks for an address, and wait until the browser has asked."""
    with page.expect_request(address):
        act()


def search(page: Page, question: str) -> None:
    asked(page, "**/help/search?q=*", lambda: page.locator("[name=q]").fill(question))


def let_go(page: Page, kept: list[Route]) -> None:
    for late in kept:
        late.continue_()
    page.wait_for_load_state("networkidle")


def test_what_was_typed_last_is_answered_whatever_comes_first(searching, kept) -> None:
    search(searching, "ticket")
    search(searching, "trial")
    searching.locator("#results mark", has_text="trial").first.wait_for()
    let_go(searching, kept)
    assert searching.url.endswith("?q=trial")
    assert searching.locator("#results mark").first.inner_text().lower() == "trial"


def test_an_answer_lands_where_another_replaced_its_target(searching, kept) -> None:
    search(searching, "ticket")
    searching.evaluate("document.querySelector('#results').outerHTML = '<p id=results>Answered meanwhile</p>'")
    let_go(searching, kept)
    searching.locator("#results mark", has_text="ticket").first.wait_for()
    assert searching.get_by_text("Answered meanwhile").count() == 0


def test_what_refreshes_itself_never_covers_what_is_newer(world, person, kept) -> None:
    page: Page = person(cookie=world.cast.person("support@vendor.example", "en", staff="support").cookie) \
        .open("/en/desk/tickets").page
    page.route("**/desk/tickets", lambda route: kept.append(route))
    asked(page, "**/desk/tickets",
          lambda: page.evaluate("document.querySelector('#live').dispatchEvent(new CustomEvent('every'))"))
    page.evaluate("document.querySelector('#live').outerHTML = '<p id=live>Answered meanwhile</p>'")
    let_go(page, kept)
    assert page.locator("#live").inner_text() == "Answered meanwhile"


def test_of_two_filters_the_last_counts(world, person, kept) -> None:
    world.cast.customer("Nube", "nube.example", standing="paid")
    page: Page = person(cookie=world.cast.admin.cookie).open("/en/console/customers").page
    page.route("**/console/customers?state=expired", lambda route: kept.append(route))
    tabs = page.get_by_role("navigation", name="Filter by state")
    asked(page, "**/customers?state=expired", tabs.get_by_role("link", name="Expired").click)
    asked(page, "**/customers?state=paid", tabs.get_by_role("link", name="Paid").click)
    tabs.locator("[aria-current]", has_text="Paid").wait_for()
    let_go(page, kept)
    assert page.url.endswith("?state=paid")
    assert page.get_by_role("cell", name="nube.example").is_visible()


def test_a_double_click_is_sent_once(world, person, kept) -> None:
    world.cast.customer("Nube", "nube.example", standing="trial")
    page: Page = person(cookie=world.cast.admin.cookie).open("/en/console/customers").page
    page.route("**/trial*", lambda route: kept.append(route))
    page.get_by_role("button", name="Extend trial").dblclick()
    let_go(page, kept)
    page.get_by_text("30 days").first.wait_for()
    assert len(kept) == 1
    assert not page.locator("#notices .error").count()
