"""What a changed journey touches: each room that knows something of a person's days says so, and how it can be put right.

A room registers a finder, as with `layers`; travel asks them all when somebody comes later, leaves earlier or does not
come, shows what they found, and does what was ticked in one transaction. None imports a room above (T6).
"""

import enum
from collections.abc import Callable, Sequence
from datetime import datetime

from flask_babel import gettext as _
from msgspec import Struct
from msgspec.structs import replace

from app.accounts.models import User
from app.core.errors import DomainError
from app.core.money import Money
from app.core.wall_times import DaysTouched
from app.events.models import Event
from app.people.models import Person


class OptionGone(DomainError):
    """One of several ways was chosen that is not offered."""


class Area(enum.StrEnum):
    """What is touched, in the order pages show it."""

    JOURNEY = "journey"
    TRANSFER = "transfer"
    HOTEL = "hotel"
    MEETING = "meeting"
    AGENDA = "agenda"
    SEAT = "seat"
    VALUE = "value"


class Fate(enum.StrEnum):
    """What becomes of something once it is confirmed; a letter says it in the reader's language."""

    MOVED = "moved"
    CANCELLED = "cancelled"
    LATE = "late"  # waits for them
    MISSED = "missed"  # goes on without them
    FREED = "freed"  # somebody else may have it
    OPEN = "open"  # nobody has decided yet


class Wants(enum.StrEnum):
    """What an effect asks of whoever looks at it."""

    NOTHING = "nothing"  # to know
    TICK = "tick"  # proposed; unticked, it stays open
    CHOICE = "choice"  # may be done or not; either is fine
    WORK = "work"  # nothing can be proposed: somebody has to see to it


class Span(DaysTouched, Struct, frozen=True):
    """A stretch of time on the clocks of a zone."""

    starts_at: datetime
    ends_at: datetime
    zone: str


class Reader(Struct, frozen=True):
    """Somebody who is written to because their part changes; `address` may be missing, then they are called."""

    name: str
    address: str
    phone: str = ""


class Absence(Struct, frozen=True, kw_only=True):
    """A person is not there although they would have been: from when until when, and between which times they can be.

    `ready_at` is None while nobody knows when they arrive. `is_held`: the answer is acted upon at once, so a finder locks
    the rows it names, executives before people, each in the order of their numbers.
    """

    event: Event
    person: Person
    from_at: datetime
    to_at: datetime
    ready_at: datetime | None
    leaves_at: datetime | None
    now: datetime
    by: User
    is_held: bool = False

    def hits(self, starts_at: datetime, ends_at: datetime) -> bool:
        """Whether something falls into it."""
        return starts_at < self.to_at and self.from_at < ends_at


class Option(Struct, frozen=True):
    """One of several ways to put something right; `value` names it in a form, `becomes` and `place` are what it leads to."""

    value: str
    words: str
    becomes: Span
    place: str = ""


class Charge(Struct, frozen=True):
    """Something that may be charged although nobody receives it: the amount that is likely, if any, and its currency."""

    likely: Money | None
    currency: str


class Answer(Struct, frozen=True):
    """What was said of one thing beside its tick: which of several ways, and what is charged all the same."""

    option: str = ""
    charged: Money | None = None


class Effect(Struct, frozen=True, kw_only=True):
    """One thing that is touched, and what is proposed. `key` names its tick; `act` does it, as `by`, once it is ticked.

    With `options` the first one is proposed. With a `charge` it is asked what is charged all the same.
    """

    key: str
    area: Area
    title: str
    said: str
    fate: Fate
    wants: Wants = Wants.NOTHING
    #: What the tick does, in words.
    proposal: str = ""
    is_ticked: bool = True
    was: Span | None = None
    becomes: Span | None = None
    #: What falls away, in the program's currency, if it is done.
    frees: Money | None = None
    #: Anything that must still be so when it is confirmed, beside what is shown.
    state: str = ""
    act: Callable[[User, Answer], object] | None = None
    options: Sequence[Option] = ()
    charge: Charge | None = None
    #: Where it is then, if that is worth a line.
    place: str = ""
    readers: tuple[Reader, ...] = ()
    #: Whether the person's letter says it.
    is_told: bool = True
    #: What that letter calls it, in the language that is spoken around the call; None: its title.
    name: Callable[[], str] | None = None
    endpoint: str = ""
    target_id: int | None = None

    @property
    def fingerprint(self) -> str:
        """What was on the screen, so that a confirmation of something else is noticed."""
        facts = (
            self.key, self.title, self.said, self.fate, self.wants, self.proposal, self.was, self.becomes, self.frees,
            self.state, self.readers, self.options, self.charge,
        )  # fmt: skip
        return repr(facts)

    def answered(self, answer: Answer) -> "Effect":
        """The effect as it was chosen; OptionGone when that way is not among those offered."""
        if not answer.option:
            return self
        option = next((one for one in self.options if one.value == answer.option), None)
        if option is None:
            raise OptionGone(_("%(title)s: what was chosen is not offered. Choose again.", title=self.title))
        return replace(self, proposal=option.words, becomes=option.becomes, place=option.place)


Finder = Callable[[Absence], Sequence[Effect]]

_FINDERS: dict[str, Finder] = {}


def offer(room: str, finder: Finder) -> None:
    """A room offers what it knows; a few queries, whatever the rows."""
    _FINDERS[room] = finder


def effects_of(absence: Absence) -> list[Effect]:
    """Everything an absence touches, room by room in a fixed order, so that locks are taken in one order too."""
    return [effect for room in sorted(_FINDERS, reverse=True) for effect in _FINDERS[room](absence)]
