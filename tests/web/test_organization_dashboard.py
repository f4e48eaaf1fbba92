"""The overview as a dashboard: its parts, their order, and who may change them."""

from __future__ import annotations

import html

import pytest

from portal.customers.models import Organization
from portal.directory.policy.dashboard import WIDGETS
from tests.client import statements

LABELS = ["Getting started", "Organization", "Licenses", "Subscription", "Partner", "Recent activity"]


def here(cast, page="", lang="en"):
    return f"/{lang}/organizations/{cast.siam.public_id}/{page}"


def words(response):
    return html.unescape(response.get_data(as_text=True))


def headings(page):
    return [part.split(">")[1].split("<")[0] for part in page.split('<h2 id="widget-')[1:]]


def places(order, seen=0):
    return {code: order.index(code) + 1 if code in order else 0 for code in WIDGETS} | {"seen": seen}


def test_as_delivered_it_shows_everything(cast):
    for person in (cast.siam_admin, cast.siam_manager, cast.admin):
        assert headings(words(person.browser().get(here(cast)))) == LABELS


def test_the_order_is_everybodys(cast):
    browser = cast.siam_admin.browser()
    answer = browser.send(here(cast, "dashboard"), **places(["activity", "licenses"]))
    assert answer.headers["Location"] == here(cast)
    for person in (cast.siam_manager, cast.admin):
        assert headings(words(person.browser().get(here(cast)))) == ["Recent activity", "Licenses"]


def test_the_form_shows_the_present_order_and_saves_a_move(cast):
    browser, form = cast.siam_admin.browser(), here(cast, "dashboard")
    assert headings(words(browser.get(here(cast)))) == LABELS
    browser.send(form, **{**places(list(WIDGETS)), "activity": 1})
    assert headings(words(browser.get(here(cast))))[:2] == ["Recent activity", "Getting started"]
    page = words(browser.get(form))
    assert page.index('name="activity"') < page.index('name="getting-started"')


def test_back_to_as_delivered(cast):
    browser, form = cast.siam_admin.browser(), here(cast, "dashboard")
    browser.send(form, **places([]))
    assert "The dashboard is empty" in words(browser.get(here(cast)))
    browser.send(form, **places([], seen=1), reset="yes")
    assert headings(words(browser.get(here(cast)))) == LABELS


@pytest.mark.parametrize("changed", [{"licenses": 99}, {"licenses": "first"}, {"licenses": ""}, {"seen": ""}])
def test_wrong_places_change_nothing(cast, changed):
    answer = cast.siam_admin.browser().send(here(cast, "dashboard"), **{**places(["activity"]), **changed})
    assert answer.status_code == 422
    assert Organization.get_by_id(cast.siam.id).widgets is None


def test_the_later_of_two_sees_both_orders(cast):
    cast.siam_manager.browser().send(here(cast, "dashboard"), **places(["partner"]))
    answer = cast.siam_admin.browser().send(here(cast, "dashboard"), **places(["licenses", "activity"]))
    assert answer.status_code == 409
    assert "Licenses · Recent activity" in words(answer)


def test_the_partner_reads_that_it_cannot_edit_it(cast):
    browser = cast.admin.browser()
    page = words(browser.get(here(cast)))
    assert "What you cannot do here" in page
    assert "Edit the dashboard" in page
    assert here(cast, "limits") in page
    assert f'href="{here(cast, "dashboard")}"' not in page
    assert browser.get(here(cast, "dashboard")).status_code == 403


def test_the_licenses_say_how_many_are_free(cast):
    browser = cast.siam_admin.browser()
    assert "1 of 10 licenses in use" in words(browser.get(here(cast)))
    assert "9 licenses are free." in words(browser.get(here(cast)))
    for number in range(9):
        cast.user(f"u{number}@siam.example")
    assert "No license is free" in words(browser.get(here(cast)))


def test_what_was_done_last_is_shown(cast):
    cast.siam_admin.browser().send(here(cast, "dashboard"), **places(list(WIDGETS)[::-1]))
    page = words(cast.admin.browser().get(here(cast)))
    assert "Edited the dashboard" in page


def test_a_stored_part_that_is_gone_harms_nobody(cast):
    Organization.update(widgets=["gone", "partner"]).where(Organization.id == cast.siam.id).execute()
    assert headings(words(cast.siam_admin.browser().get(here(cast)))) == ["Partner"]


def test_all_parts_cost_five_statements(cast):
    browser = cast.siam_admin.browser()
    browser.send(here(cast, "dashboard"), **places(list(WIDGETS)[::-1]))
    for page in ("", "dashboard"):
        with statements() as seen:
            browser.get(here(cast, page))
        assert len(seen) <= 5
