"""Decisions about lists: who may change a view, how many rows one action takes, when it can be taken back."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask_babel import gettext as _

from app.accounts.models import User
from app.core.errors import DomainError, NotAllowed
from app.core.i18n import number
from app.lists.models import SavedView

#: Rows one action takes; more are narrowed down first, so that somebody has looked at them.
MOST_ROWS = 10_000
#: Up to so many rows are changed while the person waits; more become a job.
MOST_AT_ONCE = 50
#: An action can be taken back this long.
UNDO_TIME = timedelta(days=30)
#: Views of one user and list, and those pinned to the home page.
MOST_VIEWS = 60
MOST_PINNED = 6


class NotYourView(NotAllowed):
    """A view of somebody else is copied, not changed."""


class ViewRefused(DomainError):
    """A view that cannot be saved so."""


class ColumnRefused(DomainError):
    """Columns that cannot be chosen (R3)."""


class BulkRefused(DomainError):
    """An action on many rows that cannot begin."""


class UndoRefused(DomainError):
    """An action that cannot be taken back any more."""


def require_own(view: SavedView, by: User) -> None:
    """Raise NotYourView unless `by` saved it."""
    if view.owner_id != by.id:
        raise NotYourView(
            _("%(owner)s saved this view. Copy it to make one of your own.", owner=view.owner.name)
        )


def require_columns(chosen: Sequence[str], allowed: Sequence[str]) -> None:
    """Raise ColumnRefused for none at all, and for any the role may not see."""
    if not chosen:
        raise ColumnRefused(_("Choose at least one column."), field="columns")
    if unknown := [key for key in chosen if key not in allowed]:
        raise ColumnRefused(
            _("There is no column %(unknown)s for you here.", unknown=", ".join(unknown)), field="columns"
        )


def require_rows(n_rows: int, n_seen: int | None) -> None:
    """Raise BulkRefused for no rows, for too many, and for another number than was shown."""
    if not n_rows:
        raise BulkRefused(_("Nothing is selected. Go back and tick the rows first."))
    if n_rows > MOST_ROWS:
        raise BulkRefused(
            _(
                "These are more than %(most_rows)s. Narrow the list down until you have an overview of them.",
                most_rows=f"{MOST_ROWS:,}",
            )
        )
    if n_seen is not None and n_seen != n_rows:
        raise BulkRefused(
            _(
                "Meanwhile %(n_rows)s fit the filters, not %(n_seen)s. Look at the number again before "
                "you go on.",
                n_rows=number(n_rows),
                n_seen=number(n_seen),
            )
        )


def undo_until(made_at: datetime) -> datetime:
    """The last moment an action can be taken back."""
    return made_at + UNDO_TIME


def require_undoable(made_at: datetime, now: datetime, *, is_undone: bool, is_running: bool) -> None:
    """Raise UndoRefused when it was undone, is still under way, or is too long ago."""
    if is_undone:
        raise UndoRefused(_("This was undone already."))
    if is_running:
        raise UndoRefused(_("This is still under way. Wait until it is through, then undo it."))
    if now > undo_until(made_at):
        raise UndoRefused(
            _("This is more than %(days)s days ago. Change the rows themselves.", days=UNDO_TIME.days)
        )
