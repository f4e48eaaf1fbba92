"""A small library of its own, which tests may spoil: three articles in every language, one of them for staff."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from portal.core.locales import DEFAULT, LANGUAGES
from portal.help.collection import REVISIONS, Library, load

KEY, OTHER, STAFF = "tickets", "trials", "tickets-staff"
SECTION = {KEY: "support", OTHER: "console", STAFF: "staff"}
ENGLISH = "Write to us.\n\n## How to ask\n\nName the customer. Say what you see. Add a picture.\n"


def small(folder: Path) -> Path:
    """Write the articles into a new folder."""
    for key in SECTION:
        for lang in LANGUAGES:
            (folder / lang).mkdir(parents=True, exist_ok=True)
            (folder / lang / f"{key}.md").write_text(_text(key, lang), encoding="utf-8")
    return folder


def _text(key: str, lang: str) -> str:
    slug = key if lang == DEFAULT else f"{key}-{lang}"
    own = (f'section = "{SECTION[key]}"\norder = 10\nrevision = 1\nsignificance = 30\n' if lang == DEFAULT
           else "based_on = 1\n")
    return (f'+++\ntitle = "{key} ({lang})"\nsummary = "About {key} ({lang})."\nslug = "{slug}"\nupdated = 2026-11-27\n'
            f"{own}+++\n\n{ENGLISH}")


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def changed(folder: Path, significance: int = 30, old: str = "Write to us.", new: str = "Call us at night.") -> Library:
    """Change an English text as the articles' README asks for it, and keep the old one."""
    source = folder / DEFAULT / f"{KEY}.md"
    text = source.read_text(encoding="utf-8")
    [number] = map(int, re.findall(r"^revision = (\d+)", text, re.MULTILINE))
    (folder / REVISIONS).mkdir(exist_ok=True)
    shutil.copy(source, folder / REVISIONS / f"{KEY}.{number}.md")
    text = text.replace(f"revision = {number}", f"revision = {number + 1}").replace(old, new)
    source.write_text(re.sub(r"significance = \d+", f"significance = {significance}", text), encoding="utf-8")
    return load(folder)
