"""What the worker does for organizations."""

from portal.directory.jobs import customers, imports, users  # noqa: F401
