"""Work outside requests: one table, leases, at least once."""

from portal.jobs.batches import each
from portal.jobs.queue import ask_again, enqueue, enqueue_all, hasten, progress
from portal.jobs.registry import Later, handler, scheduled

__all__ = ["Later", "ask_again", "each", "enqueue", "enqueue_all", "handler", "hasten", "progress", "scheduled"]
