"""The partner portal. `create_app` is the only place that wires settings, ports, clock and pages together."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from portal import settings as settings_module

if TYPE_CHECKING:
    from flask import Flask

    from portal.core.clock import Clock
    from portal.core.context import Ports
    from portal.settings import Settings


def create_app(settings: Settings | None = None, ports: Ports | None = None, clock: Clock | None = None) -> Flask:
    """Return the portal as a WSGI application; tests pass their own settings, ports and clock."""
    from portal.web import build

    return build(settings or settings_module.load(os.environ), ports, clock)


__all__ = ["create_app"]
