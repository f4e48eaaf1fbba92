"""Development tools: the local mailbox, the local DNS and the local authenticator. Not registered outside development mode."""

from flask import Blueprint

pages = Blueprint("dev", __name__)

from portal.web.dev import codes, dns, mail  # noqa: E402, F401
