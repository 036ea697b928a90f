"""Whether this house writes to anybody: a database that was put back is silent until a person says so."""

from typing import Any

from app.core import clock
from app.core.db import db
from app.core.errors import DomainError
from app.core.models import Setting

#: The row that holds everything back; a restore writes it into the database before anybody can open it.
SETTING = "sending_held"


class SendingHeld(DomainError):
    """Something would leave a house that was told to be silent."""

    status = 409


def held() -> dict[str, Any] | None:
    """Since when nothing leaves, and why; None where mail goes its ways."""
    row = db.session.get(Setting, SETTING)
    return None if row is None else dict(row.value)


def is_held() -> bool:
    """Whether nothing may leave; asked in the very transaction that takes a mail up."""
    return held() is not None


def value_of(why: str) -> dict[str, str]:
    """What the row says, for those who write it without this program's tables at hand."""
    return {"since": clock.now().isoformat(timespec="seconds"), "why": why}


def hold(why: str) -> None:
    """Let nothing leave from now on, in the open transaction; what is on its way at this moment arrives."""
    row = db.session.get(Setting, SETTING)
    if row is None:
        db.session.add(Setting(name=SETTING, value=value_of(why)))
    else:
        row.value = value_of(why)


def let_go() -> bool:
    """Let mail leave again, in the open transaction; False where nothing was held."""
    row = db.session.get(Setting, SETTING)
    if row is None:
        return False
    db.session.delete(row)
    return True
