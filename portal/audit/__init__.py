"""The append-only record of who did what to whom."""

from portal.audit.commands import record

__all__ = ["record"]
