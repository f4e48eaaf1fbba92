"""Development tools: the local mailbox and the local DNS. Not registered outside development mode."""

from flask import Blueprint

pages = Blueprint("dev", __name__)

from portal.web.dev import dns, mail  # noqa: E402, F401
