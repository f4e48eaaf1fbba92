"""Throttling is exact, counts what it refuses, and ends by itself."""

import threading
from datetime import timedelta

import pytest

from portal.accounts import passwords
from portal.accounts.commands import sign_in, throttle
from portal.accounts.models import Attempts
from portal.accounts.policy import TooManyAttempts, WrongCredentials
from portal.storage import database

QUARTER = timedelta(minutes=15)


def refusals(ctx, tries, bucket="b", limit=3):
    count = 0
    for _ in range(tries):
        try:
            throttle(ctx, bucket, limit, QUARTER)
        except TooManyAttempts:
            count += 1
    return count


def test_the_limit_is_exact_and_refused_attempts_count(make_ctx):
    assert refusals(make_ctx(), 5) == 2
    assert Attempts.get().count == 5
    assert refusals(make_ctx(), 3, "another") == 0


def test_the_next_window_starts_from_nothing(make_ctx, clock):
    refusals(make_ctx(), 5)
    clock.advance(minutes=15)
    assert refusals(make_ctx(), 3) == 0


def test_threads_together_get_exactly_the_limit(make_ctx):
    outcomes, ctx = [], make_ctx()

    def work():
        with database.connection_context():
            outcomes.append(refusals(ctx, 25, limit=40))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(outcomes) == 60


def test_the_table_names_nobody(make_ctx):
    throttle(make_ctx(), "sign-in:ana@example.com:192.0.2.1", 3, QUARTER)
    assert "ana" not in Attempts.get().bucket


def attempt(ctx, email, address, password="wrong password"):
    try:
        return sign_in(ctx, email, password, "", address)
    except (TooManyAttempts, WrongCredentials) as error:
        return type(error)


@pytest.mark.parametrize("known", [True, False])
def test_one_browser_stops_after_ten_and_nobody_else_is_locked_out(cast, anyone, known):
    person = cast.person("ana@example.com", "es", password_hash=passwords.hashed("long enough"))
    email = person.email if known else "nobody@example.com"
    answers = [attempt(anyone(), email, "192.0.2.1") for _ in range(60)]
    assert answers == [WrongCredentials] * 10 + [TooManyAttempts] * 50
    assert attempt(anyone(), person.email, "198.51.100.1", "long enough") not in (TooManyAttempts, WrongCredentials)


def test_one_address_stops_after_fifty_accounts(app, anyone):
    answers = [attempt(anyone(), f"person{n}@example.com", "192.0.2.1") for n in range(52)]
    assert answers == [WrongCredentials] * 50 + [TooManyAttempts] * 2


def test_one_account_stops_after_a_hundred_tries_from_everywhere(app, anyone):
    answers = [attempt(anyone(), "ana@example.com", f"192.0.2.{n}") for n in range(102)]
    assert answers == [WrongCredentials] * 100 + [TooManyAttempts] * 2
