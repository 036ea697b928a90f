"""Decisions about limits: whom a cap concerns, how a changed one may begin, what it would have said to past value."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta

from flask_babel import gettext as _
from msgspec import Struct

from app.core.i18n import day
from app.core.money import Money, digits_of
from app.ledger.details import CapDetails
from app.ledger.models import Cap, CapWindow
from app.ledger.policies import CapRefused, Level
from app.people.models import Organisation, OrganisationKind, Person

#: A rolling window is at least a day and at most ten years.
LONGEST_WINDOW = 3660
#: More than any company gives: an amount above it is a slip of the keyboard.
LARGEST_MINOR = 10**15


class Recipient(Struct, frozen=True):
    """What the caps look at in a person on a day: official, employed and by whom, which kind."""

    is_official: bool
    is_employed: bool
    kind_code: str
    employer_kind: OrganisationKind | None


def recipient(person: Person, employer: Organisation | None) -> Recipient:
    """A person on the day for which their employer is given; staff of a state body count as officials (c20)."""
    is_official = person.is_official or (employer is not None and employer.is_state_body)
    return Recipient(
        is_official, employer is not None or not person.is_independent, person.kind.code if person.kind else "",
        employer.kind if employer else None,
    )  # fmt: skip


def concerns(cap: Cap | CapDetails, who: Recipient) -> bool:
    """Whether a cap limits such a person: every condition it has holds (L7)."""
    return (
        (who.is_official or not cap.is_for_officials)
        and (who.is_employed or not cap.is_for_employed)
        and cap.kind_code in ("", who.kind_code)
        and cap.employer_kind in (None, who.employer_kind)
    )


def check_limits(details: CapDetails) -> None:
    """Limits are whole minor units from 0, the currency exists, a rolling window has sane days."""
    try:
        digits_of(details.currency)
    except ValueError as error:
        raise CapRefused(str(error), field="currency") from None
    for field, minor in (("soft", details.soft_minor), ("hard", details.hard_minor)):
        if minor is not None and not 0 <= minor <= LARGEST_MINOR:
            raise CapRefused(_("A limit is an amount from 0, and not an astronomic one."), field=field)
    if details.window is CapWindow.ROLLING_DAYS and not 1 <= (details.n_days or 0) <= LONGEST_WINDOW:
        raise CapRefused(
            _(
                "Say how many days the window has, from 1 to %(longest_window)s.",
                longest_window=LONGEST_WINDOW,
            ),
            field="n_days",
        )


def check_replacing(old: Cap, details: CapDetails, today: date) -> None:
    """A change makes a new rule with a day of its own: from today at the earliest, after the old one began (L9)."""
    if old.effective_to_on is not None and old.effective_to_on < details.effective_from_on:
        raise CapRefused(
            _("“%(old)s” has ended by then. Set a new cap instead.", old=old.name), field="effective_from_on"
        )
    if details.effective_from_on < today:
        raise CapRefused(
            _(
                "A changed cap is in force from today at the earliest: what was given before keeps the rule of its day."
            ),
            field="effective_from_on",
        )
    if details.effective_from_on <= old.effective_from_on:
        raise CapRefused(
            _(
                "“%(old)s” is in force only from %(effective_from_on)s. Choose a later day.",
                old=old.name,
                effective_from_on=day(old.effective_from_on),
            ),
            field="effective_from_on",
        )


def check_ending(cap: Cap, last_on: date, today: date) -> None:
    """A cap that ended stays ended, and none ends on a day for which it has already been applied (L9)."""
    if last_on < cap.effective_from_on:
        raise CapRefused(_("The last day lies before the first."), field="effective_to_on")
    if cap.effective_to_on is not None and cap.effective_to_on < today:
        raise CapRefused(
            _("It ended on %(effective_to_on)s already.", effective_to_on=day(cap.effective_to_on)),
            field="effective_to_on",
        )
    if last_on < today - timedelta(days=1):
        raise CapRefused(
            _(
                "It was in force until now, and what was given names it. The last day is yesterday at the earliest."
            ),
            field="effective_to_on",
        )


# -- simulating (O5) -----------------------------------------------------------------------------------


class Given(Struct, frozen=True):
    """One past piece of value, in the currency of the simulated cap."""

    on: date
    seq: int
    minor: int


class Crossing(Struct, frozen=True):
    """One window of one person in which a cap would have spoken: since when, how high, by how much.

    `minor` is the highest exposure, reached on `peak_on`; `begins` and `ends` are the window around that day.
    """

    level: Level
    warned_on: date | None
    blocked_on: date | None
    entry_seq: int
    peak_on: date
    minor: int
    over_minor: int
    n: int
    begins: date
    ends: date


class Limits(Struct, frozen=True):
    """The two limits of a simulated cap, in minor units of `currency`, and its window."""

    soft_minor: int | None
    hard_minor: int | None
    currency: str
    window: CapWindow
    n_days: int | None

    @property
    def least(self) -> int:
        """The first limit to be crossed."""
        return min(minor for minor in (self.soft_minor, self.hard_minor) if minor is not None)

    def level(self, minor: int) -> Level:
        """What the cap says to an exposure: a limit may be reached, not passed."""
        if self.hard_minor is not None and minor > self.hard_minor:
            return Level.BLOCK
        return Level.WARN if self.soft_minor is not None and minor > self.soft_minor else Level.FREE

    def over(self, minor: int) -> int:
        """By how much the highest crossed limit is passed."""
        passed = self.hard_minor if self.level(minor) is Level.BLOCK else self.soft_minor
        return max(0, minor - (passed or 0))

    def money(self, minor: int) -> Money:
        return Money(minor, self.currency)


def limits_of(cap: Cap | CapDetails) -> Limits:
    """The limits of a cap that stands, or of one that is only thought of."""
    return Limits(cap.soft_minor, cap.hard_minor, cap.currency, cap.window, cap.n_days)


def crossings(given: Iterable[Given], limits: Limits) -> list[Crossing]:
    """Where a person's past value would have crossed the limits, in the order of days (O5).

    Per calendar year one at most; in a rolling window each spell above the limit is one.
    """
    ordered = sorted(given, key=lambda one: (one.on, one.seq))
    return _yearly(ordered, limits) if limits.window is CapWindow.CALENDAR_YEAR else _rolling(ordered, limits)


_Step = tuple[Given, int, int]  # what was given, the exposure with it, how many pieces stand behind that


def _yearly(ordered: Sequence[Given], limits: Limits) -> list[Crossing]:
    found, steps = [], list[_Step]()
    minor = n = 0
    for one in ordered:
        if steps and steps[-1][0].on.year != one.on.year:
            found += _spell(steps, limits, _year_of)
            steps, minor, n = [], 0, 0
        minor, n = minor + one.minor, n + 1
        steps.append((one, minor, n))
    return found + _spell(steps, limits, _year_of)


def _rolling(ordered: Sequence[Given], limits: Limits) -> list[Crossing]:
    reach = timedelta(days=(limits.n_days or 1) - 1)
    inside: deque[Given] = deque()
    found, spell, minor = list[Crossing](), list[_Step](), 0
    for one in ordered:
        inside.append(one)
        minor += one.minor
        while inside[0].on < one.on - reach:
            minor -= inside.popleft().minor
        if minor > limits.least:
            spell.append((one, minor, len(inside)))
        elif spell:
            found += _spell(spell, limits, lambda on: (on - reach, on))
            spell = []
    return found + _spell(spell, limits, lambda on: (on - reach, on))


def _year_of(on: date) -> tuple[date, date]:
    return date(on.year, 1, 1), date(on.year, 12, 31)


def _spell(
    steps: Sequence[_Step], limits: Limits, window: Callable[[date], tuple[date, date]]
) -> list[Crossing]:
    above = [step for step in steps if limits.level(step[1]) is not Level.FREE]
    if not above:
        return []
    peak = max(above, key=lambda step: step[1])
    soft, hard = limits.soft_minor, limits.hard_minor
    warned = next((one.on for one, minor, _ in above if soft is not None and minor > soft), None)
    blocked = next((one.on for one, minor, _ in above if hard is not None and minor > hard), None)
    begins, ends = window(peak[0].on)
    found = Crossing(
        limits.level(peak[1]), warned, blocked, above[0][0].seq, peak[0].on, peak[1], limits.over(peak[1]), peak[2], begins,
        ends,
    )  # fmt: skip
    return [found]
