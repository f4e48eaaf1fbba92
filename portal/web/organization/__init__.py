"""Pages of the organization."""

from flask import Blueprint

pages = Blueprint("organization", __name__)
