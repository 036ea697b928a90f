"""What operations on the agenda as a whole take: its rules, and how a parity gap is closed."""

from typing import Annotated

from pydantic import Field

from app.core.checked import Checked
from app.events.conflicts import Level, Rule
from app.people.details import Text


class RulesDetails(Checked):
    """When days change (0 is midnight), the minutes wanted between sessions in a room, the level of each rule."""

    day_change_hour: Annotated[int, Field(ge=0, le=12)] = 0
    n_buffer_minutes: Annotated[int, Field(ge=0, le=240)] = 0
    levels: dict[Rule, Level] = Field(default_factory=dict)


class ParityDetails(Checked):
    """What makes good that only analysts get a session: another session, or a reason in words (E2)."""

    closed_by_id: int | None = None
    reason: Text = ""
