"""No word in a template that is not in the catalogs; nothing that a strict content policy would refuse."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
MAILS = sorted((ROOT / "templates/mail").glob("*.txt"))
_JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_TAG = re.compile(r"<!--.*?-->|<script[^>]*>.*?</script>|<svg.*?</svg>|<[^>]*>", re.DOTALL)
_ATTRIBUTE = re.compile(r'\b(?:title|placeholder|aria-label|alt|hx-confirm)="([^"]*)"')
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_BARE_ATTRIBUTE = re.compile(r'[\w:-]+="[^"]*"')  # of a macro that writes the inside of a tag
_ALLOWED = {"http", "https"}  # parts of addresses


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_hard_coded_words(path: Path) -> None:
    text = _JINJA.sub(" ", path.read_text())
    shown = _BARE_ATTRIBUTE.sub(" ", _TAG.sub(" ", text)).replace("&nbsp;", " ").replace("&middot;", " ")
    attributes = " ".join(_ATTRIBUTE.findall(text))
    words = set(_LETTERS.findall(shown + " " + attributes)) - _ALLOWED
    assert not words, f"{path}: {sorted(words)[:8]}"


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.name)
def test_no_hard_coded_words_in_mails(path: Path) -> None:
    words = set(_LETTERS.findall(_JINJA.sub(" ", path.read_text())))
    assert not words, f"{path}: {sorted(words)[:8]}"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_inline_scripts_or_styles(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"|<script(?![^>]*\b(src|type=\"application/ld\+json\"))", text)


@pytest.mark.parametrize("path", TEMPLATES + MAILS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_percent_sign_in_a_message(path: Path) -> None:
    for message in re.findall(r'_\("([^"]*)"', path.read_text()):
        assert not re.search(r"%(?!\(\w+\)s)", message), message


def test_the_stylesheets_are_small_and_mirror_by_themselves() -> None:
    import gzip

    css = "".join((ROOT / "static" / name).read_text() for name in ("app.css", "work.css"))
    assert len(gzip.compress(css.encode(), 9)) <= 10_000
    physical = re.findall(r"(?:margin|padding|border)-(?:left|right)\b|text-align:\s*(?:left|right)", css)
    assert not physical, physical
