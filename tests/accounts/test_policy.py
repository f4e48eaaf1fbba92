"""Addresses, names and windows."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.accounts.policy import (
    minutes_left,
    network_of,
    normalize_email,
    normalize_name,
    window_start,
)

QUARTER = timedelta(minutes=15)


@pytest.mark.parametrize(("typed", "stored"), [
    (" Ana@Example.COM ", "ana@example.com"),
    ("ｙｕｋｉ@example.com", "yuki@example.com"),
    ("ana@ñandú.example", "ana@xn--and-6ma2c.example"),
    ("ana@xn--and-6ma2c.example", "ana@xn--and-6ma2c.example"),
    ("no address", "no address"),
])
def test_one_spelling_per_address(typed, stored):
    assert normalize_email(typed) == stored


@pytest.mark.parametrize(("typed", "stored"), [
    ("  Ana  María ", "Ana María"),
    ("Ana\r\nBcc: x@y.example", "Ana Bcc: x@y.example"),
    ("สมหญิง ใจดี", "สมหญิง ใจดี"),
    ("O’Brien\0", "O’Brien"),
    ("a" * 100, "a" * 100),
    ("Ana \u202egro.live", "Ana gro.live"),
    ("نام\u200cخانوادگی", "نام\u200cخانوادگی"),
    ("\u200b\u2060\u200d\0", ""),
])
def test_a_name_is_one_line(typed, stored):
    assert normalize_name(typed) == stored


@pytest.mark.parametrize(("clock", "left"), [("09:00:00", 15), ("09:00:59", 15), ("09:07:00", 10), ("09:14:59", 5)])
def test_the_time_left_is_never_too_short(clock, left):
    now = datetime.fromisoformat(f"2026-03-02T{clock}").replace(tzinfo=UTC)
    assert minutes_left(now, QUARTER) == left
    assert window_start(now + timedelta(minutes=left), QUARTER) > window_start(now, QUARTER)


@pytest.mark.parametrize(("address", "network"), [
    ("192.0.2.7", "192.0.2.7"),
    ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
    ("2001:db8:1:2:bbbb::9", "2001:db8:1:2::/64"),
    ("", ""),
])
def test_a_subscriber_is_one_address(address, network):
    assert network_of(address) == network
