"""Help pages: readable by everybody in four languages, found by search engines, true for any vendor."""

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from lxml import html

from portal.core.locales import COMPLETE
from portal.help.collection import library, load
from portal.programme import load as load_programme
from portal.web.public import article_body
from portal.web.public.article_names import names, picture
from portal.web.public.help import body_of
from tests.help.small import KEY, changed, small
from tests.help.test_labels import LABEL

ACME = Path(__file__).parent.parent / "programme" / "acme.toml"
BASE = "http://portal.test"
STAFF = "/en/help/priority-support-staff"


def path_of(key, lang="en"):
    return f"/{lang}/help/{library().get(key, lang).slug}"


def tree_of(response):
    assert response.status_code == 200, response.status
    return html.fromstring(response.text)


@pytest.fixture
def acme(app, monkeypatch):
    """The portal of another vendor."""
    programme = load_programme(ACME)
    make_ctx = app.extensions["make_ctx"]
    monkeypatch.setitem(app.extensions, "make_ctx",
                        lambda *args, **more: replace(make_ctx(*args, **more), programme=programme))
    return programme


@pytest.fixture
def shelf(app, tmp_path, monkeypatch):
    """Another library: `shelf(spoil)` lets `spoil` change a small one."""

    def use(spoil):
        folder = small(tmp_path / "articles")
        spoil(folder)
        monkeypatch.setitem(app.extensions, "articles", load(folder))

    return use


@pytest.mark.parametrize("lang", COMPLETE)
def test_articles_are_pages(client, lang):
    for article in library().shelf(lang):
        tree = tree_of(client.get(path_of(article.key, lang)))
        assert tree.xpath("string(//h1)") == article.title
        assert tree.xpath("//meta[@name='description']/@content") == [article.summary]
        levels = [int(heading.tag[1]) for heading in tree.xpath("//main//*[self::h1 or self::h2 or self::h3]")]
        assert all(after <= before + 1 for before, after in pairwise(levels)), article.key
        anchors = [link[1:] for link in tree.xpath("//nav[@class='toc']//a/@href")]
        headings = tree.xpath("//article/h2/@id")
        assert anchors == (headings if len(headings) > 1 else []), article.key
        assert not re.search(r"\*\*|\{\{|\]\(|label\(", tree.xpath("string(//article)")), article.key
        assert tree.xpath(f"//main//a[@href='/{lang}/help/contact']")


def test_translations_have_the_structure_of_the_source(app):
    tags = ["h2", "h3", "table", "tr", "ol", "ul", "li", "blockquote", "pre", "img"]
    with app.test_request_context("/en/help"):
        app.preprocess_request()
        for source in library().shelf("en", staff=True):
            shapes = {lang: re.findall(rf"<({'|'.join(tags)})\b", body_of(library().get(source.key, lang), lang).html)
                      for lang in COMPLETE}
            assert not [lang for lang in COMPLETE if shapes[lang] != shapes["en"]], source.key


@pytest.mark.parametrize("lang", COMPLETE)
def test_facts_come_from_the_programme(acme, client, lang):
    for article in library().shelf(lang):
        text = client.get(path_of(article.key, lang)).text
        assert "zoho" not in text.lower(), article.key
        assert "Workplace" not in text, article.key
    assert "alps@acme.example" in client.get(path_of("priority-support", lang)).text


NUMBERS = ["trial.initial_days", "trial.extension_days", "trial.max_days", "application.review_days",
           "relations.token_days"]


@pytest.mark.parametrize("number", NUMBERS)
def test_another_number_changes_every_article_that_states_it(app, make_ctx, number):
    part, name = number.split(".")
    programme = make_ctx().programme
    other = replace(programme, **{part: replace(getattr(programme, part), **{name: 9173})})
    stating = [article for article in library().every() if f"p.{number}" in article.body]
    assert {article.lang for article in stating} == set(COMPLETE), f"no article states p.{number}"
    with app.test_request_context("/en/help"):
        app.preprocess_request()
        for article in stating:
            found = article_body.rendered(article, names(other, article.lang, article.lang),
                                          lambda name, lang=article.lang: picture(name, lang))
            assert re.search(r"9\D?173", found.html), f"{article.lang}/{article.key}.md"


@pytest.mark.parametrize("lang", COMPLETE)
def test_another_word_in_the_catalog_changes_every_article_that_quotes_it(app, client, monkeypatch, lang):
    """Each article is asked with one of its labels; the whole page is rendered anew."""
    words = app.extensions["templates"][lang].globals
    quoted = {article.key: next((m for m, context in LABEL.findall(article.body) if not context), None)
              for article in library().shelf(lang)}
    say = words["_"]
    monkeypatch.setitem(words, "_", lambda message, **values: (
        f"<{message}>" if message in quoted.values() else say(message, **values)))
    for key, message in quoted.items():
        if message:
            shown = tree_of(client.get(path_of(key, lang))).xpath("string(//article)")
            assert f"<{message}>" in " ".join(shown.split()), key


