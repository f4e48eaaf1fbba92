"""What search engines read of an article as data (schema.org): where it stands, its questions and their answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from portal.web.public.article_body import Body, Part

_CONTEXT = "https://schema.org"


def breadcrumbs(steps: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Return the way to a page, as (name, absolute address) from the top down."""
    return {"@context": _CONTEXT, "@type": "BreadcrumbList", "itemListElement": [
        {"@type": "ListItem", "position": place, "name": name, "item": address}
        for place, (name, address) in enumerate(steps, start=1)
    ]}


def questions(body: Body, lang: str) -> dict[str, Any]:
    """Return an article of questions: each heading of the second level asks, and what stands below it answers."""
    asked: list[tuple[Part, list[str]]] = []
    for part in body.parts:
        if part.level == 2:
            asked.append((part, [part.text]))
        elif part.level > 2 and asked:
            asked[-1][1].extend((part.heading, part.text))
    return {"@context": _CONTEXT, "@type": "FAQPage", "inLanguage": lang, "mainEntity": [
        {"@type": "Question", "name": part.heading,
         "acceptedAnswer": {"@type": "Answer", "text": " ".join(filter(None, texts))}}
        for part, texts in asked
    ]}
