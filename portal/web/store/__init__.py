"""Pages of the Partner Store."""

from flask import Blueprint

pages = Blueprint("store", __name__)

from portal.web.store import customers, home  # noqa: E402, F401
