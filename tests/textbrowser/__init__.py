"""The main jobs in a text browser."""
