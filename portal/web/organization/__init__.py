"""Pages of one customer organization's own console."""

from flask import Blueprint

pages = Blueprint("organization", __name__)

from portal.web.organization import home, users  # noqa: E402, F401
