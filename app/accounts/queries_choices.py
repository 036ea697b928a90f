"""Reading in which version a choice of the whole house is, by its name (`core.models.Setting`)."""

from app.core.db import db
from app.core.models import Setting


def version_of(name: str) -> int:
    """The version of a choice, as its form carries it; 0 while nobody has chosen."""
    row = db.session.get(Setting, name)
    return row.version if row is not None else 0
