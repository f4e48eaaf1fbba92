"""Working time: every kind of sum that a business calendar asks for, by table and by properties."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.support import AROUND_THE_CLOCK, Calendar, NeverOpen, add_working_minutes, elapsed_working_time

WEEK = ("mon", "tue", "wed", "thu", "fri")


def at(text: str) -> datetime:
    """Return an instant; without zone it is in UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def hours(*spans: str, days: tuple[str, ...] = WEEK) -> dict[str, list[tuple[time, time]]]:
    shifts = [tuple(time.fromisoformat(end) for end in span.split("-")) for span in spans]
    return dict.fromkeys(days, shifts)


CALENDARS = {
    "always": AROUND_THE_CLOCK,
    "lima": Calendar("America/Lima", hours("08:30-12:30", "14:00-18:00")),
    "paris": Calendar("Europe/Paris", hours("09:00-17:00"), {date(2026, 5, 1), date(2026, 5, 8)}),
    "new-york": Calendar("America/New_York", hours("09:00-17:00")),
    "kolkata": Calendar("Asia/Kolkata", hours("09:30-18:30", days=(*WEEK, "sat"))),
    "kathmandu": Calendar("Asia/Kathmandu", hours("10:00-17:15", days=("sun", *WEEK))),
    "night": Calendar("Europe/Paris", hours("00:00-06:00", "22:00-00:00", days=(*WEEK, "sat", "sun"))),
    "skipped": Calendar("Europe/Paris", hours("01:00-02:30", "02:30-05:00", days=("sun",))),
    "evening": Calendar("UTC", hours("18:00-00:00", days=("mon",))),
    "apia": Calendar("Pacific/Apia", hours("09:00-17:00", days=(*WEEK, "sat", "sun"))),
    "saturday": Calendar("UTC", hours("10:00-12:00", days=("sat",))),
    "midnight-jump": Calendar("America/Santiago", hours("00:00-04:00", days=("sun",))),
}
LUNCH = [("2026-03-02T12:00", "2026-03-02T13:00")]

