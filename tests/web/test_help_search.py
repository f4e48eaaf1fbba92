"""Search in the help as readers meet it: as a page, while they type, in every language, and never staff's articles."""

import threading
from urllib.parse import unquote

import pytest
from lxml import html

from portal.core.locales import COMPLETE
from portal.help.collection import library, load
from portal.help.models import Entry, Posting, Word
from portal.storage import database
from portal.web.public.help_index import index_from_shell
from tests.client import HTMX, statements
from tests.help.small import KEY, STAFF, edit, small

SEARCH = "/{}/help/search"
PATH = SEARCH.format("en")


@pytest.fixture
def few(app, tmp_path):
    """Three articles of the test's own, which are indexed in no time; one is for staff."""
    folder = small(tmp_path / "articles")
    edit(folder / f"en/{STAFF}.md", 'title = "', 'synonyms = ["zeppelin"]\ntitle = "Thresholds of ')
    edit(folder / f"en/{KEY}.md", "## How to ask", "## How to ask\n\n<b>Organización</b> & co.\n\n## How to pay")
    app.extensions["articles"] = load(folder)
    return folder


def found(client, question, lang="en", headers=None):
    response = client.get(SEARCH.format(lang), query_string={"q": question}, headers=headers or {})
    assert response.status_code == 200, question
    return html.fromstring(response.text)


def titles(tree):
    return tree.xpath("//ol[@class='found']//h3/a/text()")


# ---- The page ----

def test_everybody_searches_by_a_plain_form(client, few):
    for path in ("/en/help", f"/en/help/{KEY}", PATH):
        form = html.fromstring(client.get(path).text).xpath("//form[@role='search']")[0]
        assert (form.get("action"), form.get("method"), form.xpath(".//input/@name")) == (PATH, "get", ["q"]), path
    tree = found(client, "how to pay")
    assert tree.xpath("//input[@name='q']/@value") == ["how to pay"]
    assert tree.xpath("//section[@id='results']/h2/text()")[0].endswith("found")
    assert tree.xpath("//meta[@name='robots']/@content") == ["noindex"]


def test_a_result_leads_to_the_part_that_answers(client, few):
    tree = found(client, "organizacion")
    assert titles(tree) == [f"{KEY} (en)"]
    assert tree.xpath("//ol//mark/text()") == ["Organización"]
    address = tree.xpath("//ol//h3/a/@href")[0]
    article = html.fromstring(client.get(address).text)
    assert article.xpath("//*[@id=$place]/text()", place=unquote(address.partition("#")[2])) == ["How to ask"]
    assert "<b>" not in tree.xpath("//ol/li/p[2]")[0].text_content().replace("<b>Organización</b>", "")


def test_results_come_while_somebody_types(client, few):
    form = html.fromstring(client.get(PATH).text).xpath("//form[@role='search']")[0]
    assert form.get("hx-get") == PATH
    assert form.get("hx-target") == "#results"
    part = client.get(PATH, query_string={"q": "tick"}, headers=HTMX)
    tree = html.fragment_fromstring(part.text, create_parent="body")
    assert titles(tree)
    assert not tree.xpath("//form")
    told = tree.xpath("//p[@id='count' and @hx-swap-oob]/text()")
    assert told == tree.xpath("//section[@id='results']/h2/text()"), "screen readers hear how many there are"
    whole = html.fromstring(client.get(PATH, query_string={"q": "tick"}).text)
    assert tree.xpath("string(//title)") == whole.xpath("string(//title)") == "tick – Search the help"
    languages = "//ul[@id='languages']//a/@href"
    assert tree.xpath(languages) == whole.xpath(languages)
    assert all("tick" in unquote(url) for url in tree.xpath(languages)), "another language answers the same question"


def test_whoever_does_not_find_it_among_the_results_can_write(client, few):
    assert found(client, "tickets").xpath("//section[@id='results']//a[@href='/en/help/contact']")


def test_the_best_of_many_are_not_called_all(client):
    tree = found(client, "customer")
    assert tree.xpath("string(//section[@id='results']/h2)") == "The best 10 articles"
    assert len(titles(tree)) == 10


def test_a_typo_is_corrected_and_told(client, few):
    tree = found(client, "About TIKCETS, please")
    assert titles(tree)
    assert "Showing results for “About tickets, please”." in tree.text_content()
    assert "Showing results" not in found(client, "tickets").text_content()


def test_who_finds_nothing_is_led_on(client, few):
    tree = found(client, "qqqqqqqq")
    assert tree.xpath("//section[@id='results']/h2/text()") == ["Nothing found"]
    assert {"/en/help", "/en/help/contact"} <= set(tree.xpath("//section[@id='results']//a/@href"))


