"""Pages of this room."""

from flask import Blueprint

bp = Blueprint("programs", __name__, url_prefix="/programs")
