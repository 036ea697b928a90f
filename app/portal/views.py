"""Pages of this room."""

from flask import Blueprint

bp = Blueprint("portal", __name__, url_prefix="/p")
