"""Security headers and compression for every answer."""

from __future__ import annotations

from wsgiref.headers import Headers

from flask import Flask, request
from flask_compress import Compress
from werkzeug.wrappers import Response

from portal.web.render import HTMX_URL

# form-action lists nothing but ourselves; browsers apply it to redirects after a POST as well.
_POLICY = "; ".join((
    "default-src 'none'",
    f"script-src 'self' {HTMX_URL}",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
))
_ALWAYS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "interest-cohort=()",
}


def init_app(app: Flask) -> None:
    app.config.update(COMPRESS_ALGORITHM=["br", "gzip"], COMPRESS_BR_LEVEL=5, COMPRESS_LEVEL=6,
                      COMPRESS_STREAMS=False)
    Compress(app)
    app.after_request(_secure)


def secure_file(headers: Headers, _path: str, _url: str) -> None:
    """Give a static file, which no view serves, the headers of pages."""
    for name, value in _ALWAYS.items():
        headers[name] = value


def _secure(response: Response) -> Response:
    headers = response.headers
    for name, value in {**_ALWAYS, "Cache-Control": "private, no-cache"}.items():
        headers.setdefault(name, value)
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    return response
