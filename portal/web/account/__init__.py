"""Pages of people: signing up, in and out, their settings."""

from flask import Blueprint

pages = Blueprint("account", __name__)

from portal.web.account import current, handover, invitation, proof, recovery, settings, sign_in, sign_up  # noqa: E402, F401
