"""A programme in which customers may consent to single tasks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Flask


def offering(app: Flask) -> Flask:
    """Make the portal that of a vendor who lets partners ask."""
    make_ctx = app.extensions["make_ctx"]

    def with_consent(*args: Any) -> Any:
        ctx = make_ctx(*args)
        terms = replace(ctx.programme.delegation, one_task_consent=True)
        return replace(ctx, programme=replace(ctx.programme, delegation=terms))

    app.extensions["make_ctx"] = with_consent
    return app
