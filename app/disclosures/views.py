"""Pages of this room."""

from flask import Blueprint

bp = Blueprint("disclosures", __name__, url_prefix="/disclosure")
