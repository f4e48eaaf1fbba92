"""Pages of people: signing up, in and out, their settings."""

from flask import Blueprint

pages = Blueprint("account", __name__)


from portal.web.access import PUBLIC  # noqa: E402


@pages.get("/sign-in")
@PUBLIC
def sign_in(): return ""
@pages.post("/sign-out")
@PUBLIC
def sign_out(): return ""
@pages.get("/account")
@PUBLIC
def settings(): return ""
