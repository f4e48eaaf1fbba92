"""What partners earn: tiers, the ledger, statements, payouts and the bank accounts that they go to."""
