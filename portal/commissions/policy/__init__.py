"""The rules of commission: what may be collected and by whose hands, bank accounts, tiers, and how a line adds up."""
