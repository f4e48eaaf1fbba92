"""Business calendars as the programme file names them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from portal.support.policy.terms import calendar_of, unknown_holidays


def test_a_region_has_the_public_holidays_of_its_calendar(make_ctx) -> None:
    programme = make_ctx().programme
    assert date(2026, 7, 3) in calendar_of(programme, "US").holidays  # observed, as the 4th is a Saturday
    assert date(2026, 4, 27) in calendar_of(programme, "EU").holidays
    assert date(2026, 7, 3) not in calendar_of(programme, "EU").holidays


def test_a_country_whose_holidays_nobody_knows_is_told_to_the_operator_and_stops_no_ticket(make_ctx) -> None:
    programme = make_ctx().programme
    assert not unknown_holidays(programme)
    nowhere = replace(programme.calendars["us"], holiday_country="ZZ")
    other = replace(programme, calendars={**programme.calendars, "us": nowhere})
    assert unknown_holidays(other) == ["ZZ"]
    assert date(2026, 7, 3) not in calendar_of(other, "US").holidays
