"""What translations miss is told: by state, by language, and with the sentences that English has changed."""

import re
import shutil

import pytest

from portal.core.locales import LANGUAGES
from portal.help.collection import ARTICLES, REVISIONS, load
from portal.help.freshness import STATES, TO_DO, difference, rows, state_of

KEY = "priority-support"


def changed(folder, significance=30, text="Call us at night.\n\n"):
    """Write a newer English text of one article as its README asks for it; the old one is kept."""
    source = folder / "en" / f"{KEY}.md"
    (folder / REVISIONS).mkdir(exist_ok=True)
    text_then = source.read_text(encoding="utf-8")
    shutil.copy(source, folder / REVISIONS / f"{KEY}.1.md")
    text_now = re.sub("revision = 1", "revision = 2", text_then, count=1)
    text_now = re.sub(r"significance = \d+", f"significance = {significance}", text_now, count=1)
    front, fence, body = text_now.rpartition("+++\n")
    source.write_text(front + fence + text + body, encoding="utf-8")
    return load(folder)


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(ARTICLES, tmp_path / "articles")


@pytest.fixture
def shelf(app, folder, monkeypatch):
    """Let the portal have other articles."""
    return lambda library: monkeypatch.setitem(app.extensions, "articles", library)


@pytest.mark.parametrize(("significance", "state"), [(10, "slight"), (20, "medium"), (30, "major")])
def test_a_state_for_each_significance(folder, significance, state):
    library = changed(folder, significance)
    assert {row.lang: row.state for row in rows(library) if row.key == KEY} == {
        "en": "current", **{code: state for code in LANGUAGES if code != "en"}}
    assert {state_of(library, KEY, "th"), state_of(library, KEY, "en")} == {state, "current"}


def test_every_article_has_a_row_in_every_language(folder):
    (folder / "th" / f"{KEY}.md").unlink()
    found = list(rows(load(folder)))
    assert len({(row.key, row.lang) for row in found}) == len(found) == len(LANGUAGES) * len({r.key for r in found})
    assert [(row.key, row.lang) for row in found if row.state == "missing"] == [(KEY, "th")]
    assert set(TO_DO) <= set(STATES)


def test_the_difference_is_what_english_says_now_and_said_then(folder):
    library = changed(folder)
    told = difference(library, library.get(KEY, "th"))
    assert ("+", "Call us at night.") in told
    assert not [line for kind, line in told if kind == "-"]
    assert {kind for kind, _line in told} <= {" ", "+", "-", "@"}
    assert difference(library, library.source(KEY)) == ()
    other = next(row.key for row in rows(library) if row.key != KEY)
    assert difference(library, library.get(other, "th")) == ()


def test_one_sentence_of_a_paragraph_is_told_alone(folder):
    source = folder / "en" / f"{KEY}.md"
    source.write_text(source.read_text(encoding="utf-8") + "\n\nOne stays. Two goes. Three stays.\n", encoding="utf-8")
    library = changed(folder, text="")
    now = source.read_text(encoding="utf-8").replace("Two goes.", "Two is new.")
    source.write_text(now, encoding="utf-8")
    library = load(folder)
    assert difference(library, library.get(KEY, "es"))[-4:] == [
        (" ", "One stays."), ("-", "Two goes."), ("+", "Two is new."), (" ", "Three stays.")]


def test_the_shell_tells_what_is_missing_and_what_is_behind(app, folder, shelf):
    changed(folder)
    (folder / "fr" / f"{KEY}.md").unlink()
    shelf(load(folder))
    run = app.test_cli_runner().invoke
    told = run(args=["portal", "help-status"])
    assert told.exit_code == 0
    assert re.search(r"^fr: \d+ complete, 1 missing, 0 outdated\n  fr/priority-support.md is missing$", told.output, re.M)
    assert "es/priority-support.md follows revision 1 of 2 (significance 30)\n" in told.output
    assert "    + Call us at night.\n" in told.output
    assert re.search(r"^en \(the source\): \d+ complete, 0 missing, 0 outdated$", told.output, re.M)
    assert run(args=["portal", "help-status", "--strict"]).exit_code == 1


def test_nothing_to_do_is_said_too(app):
    told = app.test_cli_runner().invoke(args=["portal", "help-status", "--strict"])
    assert (told.exit_code, len(told.output.splitlines())) == (0, len(LANGUAGES)), told.output
