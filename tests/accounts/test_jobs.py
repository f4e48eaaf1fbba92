"""What is over is forgotten, and what is not stays."""

from datetime import timedelta

import pytest

from portal.accounts.commands import issue_token, open_session, throttle
from portal.accounts.models import Account, Attempts, OneTimeToken, Session
from portal.accounts.policy import Purpose
from portal.storage import transaction

TABLES = (Account, Session, OneTimeToken, Attempts)


@pytest.fixture
def traces(cast, make_ctx, unconfirmed):
    ctx = make_ctx()
    person = cast.person("ana@example.com", "es")
    with transaction():
        Session.delete().execute()
        open_session(ctx, person.account.id, "", "")
        issue_token(ctx, Purpose.VERIFY_EMAIL, unconfirmed)
    throttle(ctx, "bucket", 1, timedelta(hours=1))


@pytest.mark.parametrize(("days", "left"), [
    (1, (2, 1, 1, 1)),
    (3, (2, 1, 1, 0)),
    (31, (2, 1, 1, 0)),  # the link is over for 29 days
    (33, (1, 1, 0, 0)),  # nobody confirmed the address: it is forgotten with the link
    (119, (1, 1, 0, 0)),  # the session is over for 89 days
    (121, (1, 0, 0, 0)),
])
def test_cleaning_up(traces, clock, run_jobs, days, left):
    clock.advance(days=days)
    run_jobs()
    assert tuple(table.select().count() for table in TABLES) == left
