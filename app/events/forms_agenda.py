"""Forms around the agenda: a published schedule, rules, letting it out, who is on stage, closing a parity gap."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectChoice

from app.core.forms import BaseForm, choice, prose, whole
from app.events.conflicts import WORDS, Level, Rule
from app.events.details_agenda import ParityDetails, RulesDetails
from app.events.models import Session
from app.events.models_agenda import AgendaPlan, ParityNote
from app.events.queries_agenda import levels_of
from app.people.models import Person

_LEVELS = [
    (Level.BLOCK.value, "Hold back the release"),
    (Level.WARN.value, "Show a warning"),
    (Level.IGNORE.value, "Do not look"),
]


class ScheduleFileForm(BaseForm):
    """A published schedule to read in."""

    file = FileField(
        "File", [FileRequired("Choose a file.")],
        description="Frab or pentabarf XML, schedule.json (frab, pretalx, hub) or a calendar file (.ics), up to 8 MB.",
    )  # fmt: skip


class RulesForm(BaseForm):
    """How an agenda is read; one choice per rule."""

    day_change_hour = whole(
        "Days change at", least=0, most=12, default=0,
        description="The hour; what begins before it belongs to the day before. 0 is midnight.",
    )  # fmt: skip
    n_buffer_minutes = whole(
        "Minutes between sessions in a room", least=0, most=240, default=0, description="0 looks for none."
    )
    room_twice = choice(WORDS[Rule.ROOM_TWICE][0], _LEVELS, description=WORDS[Rule.ROOM_TWICE][1])
    person_twice = choice(WORDS[Rule.PERSON_TWICE][0], _LEVELS, description=WORDS[Rule.PERSON_TWICE][1])
    off_record_press = choice(
        WORDS[Rule.OFF_RECORD_PRESS][0], _LEVELS, description=WORDS[Rule.OFF_RECORD_PRESS][1]
    )
    nda_open = choice(WORDS[Rule.NDA_OPEN][0], _LEVELS, description=WORDS[Rule.NDA_OPEN][1])
    outside = choice(WORDS[Rule.OUTSIDE][0], _LEVELS, description=WORDS[Rule.OUTSIDE][1])
    buffer = choice(WORDS[Rule.BUFFER][0], _LEVELS, description=WORDS[Rule.BUFFER][1])
    no_room = choice(WORDS[Rule.NO_ROOM][0], _LEVELS, description=WORDS[Rule.NO_ROOM][1])

    @classmethod
    def of(cls, plan: AgendaPlan | None) -> "RulesForm":
        """The form as things stand."""
        levels = levels_of(plan)
        return cls(
            data={
                "day_change_hour": (plan.day_change_hour or 0) if plan else 0,
                "n_buffer_minutes": levels.n_buffer_minutes, "version": str(plan.version if plan else 0),
            } | {rule.value: levels.of(rule).value for rule in Rule}
        )  # fmt: skip

    def details(self) -> RulesDetails:
        return RulesDetails(
            day_change_hour=self.day_change_hour.data, n_buffer_minutes=self.n_buffer_minutes.data,
            levels={rule: Level(self[rule.value].data) for rule in Rule},
        )  # fmt: skip


class ReleaseForm(BaseForm):
    """Letting the agenda out."""

    note = prose("What is new", required=False, longest=2000, description="Stays with the version.")


class StageForm(BaseForm):
    """Who is on stage."""

    person_id = choice("Person", [])

    def offer(self, people: Sequence[Person]) -> "StageForm":
        """Those who are invited to the event."""
        self.person_id.choices = [SelectChoice(str(one.id), one.name) for one in people]
        return self


class ParityForm(BaseForm):
    """How a gap is closed."""

    closed_by_id = choice("Closed by", [], required=False)
    reason = prose("Why it stays", required=False, longest=2000)

    @classmethod
    def over(cls, note: ParityNote | None, closers: Sequence[Session]) -> "ParityForm":
        """The form with what was said, and the sessions that may close the gap."""
        said: dict[str, Any] = {"version": "0"}
        if note is not None:
            said = {
                "closed_by_id": str(note.closed_by_id or ""),
                "reason": note.reason,
                "version": str(note.id),
            }
        form = cls(data=said)
        form.closed_by_id.choices = [SelectChoice("", _("No session: it is explained"))] + [
            SelectChoice(str(one.id), one.title) for one in closers
        ]
        return form

    def details(self) -> ParityDetails:
        picked = self.closed_by_id.data
        return ParityDetails(closed_by_id=int(picked) if picked else None, reason=self.reason.data or "")
