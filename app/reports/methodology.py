"""The methodology note: how the figures were made, written from the settings in force and the lines counted (O6, c43)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from flask_babel import gettext as _
from flask_babel import ngettext
from msgspec import Struct

from app.core.i18n import day, number, when
from app.ledger.models import Basis, EntryKind
from app.ledger.queries_general import General
from app.reports.value import Note


class RateFact(Struct, frozen=True):
    """Lines in one currency converted by the rates of one source, from the first to the last day quoted."""

    currency: str
    source: str
    n: int
    first_on: date | None
    last_on: date | None

    def joined(self, other: "RateFact | None") -> "RateFact":
        """Together with other lines of the same currency and source."""
        if other is None:
            return self
        days = [on for on in (self.first_on, self.last_on, other.first_on, other.last_on) if on is not None]
        return RateFact(
            self.currency, self.source, self.n + other.n, min(days, default=None), max(days, default=None)
        )


class Facts(Struct, frozen=True):
    """What was counted: lines in the book by kind and by valuation basis, and the rates frozen with them."""

    currency: str
    n_lines: int
    last_seq: int
    kinds: Mapping[EntryKind, int]
    bases: Mapping[Basis, int]
    rates: Sequence[RateFact]


#: With more currencies of one source than this, the note gives their number instead of their codes.
_MOST_CURRENCIES = 16


def methodology(facts: Facts, as_of: datetime | None, general: General | None = None) -> tuple[Note, ...]:
    """The paragraphs of the note, in the order a reader asks."""
    notes = [
        Note(_("What is counted"), _counted(facts)),
        Note(_("When"), _when(as_of)),
        Note(_("Currency and rates"), _rates(facts)),
        Note(_("Rounding"), _rounding()),
        Note(_("Valuation"), _valuation(facts)),
        Note(_("Two legs"), _two_legs()),
        Note(_("Access"), _access()),
        Note(_("Declined offers"), _declined()),
    ]
    if facts.bases.get(Basis.SHARED_COST):
        notes.append(Note(_("Shared costs and absence"), _shared()))
    if general is not None:
        notes.append(Note(_("Open to everybody"), _general(general)))
    notes.append(Note(_("The book"), _book(facts)))
    return tuple(notes)


def _general(general: General) -> str:
    said = ngettext(
        "%(n)s item was open to all attendees of a large event, at %(cost)s in all.",
        "%(n)s items were open to all attendees of large events, at %(cost)s in all.",
        general.n,
        n=number(general.n),
        cost=str(general.cost),
    )
    more = _(
        "Each is a line of the book without a person: it is in none of the figures of this report, in no person's total "
        "and under no cap. The size from which an event is large is named on the line."
    )
    return f"{said} {more}"


def _counted(facts: Facts) -> str:
    said = ngettext(
        "%(n)s line of the value ledger was counted.",
        "%(n)s lines of the value ledger were counted.",
        facts.n_lines,
        n=number(facts.n_lines),
    )
    n_back = facts.kinds.get(EntryKind.REVERSAL, 0)
    if n_back:
        said += " " + ngettext(
            "%(n)s of them takes back an earlier line: both stay in the book, together they count nothing.",
            "%(n)s of them take back earlier lines: both stay in the book, together they count nothing.",
            n_back,
            n=number(n_back),
        )
    return str(said)


def _when(as_of: datetime | None) -> str:
    dated = _("A piece of value belongs to the day it was given, a fee to the day it was paid.")
    shown = _("The report shows the book as it stands now.")
    if as_of is not None:
        shown = _(
            "The report shows the book as it stood on %(instant)s: what was entered later is not in it.",
            instant=when(as_of, "UTC"),
        )
    return f"{dated} {shown}"


def _rates(facts: Facts) -> str:
    said = _("Amounts are in %(currency)s.", currency=facts.currency)
    if not facts.rates:
        more = _("Every line was invoiced in this currency, so no rate was used.")
        return f"{said} {more}"
    frozen = _(
        "Other currencies were converted when the line was entered; the rate, its day and its source are frozen "
        "with the line, and the rates of today change nothing."
    )
    sources = sorted({fact.source for fact in facts.rates})
    told = [_source(source, [fact for fact in facts.rates if fact.source == source]) for source in sources]
    return " ".join([said, frozen, *told])


def _source(source: str, rates: Sequence[RateFact]) -> str:
    """One source of rates, its currencies, and the days they were quoted on."""
    codes = sorted({fact.currency for fact in rates})
    days = sorted({on for fact in rates for on in (fact.first_on, fact.last_on) if on is not None})
    which = ", ".join(codes)
    if len(codes) > _MOST_CURRENCIES:
        which = ngettext("%(num)s currency", "%(num)s currencies", len(codes))
    name = source or _("No source noted")
    if not days:
        return f"{name}: {which}."
    if len(days) == 1:
        return str(_("%(source)s: %(which)s, of %(day)s.", source=name, which=which, day=day(days[0])))
    spell = {"first": day(days[0]), "last": day(days[-1])}
    return str(_("%(source)s: %(which)s, of %(first)s to %(last)s.", source=name, which=which, **spell))


def _rounding() -> str:
    return str(
        _(
            "Each line is converted once and rounded to the minor unit, half a unit away from zero. Sums add the "
            "rounded lines; nothing is rounded again."
        )
    )


def _valuation(facts: Facts) -> str:
    words = {
        Basis.ACTUAL_COST: _("what was paid"),
        Basis.SHARED_COST: _("a share of one bill"),
        Basis.LIST_PRICE: _("the published price"),
        Basis.COMPARABLE_FARE: _("a comparable fare"),
        Basis.PER_DIEM: _("a per-diem table"),
        Basis.RENTAL_EQUIVALENT: _("what renting costs"),
        Basis.RATE_CARD: _("the rate card"),
        Basis.ESTIMATE: _("an estimate, to be replaced"),
        Basis.NOMINAL: _("nominal"),
        Basis.NOT_VALUED: _("not valued, with a reason"),
    }
    parts = [f"{words[basis]} ({number(facts.bases[basis])})" for basis in Basis if facts.bases.get(basis)]
    listed = "; ".join(parts) or _("none")
    return str(_("Basis of the amounts, with the number of lines: %(parts)s.", parts=listed))


def _two_legs() -> str:
    return str(
        _(
            "Non-cash value (in kind, access, loans) and cash (fees, expenses, commission) stand apart and are never "
            "added together."
        )
    )


def _access() -> str:
    return str(
        _(
            "Executive minutes, front seats, early minutes and analyst sessions are counted in units and carry no "
            "amount, unless others pay a published price for the same."
        )
    )


def _declined() -> str:
    return str(
        _(
            "An offer that was refused stays in the book with received value 0; what was offered is shown apart and "
            "is in no sum."
        )
    )


def _shared() -> str:
    return str(
        _(
            "A shared bill is split over everybody who took part, staff included; parts sum exactly, odd minor units "
            "go to the first by record number. When somebody was absent, the earlier shares were taken back and new "
            "ones entered without them: the absent received nothing."
        )
    )


def _book(facts: Facts) -> str:
    return str(
        _(
            "The figures come from lines up to number %(seq)s. The ledger is append-only: each line carries the hash "
            "of the one before, and with the signed checkpoint anybody can verify an export without this system.",
            seq=number(facts.last_seq),
        )
    )
