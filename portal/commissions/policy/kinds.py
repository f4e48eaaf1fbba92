"""Kinds of lines of the ledger: which can be collected, which were earned, which were kept at the charge."""

PAYABLE = frozenset({"accrual", "clawback", "payout", "payout-return"})  # together they are the balance
EARNED = ("accrual", "clawback")  # what payouts consist of
MARGINS = ("margin", "margin-return")  # kept when the card was charged, never paid out
