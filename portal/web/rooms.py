"""Which rooms bring jobs, and which audiences bring pages."""

from __future__ import annotations

import importlib

from flask import Blueprint, Flask

_JOBS = (
    "audit", "accounts", "mail", "applications", "domains", "subscriptions", "billing", "directory", "backups",
    "consents",
)
_AUDIENCES = {
    "public": "", "account": "", "store": "/store", "console": "/console", "organization": "/organizations",
    "desk": "/desk",
}


def load_jobs() -> None:
    """Import the rooms' jobs, so that every kind has its handler."""
    for room in _JOBS:
        importlib.import_module(f"portal.{room}.jobs")


def register_pages(app: Flask, development: bool) -> None:
    """Register one blueprint per audience under `/<lang>`; the development tools exist in development only."""
    for audience, prefix in _AUDIENCES.items():
        blueprint: Blueprint = importlib.import_module(f"portal.web.{audience}").pages
        app.register_blueprint(blueprint, url_prefix=f"/<lang:lang>{prefix}")
    app.register_blueprint(importlib.import_module("portal.web.public.crawlers").files)
    if development:
        app.register_blueprint(importlib.import_module("portal.web.dev").pages, url_prefix="/dev")
