"""Rules of changes of partner."""

from __future__ import annotations

from portal.core.errors import DomainError
from portal.core.words import N_


class AlreadyChanging(DomainError):
    """Another change is announced: one at a time."""

    def __init__(self) -> None:
        super().__init__(N_("Another change of partner is announced already. Wait for its day, or take it back first."))
