"""Pages of the console."""

from flask import Blueprint

pages = Blueprint("console", __name__)
