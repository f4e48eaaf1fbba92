"""Partner Support: tickets of partners, their classification, their clocks, and the mail about them."""

from portal.support.policy.calendar import AROUND_THE_CLOCK, Calendar, add_working_minutes, elapsed_working_time
from portal.support.policy.clocks import fold

__all__ = ["AROUND_THE_CLOCK", "Calendar", "add_working_minutes", "elapsed_working_time", "fold"]
