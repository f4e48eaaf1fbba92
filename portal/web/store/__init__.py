"""Pages of the store."""

from flask import Blueprint

pages = Blueprint("store", __name__)
