"""Pages: the only floor that knows Flask. `build` assembles the application."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from portal import cli
from portal.core.clock import Clock, system_clock
from portal.core.context import WORKER, Actor, Ctx, MailIn, Ports
from portal.programme import Programme, load
from portal.settings import ROOT, Settings
from portal.storage import connect
from portal.web import access, cookies, errors, forms, headers, i18n, render, rooms, security_log, wiring
from portal.web.static_files import Compressed, version_of

MakeCtx = Callable[..., Ctx]


def build(settings: Settings, ports: Ports | None = None, clock: Clock | None = None) -> Flask:
    """Wire everything; opens no connection and reads no table."""
    app = Flask("portal", root_path=str(ROOT), template_folder="templates", static_folder=None)
    app.config.update(_flask_config(settings))
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # a third of the size, in Thai
    connect(settings.database_url, settings.database_pool)
    programme = load(settings.programme)
    rooms.load_jobs(settings)
    clock = clock or system_clock
    make_ctx = contexts(settings, programme, ports or wiring.ports(settings, clock), clock)
    app.extensions.update(settings=settings, programme=programme, make_ctx=make_ctx, asset=version_of(ROOT / "static"))
    for part in (i18n, render, access, errors, forms, headers, security_log):
        part.init_app(app)
    rooms.register_pages(app, settings)
    app.cli.add_command(cli.portal)
    _wrap(app, settings)
    return app


def contexts(settings: Settings, programme: Programme, ports: Ports, clock: Clock) -> MakeCtx:
    """Return what makes the context of a request or job; without an actor, the worker's."""

    mail_in = MailIn(settings.authserv_id, settings.own_addresses)

    def make_ctx(actor: Actor = WORKER, now: datetime | None = None) -> Ctx:
        return Ctx(actor, now or clock(), programme, ports, settings.secret_key, settings.base_url, mail_in=mail_in)

    return make_ctx


def _flask_config(settings: Settings) -> dict[str, object]:
    return {
        "SECRET_KEY": settings.secret_key,
        "TESTING": settings.testing,
        "MAIL_FROM": settings.mail_from,
        "SESSION_COOKIE_NAME": cookies.named("portal", settings),
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "WTF_CSRF_TIME_LIMIT": None,  # a form left open over lunch must not lose what was typed
        "WTF_CSRF_SSL_STRICT": settings.secure,
        "MAX_CONTENT_LENGTH": 12 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,
    }


def _wrap(app: Flask, settings: Settings) -> None:
    """Put the static files and the trusted proxies around the application."""
    static: Path = ROOT / "static"
    # Pages name a file together with the digest of its content: an address never gets another content.
    files = WhiteNoise(app.wsgi_app, root=str(static), prefix="static/", autorefresh=settings.development,
                       max_age=60 if settings.development else 365 * 86400, add_headers_function=headers.secure_file)
    app.wsgi_app = Compressed(files)  # type: ignore[method-assign]
    if settings.trusted_proxies:
        n = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]
