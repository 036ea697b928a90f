"""What the operations of this room take: who hands over to whom, from when, and what was decided on the way."""

import enum
from datetime import date

from flask_babel import gettext as _
from pydantic import model_validator

from app.core.checked import Checked
from app.people.details import Text
from app.people.policies_notes import NoteDecision


class DraftDecision(enum.StrEnum):
    """What becomes of a letter that waits in the outbox in the old owner's name."""

    KEEP = "keep"
    READDRESS = "readdress"
    DISCARD = "discard"


class HandOverDetails(Checked):
    """One hand-over: `heirs` names others than the successor, by person; `seen` are the numbers that were restated."""

    from_user_id: int
    to_user_id: int
    from_on: date
    reason: Text = ""
    heirs: dict[int, int] = {}
    notes: dict[int, NoteDecision] = {}
    drafts: dict[int, DraftDecision] = {}
    has_letters: bool = True
    is_login_closed: bool = False
    seen: dict[str, int] | None = None

    @model_validator(mode="after")
    def _to_somebody_else(self) -> "HandOverDetails":
        if self.from_user_id in {self.to_user_id, *self.heirs.values()}:
            raise ValueError(_("Nobody hands over to themselves. Choose somebody else."))
        return self


class RepresentationDetails(Checked):
    """An agency speaks for a person from a day on; `to_on` is the last day, when it is known."""

    agency_id: int
    from_on: date
    to_on: date | None = None
