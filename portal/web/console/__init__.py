"""Pages of the Partner Console."""

from flask import Blueprint

pages = Blueprint("console", __name__)

from portal.web.console import add, customers, domain, export, imports, payments, trial  # noqa: E402, F401
