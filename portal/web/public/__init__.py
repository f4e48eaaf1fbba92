"""Public pages: home, help, language choice, and the domain page for who holds the DNS."""

from flask import Blueprint

pages = Blueprint("public", __name__)

from portal.web.public import application, apply, domain_link, help, help_search, home, refer  # noqa: E402, F401
