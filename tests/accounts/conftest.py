"""What the tests of accounts share."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from portal.accounts.models import Account
from portal.core.context import ANYONE


@pytest.fixture
def anyone(make_ctx) -> Callable[[], object]:
    """Build a context for somebody who is not signed in, at the present instant."""
    return lambda: make_ctx(ANYONE)


@pytest.fixture
def newest_link(run_jobs, mailer) -> Callable[[], str]:
    """Let the mails go out and return the token of the last one's one-time link."""

    def find() -> str:
        run_jobs()
        text = mailer.sent[-1].get_body(("plain",)).get_content()
        return re.findall(r"/(?:verify-email|reset-password|invitation)/(\S+)", text)[-1]

    return find


@pytest.fixture
def unconfirmed(app, clock) -> Account:
    return Account.create(email="new@siam.example", language="th", created_at=clock.now)
