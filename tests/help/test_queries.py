"""What people ask in each language, and the articles that must come first: the quality of the search, in a table."""

import tomllib
from pathlib import Path

from portal.core.context import ANYONE
from portal.core.locales import COMPLETE
from portal.help.collection import library
from portal.help.queries import search
from portal.web.public.help_index import index_from_shell

TABLE = tomllib.loads((Path(__file__).parent / "queries.toml").read_text(encoding="utf-8"))


def test_the_table_asks_enough_in_every_language():
    assert set(TABLE) == set(COMPLETE)
    assert all(len(asked) >= 15 for asked in TABLE.values())


def test_the_first_three_articles_are_those_of_the_table(app):
    edition, count = index_from_shell(app), len(library().shelf("en"))
    faults = []
    for lang, asked in TABLE.items():
        for question, wanted in asked.items():
            found = list(search(ANYONE, edition, lang, question, count).keys[:len(wanted)])
            if found[:1] != wanted[:1] or set(found) != set(wanted):
                faults.append(f"{lang} {question}: {found} instead of {wanted}")
    assert not faults, "\n".join(faults)
