"""What the worker does for organizations."""

from portal.directory.jobs import customers, digest, imports, users  # noqa: F401
