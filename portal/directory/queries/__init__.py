"""Reads of an organization from inside."""
