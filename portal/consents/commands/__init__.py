"""Asking for one forbidden task, and what becomes of the question."""

from portal.consents.commands.asking import ask_consent, withdraw
from portal.consents.commands.deciding import approve, decline, expire

__all__ = ["approve", "ask_consent", "decline", "expire", "withdraw"]
