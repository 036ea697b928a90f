"""Pages of this room."""

from flask import Blueprint

bp = Blueprint("events", __name__, url_prefix="/events")
