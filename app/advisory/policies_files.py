"""Which files an engagement takes, and when: added beside it, never in the place of another (A5)."""

from flask_babel import gettext as _

from app.advisory.models import Engagement, EngagementState
from app.advisory.models_files import FilePart
from app.core.errors import DomainError
from app.core.i18n import words

#: The largest file that is kept with an engagement, as with an entry of the book.
MOST_BYTES = 10 * 1024 * 1024
_OVER = frozenset({EngagementState.CLOSED, EngagementState.DECLINED, EngagementState.TERMINATED})


class FileRefused(DomainError):
    """A file that has no place here yet, or none any more."""


class FileIsHere(DomainError):
    """The same content is kept in this place already."""


class FileIsGone(DomainError):
    """The file was erased with the person it named."""


def takes(engagement: Engagement, part: FilePart) -> bool:
    """Whether a file of this part may be added now."""
    try:
        check_place(engagement, part)
    except FileRefused:
        return False
    return True


def check_place(engagement: Engagement, part: FilePart) -> None:
    """A contract is kept once it is recorded, a deliverable once the work is begun; nothing once it is over (A5)."""
    state = engagement.state
    if state in _OVER:
        raise FileRefused(
            _(
                "This engagement is %(state)s: what is kept with it stays as it is, and nothing is added.",
                state=words(state).lower(),
            ),
            field="file",
        )
    if engagement.contracted_on is None:
        raise FileRefused(
            _(
                "Record the contract first: its file, and files of what was delivered, come with it or after it."
            ),
            field="file",
        )
    if part is FilePart.DELIVERABLE and state is EngagementState.CONTRACTED:
        raise FileRefused(_("The work is not begun yet, so nothing was delivered."), field="file")
