"""Work outside requests: one table, leases, at least once."""

from portal.jobs.queue import enqueue, progress
from portal.jobs.registry import Later, handler, scheduled

__all__ = ["Later", "enqueue", "handler", "progress", "scheduled"]
