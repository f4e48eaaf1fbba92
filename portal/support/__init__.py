"""Partner Support: tickets of partners, their classification, their clocks, and the mail about them.

Two things work by themselves, without database or settings. Sums of working time:

    calendar = Calendar("Asia/Kolkata", {"mon": [(time(9, 30), time(18, 30))]}, holidays={date(2026, 1, 26)})
    add_working_minutes(start, 90, calendar, pauses=[(since, until)])  # an instant; None while a pause lasts
    elapsed_working_time(start, end, calendar, pauses)  # a timedelta

And the clocks of a ticket, from what happened to it (the kinds of events are in `policy.events.KINDS`):

    policy = Policy({"S1": Commitment({"acknowledgement": Range(aim=60, limit=180)}, around_the_clock=True)})
    fold(created, "S1", [Happening(at, "staff-reply")], calendar, policy)  # a `Run` for each run of a clock

All instants know their time zone; results are in UTC.
"""

from portal.support.policy.calendar import (
    AROUND_THE_CLOCK,
    Calendar,
    NeverOpen,
    add_working_minutes,
    elapsed_working_time,
)
from portal.support.policy.clocks import Commitment, Happening, Policy, Range, Run, fold

__all__ = [
    "AROUND_THE_CLOCK",
    "Calendar",
    "Commitment",
    "Happening",
    "NeverOpen",
    "Policy",
    "Range",
    "Run",
    "add_working_minutes",
    "elapsed_working_time",
    "fold",
]
