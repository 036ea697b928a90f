"""The optimistic lock, asked of a number: the version of a row (`db.check_version`), or which of several rows holds."""

from typing import Any

from flask_babel import gettext as _

from app.core.errors import Overtaken


def check_number(row: Any, now: int, seen: int | None) -> None:
    """Refuse what was filled in before somebody else's words came into force.

    `now` is the number of what holds, 0 for nothing; `seen` that of what the form showed, None where there was no form.
    `row` is what the audit trail knows it by. Raises Overtaken.
    """
    if seen is not None and seen != now:
        raise Overtaken(_("Somebody else saved this while you were editing."), row)
