"""Stand-ins that tests inject: the clock, and ports that insist on standing outside transactions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from portal.storage import database


class FixedClock:
    """A clock that moves only when told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


class _OutsideTransactions:
    def __init__(self, port: Any) -> None:
        self._port = port

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._port, name)
        assert not (callable(value) and database.in_transaction()), f"{name} was called inside a transaction"
        return value


def outside_transactions(port: Any) -> Any:
    """Wrap a port so that using it inside a transaction fails: no network while rows are locked."""
    return _OutsideTransactions(port)
