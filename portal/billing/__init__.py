"""Money that customers and partners pay: cards, orders, charges, invoices, refunds, reports and reconciliation."""
