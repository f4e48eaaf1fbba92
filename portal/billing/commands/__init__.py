"""Changing what is owed and paid: orders, charges, invoices, renewals, refunds, cards and who invoices go to."""
