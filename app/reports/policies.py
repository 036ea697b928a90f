"""Decisions of reports: which days a person means, when two rates may be compared, what a layout may leave out."""

from collections.abc import Sequence
from datetime import date, timedelta

from flask_babel import gettext as _
from msgspec import Struct

from app.core.errors import DomainError
from app.core.i18n import marked, number

# -- days of a reviewer ------------------------------------------------------------------------------------------

#: Two rates are compared when each group has at least so many people (O2).
MIN_TO_COMPARE = 20
#: The longest stretch of days one report is about.
MOST_DAYS = 366


class DaysRefused(DomainError):
    """Days that cannot be read, or that are too many for one report."""


class PaperRefused(DomainError):
    """A report that is too long for paper."""


class Days(Struct, frozen=True):
    """From a day to a day, both in it."""

    from_on: date
    to_on: date

    def __str__(self) -> str:
        """As it stands in an address."""
        return f"{self.from_on.isoformat()}..{self.to_on.isoformat()}"


def is_telling(n_decliners: int, n_others: int) -> bool:
    """Whether two rates say anything about how people are treated, or only about a handful of them."""
    return min(n_decliners, n_others) >= MIN_TO_COMPARE


def parse_days(text: str) -> Days:
    """The days in "2026-07-01..2026-09-30"; DaysRefused when they cannot be used."""
    first, dots, last = text.strip().partition("..")
    try:
        found = Days(date.fromisoformat(first), date.fromisoformat(last))
    except ValueError:
        raise DaysRefused(
            _("These are not two dates. Write them as 2026-07-01..2026-09-30."), field="days"
        ) from None
    if not dots or not 1990 <= found.from_on.year <= found.to_on.year <= 2100:
        raise DaysRefused(_("Give two dates between 1990 and 2100."), field="days")
    if not 0 <= (found.to_on - found.from_on).days < MOST_DAYS:
        raise DaysRefused(_("Give a first and a last day, at most a year apart."), field="days")
    return found


#: Days that follow the calendar: the word in an address, and what people read.
FOLLOWING = {
    "this-month": marked("This month"),
    "last-month": marked("Last month"),
    "this-quarter": marked("This quarter"),
    "last-quarter": marked("Last quarter"),
    "year-to-date": marked("Year to date"),
    "last-year": marked("Last year"),
    "last-12-months": marked("Last 12 months"),
}


def days_following(word: str, today: date) -> Days | None:
    """The days a word of `FOLLOWING` means on a day; None for any other text. They never run past today."""
    month, quarter = today.replace(day=1), date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
    before_month, before_quarter = month - timedelta(days=1), quarter - timedelta(days=1)
    first_of_quarter = date(before_quarter.year, before_quarter.month - 2, 1)
    found = {
        "this-month": (month, today), "last-month": (before_month.replace(day=1), before_month),
        "this-quarter": (quarter, today), "last-quarter": (first_of_quarter, before_quarter),
        "year-to-date": (date(today.year, 1, 1), today),
        "last-year": (date(today.year - 1, 1, 1), date(today.year - 1, 12, 31)),
        "last-12-months": (_a_year_before(today) + timedelta(days=1), today),
    }.get(word)  # fmt: skip
    return Days(*found) if found else None


def _a_year_before(day: date) -> date:
    """The same day of the year before; of a leap day the one before it."""
    is_leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - 1, day=28 if is_leap_day else day.day)


def quarter_from(from_on: date, *, years: bool = False) -> Days | None:
    """The quarter (or year) that begins on this day; None when none does."""
    n_months = 12 if years else 3
    if from_on.day != 1 or (from_on.month - 1) % n_months:
        return None
    ends = from_on.month - 1 + n_months
    return Days(from_on, date(from_on.year + ends // 12, ends % 12 + 1, 1) - timedelta(days=1))


def quarters_until(today: date, n: int) -> list[Days]:
    """So many quarters of the calendar back from the one of today, the latest first."""
    found: list[Days] = []
    first = date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
    while len(found) < n:
        quarter = quarter_from(first)
        assert quarter is not None  # noqa: S101 -- it begins with a quarter
        found.append(quarter)
        before = first - timedelta(days=1)
        first = date(before.year, (before.month - 1) // 3 * 3 + 1, 1)
    return found


# -- layouts -----------------------------------------------------------------------------------------------------


class LinesLeftOut(DomainError):
    """c13: lines have no place in a layout; the message names them, so that nothing is dropped in silence."""


def check_whole(left: Sequence[tuple[int, str]]) -> None:
    """Refuse a file that would leave lines out; entry number and reason of each."""
    if not left:
        return
    named = "; ".join(_("entry %(seq)s: %(reason)s", seq=seq, reason=reason) for seq, reason in left[:5])
    more = _("; and %(n)s more", n=number(len(left) - 5)) if len(left) > 5 else ""
    raise LinesLeftOut(
        _(
            "%(n)s lines have no place in this layout (%(named)s%(more)s). Leave them out knowingly "
            "on the page of the layout, or take the spreadsheet, which lists them.",
            n=number(len(left)),
            named=named,
            more=more,
        )
    )
