"""Decisions about messages that are read: what is kept of them at which level, and when they happened."""

from datetime import datetime, timedelta

from flask_babel import gettext as _

from app.core.errors import DomainError
from app.core.i18n import marked
from app.outreach.models import Collision, Touch
from app.outreach.models_inbox import SharingLevel
from app.outreach.models_rhythm import PlannedTouch

#: What nobody was recognised in is dropped after so long.
KEEP_UNKNOWN = timedelta(days=30)
#: A date further back is more likely a wrong clock than a mail that took a year.
_OLDEST = timedelta(days=365)
_ORDER = (SharingLevel.METADATA, SharingLevel.SUBJECT, SharingLevel.FULL)


class CannotRaise(DomainError):
    """More is wanted of a message than was kept."""


class NotYourMessage(DomainError):
    """Somebody else's message."""

    status = 403


def kept(level: SharingLevel, bare: str, subject: str, text: str) -> tuple[str, str]:
    """Subject and words that are kept of a message at a level; `bare` stands for a subject that is not."""
    said = subject if level is not SharingLevel.METADATA and subject.strip() else bare
    return said, text if level is SharingLevel.FULL else ""


#: What stands for a subject that is not kept, by whether the message came in; stored in English.
_BARE = {True: marked("Mail from %(name)s"), False: marked("Mail to %(name)s")}


def bare_subject(name: str, *, is_inbound: bool) -> str:
    """What is stored where no subject is kept of a message."""
    return _BARE[is_inbound] % {"name": name}


def words_of_subject(row: Touch | Collision | PlannedTouch) -> str:
    """The subject of a contact; one that only stands for what is not kept is said in the reader's language."""
    if row.subject.startswith("Mail "):  # only then is the person asked for
        for bare in _BARE.values():
            if row.subject == bare % {"name": row.person.name}:
                return str(_(bare, name=row.person.name))
    return row.subject


def require_less(level: SharingLevel, wanted: SharingLevel) -> None:
    """Raise CannotRaise unless no more is wanted than is there: what was not kept cannot be shown."""
    if _ORDER.index(wanted) > _ORDER.index(level):
        raise CannotRaise(
            _(
                "More than this was not kept when the message came. Open the contact and correct it to add words of your own."
            ),
            field="level",
        )


def happened_at(sent_at: datetime | None, received_at: datetime) -> datetime:
    """When a message was written: what it says of itself, unless that cannot be."""
    if sent_at is None or not received_at - _OLDEST <= sent_at <= received_at:
        return received_at
    return sent_at
