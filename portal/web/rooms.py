"""Which rooms bring jobs, and which audiences bring pages."""

from __future__ import annotations

import importlib

from flask import Blueprint, Flask

from portal.jobs import scheduled
from portal.settings import Settings
from portal.support import mail_jobs

_JOBS = (
    "audit", "accounts", "mail", "domains", "subscriptions", "commissions", "billing", "directory",
    "backups", "consents", "relations", "support", "privacy", "team",
)
_AUDIENCES = {
    "public": "", "account": "", "store": "/store", "console": "/console", "organization": "/organizations",
    "support": "/support", "desk": "/desk",
}


def load_jobs(settings: Settings) -> None:
    """Import the rooms' jobs, so that every kind has its handler; a folder of mails is looked into if there is one."""
    importlib.import_module("portal.jobs.upkeep")
    for room in _JOBS:
        importlib.import_module(f"portal.{room}.jobs")
    if settings.imap_url:
        scheduled(mail_jobs.POLL, mail_jobs.EVERY)(mail_jobs.poll)


def register_pages(app: Flask, settings: Settings) -> None:
    """Register one blueprint per audience under `/<lang>`; tools of development and the sandbox exist only there."""
    for audience, prefix in _AUDIENCES.items():
        blueprint: Blueprint = importlib.import_module(f"portal.web.{audience}").pages
        app.register_blueprint(blueprint, url_prefix=f"/<lang:lang>{prefix}")
    app.register_blueprint(importlib.import_module("portal.web.public.crawlers").files)
    app.register_blueprint(importlib.import_module("portal.web.store.calendar").files)
    app.register_blueprint(importlib.import_module("portal.web.hooks").pages)
    app.register_blueprint(importlib.import_module("portal.web.sign_on").pages)
    if settings.sandbox:
        app.register_blueprint(importlib.import_module("portal.web.sandbox").pages, url_prefix="/<lang:lang>/sandbox")
    if settings.development:
        app.register_blueprint(importlib.import_module("portal.web.dev").pages, url_prefix="/dev")
