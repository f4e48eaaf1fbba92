"""Reads of tickets, always from what the actor may see."""
