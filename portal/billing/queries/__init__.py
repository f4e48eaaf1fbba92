"""Reads of billing: quotes before a change, cards, invoices, payments and reports."""
