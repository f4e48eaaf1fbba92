"""The start page and the choice of language."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.web.access import PUBLIC, ctx
from portal.web.articles import articles_of
from portal.web.cookies import cookie
from portal.web.i18n import LANGUAGE, current_language, local_path
from portal.web.public import pages
from portal.web.render import page, public_links, shared

# The customer list of the picture: domain, and what its row offers.
_PICTURE = (("andina.example", "manage"), ("siam.example", "verify"), ("lumiere.example", "trial"))


@pages.get("/")
@PUBLIC
def home() -> Response:
    vendor = ctx().programme.vendor
    lang = current_language()
    return shared(page(
        "public/home.html",
        **public_links("public.home"),
        description=gettext("Set up and look after %(product)s for your own customers, and earn a commission.",
                            product=vendor.product),
        trial=ctx().programme.trial,
        review_days=ctx().programme.application.review_days,
        picture=_PICTURE,
        articles=[article for article in articles_of().shelf(lang) if article.section == "programme"],
        limits=articles_of().get("manage-customer-account", lang),
    ))


@pages.get("/language")
@PUBLIC
def choose_language() -> Response:
    """Remember the language in a cookie and lead to the same page in it."""
    response = redirect(local_path(request.args.get("next")) or url_for("public.home"))
    response.set_cookie(cookie(LANGUAGE), current_language(), max_age=365 * 86400, httponly=True, samesite="Lax",
                        secure=request.is_secure)
    return response
