"""Which reports can be saved with their settings, under which names of their addresses, and whether settings can be used."""

from collections.abc import Mapping, Sequence

from flask_babel import gettext as _
from flask_babel import ngettext
from msgspec import Struct
from werkzeug.datastructures import MultiDict

from app.accounts.models import User
from app.core.errors import DomainError, NotFound
from app.core.i18n import day
from app.core.lines import one_line
from app.lists.catalogue import Column
from app.lists.models import SavedView
from app.reports.asking import read_asked, require_asked
from app.reports.gallery import Asked, Report
from app.reports.gallery_all import OWN, REPORTS, get_report
from app.reports.policies import FOLLOWING
from app.reports.policies_saved import LONGEST, SettingsRefused

#: Saved reports and saved lists are one table; these are the reports in it.
PREFIX = "report."
#: What the addresses of pages say besides what is asked.
_BESIDES = frozenset({"report", "saved", "table", "page", "order"})


class Saveable(Struct, frozen=True):
    """A report that can be saved."""

    spec: Report

    @property
    def name(self) -> str:
        return self.spec.key

    @property
    def title(self) -> str:
        return self.spec.title()

    @property
    def key(self) -> str:
        return f"{PREFIX}{self.name}"

    @property
    def names_kept(self) -> frozenset[str]:
        return frozenset(ask.value for ask in self.spec.asks)

    def columns_for(self, by: User) -> Sequence[Column]:
        """Nobody chooses the columns of a report."""
        return ()


def find_saveable(name: str) -> Saveable:
    """The report of this name, or NotFound."""
    return Saveable(get_report(name))


def saveable_of(view: SavedView) -> Saveable:
    """The report that was saved; NotFound for a saved view of a list, or a report there is no more."""
    if not view.listing.startswith(PREFIX):
        raise NotFound(_("This is a saved view of a list, not a report."))
    return find_saveable(view.listing.removeprefix(PREFIX))


def is_known(view: SavedView) -> bool:
    """Whether the report that was saved is still there."""
    name = view.listing.removeprefix(PREFIX)
    return name in REPORTS or name in OWN


# -- settings --------------------------------------------------------------------------------------


def settings_in(report: Saveable, args: MultiDict[str, str], by: User) -> dict[str, str]:
    """What an address asks, to be kept; SettingsRefused for names the report does not know, for two of one, for too much.

    The refusal of the report itself for what cannot be used.
    """
    given = report.spec.named({name: args[name] for name in args if name not in _BESIDES})
    if unknown := sorted(one_line(name, 40) for name in given if name not in report.spec.asks):
        raise SettingsRefused(
            _("This report asks for nothing called %(unknown)s.", unknown=", ".join(unknown)[:200])
        )
    if twice := sorted(name for name in args if len(args.getlist(name)) > 1 and name not in _BESIDES):
        raise SettingsRefused(_("There are two answers for %(twice)s. Give one.", twice=", ".join(twice)))
    if long := sorted(name for name, text in given.items() if len(text) > LONGEST):
        raise SettingsRefused(
            _(
                "What is given for %(long)s is longer than %(longest)s characters.",
                long=", ".join(long),
                longest=LONGEST,
            )
        )
    settings = {name: given[name].strip() for name in sorted(given) if given[name].strip()}
    return require_usable(report, settings, by)


def settings_of(view: SavedView) -> dict[str, str]:
    """What was saved, by the names reports ask by."""
    return saveable_of(view).spec.named(view.query)


def require_usable(report: Saveable, settings: Mapping[str, str], by: User) -> dict[str, str]:
    """The settings with everything in them that is usual, as `by` may use them; a DomainError says what cannot be used."""
    return require_asked(report.spec, settings, by).settings


def words_of(report: Saveable, settings: Mapping[str, str], by: User) -> list[tuple[str, str]]:
    """Settings as people read them: what is asked and the answer; what is gone or not theirs to see says so."""
    found = list[tuple[str, str]]()
    try:
        asked = read_asked(report.spec, settings, by).asked
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
    if asked.within is not None:
        found.append(
            (_("Within"), ngettext("%(num)s day after value", "%(num)s days after value", asked.within))
        )
    if asked.counting:
        found.append((_("After"), _("any non-cash value")))
    if asked.as_of:
        found.append((_("As of"), day(asked.as_of.date())))
    return found


def _days(asked: Asked) -> str:
    assert asked.days is not None  # noqa: S101 -- the caller looked
    exact = _("%(first)s to %(last)s", first=day(asked.days.from_on), last=day(asked.days.to_on))
    if asked.days_word:
        return str(_("%(word)s: %(days)s today", word=_(FOLLOWING[asked.days_word]), days=exact))
    return str(exact)


def trouble_with(report: Saveable, settings: Mapping[str, str], by: User) -> str:
    """Why these settings cannot be used today by `by`, or what became of whom they are about; empty when all is well."""
    try:
        require_usable(report, settings, by)
        person = read_asked(report.spec, settings, by).asked.person
    except NotFound as gone:
        return str(_("What these settings name is gone or not yours to see. %(why)s", why=gone.message))
    except DomainError as refusal:
        return refusal.message
    if person is not None and person.is_pseudonymous:
        return str(
            _("The person of this report was erased: amounts stay under a number, names and words are gone.")
        )
    return ""
