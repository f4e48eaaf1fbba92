"""The page *Add customer*."""

import pytest

from portal.customers.models import Organization
from portal.mail.models import Outgoing
from tests.client import HTMX

PATH = "/es/console/customers/add"
ANSWERS = {
    "once": "opening", "name": "Siam Shop", "domain": "siam-shop.example", "admin_name": "สมชาย", "country": "TH",
    "admin_email": "somchai@siam-shop.example", "language": "th", "plan": "workplace-standard", "licenses": "5",
}


@pytest.fixture
def browser(cast):
    return cast.admin.browser()


def test_the_page_shows_prices_where_the_partner_is(browser):
    text = browser.get(PATH).text
    assert "MXN" in text
    assert '<option selected value="MX">México</option>' in text


def test_adding_leads_to_the_domains_page(browser):
    response = browser.send(PATH, **ANSWERS)
    added = Organization.get()
    assert (response.status_code, added.name) == (303, "Siam Shop")
    assert response.headers["Location"] == f"/es/console/customers/{added.public_id}/domain"
    assert "Siam Shop" in browser.get(response.headers["Location"]).text


def test_a_double_click_adds_one(browser):
    first, second = (browser.send(PATH, **ANSWERS).headers["Location"] for _ in range(2))
    assert first == second
    assert (Organization.select().count(), Outgoing.select().count()) == (1, 1)


def test_each_opening_of_the_form_has_a_name_of_its_own(browser):
    def named():
        return browser.get(PATH).text.split('name="once"')[1].split('value="')[1].split('"')[0]

    assert len(named()) > 20
    assert named() != named()


def test_with_htmx_the_browser_is_sent_on(browser):
    response = browser.send(PATH, htmx=True, **ANSWERS)
    assert response.headers["HX-Redirect"].endswith("/domain")


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"name": ""}, 422, "name"),
        ({"admin_email": "nobody"}, 422, "admin_email"),
        ({"licenses": "many"}, 422, "licenses"),
        ({"country": "ZZ"}, 422, "country"),
        ({"domain": "https://siam.example/"}, 409, "domain"),
        ({"domain": "taken.example"}, 409, "domain"),
    ],
)
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "fragment"])
def test_a_wrong_answer_is_told_at_its_field_and_nothing_typed_is_lost(cast, browser, changes, status, field, headers):
    cast.customer("Rival", "taken.example", partner=cast.outsider.partner)
    before = Organization.select().count()
    data = {**ANSWERS, **changes, "csrf_token": browser.csrf(PATH)}
    response = browser.post(PATH, data=data, headers=headers)
    assert response.status_code == status
    assert f'id="{field}-error"' in response.text
    assert "สมชาย" in response.text
    assert 'value="opening"' in response.text
    assert "Rival" not in response.text
    assert ("<html" in response.text) is (not headers)
    assert Organization.select().count() == before


def test_only_console_partners_get_in(cast, client):
    assert client.get(PATH).headers["Location"].startswith("/es/sign-in")
    for person in (cast.newcomer, cast.reviewer, cast.siam_admin):
        assert person.browser().get(PATH).status_code == 403


@pytest.mark.parametrize(("field", "value"), [
    ("licenses", "9" * 400), ("licenses", "9" * 5000), ("name", "\u200b\u2060"), ("admin_name", "\0\x1b"),
    ("admin_email", "josé@x.example"),
])
def test_what_nobody_can_use_is_refused_beside_its_field(browser, field, value):
    response = browser.send(PATH, **{**ANSWERS, field: value})
    assert response.status_code in (409, 422)
    assert f'href="#{field}"' in response.text


def test_a_long_name_stays_whole(browser):
    browser.send(PATH, **{**ANSWERS, "name": "n" * 120})
    assert Organization.get().name == "n" * 120
