"""Pages of the desk."""

from flask import Blueprint

pages = Blueprint("desk", __name__)