def test_caches_keep_it_a_minute_and_nobody_gets_a_cookie(client, cast, few):
    response = client.get(PATH, query_string={"q": "ticket"})
    assert response.headers["Cache-Control"] == "public, max-age=60"
    assert {"HX-Request", "Cookie"} <= set(response.vary)
    assert "Set-Cookie" not in response.headers
    assert "public" not in cast.admin.browser().get(PATH, query_string={"q": "ticket"}).headers["Cache-Control"]


def test_an_article_without_translation_is_found_in_english(client, few, app):
    (few / f"th/{KEY}.md").unlink()
    app.extensions["articles"] = load(few)
    tree = found(client, "organizacion", "th")
    assert tree.xpath("//ol[@class='found']/li/*/@lang") == ["en", "en"]
    assert tree.xpath("//ol//h3/a/@href")[0].startswith(f"/th/help/{KEY}")


def test_nothing_that_is_asked_does_harm(client, few):
    found(client, "tickets")
    for question in (
        "", " ", "?", "%", "_", "*", "\x00", b"\xff\xed\xa0\x80", "<script>alert(1)</script>", "'\"; --", "a" * 5000,
        "zq x" * 90, "ก" * 400, "😀 ½ ﷺ ß İ", "e\u0301" * 300, " ".join(f"zqx{number}vw" for number in range(50)),
    ):
        with statements() as seen:
            tree = found(client, question)
        assert len(seen) <= 5, question
        assert len(tree.xpath("//input[@name='q']/@value")[0]) <= 200


def test_signed_in_it_costs_no_more_than_other_pages(cast, few):
    browser = cast.reviewer.browser()
    found(browser, "tickets")
    with statements() as seen:
        found(browser, "tikcets of a customer")
    assert len(seen) <= 5


# ---- What is shipped ----

def test_what_was_found_is_marked_in_every_language(client):
    for lang, question, marked in (
        ("en", "revoke access", {"revoke", "access"}), ("es", "organizacion", {"organización"}),
        ("fr", "numero", {"numéro"}), ("th", "บัตรเครดิต", {"บัตรเครดิต"}), ("th", "นามแฝง", {"นามแฝง"}),
        ("en", "CRM", {"crm"}),
    ):
        tree = found(client, question, lang)
        assert titles(tree)
        assert marked <= {word.casefold() for word in tree.xpath("//ol//mark/text()")}, question


def test_readers_learn_nothing_of_the_articles_for_staff(client, cast):
    """Neither by a title, nor by a word that stands nowhere else, nor by a suggestion, on any page that lists."""
    _ = cast.siam
    internal = [article for article in library().every() if not article.public]
    everywhere = {client: COMPLETE, cast.admin.browser(): ("en",), cast.siam_admin.browser(): ("th",)}
    for browser, languages in everywhere.items():
        for article in internal:
            if article.lang not in languages:
                continue
            shown = [browser.get(f"/{article.lang}/help{page}").text for page in ("", "/changes.atom")]
            for question in (article.title, *article.synonyms[:2], article.slug):
                [main] = found(browser, question, article.lang).xpath("//main")
                shown.append(html.tostring(main, encoding="unicode"))
            assert not any(f"/help/{article.slug}" in page for page in shown), (article.lang, article.key)
        assert "Showing results" not in found(browser, "zoids").text_content(), "ZOID is a word of theirs alone"
    assert library().get("priority-support-staff", "en").title in titles(found(cast.reviewer.browser(), "zoid"))


# ---- The index ----

def test_words_of_staff_are_suggested_to_staff_alone(client, cast, few):
    assert "zeppelin" not in found(client, "zepelin").xpath("//main")[0].text_content()
    assert titles(found(client, "zeppelin")) == titles(found(cast.admin.browser(), "zeppelin")) == []
    assert "zeppelin" in found(cast.reviewer.browser(), "zepelin").xpath("//main")[0].text_content()
    assert titles(found(cast.reviewer.browser(), "zeppelin")) == [f"Thresholds of {STAFF} (en)"]


def test_an_operator_indexes_before_anybody_asks(app, few):
    run = app.test_cli_runner().invoke
    first, again = run(args=["portal", "help-index"]), run(args=["portal", "help-index"])
    assert (first.exit_code, again.exit_code) == (0, 0), first.output
    assert first.output == again.output
    assert Entry.select().count() == 3 * len(COMPLETE)


def test_an_index_that_a_newer_portal_removed_is_made_again(client, few):
    assert titles(found(client, "tickets"))
    for table in (Posting, Entry, Word):
        table.delete().execute()
    assert not titles(found(client, "tickets"))
    assert titles(found(client, "tickets"))


def test_two_processes_index_at_once(app, few):
    """Each finds that there is no index, and makes one."""
    together, editions = threading.Barrier(2), []

    def work():
        with database.connection_context():
            together.wait()
            editions.append(index_from_shell(app))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(editions) == 2
    assert len(set(editions)) == 1
    assert Entry.select().count() == 3 * len(COMPLETE)
