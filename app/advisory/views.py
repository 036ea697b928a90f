"""Pages of this room."""

from flask import Blueprint

bp = Blueprint("advisory", __name__, url_prefix="/advisory")
