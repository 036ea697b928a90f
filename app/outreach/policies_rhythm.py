"""Decisions about rhythm: which cadence holds, what makes a touch the next best one, and the sentence that says so (G2)."""

import enum
from collections.abc import Collection, Mapping
from datetime import date, datetime

from flask_babel import gettext as _
from flask_babel import ngettext
from msgspec import Struct

from app.core.errors import DomainError
from app.core.i18n import all_marked, words
from app.core.spoken import short_day
from app.programs.models import Stage


class CannotPlan(DomainError):
    """A plan for a day that has passed, or one that is no plan any more."""


class CannotCorrect(DomainError):
    """G3: a contact is put right by whoever made it or owns the relationship, with a reason, and visibly."""


# -- cadence ---------------------------------------------------------------------------------------


class Cadence(Struct, frozen=True):
    """Days between touches, and whose number that is: "person", "tier Inner", "stage Active" or "program"."""

    n_days: int
    source: str


def cadence_of(
    *,
    program: int,
    stage: Stage,
    rules: Mapping[tuple[str, str], int],
    tier: str = "",
    own: int | None = None,
) -> Cadence:
    """What holds for one enrolment: the person's own number, else the tier's, else the stage's, else the program's."""
    if own is not None:
        return Cadence(own, _("person"))
    if tier and (tier, "") in rules:
        return Cadence(rules[tier, ""], _("tier %(tier)s", tier=tier))
    if ("", stage.value) in rules:
        return Cadence(rules["", stage.value], _("stage %(stage)s", stage=words(stage).lower()))
    return Cadence(program, _("program"))


# -- the next best touch ---------------------------------------------------------------------------


class Reason(enum.StrEnum):
    """What speaks for or against a touch now; each can be switched off by a user."""

    SILENCE = "silence"
    ASK = "ask"
    LAUNCH = "launch"
    PLAN = "plan"


#: What each reason adds, for the page that explains the order.
REASON_WORDS: Mapping[Reason, str] = all_marked(
    {
        Reason.SILENCE: "Silence: a point for each hundredth of the cadence that is over, at most 300.",
        Reason.LAUNCH: "A launch ahead: 60 points while 90 days or more are left to involve them, 30 from 60 days, 15 below; "
        "none before half the cadence is over.",
        Reason.ASK: "An open ask: 400 points off, because it is their turn to answer.",
        Reason.PLAN: "A touch that is planned already: 400 points off.",
    }
)

#: A launch further away than this is no reason yet.
_LAUNCH_HORIZON = 180
#: More than all the rest can add up to.
_HELD_BACK = -400


class Situation(Struct, frozen=True):
    """What is known of one person on a day; days of silence, the cadence, and what is open or ahead."""

    n_silent: int
    cadence: Cadence
    ask: str = ""  # whose ask is open
    launch_on: date | None = None
    plan_on: date | None = None


class Advice(Struct, frozen=True):
    """How strongly a touch is advised, point by point, and the one sentence that says why."""

    points: Mapping[Reason, int]
    sentence: str

    @property
    def total(self) -> int:
        return sum(self.points.values())

    @property
    def sums(self) -> str:
        """ "silence 57, launch 60"."""
        return ", ".join(
            f"{words(reason).lower()} {points}" for reason, points in self.points.items() if points
        )


def advise(situation: Situation, today: date, off: Collection[str] = ()) -> Advice:
    """Weigh one person; a reason that is switched off neither counts nor is said (G2)."""
    points: dict[Reason, int] = {}
    said: list[str] = []
    if Reason.SILENCE not in off:
        over = situation.n_silent - situation.cadence.n_days
        points[Reason.SILENCE] = max(0, min(300, 100 * over // situation.cadence.n_days))
        said.append(
            ngettext(
                "%(num)s day silent, cadence %(cadence)s",
                "%(num)s days silent, cadence %(cadence)s",
                situation.n_silent,
                cadence=situation.cadence.n_days,
            )
        )
    if Reason.ASK not in off:
        points[Reason.ASK] = _HELD_BACK if situation.ask else 0
        said.append(_("%(name)s's ask is open", name=situation.ask) if situation.ask else _("no open ask"))
    if Reason.LAUNCH not in off and situation.launch_on is not None:
        ahead = (situation.launch_on - today).days
        is_rested = 2 * situation.n_silent >= situation.cadence.n_days
        points[Reason.LAUNCH] = _launch_points(ahead) if is_rested else 0
        soon = ngettext("launch in %(num)s day", "launch in %(num)s days", ahead)
        said.append(soon if ahead else _("launch today"))
    if Reason.PLAN not in off and situation.plan_on is not None:
        points[Reason.PLAN] = _HELD_BACK
        said.append(_("planned for %(day)s", day=short_day(situation.plan_on)))
    return Advice(points, ", ".join(said))


def _launch_points(ahead: int) -> int:
    """G7: at least 90 days before a launch is early enough, under 60 is flagged."""
    if not 0 <= ahead <= _LAUNCH_HORIZON:
        return 0
    return 60 if ahead >= 90 else 30 if ahead >= 60 else 15


# -- corrections -----------------------------------------------------------------------------------


def changed_fields(before: Mapping[str, object], after: Mapping[str, object]) -> dict[str, object]:
    """What a correction changes, as it was, in plain JSON values."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in before.items()
        if value != after[name]
    }
