"""Public pages: home, help, language choice, and the domain page for who holds the DNS."""

from flask import Blueprint

pages = Blueprint("public", __name__)

from portal.web.public import (  # noqa: E402
    application,  # noqa: F401
    apply,  # noqa: F401
    contact,  # noqa: F401
    domain_link,  # noqa: F401
    feedback,  # noqa: F401
    help,  # noqa: F401
    help_feed,  # noqa: F401
    help_search,  # noqa: F401
    home,  # noqa: F401
    refer,  # noqa: F401
)
