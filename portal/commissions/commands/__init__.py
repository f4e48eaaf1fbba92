"""Changing what partners earn: booking to the ledger, tiers, bank accounts and payouts."""
