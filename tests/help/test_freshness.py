"""What translations miss is told: by state, by language, and with the sentences that English has changed."""

import re

import pytest

from portal.core.locales import LANGUAGES
from portal.help.collection import load
from portal.help.freshness import STATES, TO_DO, difference, rows, state_of
from tests.help.small import KEY, OTHER, changed, small


@pytest.fixture
def folder(tmp_path):
    return small(tmp_path / "articles")


@pytest.fixture
def shelf(app, monkeypatch):
    """Let the portal have other articles."""
    return lambda library: monkeypatch.setitem(app.extensions, "articles", library)


@pytest.mark.parametrize(("significance", "state"), [(10, "slight"), (20, "medium"), (30, "major")])
def test_a_state_for_each_significance(folder, significance, state):
    library = changed(folder, significance)
    assert {row.lang: row.state for row in rows(library) if row.key == KEY} == {
        "en": "current", **{code: state for code in LANGUAGES if code != "en"}}
    assert (state_of(library, KEY, "th"), state_of(library, KEY, "en")) == (state, "current")


def test_every_article_has_a_row_in_every_language(folder):
    (folder / "th" / f"{KEY}.md").unlink()
    found = list(rows(load(folder)))
    assert len({(row.key, row.lang) for row in found}) == len(found) == 3 * len(LANGUAGES)
    assert [(row.key, row.lang) for row in found if row.state == "missing"] == [(KEY, "th")]
    assert set(TO_DO) <= set(STATES)


def test_the_difference_is_the_sentences_that_english_has_changed(folder):
    library = changed(folder, old="Say what you see.", new="Say when it began.")
    assert difference(library, library.get(KEY, "th")) == [
        (" ", "Name the customer."), ("-", "Say what you see."), ("+", "Say when it began."), (" ", "Add a picture.")]
    assert difference(library, library.source(KEY)) == ()
    assert difference(library, library.get(OTHER, "th")) == ()


def test_the_difference_is_that_of_all_revisions_since(folder):
    changed(folder)
    library = changed(folder, 10, old="Add a picture.", new="")
    told = difference(library, library.get(KEY, "fr"))
    assert [line for line in told if line[0] in "+-"] == [
        ("-", "Write to us."), ("+", "Call us at night."), ("-", "Add a picture.")]
    assert [kind for kind, _text in told].count("@") == 1


def test_the_shell_tells_what_is_missing_and_what_is_behind(app, folder, shelf):
    changed(folder)
    (folder / "fr" / f"{KEY}.md").unlink()
    shelf(load(folder))
    run = app.test_cli_runner().invoke
    told = run(args=["portal", "help-status"])
    assert told.exit_code == 0
    lines = told.output.splitlines()
    assert lines[0] == "en (the source): 3 complete, 0 missing, 0 outdated"
    assert lines[lines.index("fr: 2 complete, 1 missing, 0 outdated") + 1] == f"  fr/{KEY}.md is missing"
    assert f"  es/{KEY}.md follows revision 1 of 2 (significance 30)" in lines
    assert "    + Call us at night." in lines
    assert run(args=["portal", "help-status", "--strict"]).exit_code == 1


def test_what_ships_is_complete(app):
    told = app.test_cli_runner().invoke(args=["portal", "help-status", "--strict"])
    assert told.exit_code == 0, told.output
    assert len(re.findall("0 missing, 0 outdated", told.output)) == len(LANGUAGES)
