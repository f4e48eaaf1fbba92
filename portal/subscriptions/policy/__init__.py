"""The rules of subscriptions: trials, periods, what may be changed, and which one a customer list shows."""

from portal.subscriptions.policy.periods import next_renewal, remaining
from portal.subscriptions.policy.reminders import threshold
from portal.subscriptions.policy.standing import console_services, rank
from portal.subscriptions.policy.terms import PERIODS, RENEWALS, Steps, Terms, agreed, steps
from portal.subscriptions.policy.trials import (
    TrialEnded,
    TrialLimitReached,
    days_left,
    extended,
    extensions_left,
    refusal,
)
from portal.subscriptions.policy.wishes import (
    MOST_LICENSES,
    MOST_STORAGE_GB,
    TooFewLicenses,
    Wish,
    check_licenses,
    check_numbers,
    check_storage,
    kind_of,
    offers,
)

__all__ = [
    "MOST_LICENSES",
    "MOST_STORAGE_GB",
    "PERIODS",
    "RENEWALS",
    "Steps",
    "Terms",
    "TooFewLicenses",
    "TrialEnded",
    "TrialLimitReached",
    "Wish",
    "agreed",
    "check_licenses",
    "check_numbers",
    "check_storage",
    "console_services",
    "days_left",
    "extended",
    "extensions_left",
    "kind_of",
    "next_renewal",
    "offers",
    "rank",
    "refusal",
    "remaining",
    "steps",
    "threshold",
]
