"""Pages of the Partner Store."""

from flask import Blueprint

pages = Blueprint("store", __name__)

from portal.web.store import access, changes, customers, home, record  # noqa: E402, F401
