"""Domains of customer organizations and the proof that they are theirs."""
