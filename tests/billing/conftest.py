"""The counter of the Store, for tests of billing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from portal.adapters.cards import FakeGateway
from tests.billing.shop import Shop
from tests.cast import Cast
from tests.doubles import FixedClock


@pytest.fixture
def shop(cast: Cast, gateway: FakeGateway, clock: FixedClock, run_jobs: Callable[[], int]) -> Shop:
    return Shop(cast, gateway, clock, run_jobs)
