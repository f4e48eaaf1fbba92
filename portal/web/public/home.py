"""The start page and the choice of language."""

from __future__ import annotations

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from portal.web.access import PUBLIC
from portal.web.i18n import COOKIE, current_language, local_path
from portal.web.public import pages
from portal.web.render import page, public_links


@pages.get("/")
@PUBLIC
def home() -> Response:
    return page("public/home.html", **public_links("public.home"))


@pages.get("/language")
@PUBLIC
def choose_language() -> Response:
    """Remember the language in a cookie and lead to the same page in it."""
    response = redirect(local_path(request.args.get("next")) or url_for("public.home"))
    response.set_cookie(COOKIE, current_language(), max_age=365 * 86400, httponly=True, samesite="Lax",
                        secure=request.is_secure)
    return response
