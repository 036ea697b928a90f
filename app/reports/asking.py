"""What an address asks of a report: read, checked against what the report asks for, and what else may be chosen."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from flask_babel import gettext as _
from msgspec import Struct
from msgspec.structs import replace

from app.accounts.models import User
from app.core import clock
from app.core.errors import DomainError
from app.core.forms import row_number
from app.core.lines import one_line
from app.events import queries as events
from app.events import queries_close
from app.people import queries as people
from app.periods.policies_as_of import parse_as_of
from app.programs import queries as programs
from app.reports import proximity
from app.reports.gallery import Ask, Asked, Report
from app.reports.policies import FOLLOWING, Days, days_following, parse_days, quarter_from
from app.reports.queries_quarter import choices, name_of_days, usual_days

#: Years offered in the list of days; events offered, the latest first.
_N_YEARS, _N_EVENTS = 3, 200


_A = {Ask.PROGRAM: "a program", Ask.EVENT: "an event", Ask.PERSON: "a person"}


class AskedRefused(DomainError):
    """Something a report asks for is missing or cannot be used."""


class Found(Struct, frozen=True):
    """What an address asks for. `missing` is what must be chosen first; `refusal` is what cannot be used, and why."""

    asked: Asked
    missing: Sequence[Ask]
    refusal: str

    @property
    def is_whole(self) -> bool:
        """Whether the report can be counted."""
        return not self.missing


def read_asked(report: Report, args: Mapping[str, str], by: User) -> Found:
    """What `args` ask for; the usual stands in for days left open, what cannot be read is named and left out.

    NotFound for a program, event or person that is not there, or not for this reader.
    """
    asked, refusals = Asked(by), []
    for ask in report.asks:
        text = args.get(ask.value, "").strip()
        try:
            asked = _with(asked, ask, text)
        except DomainError as error:
            if error.status == 404:
                raise
            refusals.append(error.message)
            asked = _with(asked, ask, "")
    missing = [
        ask
        for ask in report.asks
        if ask is not Ask.AS_OF and ask not in report.may_be_all and getattr(asked, ask.value) is None
    ]
    return Found(asked, missing, " ".join(refusals))


def require_asked(report: Report, args: Mapping[str, str], by: User) -> Asked:
    """The same for a file, which is made of exactly what was asked or not at all; AskedRefused says why not."""
    found = read_asked(report, args, by)
    if found.refusal:
        raise AskedRefused(found.refusal)
    if found.missing:
        raise AskedRefused(
            _("Choose first: %(missing)s.", missing=", ".join(ask.value for ask in found.missing)),
            field=found.missing[0].value,
        )
    return found.asked


def _with(asked: Asked, ask: Ask, text: str) -> Asked:
    if ask is Ask.DAYS:
        following = days_following(text, clock.today(asked.by.zone))
        if following is not None:
            return replace(asked, days=following, days_word=text)
        return replace(asked, days=parse_days(text) if text else usual_days(clock.today()))
    if ask is Ask.AS_OF:
        return replace(asked, as_of=instant_in(text, asked.by))
    if ask is Ask.WITHIN:
        return replace(asked, within=proximity.parse_days(text))
    if ask is Ask.COUNTING:
        return replace(asked, counting=_counting(text))
    if not text:
        return asked
    number = row_number(text)
    if number is None:
        raise AskedRefused(
            _("“%(text)s” is no number of %(a)s.", text=one_line(text, 40), a=_A[ask]), field=ask.value
        )
    if ask is Ask.PROGRAM:
        return replace(asked, program=programs.get_program(number))
    if ask is Ask.EVENT:
        return replace(asked, event=events.get_event(number, asked.by))
    return replace(asked, person=people.get_person(number, asked.by))


def _counting(text: str) -> str:
    if text not in ("", "any"):
        raise AskedRefused(
            _("Fees are counted after the usual value, or after any."), field=Ask.COUNTING.value
        )
    return text


def instant_in(text: str, by: User) -> datetime | None:
    """The moment in an address, days on the reader's clock; None for none. AsOfRefused for what cannot be used."""
    # The plus of an offset becomes a blank where an address was written by hand.
    return parse_as_of(text.strip().replace(" ", "+"), by.zone, clock.now())


# -- what can be chosen ----------------------------------------------------------------------------


def choices_of(report: Report, asked: Asked) -> Mapping[str, Sequence[tuple[str, str]]]:
    """Values and words for each list of the form; a person is found by typing, a moment is typed."""
    found: dict[str, Sequence[tuple[str, str]]] = {}
    if Ask.PROGRAM in report.asks:
        found[Ask.PROGRAM.value] = [(str(row.id), row.name) for row in programs.list_programs()]
    if Ask.EVENT in report.asks:
        found[Ask.EVENT.value] = [
            (str(row.id), row.name) for row in queries_close.list_latest(asked.by, _N_EVENTS)
        ]
    if Ask.DAYS in report.asks:
        found[Ask.DAYS.value] = days_offered(asked.days, asked.days_word)
    return found


def days_offered(chosen: Days | None, word: str) -> Sequence[tuple[str, str]]:
    """Days that follow the calendar, periods that were opened, the last quarters and years; those of the address among them."""
    today = clock.today()
    years = (quarter_from(date(today.year - n, 1, 1), years=True) for n in range(_N_YEARS))
    offered = [*choices(today), *(year for year in years if year is not None)]
    if chosen is not None and word not in FOLLOWING and chosen not in offered:
        offered.insert(0, chosen)
    fixed = [(str(days), name_of_days(days)) for days in dict.fromkeys(offered)]
    return [*((word, _(said)) for word, said in FOLLOWING.items()), *fixed]
