"""Pages of one customer organization's own console."""

from flask import Blueprint

pages = Blueprint("organization", __name__)

from portal.web.organization import handover, home, limits, partner, settings, subscription, users  # noqa: E402, F401
