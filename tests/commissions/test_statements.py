"""Statements: opening + lines = closing, month after month; mails once for each month and person, in their language."""

from __future__ import annotations

from datetime import date

import pytest

from portal.billing.commands.payouts import ask_payout
from portal.commissions.models import Entry
from portal.commissions.queries.ledger import every_line, month_after, months, statement_of
from portal.core.errors import NotFound
from portal.mail.models import Outgoing
from tests.commissions.money import balance_of, bank, earn


def test_months_follow_each_other_and_end_at_the_balance(cast, make_ctx, clock) -> None:
    actor, expected = cast.admin.actor, 0
    bank(make_ctx(), cast.andina)
    for number, (amount, margin) in enumerate([(30_000, 100), (-45_000, 0), (0, 0), (80_000, -50), (1, 2)]):
        clock.now = clock.now.replace(month=3 + number)
        if amount:
            earn(make_ctx(), cast.andina, amount, f"a{number}", "accrual" if amount > 0 else "clawback")
        if margin:
            earn(make_ctx(), cast.andina, margin, f"m{number}", "margin" if margin > 0 else "margin-return")
        if number == 3:
            ask_payout(make_ctx(actor), "USD", 20_000, balance_of(cast.andina))
    month, closing = date(2026, 3, 1), 0
    while month <= date(2026, 7, 1):
        found = statement_of(actor, "USD", month)
        payable = sum(line.amount for line in found.lines.rows if line.payable)
        assert found.opening == closing
        assert found.closing == found.opening + payable
        assert found.of.margins == sum(line.amount for line in found.lines.rows if not line.payable)
        expected, closing, month = expected + payable, found.closing, month_after(month)
    assert closing == expected == balance_of(cast.andina) == 45_001
    carried = statement_of(actor, "USD", date(2026, 5, 1))  # nothing happened, and the debt is carried forward
    assert (carried.opening, carried.closing, carried.lines.rows) == (-15_000, -15_000, [])


def test_a_statement_is_read_page_by_page_and_whole(cast, make_ctx) -> None:
    for number in range(7):
        earn(make_ctx(), cast.andina, number + 1, f"a{number}")
    earn(make_ctx(), cast.andina, 1000, "other", currency="EUR")
    actor, seen, after = cast.admin.actor, [], None
    while True:
        found = statement_of(actor, "USD", date(2026, 3, 1), after, size=3)
        seen += [line.amount for line in found.lines.rows]
        after = found.lines.next
        if after is None:
            break
    assert seen == [line.amount for line in every_line(actor, "USD", date(2026, 3, 1))] == [1, 2, 3, 4, 5, 6, 7]
    assert found.closing == 28
    with pytest.raises(NotFound):
        statement_of(actor, "USD", date(2026, 2, 1))
    with pytest.raises(NotFound):
        statement_of(actor, "THB", date(2026, 3, 1))


def test_months_of_a_year_or_all_of_them(cast, make_ctx, clock) -> None:
    actor = cast.admin.actor
    for number in range(15):
        earn(make_ctx(), cast.andina, 1, f"a{number}")
        earn(make_ctx(), cast.andina, 1, f"b{number}", currency="EUR")
        clock.advance(days=31)
    today = make_ctx().today()
    last = months(actor, today)
    assert [(one.month, one.currency) for one in last[:2]] == [(date(2027, 5, 1), "EUR"), (date(2027, 5, 1), "USD")]
    assert len(last) == 2 * 11
    assert len(months(actor, today, every=True)) == 2 * 15


def mails() -> list[tuple[str, str, list[dict[str, int]]]]:
    rows = Outgoing.select().where(Outgoing.event == "commission-statement").order_by(Outgoing.id)
    return [(row.to_address, row.params["month"], row.params["statements"]) for row in rows]


def test_statements_are_mailed_when_the_month_is_over(cast, make_ctx, clock, run_jobs, mailer) -> None:
    _ = cast.admin, cast.colleague, cast.outsider
    second = cast.member("second-admin@andina.example", "th", cast.andina, "super-admin")
    earn(make_ctx(), cast.andina, 12_345, "a")
    earn(make_ctx(), cast.andina, 700, "b", "margin")
    clock.now = clock.now.replace(month=3, day=31, hour=23)
    run_jobs()
    assert mails() == []
    clock.now = clock.now.replace(month=4, day=1, hour=0, minute=5)
    run_jobs()
    assert mails() == [], "what was under way at midnight is waited for"
    for hour in (1, 2, 3):
        clock.now = clock.now.replace(hour=hour)
        run_jobs()
    told = [{"currency": "USD", "opening": 0, "earned": 12_345, "margins": 700, "closing": 12_345}]
    assert mails() == [("partner-admin@andina.example", "2026-03-01", told), (second.email, "2026-03-01", told)]
    bodies = {mail["To"].addresses[0].addr_spec: mail.get_body(("plain",)).get_content() for mail in mailer.sent}
    assert "/es/store/commission/USD/2026-03" in bodies["partner-admin@andina.example"]
    assert "2569" in bodies[second.email]
    clock.now = clock.now.replace(month=5, day=2)
    run_jobs()
    assert len(mails()) == 2, "nothing was booked in April"


def test_a_worker_that_was_away_on_the_first_catches_up(cast, make_ctx, clock, run_jobs) -> None:
    _ = cast.admin
    earn(make_ctx(), cast.andina, 12_345, "a")
    clock.now = clock.now.replace(month=4, day=20)
    run_jobs()
    assert [(address, month) for address, month, _sums in mails()] == [("partner-admin@andina.example", "2026-03-01")]
    assert Entry.select().count() == 1
