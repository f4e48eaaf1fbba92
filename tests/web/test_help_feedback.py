"""Was this article helpful, who answers when it was not, and how often it is read: without account, cookie or name."""

from datetime import timedelta

import pytest
from lxml import html
from peewee import OperationalError

from portal.accounts.models import Attempts
from portal.core.locales import COMPLETE
from portal.help.answers import PER_NETWORK, SENTENCE_MAX
from portal.help.collection import library
from portal.help.models import Answer, Reading
from portal.web.countries import likely_country
from portal.web.public.readings import GATHERED
from tests.client import HTMX, statements

PAGE = "/th/help/priority-support"
PLACE = ("priority-support", "th")


def answers():
    return [(row.key, row.lang, row.helpful, row.sentence) for row in Answer.select().order_by(Answer.id)]


def said(client, headers=None, page=PAGE, **fields):
    return client.post(page, data={"helpful": "no", "sentence": "ยังไม่ชัดเจน", **fields}, headers=headers or {})


# ---- The answer ----

def test_every_public_article_asks_and_no_other(client, cast):
    for article in library().shelf("es"):
        form = html.fromstring(client.get(f"/es/help/{article.slug}").text).xpath("//form[@id='feedback']")[0]
        assert form.get("action") == form.get("hx-post") == f"/es/help/{article.slug}"
        assert form.xpath(".//button/@value") == ["yes", "no"]
    staff = next(article for article in library().shelf("en", staff=True) if not article.public)
    browser = cast.reviewer.browser()
    assert 'id="feedback"' not in browser.get(f"/en/help/{staff.slug}").text
    for path in (f"/en/help/{staff.slug}", f"/en/help/{staff.slug}/thanks"):
        assert (browser.get(path) if "thanks" in path else said(browser, page=path)).status_code == 404
        assert (client.get(path) if "thanks" in path else said(client, page=path)).status_code == 404