def test_search_engines_find_all_translations_from_each_and_leave_the_rest(client):
    queue, seen = [f"{BASE}/{lang}/" for lang in COMPLETE] + [f"{BASE}/en/help"], {}
    while queue:
        url = queue.pop()
        if url in seen:
            continue
        tree = tree_of(client.get(url.removeprefix(BASE)))
        links = {link.get("hreflang"): link.get("href") for link in tree.xpath("//link[@rel='alternate'][@hreflang]")}
        assert tree.xpath("//link[@rel='canonical']/@href") == [url]
        assert not tree.xpath("//meta[@name='robots']")
        assert links.pop("x-default") == links["en"]
        seen[url] = links
        cards = tree.xpath("//article[contains(@class, 'card')]//a/@href")
        queue += [*links.values(), *(BASE + card for card in cards)]
    assert len(seen) == len(COMPLETE) * (2 + len(library().shelf("en")))
    for url, links in seen.items():
        assert url in links.values()
        assert set(links) == set(COMPLETE)
        assert all(seen[other] == links for other in links.values())


@pytest.mark.parametrize(("lang", "slug_of"), [("es", "en"), ("en", "fr"), ("fr", "th")])
def test_the_slug_of_another_language_leads_to_the_right_one(client, lang, slug_of):
    for article in library().shelf(lang):
        slug = library().get(article.key, slug_of).slug
        if slug != article.slug:
            response = client.get(f"/{lang}/help/{slug}")
            assert (response.status_code, response.headers["Location"]) == (301, path_of(article.key, lang))


def test_the_picker_leads_to_the_same_article(client):
    tree = tree_of(client.get(path_of("priority-support")))
    picked = client.get(tree.xpath("//footer//a[@hreflang='es']/@href")[0])
    assert picked.headers["Location"] == path_of("priority-support", "es")


def test_an_unknown_article_is_not_found(client):
    assert client.get("/en/help/no-such-article").status_code == 404


