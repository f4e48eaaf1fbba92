"""What the worker does with money: talks to the gateway, outside any transaction, and settles what it says."""

from portal.billing.jobs import cards, charges, renewals, reports  # noqa: F401
