"""Keeps a form that could not be taken, because its sender is signed out or its page is old, for one more click."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response

from portal.web.render import page

_SECRET = {"cvc", "otp", "credential"}
FILES_LEFT = "files_left"  # beside a kept form whose files were not kept
Kept = tuple[str, list[tuple[str, str]]]


def sealed() -> str | None:
    """Return the form of this request as one text, or None when it must not be kept.

    Only a page of this portal may have sent it: no other site prepares what somebody sends after signing in. A button
    alone is kept too: its form holds nothing but the token of our page. Passwords, codes and cards are not kept; where
    files were chosen, the words are kept beside a mark that they must be chosen again.
    """
    ours = urlsplit(request.origin or "").netloc == request.host
    fields = [(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"]
    secret = any("password" in name or name in _SECRET for name, _value in fields)
    chosen = any(file.filename for _name, file in request.files.items(multi=True))
    if not ours or not request.form or secret or (chosen and not fields):
        return None
    if chosen:
        fields.append((FILES_LEFT, "1"))
    return str(_seal().dumps([request.full_path.rstrip("?"), fields]))


def opened(text: str | None) -> Kept | None:
    """Return address and fields of a kept form; None for anything that this portal has not sealed."""
    try:
        path, fields = _seal().loads(text or "")
    except BadSignature:
        return None
    return path, fields


def offer(kept: Kept, status: int = 200) -> Response:
    """Answer with a page whose button sends the kept form."""
    path, fields = kept
    return page("web/resend.html", status=status, path=path, fields=fields)


def _seal() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.extensions["settings"].secret_key, salt="resend")
