"""Which reports can be saved with their settings, under which names of their addresses, and whether settings can be used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.accounts.models import User
from app.core.errors import DomainError, NotFound
from app.core.forms import row_number
from app.core.i18n import day
from app.core.lines import one_line
from app.lists.catalogue import Column
from app.lists.models import SavedView
from app.programs import queries as programs
from app.reports.asking import Asking, AsksFor, instant_in, read_asked, require_asked
from app.reports.gallery import Ask, Asked, Report
from app.reports.gallery_all import REPORTS
from app.reports.policies import FOLLOWING
from app.reports.policies_saved import LONGEST, SettingsRefused
from app.reports.proximity import parse_days

#: Saved reports and saved lists are one table; these are the reports in it.
PREFIX = "report."
#: What the addresses of pages say besides what is asked.
_BESIDES = frozenset({"report", "saved", "table", "page", "order"})

#: What the quarter asks for; a program left open is the first one.
QUARTER = Asking((Ask.PROGRAM, Ask.DAYS, Ask.AS_OF), may_be_all=frozenset({Ask.PROGRAM}))
VALUE = Asking((Ask.PROGRAM, Ask.AS_OF))
_OWN_PAGES = frozenset({"value", "quarter", "proximity"})
_PROXIMITY = frozenset({"program_id", "days", "counting", "as_of"})


@dataclass(frozen=True, slots=True)
class Saveable:
    """A report that can be saved."""

    name: str
    title: str
    endpoint: str
    #: None where the address is read by the page itself.
    asking: AsksFor | None
    #: In the gallery: it has runs and schedules.
    spec: Report | None = None

    @property
    def key(self) -> str:
        return f"{PREFIX}{self.name}"

    @property
    def names_kept(self) -> frozenset[str]:
        return frozenset(ask.value for ask in self.asking.asks) if self.asking else _PROXIMITY

    def columns_for(self, by: User) -> Sequence[Column]:
        """Nobody chooses the columns of a report."""
        return ()

    def address(self, settings: Mapping[str, str]) -> tuple[str, dict[str, str]]:
        """Endpoint and arguments of the page with these settings."""
        args = dict(settings)
        if self.name == "value":
            return self.endpoint, {"id": args.pop("program", "0"), **args}
        return self.endpoint, args if self.spec is None else {"key": self.name, **args}


def find_saveable(name: str) -> Saveable:
    """The report of this name, or NotFound."""
    own = {
        "value": Saveable("value", _("Value report"), "reports.value", VALUE),
        "quarter": Saveable("quarter", _("Quarter for review"), "reports.quarter", QUARTER),
        "proximity": Saveable("proximity", _("Fees soon after value"), "reports.proximity", None),
    }
    if name in own:
        return own[name]
    spec = REPORTS.get(name)
    if spec is None:
        raise NotFound("There is no such report.")
    return Saveable(name, spec.title(), "reports.show", spec, spec)


def saveable_of(view: SavedView) -> Saveable:
    """The report that was saved; NotFound for a saved view of a list, or a report there is no more."""
    if not view.listing.startswith(PREFIX):
        raise NotFound("This is a saved view of a list, not a report.")
    return find_saveable(view.listing.removeprefix(PREFIX))


def is_known(view: SavedView) -> bool:
    """Whether the report that was saved is still there."""
    name = view.listing.removeprefix(PREFIX)
    return name in REPORTS or name in _OWN_PAGES


# -- settings --------------------------------------------------------------------------------------


def settings_in(report: Saveable, args: MultiDict[str, str], by: User) -> dict[str, str]:
    """What an address asks, to be kept; SettingsRefused for names the report does not know, for two of one, for too much.

    The refusal of the report itself for what cannot be used.
    """
    names = [name for name in args if name not in _BESIDES]
    if unknown := sorted(one_line(name, 40) for name in names if name not in report.names_kept):
        raise SettingsRefused(f"This report asks for nothing called {', '.join(unknown)[:200]}.")
    if twice := sorted(name for name in names if len(args.getlist(name)) > 1):
        raise SettingsRefused(f"There are two answers for {', '.join(twice)}. Give one.")
    if long := sorted(name for name in names if len(args[name]) > LONGEST):
        raise SettingsRefused(f"What is given for {', '.join(long)} is longer than {LONGEST} characters.")
    settings = {name: args[name].strip() for name in sorted(names) if args[name].strip()}
    return require_usable(report, settings, by)


def require_usable(report: Saveable, settings: Mapping[str, str], by: User) -> dict[str, str]:
    """The settings with everything in them that is usual, as `by` may use them; a DomainError says what cannot be used."""
    if report.asking is not None:
        return require_asked(report.asking, settings, by).settings
    parse_days(settings.get("days", ""))
    instant_in(settings.get("as_of", ""), by)
    number = row_number(settings.get("program_id"))
    if settings.get("program_id"):
        programs.get_program(number or 0)
    if settings.get("counting", "") not in {"", "any"}:
        raise SettingsRefused("Fees are counted after the usual value, or after any.")
    return dict(settings)


def words_of(report: Saveable, settings: Mapping[str, str], by: User) -> list[tuple[str, str]]:
    """Settings as people read them: what is asked and the answer; what is gone or not theirs to see says so."""
    if report.asking is None:
        return _words_of_proximity(settings)
    found = list[tuple[str, str]]()
    try:
        asked = read_asked(report.asking, settings, by).asked
    except NotFound as gone:
        return [(_("What it is of"), gone.message)]
    if asked.program:
        found.append((_("Program"), asked.program.name))
    if asked.event:
        found.append((_("Event"), asked.event.name))
    if asked.person:
        found.append((_("Person"), asked.person.name))
    if asked.days:
        found.append((_("Days"), _days(asked)))
    if asked.as_of:
        found.append((_("As of"), day(asked.as_of.date())))
    return found


def _days(asked: Asked) -> str:
    assert asked.days is not None  # noqa: S101 -- the caller looked
    exact = _("%(first)s to %(last)s", first=day(asked.days.from_on), last=day(asked.days.to_on))
    if asked.days_word:
        return str(_("%(word)s: %(days)s today", word=_(FOLLOWING[asked.days_word]), days=exact))
    return str(exact)


def _words_of_proximity(settings: Mapping[str, str]) -> list[tuple[str, str]]:
    number = row_number(settings.get("program_id"))
    try:
        program = programs.get_program(number).name if number else _("all programs")
    except NotFound as gone:
        program = gone.message
    return [(_("Program"), program), (_("Days"), settings.get("days", "90"))]


def trouble_with(report: Saveable, settings: Mapping[str, str], by: User) -> str:
    """Why these settings cannot be used today by `by`, or what became of whom they are about; empty when all is well."""
    try:
        require_usable(report, settings, by)
        person = read_asked(report.asking, settings, by).asked.person if report.asking else None
    except NotFound as gone:
        return str(_("What these settings name is gone or not yours to see. %(why)s", why=gone.message))
    except DomainError as refusal:
        return refusal.message
    if person is not None and person.is_pseudonymous:
        return str(
            _("The person of this report was erased: amounts stay under a number, names and words are gone.")
        )
    return ""
