"""What imports have in common: how refusals are kept, and how large a piece is."""

from __future__ import annotations

from typing import Any

from portal.core.errors import DomainError

CHUNK = 50  # lines between two looks at the lease, and what is done again after a crash
Refusal = list[Any]  # line, field, message, its parameters


def refusal(line: int, error: DomainError) -> Refusal:
    """Return a refused line as reports keep it."""
    return [line, error.field, error.message, error.params]