# calendar, start, minutes, pauses, end
ADDED = [
    ("always", "2026-03-02T09:00", 60, [], "2026-03-02T10:00"),
    ("always", "2026-03-02T09:00", 0, [], "2026-03-02T09:00"),
    ("always", "2026-03-02T11:30", 60, LUNCH, "2026-03-02T13:30"),
    ("always", "2026-03-02T11:00", 60, LUNCH, "2026-03-02T12:00"),  # done as the pause begins
    ("always", "2026-03-02T12:20", 0, LUNCH, "2026-03-02T13:00"),
    ("always", "2026-03-02T11:00", 61, LUNCH, "2026-03-02T13:01"),
    ("always", "2026-03-02T09:00", 60, [("2026-03-02T09:30", None)], None),
    ("always", "2026-03-02T09:00", 30, [("2026-03-02T09:30", None)], "2026-03-02T09:30"),
    ("always", "2026-03-02T09:00", 0, [("2026-03-02T08:00", None)], None),
    ("always", "2026-03-02T09:00", 60,  # overlapping pauses count once
     [("2026-03-02T09:10", "2026-03-02T09:40"), ("2026-03-02T09:20", "2026-03-02T09:50")], "2026-03-02T10:40"),
    ("always", "2026-03-02T09:00", 60, [("2026-03-02T09:30", "2026-03-02T09:20")], "2026-03-02T10:00"),  # backwards
    ("lima", "2026-03-02T08:30-05:00", 240, [], "2026-03-02T12:30-05:00"),  # exactly as the first shift ends
    ("lima", "2026-03-02T08:30-05:00", 241, [], "2026-03-02T14:01-05:00"),
    ("lima", "2026-03-02T13:00-05:00", 0, [], "2026-03-02T14:00-05:00"),
    ("lima", "2026-03-02T12:30-05:00", 0, [], "2026-03-02T14:00-05:00"),  # half open: at closing time it is closed
    ("lima", "2026-03-02T08:00-05:00", 480, [], "2026-03-02T18:00-05:00"),
    ("lima", "2026-03-06T17:59-05:00", 2, [], "2026-03-09T08:31-05:00"),
    ("lima", "2026-03-02T12:00-05:00", 60, [("2026-03-02T12:15-05:00", "2026-03-02T14:15-05:00")],
     "2026-03-02T15:00-05:00"),
    ("paris", "2026-04-30T16:30+02:00", 60, [], "2026-05-04T09:30+02:00"),  # Labor Day on a Friday
    ("paris", "2026-05-01T10:00+02:00", 0, [], "2026-05-04T09:00+02:00"),
    ("paris", "2026-05-07T16:00+02:00", 61, [], "2026-05-11T09:01+02:00"),
    ("paris", "2026-03-27T16:00+01:00", 120, [], "2026-03-30T10:00+02:00"),  # into summer time
    ("paris", "2026-10-23T16:00+02:00", 120, [], "2026-10-26T10:00+01:00"),  # out of it
    ("paris", "2026-03-02T09:00+01:00", 5 * 480, [], "2026-03-06T17:00+01:00"),
    ("new-york", "2026-03-06T16:00-05:00", 120, [], "2026-03-09T10:00-04:00"),
    ("new-york", "2026-10-30T20:00-04:00", 30, [], "2026-11-02T09:30-05:00"),
    ("kolkata", "2026-03-07T18:00+05:30", 60, [], "2026-03-09T10:00+05:30"),
    ("kolkata", "2026-03-02T04:00", 9 * 60, [], "2026-03-02T13:00"),  # 09:30 to 18:30 there
    ("kolkata", "2026-03-02T02:00", 30, [], "2026-03-02T04:30"),
    ("kathmandu", "2026-03-06T17:00+05:45", 30, [], "2026-03-08T10:15+05:45"),
    ("night", "2026-03-02T23:00+01:00", 120, [], "2026-03-03T01:00+01:00"),  # across midnight
    ("night", "2026-03-28T23:00+01:00", 7 * 60, [], "2026-03-29T23:00+02:00"),  # the clock skips 02:00 to 03:00 ...
    ("night", "2026-03-28T23:00+01:00", 6 * 60, [], "2026-03-29T06:00+02:00"),
    ("night", "2026-10-24T23:00+02:00", 8 * 60, [], "2026-10-25T06:00+01:00"),  # ... and shows it twice
    ("skipped", "2026-03-29T01:00+01:00", 60, [], "2026-03-29T02:00+01:00"),
    ("skipped", "2026-03-29T01:00+01:00", 61, [], "2026-03-29T03:01+02:00"),
    ("evening", "2026-03-02T18:00", 360, [], "2026-03-03T00:00"),
    ("evening", "2026-03-03T00:00", 0, [], "2026-03-09T18:00"),
    ("apia", "2011-12-29T16:00-10:00", 120, [], "2011-12-31T10:00+14:00"),  # a whole day that was not there
    ("midnight-jump", "2026-09-05T12:00-04:00", 180, [], "2026-09-06T04:00-03:00"),  # that day begins at 01:00
    ("saturday", "2026-03-02T00:00", 121, [], "2026-03-14T10:01"),
]

# calendar, start, end, pauses, minutes
ELAPSED = [
    ("always", "2026-03-02T09:00", "2026-03-02T10:00", [], 60),
    ("always", "2026-03-02T10:00", "2026-03-02T09:00", [], 0),
    ("always", "2026-03-02T09:00", "2026-03-02T09:00", [], 0),
    ("always", "2026-03-02T11:30", "2026-03-02T12:30", LUNCH, 30),
    ("always", "2026-03-02T11:30", "2026-03-02T14:00", [("2026-03-02T12:00", None)], 30),
    ("lima", "2026-03-02T00:00-05:00", "2026-03-03T00:00-05:00", [], 480),
    ("lima", "2026-03-02T12:30-05:00", "2026-03-02T14:00-05:00", [], 0),
    ("lima", "2026-03-07T00:00-05:00", "2026-03-09T00:00-05:00", [], 0),
    ("paris", "2026-04-27T00:00+02:00", "2026-05-04T00:00+02:00", [], 4 * 480),
    ("paris", "2026-03-23T00:00+01:00", "2026-03-30T17:00+02:00", [], 6 * 480),
    ("night", "2026-03-28T22:00+01:00", "2026-03-29T06:00+02:00", [], 7 * 60),
    ("night", "2026-10-24T22:00+02:00", "2026-10-25T06:00+01:00", [], 9 * 60),
    ("skipped", "2026-03-29T00:00+01:00", "2026-03-30T00:00+02:00", [], 3 * 60),
    ("kolkata", "2026-03-02T18:00+05:30", "2026-03-03T10:00+05:30", [], 60),
    ("apia", "2011-12-29T00:00-10:00", "2012-01-01T00:00+14:00", [], 2 * 480),
]


def paused(pauses):
    return [(at(begun), at(ended) if ended else None) for begun, ended in pauses]


