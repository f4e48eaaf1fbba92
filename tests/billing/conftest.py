"""The counter of the Store, for tests of billing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from portal.adapters.cards import FakeGateway
from portal.jobs import registry
from tests.billing.shop import Shop
from tests.cast import Cast
from tests.doubles import FixedClock


@pytest.fixture
def shop(cast: Cast, gateway: FakeGateway, clock: FixedClock, run_jobs: Callable[[], int]) -> Shop:
    return Shop(cast, gateway, clock, run_jobs)


@pytest.fixture
def money_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the worker do nothing that is not about money: a year has many mails."""
    kept = ("billing.renew", "billing.dun", "subscriptions.expire-trials")
    monkeypatch.setattr(registry, "_SCHEDULE", {kind: registry._SCHEDULE[kind] for kind in kept})
    monkeypatch.setitem(registry._HANDLERS, "mail.send", lambda _ctx, _job: None)
