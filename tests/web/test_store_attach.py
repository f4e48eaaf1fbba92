"""Attaching customers from the Partner Store: three ways, none of which says more than it should."""

from __future__ import annotations

import pytest
from lxml import html

from portal.customers.models import Organization
from portal.relations.commands.offers import decline_request, withdraw_token
from portal.relations.models import Change, Offer
from portal.relations.policy.offers import OPEN_CODES, TRIES_PER_ACCOUNT
from portal.storage import transaction
from tests.client import statements
from tests.relations.doors import agree, boss, independent, redeemable, requested, token

HERE = "/en/store/attach"


def once(browser):
    return html.fromstring(browser.get(HERE).data).xpath("//input[@name='once']/@value")[0]


def made(answer):
    return html.fromstring(answer.data).xpath("//section[@id='made']//code/text()")[0]


@pytest.mark.parametrize("lang", ["en", "es", "fr", "th"])
def test_the_page_in_every_language(cast, lang):
    browser = cast.outsider.browser()
    assert browser.get(f"/{lang}/store/attach").status_code == 200
    assert browser.get(f"/{lang}/store/attach/token").status_code == 200
    assert f'href="/{lang}/store/attach"' in browser.get(f"/{lang}/store/").text


def test_a_code_is_shown_once_and_known_by_its_end(cast):
    browser = cast.outsider.browser()
    form = once(browser)
    answer = browser.send(f"{HERE}/codes", page=HERE, once=form)
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    code = made(answer)
    assert made(browser.send(f"{HERE}/codes", page=HERE, once=form)) == code
    assert Offer.select().count() == 1
    later = browser.get(HERE).text
    assert code not in later
    assert f"…{code[-4:]}" in later
    withdrawn = browser.send(f"{HERE}/offers/{Offer.get().public_id}/withdraw", page=HERE)
    assert withdrawn.status_code == 303
    assert browser.send(f"{HERE}/codes", page=HERE, once=form).status_code == 409


def test_there_are_only_so_many_open_codes(cast):
    browser = cast.outsider.browser()
    for _ in range(OPEN_CODES):
        assert browser.send(f"{HERE}/codes", page=HERE, once=once(browser)).status_code == 200
    refused = browser.send(f"{HERE}/codes", page=HERE, once=once(browser))
    assert refused.status_code == 409
    assert Offer.select().count() == OPEN_CODES


def test_colleagues_see_the_codes_of_their_partner_and_others_do_not(cast):
    cast.admin.browser().send(f"{HERE}/codes", page=HERE, once="x")
    offer = Offer.get()
    assert f"…{offer.hint}" in cast.colleague.browser().get(HERE).text
    assert f"…{offer.hint}" not in cast.outsider.browser().get(HERE).text
    foreign = cast.outsider.browser().send(f"{HERE}/offers/{offer.public_id}/withdraw", page=HERE)
    assert foreign.status_code == 404
    assert Offer.get().state == "open"


@pytest.mark.parametrize(
    ("task", "status"), [("admin", 200), ("sales", 200), ("billing", 403), ("support", 403), ("reader", 403)]
)
def test_attaching_is_for_those_who_sell(cast, app, task, status):
    app.config["WTF_CSRF_ENABLED"] = False
    browser = cast.member("m@other.example", "en", cast.outsider.partner, task).browser()
    assert browser.get(HERE).status_code == status
    assert browser.get(f"{HERE}/token").status_code == status
    if status == 403:
        for rest in ("codes", "requests", "token", "tokens/x", "offers/x/withdraw"):
            assert browser.post(f"{HERE}/{rest}").status_code == 403
        assert HERE not in browser.get("/en/store/").text


def test_a_suspended_partner_attaches_nobody(cast):
    partner = cast.outsider.partner
    partner.state = "suspended"
    with transaction():
        partner.save()
    assert cast.outsider.browser().get(HERE).status_code == 403


def test_without_the_forms_token_nothing_happens(cast):
    offer, browser = redeemable(cast, token(cast)), cast.outsider.browser()
    for rest in ("codes", "requests", "token", f"tokens/{offer}", f"offers/{offer}/withdraw"):
        assert browser.post(f"{HERE}/{rest}").status_code == 400
    assert Change.select().count() == 0


