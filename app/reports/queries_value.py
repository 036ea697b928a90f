"""The value report of a program, counted by the ledger's one counting function (O6, L14)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice

import sqlalchemy as sa
from msgspec.structs import replace

from app.core import clock
from app.core.db import db
from app.core.money import Money
from app.ledger.models import ACCESS_UNITS, Basis, Entry, EntryKind, Leg, ReportLine, Subject, Unit
from app.ledger.queries import By, Scope, Total, current_checkpoint, entries_in, lodging_against, totals
from app.ledger.queries_general import list_items, total_of
from app.ledger.queries_provenance import origins_of
from app.ledger.queries_totals import groupings
from app.people.models import Person
from app.programs.models import Program
from app.reports.methodology import Facts, RateFact, methodology
from app.reports.value import (
    N_DRAWN,
    CategoryFigure,
    LineFigure,
    Minutes,
    NativeFigure,
    People,
    PersonFigure,
    Rank,
    StayFigure,
    ValueReport,
    YearFigure,
)

ERASED = "Erased people"
_CHUNK = 5_000
#: What the tables of the report group by, and what each person received by.
_TABLES = (
    (By.PERSON, By.LEG), (By.LINE, By.LEG, By.UNIT), (By.CATEGORY, By.LEG), (By.YEAR, By.LEG), (By.NATIVE_FORM,),
    (By.NATIVE_NATURE,),
)  # fmt: skip
_BY_PERSON = (By.PERSON, By.LINE, By.LEG, By.UNIT)
#: The figures of more people than this are read with those of all others.
_MOST_APART = 500


def value_report(program: Program, *, as_of: datetime | None = None) -> ValueReport:
    """All value of a program, per person and line, per category, by leg, in units; as the book stood at `as_of`.

    About ten queries whatever the number of people, five as of an instant; one more for each 5,000 people, one for those
    whose lines are looked at, and where there are stays to hold against a benchmark one for their words and one for each rate.
    """
    now = clock.now()
    scope = Scope(program_id=program.id, as_of=as_of)
    # As of an instant the entries are read once, so the lines of everybody are there; else they are read when looked at.
    apart = (_BY_PERSON,) if scope.is_read_from_entries else ()
    ranked, by_line, by_category, by_year, by_form, by_nature, *lines = groupings((*_TABLES, *apart), scope)
    facts = facts_of(scope, program.currency)
    general = total_of(list_items(program_id=program.id, as_of=as_of), program.currency)
    people = _people(ranked, lines[0] if lines else None, scope, program.currency)
    legs, units = _by_leg(by_line), _units(by_line)
    return ValueReport(
        program_id=program.id,
        program=program.name,
        currency=program.currency,
        as_of=as_of or now,
        asked_as_of=as_of,
        n=sum(row.n for row in by_line),
        n_people=sum(1 for rank in people.ranks if rank.n) + _n_erased(people, scope),
        n_lines=facts.n_lines,
        last_seq=facts.last_seq,
        non_cash=Money(legs[Leg.NON_CASH], program.currency),
        cash=Money(legs[Leg.CASH], program.currency),
        declined=Money(sum(row.declined_minor for row in by_line), program.currency),
        n_declined=sum(row.n_declined for row in by_line),
        units=units,
        lines=_lines(by_line, program.currency),
        categories=_categories(by_category),
        people=people,
        minutes=_minutes(scope, people) if Unit.EXECUTIVE_MINUTE in units else Minutes((), ()),
        years=_years(by_year, program.currency),
        native_forms=_natives(by_form, By.NATIVE_FORM),
        native_natures=_natives(by_nature, By.NATIVE_NATURE),
        methodology=methodology(facts, as_of, general),
        general=general,
        stays=_stays(scope),
        checkpoint=current_checkpoint(),
    )


def book_begins_after(as_of: datetime | None) -> datetime | None:
    """When the first line was written into the book, if that was after an instant, so that there was nothing to report then."""
    if as_of is None:
        return None
    first = db.session.scalar(sa.select(Entry.at).order_by(Entry.seq).limit(1))
    return first if first is not None and first > as_of else None


# -- sums ------------------------------------------------------------------------------------------


def _by_leg(rows: Iterable[Total]) -> dict[Leg, int]:
    sums = dict.fromkeys(Leg, 0)
    for row in rows:
        sums[row["leg"]] += row.reporting_minor
    return sums


def _units(rows: Iterable[Total]) -> dict[Unit, int]:
    """Access in units, in the order of the report; units nobody received are left out."""
    sums: dict[Unit, int] = defaultdict(int)
    for row in rows:
        if row["unit"] in ACCESS_UNITS:
            sums[row["unit"]] += row.quantity
    return {unit: sums[unit] for unit in Unit if sums.get(unit)}


def _lines(rows: Iterable[Total], currency: str) -> list[LineFigure]:
    minor: dict[tuple[ReportLine, Leg], int] = defaultdict(int)
    n: dict[ReportLine, int] = defaultdict(int)
    for row in rows:
        minor[row["line"], row["leg"]] += row.reporting_minor
        n[row["line"]] += row.n
    return [
        LineFigure(
            line, Money(minor[line, Leg.NON_CASH], currency), Money(minor[line, Leg.CASH], currency), n[line]
        )
        for line in ReportLine
        if n.get(line) or minor[line, Leg.NON_CASH] or minor[line, Leg.CASH]
    ]


def _categories(rows: Iterable[Total]) -> list[CategoryFigure]:
    return [
        CategoryFigure(row["category"], row["leg"], row.n, row.received, row.n_declined, row.declined)
        for row in sorted(
            rows, key=lambda row: (row["leg"] is Leg.CASH, -row.reporting_minor, row["category"])
        )
        if row.n or row.n_declined or row.reporting_minor
    ]


def _years(rows: Iterable[Total], currency: str) -> list[YearFigure]:
    minor: dict[tuple[int, Leg], int] = defaultdict(int)
    n: dict[int, int] = defaultdict(int)
    for row in rows:
        minor[row["year"], row["leg"]] += row.reporting_minor
        n[row["year"]] += row.n
    figures = [
        YearFigure(
            year, n[year], Money(minor[year, Leg.NON_CASH], currency), Money(minor[year, Leg.CASH], currency)
        )
        for year in sorted(n)
    ]
    return [figure for figure in figures if figure.n or figure.non_cash or figure.cash]


def _natives(rows: Sequence[Total], key: By) -> list[NativeFigure]:
    """Empty for programs whose value was not imported."""
    named = [NativeFigure(row[key], row.n, row.received) for row in rows if row[key]]
    return sorted(named, key=lambda figure: (-figure.received.minor, figure.name))


def _stays(scope: Scope) -> list[StayFigure]:
    found = []
    for entry, night in lodging_against(scope):
        person = entry.subject.person if entry.subject is not None else None
        if entry.value_on is not None and night.paid is not None and night.usual is not None:
            found.append(
                StayFigure(
                    entry.seq, person.id if person else None, person.name if person else "", entry.value_on, entry.quantity,
                    night.rate, night.paid, night.usual, night.ratio_words,
                )
            )  # fmt: skip
    return found


# -- people ----------------------------------------------------------------------------------------


def _people(ranked: Iterable[Total], lines: Sequence[Total] | None, scope: Scope, currency: str) -> People:
    """Most non-cash value first, then most cash, then by name; the erased come last and share one row."""
    grouped: dict[int | None, list[Total]] = defaultdict(list)
    for row in ranked:
        grouped[row["person"]].append(row)
    ranks = [_rank(id, rows) for id, rows in grouped.items()]
    names = names_of({id for id in grouped if id is not None})
    nobody = (ERASED, "", "")
    shown = [one for one in ranks if one.has_any]
    shown.sort(
        key=lambda one: (
            one.person_id is None,
            -one.non_cash,
            -one.cash,
            names.get(one.person_id or 0, nobody)[2],
        )
    )

    def read(wanted: Sequence[Rank]) -> Mapping[int | None, PersonFigure]:
        by_person: dict[int | None, list[Total]] = defaultdict(list)
        for row in lines if lines is not None else _lines_of(wanted, scope):
            by_person[row["person"]].append(row)
        ids = [one.person_id for one in wanted]
        return {id: _person(id, names.get(id or 0, nobody), by_person[id], currency) for id in ids}

    return People(shown, read)


def _rank(id: int | None, rows: Sequence[Total]) -> Rank:
    legs = _by_leg(rows)
    n, n_declined = sum(row.n for row in rows), sum(row.n_declined for row in rows)
    has_any = bool(n or n_declined or legs[Leg.NON_CASH] or legs[Leg.CASH])
    return Rank(id, legs[Leg.NON_CASH], legs[Leg.CASH], n, has_any)


def _lines_of(wanted: Sequence[Rank], scope: Scope) -> list[Total]:
    """What some people received; of many, what all did."""
    if len(wanted) > _MOST_APART:
        return totals(_BY_PERSON, scope)
    ids = tuple(one.person_id for one in wanted if one.person_id is not None)
    found = totals(_BY_PERSON, replace(scope, person_ids=ids)) if ids else []
    if len(ids) < len(wanted):
        found += totals(_BY_PERSON, replace(scope, is_erased=True))
    return found


def _minutes(scope: Scope, people: People) -> Minutes:
    """Most first; those with as many stand as they do in the report."""
    rows = [row for row in totals([By.PERSON], replace(scope, unit=Unit.EXECUTIVE_MINUTE)) if row.quantity]
    places = {rank.person_id: place for place, rank in enumerate(people.ranks)}
    rows.sort(key=lambda row: (-row.quantity, places[row["person"]]))
    names = names_of({row["person"] for row in rows[:N_DRAWN] if row["person"] is not None})
    shown = [(names.get(row["person"], (ERASED,))[0], row.quantity) for row in rows[:N_DRAWN]]
    return Minutes([row.quantity for row in rows], shown)


def _person(
    id: int | None, known: tuple[str, str, str], rows: Sequence[Total], currency: str
) -> PersonFigure:
    amounts: dict[Leg, dict[ReportLine, int]] = {leg: defaultdict(int) for leg in Leg}
    for row in rows:
        amounts[row["leg"]][row["line"]] += row.reporting_minor
    lines = {
        leg: {line: Money(by_line[line], currency) for line in ReportLine if by_line.get(line)}
        for leg, by_line in amounts.items()
    }
    sums = _by_leg(rows)
    return PersonFigure(
        person_id=id, name=known[0], country=known[1], lines=lines[Leg.NON_CASH], cash_lines=lines[Leg.CASH],
        non_cash=Money(sums[Leg.NON_CASH], currency), cash=Money(sums[Leg.CASH], currency), n=sum(row.n for row in rows),
        units=_units(rows), declined=Money(sum(row.declined_minor for row in rows), currency),
        n_declined=sum(row.n_declined for row in rows),
    )  # fmt: skip


def names_of(ids: Collection[int]) -> dict[int, tuple[str, str, str]]:
    """Name, home country and sort key by person."""
    found: dict[int, tuple[str, str, str]] = {}
    left = iter(sorted(ids))
    while chunk := list(islice(left, _CHUNK)):
        wanted = sa.select(Person.id, Person.name, Person.home_country, Person.sort_key).where(
            Person.id.in_(chunk)
        )
        found |= {id: (name, country or "", key) for id, name, country, key in db.session.execute(wanted)}
    return found


def _n_erased(people: People, scope: Scope) -> int:
    """How many stand behind the row of erased people, beyond the one that row counts for."""
    if all(one.person_id is not None for one in people.ranks):
        return 0
    nobody = sa.select(Subject.id).where(Subject.person_id.is_(None))
    subjects = (
        entries_in(scope)
        .where(Entry.subject_id.in_(nobody))
        .with_only_columns(sa.func.count(Entry.subject_id.distinct()))
    )
    return (db.session.scalar(subjects) or 1) - 1


# -- what the note tells ---------------------------------------------------------------------------


def facts_of(scope: Scope, currency: str) -> Facts:
    """How the amounts behind the report came to be: lines counted, rates and their sources, bases."""
    found = origins_of(scope)
    kinds: dict[EntryKind, int] = defaultdict(int)
    bases: dict[Basis, int] = defaultdict(int)
    rates: dict[tuple[str, str], RateFact] = {}
    for one in found:
        kinds[one.kind] += one.n
        if one.basis is not None:
            bases[one.basis] += one.n
        if one.currency != currency:
            key = (one.currency, one.rate_source)
            rates[key] = RateFact(*key, one.n, one.first_rate_on, one.last_rate_on).joined(rates.get(key))
    last_seq = max((one.last_seq for one in found), default=0)
    return Facts(currency, sum(kinds.values()), last_seq, kinds, bases, tuple(rates.values()))


def summary_of(programs: Iterable[Program]) -> Mapping[int, tuple[Money, Money, int]]:
    """Non-cash, cash and pieces received by program, for lists; programs without value are left out."""
    currencies = {program.id: program.currency for program in programs}
    sums: dict[int, list[int]] = {}
    for row in totals([By.PROGRAM, By.LEG]):
        if row["program"] in currencies:
            cell = sums.setdefault(row["program"], [0, 0, 0])
            cell[0 if row["leg"] is Leg.NON_CASH else 1] += row.reporting_minor
            cell[2] += row.n
    return {
        id: (Money(non_cash, currencies[id]), Money(cash, currencies[id]), n)
        for id, (non_cash, cash, n) in sums.items()
    }
