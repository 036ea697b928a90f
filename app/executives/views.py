"""Pages of this room."""

from flask import Blueprint

bp = Blueprint("executives", __name__, url_prefix="/executives")