@pytest.mark.parametrize("path", ["/en/", "/th/help", path_of("partner-programme", "es"), "/fr/help/contact"])
def test_a_signed_out_reader_gets_a_page_that_caches_may_keep(client, path):
    response = client.get(path)
    assert "Set-Cookie" not in response.headers
    assert response.headers["Cache-Control"] == "public, max-age=300"
    assert {"Cookie", "HX-Request"} <= set(response.vary)
    again = client.get(path, headers={"If-None-Match": response.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert "Set-Cookie" not in again.headers


@pytest.mark.parametrize("coding", ["br", "gzip"])
def test_compressed_pages_are_recognized_too(app, coding):
    client = FlaskClient(app, app.response_class)  # the checked one reads only what is not packed
    packed = {"Accept-Encoding": coding}
    response = client.get("/en/help", headers=packed)
    assert response.headers["Content-Encoding"] == coding
    assert client.get("/en/help", headers={**packed, "If-None-Match": response.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize("path", ["/en/", "/en/help", "/en/help/partner-programme"])
def test_a_page_with_a_name_on_it_stays_private(cast, path):
    response = cast.newcomer.browser().get(path)
    assert cast.newcomer.account.name in response.text
    assert "private" in response.headers["Cache-Control"]


def test_a_page_with_a_notice_stays_private(client):
    with client.session_transaction() as session:
        session["_flashes"] = [("success", "You have signed out.")]
    response = client.get("/en/help")
    assert "You have signed out." in response.text
    assert "private" in response.headers["Cache-Control"]


def test_staff_read_what_is_theirs(cast):
    browser = cast.reviewer.browser()
    response = browser.get(STAFF)
    assert tree_of(response).xpath("//meta[@name='robots']/@content") == ["noindex"]
    assert not tree_of(response).xpath("//link[@rel='alternate']")
    assert "private" in response.headers["Cache-Control"]
    assert STAFF in browser.get("/en/help").text


@pytest.mark.parametrize("who", ["admin", "newcomer", None])
@pytest.mark.parametrize("slug", ["priority-support-staff", "asistencia-prioritaria-personal"])
def test_nobody_else_learns_that_it_exists(cast, client, who, slug):
    browser = getattr(cast, who).browser() if who else client
    assert browser.get(f"/en/help/{slug}").status_code == 404
    assert browser.get(f"/es/help/{slug}").status_code == 404
    for path in ("/en/help", "/en/", "/en/help/priority-support", "/sitemap.xml"):
        assert STAFF not in browser.get(path).text


def test_a_missing_translation_is_english_and_says_so(shelf, client):
    shelf(lambda folder: (folder / "th" / f"{KEY}.md").unlink())
    tree = tree_of(client.get(f"/th/help/{KEY}"))
    assert tree.get("lang") == "th"
    assert tree.xpath("//article/@lang") == ["en"]
    assert tree.xpath("//article/h1/text()") == [f"{KEY} (en)"]
    assert tree.xpath("//meta[@name='robots']/@content") == ["noindex"]
    assert tree.xpath("//link[@rel='canonical']/@href") == [f"{BASE}/en/help/{KEY}"]
    assert not tree.xpath("//link[@rel='alternate']")
    assert tree.xpath("//main//div[contains(@class, 'notice')]")
    english = tree_of(client.get(f"/en/help/{KEY}"))
    assert "th" not in english.xpath("//link[@rel='alternate'][@hreflang]/@hreflang")


@pytest.mark.parametrize(("significance", "warned"), [(20, False), (30, True)])
def test_readers_of_an_outdated_translation_are_led_to_the_english_one(shelf, client, significance, warned):
    shelf(lambda folder: changed(folder, significance))
    links = tree_of(client.get(f"/es/help/{KEY}-es")).xpath(
        "//div[contains(@class, 'warning')]//a[@hreflang='en']/@href"
    )
    assert links == ([f"/en/help/{KEY}"] if warned else [])


# ---- Labels in two languages ----

BOTH = "Press **{{ label(\"Verify\") }}**, then **{{ label(\"Verify\") }}**.\n\n## {{ label(\"Verify\") }}\n\n" \
       "[more]({{ url(\"help\", \"trials\") }})\n\n## Two\n"


@pytest.fixture
def paired(shelf):
    """An article that names a button twice, and in a heading, and leads to another article."""
    def write(folder):
        for lang in COMPLETE:
            file = folder / lang / f"{KEY}.md"
            text = file.read_text(encoding="utf-8")
            file.write_text(text[:text.rindex("+++") + 4] + "\n" + BOTH, encoding="utf-8")

    shelf(write)


def seconds(tree):
    """Return the words in a second language, each with what it is said to be in."""
    return [(span.get("lang"), span.text) for span in tree.xpath("//article//span[@lang]")]


@pytest.mark.parametrize(("lang", "query", "expected"), [
    ("en", "", []), ("en", "?with=th", ["th"] * 3), ("en", "?with=none", []), ("en", "?with=xx", []),
    ("en", "?with=en", []), ("th", "", ["en"]), ("th", "?with=none", []), ("th", "?with=es", ["es"] * 3),
    ("th", "?with=en", ["en"] * 3), ("es", "?with=fr", ["fr"] * 3),
])
def test_labels_in_a_second_language(paired, client, app, lang, query, expected):
    slug = KEY if lang == "en" else f"{KEY}-{lang}"
    tree = tree_of(client.get(f"/{lang}/help/{slug}{query}"))
    plain = tree_of(client.get(f"/{lang}/help/{slug}?with=none"))
    words = {code: app.extensions["templates"][code].globals["_"]("Verify") for code in COMPLETE}
    assert seconds(tree) == [(code, f"({words[code]})") for code in expected]
    for part in ("//article/h2/@id", "//nav[@class='toc']//a/@href", "//nav[@class='toc']//a/text()"):
        assert tree.xpath(part) == plain.xpath(part)
    assert tree.xpath("//link[@rel='canonical']/@href") == [f"{BASE}/{lang}/help/{slug}"]
    kept = "" if "xx" in query else query
    other = "trials" if lang == "en" else f"trials-{lang}"
    assert tree.xpath("//article//a[.='more']/@href") == [f"/{lang}/help/{other}{kept}"]
    chosen = tree.xpath("//select[@id='with']/option[@selected]/@value")
    usual = "en" if lang == "th" else "none"
    assert chosen == [{"": usual, "xx": usual, lang: "none"}.get(query[6:], query[6:])]


def test_a_page_is_rendered_once(client, monkeypatch):
    calls = []
    monkeypatch.setattr("portal.web.public.help.rendered",
                        lambda *args: calls.append(args) or article_body.rendered(*args))
    for _ in range(3):
        client.get(path_of("partner-programme"))
    assert len(calls) == 1


def test_sharing_needs_no_script(client):
    hrefs = tree_of(client.get(path_of("priority-support", "th"))).xpath("//ul[contains(@class, 'share')]//a/@href")
    assert [href.split(":")[0] for href in hrefs] == ["mailto", "https", "https"]
    assert all("portal.test%2Fth%2Fhelp%2Fpriority-support" in href for href in hrefs)
