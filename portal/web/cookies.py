"""The names of the portal's cookies."""

from __future__ import annotations

from flask import current_app

from portal.settings import Settings


def named(name: str, settings: Settings) -> str:
    """Return what a cookie is called: over https the prefix binds it to this very host."""
    return f"__Host-{name}" if settings.secure else name


def cookie(name: str) -> str:
    """Return the same for the running application."""
    return named(name, current_app.extensions["settings"])
