"""The referral programme on screen: the organization's page, the public one behind the link, and the desk's list."""

from __future__ import annotations

import html

import pytest

from portal.referrals.models import Referral, ReferralCode
from tests.client import statements

ANSWERS = {"company": "Café Lumière", "domain": "café-lumiere.example", "contact_name": "Zoé",
           "contact_email": "zoe@cafe.example", "language": "fr"}


def words(response):
    return html.unescape(response.get_data(as_text=True))


def page(cast, lang="en"):
    return f"/{lang}/organizations/{cast.siam.public_id}/referrals"


@pytest.fixture
def boss(cast):
    return cast.siam_admin.browser()


@pytest.fixture
def link(cast, boss):
    boss.send(page(cast))
    return f"/fr/refer/{ReferralCode.get().code}"


def test_looking_makes_no_code(cast, boss):
    assert "Get your link" in words(boss.get(page(cast)))
    assert ReferralCode.select().count() == 0


def test_from_the_link_to_the_list(cast, boss, client, link):
    assert f"http://portal.test/en/refer/{ReferralCode.get().code}" in words(boss.get(page(cast)))
    assert "Siam Trading" in words(client.get(link))
    answer = client.send(link, **ANSWERS)
    assert answer.status_code == 303
    assert client.get(answer.headers["Location"]).status_code == 200
    listed = words(boss.get(page(cast)))
    for shown in ("Café Lumière", "café-lumiere.example", "Received"):
        assert shown in listed
    assert "zoe@cafe.example" not in listed, "the contact is for the vendor"


def test_the_language_of_the_page_is_offered_first(client, link):
    assert '<option selected value="fr">' in client.get(link).text


def test_the_page_is_not_for_search_engines(client, link):
    assert '<meta name="robots" content="noindex">' in client.get(link).text


def test_an_unknown_code_is_nothing(client, link):
    for there in ("/en/refer/nothing", "/en/refer/nothing/sent"):
        assert client.get(there).status_code == 404
    assert client.send("/en/refer/nothing", link, **ANSWERS).status_code == 404


@pytest.mark.parametrize(("changed", "status"), [
    ({"company": ""}, 422), ({"contact_email": "zoe"}, 422), ({"language": "pt"}, 422), ({"domain": "x" * 300}, 422),
    ({"domain": "com"}, 409), ({"domain": "siam.example"}, 409), ({"domain": "http://a.example/"}, 409),
])
def test_wrong_answers_keep_everything_typed(client, link, changed, status):
    answer = client.send(link, **{**ANSWERS, **changed})
    assert answer.status_code == status
    assert "Zoé" in words(answer)
    assert Referral.select().count() == 0


def test_too_many_from_one_place(client, link):
    for number in range(10):
        assert client.send(link, **{**ANSWERS, "domain": f"d{number}.example"}).status_code == 303
    assert client.send(link, **ANSWERS).status_code == 429


def test_the_partner_and_administrators_stay_out(cast, link):
    for person in (cast.admin, cast.colleague, cast.siam_manager):
        browser = person.browser()
        assert browser.get(page(cast)).status_code == 403
        assert "/referrals" not in browser.get(f"/en/organizations/{cast.siam.public_id}/").text
    assert cast.outsider.browser().get(page(cast)).status_code == 404


def test_the_desk_sees_who_recommended_whom(cast, client, link):
    client.send(link, **ANSWERS)
    browser = cast.reviewer.browser()
    listed = words(browser.get("/en/desk/referrals"))
    for shown in ("Café Lumière", "Siam Trading", "zoe@cafe.example", "French"):
        assert shown in listed
    assert "/en/desk/referrals" in browser.get("/en/desk/applications").text
    assert cast.admin.browser().get("/en/desk/referrals").status_code == 403


def test_few_statements_with_many_rows(cast, boss, client, link):
    for number in range(8):
        client.send(link, **{**ANSWERS, "domain": f"d{number}.example"})
    for browser, there in ((boss, page(cast)), (cast.reviewer.browser(), "/en/desk/referrals")):
        browser.get(there)
        with statements() as seen:
            browser.get(there)
        assert len(seen) <= 5
