"""Search in the help as readers meet it."""

import pytest
from lxml import html


def found(client, lang, question, **headers):
    response = client.get(f"/{lang}/help/search", query_string={"q": question}, headers=headers)
    assert response.status_code == 200
    return html.fromstring(response.text)


def titles(tree):
    return tree.xpath("//ol[@class='found']//h3/a/text()")


@pytest.mark.parametrize(("lang", "question", "marked"), [
    ("en", "revoke access", ["revoke", "access"]),
    ("es", "organizacion", ["organización"]),
    ("fr", "credit", ["crédit"]),
    ("th", "บัตรเครดิต", ["บัตรเครดิต"]),
    ("th", "นามแฝง", ["นามแฝง"]),
])
def test_what_was_found_is_marked(client, lang, question, marked):
    tree = found(client, lang, question)
    assert titles(tree)
    words = {word.casefold() for word in tree.xpath("//ol[@class='found']//mark/text()")}
    assert set(marked) <= words, words
