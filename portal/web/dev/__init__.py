"""Tools of development: local mailbox, DNS and authenticator. Not registered outside development mode."""

from flask import Blueprint

pages = Blueprint("dev", __name__)

from portal.web.dev import codes, dns, mail  # noqa: E402, F401