@pytest.mark.parametrize(("name", "start", "minutes", "pauses", "end"), ADDED)
def test_adding(name, start, minutes, pauses, end):
    found = add_working_minutes(at(start), minutes, CALENDARS[name], paused(pauses))
    assert found == (at(end) if end else None)


@pytest.mark.parametrize(("name", "start", "end", "pauses", "minutes"), ELAPSED)
def test_elapsed(name, start, end, pauses, minutes):
    assert elapsed_working_time(at(start), at(end), CALENDARS[name], paused(pauses)) == timedelta(minutes=minutes)


def test_a_calendar_that_never_opens_says_so():
    shut = Calendar("UTC", hours("09:00-17:00", days=("mon",)), type("All", (), {"__contains__": lambda *_: True})())
    with pytest.raises(NeverOpen):
        add_working_minutes(at("2026-03-02T09:00"), 1, shut)
    assert elapsed_working_time(at("2026-03-02T09:00"), at("2027-03-02T09:00"), shut) == timedelta()


def test_an_instant_without_time_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        add_working_minutes(datetime(2026, 3, 2, 9), 1)
    with pytest.raises(ValueError, match="time zone"):
        elapsed_working_time(at("2026-03-02T09:00"), datetime(2026, 3, 2, 9))


calendars = st.sampled_from([calendar for name, calendar in CALENDARS.items() if name != "saturday"])
instants = st.datetimes(datetime(2025, 12, 1), datetime(2026, 12, 1)).map(
    lambda moment: moment.replace(tzinfo=UTC, microsecond=0))
minutes_ = st.integers(0, 6000)
pauses_ = st.lists(st.tuples(instants, st.integers(1, 20_000)), max_size=4).map(
    lambda found: [(begun, begun + timedelta(minutes=length)) for begun, length in found])


@given(calendars, instants, minutes_, pauses_)
def test_what_is_added_has_elapsed(calendar, start, minutes, pauses):
    end = add_working_minutes(start, minutes, calendar, pauses)
    assert end >= start
    assert elapsed_working_time(start, end, calendar, pauses) == timedelta(minutes=minutes)


@given(calendars, instants, instants, pauses_)
def test_what_has_elapsed_can_be_added(calendar, start, end, pauses):
    spent = elapsed_working_time(start, end, calendar, pauses)
    back = add_working_minutes(start, spent / timedelta(minutes=1), calendar, pauses)
    if spent:
        assert back <= end
        assert elapsed_working_time(back, end, calendar, pauses) == timedelta()


@given(calendars, instants, minutes_, minutes_, pauses_)
def test_more_minutes_end_later_and_add_up(calendar, start, one, other, pauses):
    first = add_working_minutes(start, one, calendar, pauses)
    both = add_working_minutes(start, one + other, calendar, pauses)
    assert first <= both
    if other:
        assert add_working_minutes(first, other, calendar, pauses) == both


@given(calendars, instants, st.integers(0, 50_000), minutes_)
def test_a_later_start_never_ends_earlier(calendar, start, later, minutes):
    assert add_working_minutes(start, minutes, calendar) <= add_working_minutes(
        start + timedelta(minutes=later), minutes, calendar)


@given(calendars, instants, st.integers(1, 6000), st.integers(1, 6000), st.integers(1, 20_000))
def test_a_pause_moves_the_end_by_the_working_time_it_takes(calendar, start, minutes, after, length):
    begun = start + timedelta(minutes=after)
    pause = (begun, begun + timedelta(minutes=length))
    plain, moved = (add_working_minutes(start, minutes, calendar, pauses) for pauses in ((), [pause]))
    taken = elapsed_working_time(pause[0], pause[1], calendar)
    if plain <= begun:
        assert moved == plain
    else:
        assert moved == add_working_minutes(plain, taken / timedelta(minutes=1), calendar) or not taken
        assert elapsed_working_time(start, moved, calendar) == timedelta(minutes=minutes) + taken


@given(calendars, instants, instants, instants)
def test_times_add_up(calendar, one, two, three):
    first, second, third = sorted((one, two, three))
    assert (elapsed_working_time(first, second, calendar) + elapsed_working_time(second, third, calendar)
            == elapsed_working_time(first, third, calendar))


@given(calendars, instants, st.integers(1, 6000), pauses_)
def test_a_lasting_pause_hides_an_end_or_changes_nothing(calendar, start, minutes, pauses):
    end = add_working_minutes(start, minutes, calendar, pauses)
    lasting = start + timedelta(minutes=3000)
    found = add_working_minutes(start, minutes, calendar, [*pauses, (lasting, None)])
    assert found == (end if end <= lasting else None)
