"""Two people edited the same thing: what one typed beside what is there now, in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Pairs = list[tuple[str, str, str]]  # label, what you wrote, what is there now


def compared(form: Any, present: Any, names: Iterable[str]) -> Pairs:
    """Compare fields of a form as it was sent with those of one that shows what is there; menus show names, not codes.
    """
    return differing(*((form[name].label.text, in_words(form[name]), in_words(present[name])) for name in names))


def differing(*pairs: tuple[str, str, str]) -> Pairs:
    """Leave only the pairs in which both sides are not the same."""
    return [(label, yours, current) for label, yours, current in pairs if yours != current]


def in_words(field: Any) -> str:
    """Return a field's value as its menu shows it."""
    choices = {choice.value: choice.label for choice in getattr(field, "choices", ())}
    return str(choices.get(field.data, field.data or ""))