def test_an_answer_is_kept_and_thanked_for_without_a_cookie(client):
    taken = said(client, {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"})
    assert (taken.status_code, taken.headers["Location"]) == (303, f"{PAGE}/thanks?answer=no")
    thanks = client.get(taken.headers["Location"])
    assert answers() == [(*PLACE, False, "ยังไม่ชัดเจน")]
    assert html.fromstring(thanks.text).xpath("//meta[@name='robots']/@content") == ["noindex"]
    assert html.fromstring(thanks.text).xpath("//main//a[@href='/th/help/contact']")
    glad = client.get(f"{PAGE}/thanks?answer=yes").text
    assert not html.fromstring(glad).xpath("//main//a[@href='/th/help/contact']")
    assert not any("Set-Cookie" in response.headers for response in (taken, thanks))
    assert not Attempts.select().where(Attempts.bucket.contains("127.0.0.1")).exists()


def test_with_htmx_the_same_words_take_the_place_of_the_form(client):
    part = said(client, HTMX, helpful="yes", sentence="")
    assert part.status_code == 200
    assert "<h1" not in part.text
    assert html.fromstring(part.text).xpath("string(//div[@role='status'])").strip() in client.get(
        f"{PAGE}/thanks?answer=yes").text
    assert answers() == [(*PLACE, True, "")]


def test_the_slug_of_another_language_is_taken_too(client):
    assert said(client, page="/th/help/asistencia-prioritaria").headers["Location"].startswith(PAGE)
    assert [row[:2] for row in answers()] == [PLACE]


def test_line_breaks_count_as_browsers_count_them(client):
    lines = "\n".join(["seven l"] * ((SENTENCE_MAX + 1) // 8))
    assert len(lines) == SENTENCE_MAX - 1
    assert said(client, sentence=lines.replace("\n", "\r\n")).status_code == 303
    assert answers()[0][3] == lines


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_too_long_a_sentence_stays_in_its_field_with_a_message(client, headers):
    long = "ก" * (SENTENCE_MAX + 1)
    refused = said(client, headers, sentence=long)
    tree = html.fromstring(refused.text)
    assert refused.status_code == 422
    assert tree.xpath("string(//textarea[@aria-invalid='true'])").strip() == long
    assert "1000" in tree.xpath("string(//ul[@id='sentence-error'])").replace(",", "")
    assert bool(tree.xpath("//h1")) is (not headers)
    assert answers() == []


def test_one_network_answers_so_often_and_what_it_typed_stays(client, clock):
    for _ in range(PER_NETWORK):
        assert said(client).status_code == 303
    refused = said(client, sentence="once more")
    assert refused.status_code == 429
    assert "once more" in refused.text
    assert html.fromstring(refused.text).xpath("//form[@id='feedback']//*[@role='alert']")
    assert len(answers()) == PER_NETWORK
    elsewhere = client.post(PAGE, data={"helpful": "yes"}, environ_base={"REMOTE_ADDR": "203.0.113.7"})
    assert elsewhere.status_code == 303
    clock.advance(hours=1)
    assert said(client).status_code == 303


def test_what_a_program_fills_in_is_thanked_for_and_thrown_away(client):
    assert said(client, website="https://spam.example").status_code == 303
    assert answers() == []


@pytest.mark.parametrize("fields", [{"helpful": ""}, {"helpful": "perhaps"}])
def test_neither_yes_nor_no_is_no_answer(client, fields):
    assert said(client, **fields).status_code == 400
    assert answers() == []


def test_the_second_language_of_labels_outlasts_a_refusal(client):
    action = html.fromstring(client.get(f"{PAGE}?with=fr").text).xpath("//form[@id='feedback']/@action")[0]
    refused = html.fromstring(said(client, page=action, sentence="x" * (SENTENCE_MAX + 1)).text)
    assert refused.xpath("//select[@id='with']/option[@selected]/@value") == ["fr"]


# ---- Who answers ----

def contact(client, lang="es", headers=None, query=""):
    response = client.get(f"/{lang}/help/contact{query}", headers=headers or {})
    assert response.status_code == 200
    return response, html.fromstring(response.text)


def mails(tree):
    return [href.removeprefix("mailto:") for href in tree.xpath("//main//a[starts-with(@href, 'mailto:')]/@href")]


@pytest.mark.parametrize(("query", "region"), [
    ("?country=FR", "EU"), ("?country=US", "US"), ("?country=BR", "OTHER"), ("?country=zz", None), ("", None),
])
def test_the_region_of_the_country_answers_partners_and_the_vendor_everybody(client, make_ctx, query, region):
    programme = make_ctx().programme
    response, tree = contact(client, query=query)
    expected = [programme.vendor.help_email]
    assert mails(tree) == ([programme.regions[region].support_email, *expected] if region else expected)
    assert response.headers["Cache-Control"] == "public, max-age=300"
    assert "Set-Cookie" not in response.headers
    assert bool(tree.xpath("//meta[@name='robots' and @content='noindex']")) is bool(query)
    assert tree.xpath("//link[@rel='canonical']/@href") == ["http://portal.test/es/help/contact"]


@pytest.mark.parametrize("lang", COMPLETE)
def test_countries_have_names_in_the_language_of_the_reader(client, lang):
    _response, tree = contact(client, lang, query="?country=DE")
    name = {"en": "Germany", "es": "Alemania", "fr": "Allemagne", "th": "เยอรมนี"}[lang]
    assert tree.xpath("string(//select/option[@selected])") == name
    assert name in tree.xpath("string(//section[1])")


def test_what_the_browser_tells_is_answered_to_its_reader_alone(client):
    response, tree = contact(client, headers={"Accept-Language": "es-MX,es;q=0.9,en-US;q=0.8"})
    assert tree.xpath("//select/option[@selected]/@value") == ["MX"]
    assert "private" in response.headers["Cache-Control"]
    assert "Accept-Language" in response.vary
    assert len(mails(tree)) == 2
    assert "México" in tree.xpath("string(//section[1])")


@pytest.mark.parametrize(("query", "chosen", "told"), [("th", "TH", False), ("XX", "", True), ("<b>", "", True)])
def test_a_country_that_somebody_typed(client, query, chosen, told):
    _response, tree = contact(client, "en", query=f"?country={query}")
    assert tree.xpath("string(//select/option[@selected]/@value)") == chosen
    assert bool(tree.xpath("//*[@id='country-error']")) is told
    assert len(mails(tree)) == (2 if chosen else 1)


@pytest.mark.parametrize(("tags", "country"), [
    (["es", "en-us"], "US"), (["zh-Hant-TW"], "TW"), (["es-419", "es_MX"], "MX"), (["en"], ""), (["en-ZZ", "*"], ""),
])
def test_a_country_is_read_from_language_tags(tags, country):
    assert likely_country(tags) == country


def test_a_partner_finds_the_channels_of_its_own_region(cast):
    _response, tree = contact(cast.admin.browser(), "en")
    own = cast.make_ctx().programme.regions[cast.andina.region]
    assert mails(tree)[0] == own.support_email
    assert not tree.xpath("//select[@id='country']")
    assert "/en/support/channels" in tree.xpath("//main//a/@href")


def test_all_that_do_not_find_are_led_there(client):
    for path in ("/en/help", "/en/help/partner-programme", "/en/help/search?q=zzzzzz",
                 "/en/help/partner-programme/thanks?answer=no"):
        assert "/en/help/contact" in html.fromstring(client.get(path).text).xpath("//main//a/@href"), path


def test_no_article_has_the_address_of_a_page():
    assert not {article.slug for article in library().every()} & {"contact", "search", "thanks", "answers"}


# ---- How often ----

def readings():
    return {(row.key, row.lang): row.count for row in Reading.select()}


def test_readings_are_written_when_some_have_gathered(client):
    for _ in range(GATHERED - 1):
        client.get(PAGE)
    assert readings() == {}
    client.get("/es/help/partner-programme", follow_redirects=True)
    assert readings() == {PLACE: GATHERED - 1, ("partner-programme", "es"): 1}


def test_or_when_a_minute_has_passed_and_added_to_the_day(client, clock):
    for _ in range(3):
        client.get(PAGE)
        clock.advance(minutes=1)
        client.get(PAGE)
    assert readings() == {PLACE: 6}
    clock.advance(days=1)
    client.get(PAGE)
    assert [row.count for row in Reading.select().order_by(Reading.day)] == [6, 1]


def test_what_is_no_reading_by_a_person_does_not_count(client, cast, clock):
    etag = client.get(PAGE).headers["ETag"]
    client.head(PAGE)
    client.get(PAGE, headers={"If-None-Match": etag})
    client.get(PAGE, headers={"User-Agent": "Mozilla/5.0 (compatible; Examplebot/2.1)"})
    client.get(PAGE, headers={"Sec-Purpose": "prefetch"})
    client.get("/th/help/asistencia-prioritaria")  # leads to the page
    said(client)
    cast.reviewer.browser().get("/th/desk/help/priority-support/th")
    cast.reviewer.browser().get("/en/help/priority-support-staff")
    clock.advance(minutes=1)
    client.get(PAGE)
    assert readings() == {PLACE: 2}


def test_a_page_never_fails_for_a_number_and_the_number_is_kept(client, clock, monkeypatch):
    def broken(*_args):
        raise OperationalError("database is locked")

    client.get(PAGE)
    clock.advance(minutes=1)
    with monkeypatch.context() as patch:
        patch.setattr("portal.web.public.readings.add_readings", broken)
        assert client.get(PAGE).status_code == 200
    assert readings() == {}
    clock.advance(minutes=1)
    client.get(PAGE)
    assert readings() == {PLACE: 3}


def test_a_reading_asks_the_database_nothing_and_a_writing_once(client, clock):
    with statements() as seen:
        client.get(PAGE)
    assert seen == []
    clock.advance(seconds=timedelta(minutes=1).total_seconds())
    with statements() as seen:
        client.get(PAGE)
    assert len(seen) == 1
