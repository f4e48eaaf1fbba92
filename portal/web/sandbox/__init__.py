"""The sandbox gateway's own pages, as an outside gateway has them. They exist only where the sandbox is in use."""

from flask import Blueprint

pages = Blueprint("sandbox", __name__)

from portal.web.sandbox import card, confirm  # noqa: E402, F401
