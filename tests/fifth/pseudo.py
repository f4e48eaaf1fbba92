"""A pseudo-language from right to left: English in other letters, longer, with its gaps where they were."""

from __future__ import annotations

import re
from pathlib import Path

from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from portal.catalogs import write

CODE = "ar"
_LETTERS = str.maketrans("abcdefghijklmnopqrstuvwxyz", "ابتثجحخدذرزسشصضطظعغفقكلمنه")
_KEPT = re.compile(r"(%(?:\(\w+\))?[sd]|<[^>]+>|https?://\S+)")
_MORE = "وهذا نص اطول"
LEFT_OUT = 8  # one message of so many has no translation


def written(text: str) -> str:
    """Return a text in the pseudo-language, about 40 % longer."""
    parts = _KEPT.split(text)
    parts[::2] = [part.lower().translate(_LETTERS) for part in parts[::2]]
    words = _MORE.split() * (len(text) // 20 + 1)
    more, room = "", len(text) * 0.4
    while words and len(more) + len(words[0]) + 1 <= room:
        more += " " + words.pop(0)
    return "".join(parts) + more


def fill(path: Path) -> dict[str, str]:
    """Translate most messages of a catalog; return those without gaps, each with its translation (empty: left out)."""
    with path.open("rb") as file:
        catalog = read_po(file, locale=CODE)
    messages = [message for message in catalog if message.id]
    for number, message in enumerate(messages):
        if number % LEFT_OUT:
            _translate(message, catalog.num_plurals)
    write(catalog, path)
    in_context = {message.id for message in messages if message.context}
    return {message.id: str(message.string or "") for message in messages
            if isinstance(message.id, str) and message.id not in in_context and not _KEPT.search(message.id)}


def _translate(message: Message, forms: int) -> None:
    if isinstance(message.id, str):
        message.string = written(message.id)
    else:
        message.string = tuple(written(message.id[1]) for _ in range(forms))


ARTICLE = f"""+++
title = "{written('Priority support')}"
summary = "{written('Who is helped first, and how soon.')}"
slug = "daem-awlawiyya"
updated = 2026-11-27
based_on = 1
+++
{written('The mailbox of your region takes your question at any time.')}

## {written('How to ask')}

1. {written('Open')} **{{{{ label("Help center") }}}}**.
2. {written('Write to')} `help@vendor.example`.

| {written('Region')} | {written('Days')} |
| --- | --- |
| {written('Here')} | {{{{ days(p.trial.initial_days) }}}} |
"""
