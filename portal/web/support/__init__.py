"""Pages of Partner Support, for the people of partners."""

from flask import Blueprint

pages = Blueprint("support", __name__)
