"""What the worker does for organizations."""

from portal.directory.jobs import customers, imports  # noqa: F401