def test_a_token_says_whom_it_is_about_before_it_attaches(cast):
    independent(cast)
    text, browser = token(cast, with_access=True), cast.outsider.browser()
    answer = browser.send(f"{HERE}/token", token=text.lower())
    assert answer.status_code == 303
    address = answer.headers["Location"]
    page = browser.get(address)
    for said in ("Siam Trading", "siam.example", "With access"):
        assert said in page.text
    assert Organization.get_by_id(cast.siam.id).partner is None
    assert "Waiting for your confirmation" in browser.get(HERE).text
    assert browser.send(address).status_code == 303
    assert Organization.get_by_id(cast.siam.id).partner == cast.outsider.partner
    assert "Siam Trading" in browser.get(HERE).text
    assert "This token was used." in browser.get(address).text


def test_another_partner_sees_neither_token_nor_organization(cast):
    third = cast.member("boss@third.example", "en", cast.partner("Third", "US", "en"), "super-admin").browser()
    text = token(cast)
    offer = redeemable(cast, text)
    refused = third.send(f"{HERE}/token", token=text)
    assert refused.status_code == 409
    assert "Siam" not in refused.text
    assert text not in refused.text
    assert third.get(f"{HERE}/tokens/{offer}").status_code == 404
    assert third.send(f"{HERE}/tokens/{offer}", page=HERE).status_code == 404


def test_what_was_withdrawn_while_it_was_read_is_refused(cast):
    offer, browser = redeemable(cast, token(cast)), cast.outsider.browser()
    csrf = browser.csrf(f"{HERE}/tokens/{offer}")
    withdraw_token(boss(cast), offer)
    refused = browser.post(f"{HERE}/tokens/{offer}", data={"csrf_token": csrf})
    assert refused.status_code == 409
    assert Change.select().count() == 0


def test_guessing_tokens_ends(cast):
    browser = cast.outsider.browser()
    csrf = browser.csrf(f"{HERE}/token")
    answers = [browser.post(f"{HERE}/token", data={"csrf_token": csrf, "token": f"{number:016}"})
               for number in range(20)]
    assert [one.status_code for one in answers] == [409] * TRIES_PER_ACCOUNT.tries + [429] * 10


def test_a_request_has_one_answer_for_all_domains(cast, run_jobs):
    assert cast.siam
    browser, seen = cast.outsider.browser(), []
    for domain in ("siam.example", "missing.example"):
        answer = browser.send(f"{HERE}/requests", page=HERE, domain=domain, message="We would like to help.")
        run_jobs()
        page = browser.get(HERE)
        notice = html.fromstring(page.data).xpath("//*[@id='notices']")[0].text_content()
        seen.append((answer.status_code, answer.headers["Location"], notice))
    assert seen[0] == seen[1]
    assert "If this organization is here" in seen[0][2]
    decline_request(boss(cast), Offer.get(Offer.organization == cast.siam).public_id)
    rows = html.fromstring(browser.get(HERE).data).xpath("//table//tbody/tr")
    assert len({row.xpath("string(td[1])") for row in rows}) == 1
    assert "Siam" not in browser.get(HERE).text


@pytest.mark.parametrize(
    ("domain", "message", "status"),
    [("", "Hello", 422), ("siam.example", "", 422), ("siam.example", "x" * 501, 422), ("nonsense", "Hello", 409)],
)
def test_a_wrong_request_keeps_what_was_typed(cast, domain, message, status):
    answer = cast.outsider.browser().send(f"{HERE}/requests", page=HERE, domain=domain, message=message)
    assert answer.status_code == status
    assert message[:50] in answer.text
    assert Offer.select().count() == 0


def test_who_came_lately_is_listed(cast, run_jobs):
    independent(cast)
    agree(cast, requested(cast, run_jobs).public_id)
    page = cast.outsider.browser().get(HERE)
    lately = html.fromstring(page.data).xpath("//*[@id='lately']")[0].text_content()
    assert "Siam Trading" in lately
    assert "Without access" in lately
    assert "Accepted" in page.text


def test_a_get_of_an_act_leads_to_the_page(cast):
    for rest in ("codes", "requests", "offers/x/withdraw"):
        answer = cast.outsider.browser().get(f"{HERE}/{rest}")
        assert answer.headers["Location"].endswith(HERE)


def test_the_page_asks_the_database_little_however_many_offers_there_are(cast, run_jobs):
    browser, counts = cast.outsider.browser(), []
    for number in range(2):
        requested(cast, run_jobs, domain=f"d{number}.example")
        browser.send(f"{HERE}/codes", page=HERE, once=f"x{number}")
        with statements() as seen:
            browser.get(HERE)
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 5
