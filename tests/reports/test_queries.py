"""The value report counts what the book holds: the numbers of London, as of any moment, per person and line (O6, L14)."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import sqlalchemy as sa
from flask import Flask

from app.core.db import db, transaction
from app.core.money import Money
from app.ledger import operations as ledger
from app.ledger.models import Category, Leg, ReportLine, Subject, Unit
from app.programs.models import Program
from app.reports.queries import summary_of, value_report
from tests.factories import advisory as make
from tests.factories import people, programs
from tests.reports.conftest import NOVEMBER, OCTOBER, TOTALS, London

At = Callable[[datetime], AbstractContextManager[None]]


def _gbp(minor: int) -> Money:
    return Money(minor, "GBP")


def test_the_sums_are_those_of_the_scenario(london: London) -> None:
    report = value_report(london.program)
    assert (report.non_cash, report.cash) == (_gbp(5_197_243), _gbp(0))
    assert {figure.line: figure.non_cash.minor for figure in report.lines if figure.non_cash} == {
        ReportLine.TRAVEL: 2_710_953, ReportLine.LODGING: 2_180_000, ReportLine.TRANSFERS: 168_000, ReportLine.MEALS: 138_290,
    }  # fmt: skip
    assert (report.n_people, report.n, report.n_lines) == (12, 81, 83)


def test_each_person_has_the_total_of_the_table(london: London) -> None:
    report = value_report(london.program)
    assert {one.name: one.non_cash.minor for one in report.people} == TOTALS
    jack = report.people[0]
    assert (jack.name, jack.country, {line: money.minor for line, money in jack.lines.items()}) == (
        "Jack", "AU",
        {ReportLine.TRAVEL: 503_808, ReportLine.LODGING: 208_000, ReportLine.TRANSFERS: 14_000, ReportLine.MEALS: 12_572},
    )  # fmt: skip


def test_rows_and_columns_add_up_to_the_total(london: London) -> None:
    """c42: the sum of the rows equals the total to the cent, in every cut."""
    report = value_report(london.program)
    assert sum(one.non_cash.minor for one in report.people) == report.non_cash.minor
    assert sum(figure.non_cash.minor for figure in report.lines) == report.non_cash.minor
    assert (
        sum(one.received.minor for one in report.categories if one.leg is Leg.NON_CASH)
        == report.non_cash.minor
    )
    assert sum(year.non_cash.minor for year in report.years) == report.non_cash.minor
    assert sum(one.n for one in report.categories) == sum(one.n for one in report.people) == report.n


def test_access_is_counted_in_units_and_has_no_amount(london: London) -> None:
    """L4, J6.4."""
    report = value_report(london.program)
    assert dict(report.units) == {Unit.EXECUTIVE_MINUTE: 405, Unit.FRONT_SEAT: 12, Unit.EARLY_MINUTE: 360}
    assert report.line(ReportLine.ACCESS).non_cash == _gbp(0)


def test_declined_offers_stand_apart(london: London) -> None:
    """L5, J5.2: Priya's firm pays; 4,384.80 was offered and is in no sum."""
    report = value_report(london.program)
    assert (report.declined, report.n_declined) == (_gbp(438_480), 2)
    priya = next(one for one in report.people if one.name == "Priya")
    assert (priya.non_cash, priya.declined, priya.n_declined) == (_gbp(26_572), _gbp(438_480), 2)


def test_fees_stand_on_the_other_leg(london: London) -> None:
    """J10.5: a fee changes the cash leg and nothing else."""
    make.hospitality(
        london.people["Ines"], london.program, on=date(2026, 11, 20), category=Category.WORKSHOP_FEE, form="cash_equivalent",
        basis="rate_card", minor=650_000, external_ref="LN-1",
    )  # fmt: skip
    report = value_report(london.program)
    assert (report.non_cash, report.cash) == (_gbp(5_197_243), _gbp(650_000))
    ines = next(one for one in report.people if one.name == "Ines")
    assert (ines.non_cash, ines.cash, dict(ines.cash_lines)) == (
        _gbp(294_188),
        _gbp(650_000),
        {ReportLine.FEES: _gbp(650_000)},
    )


def test_a_past_moment_gives_the_numbers_of_that_moment(london: London) -> None:
    """L14: what was entered later, also reversals, is not in it; run again it gives the same."""
    dinner = make.hospitality(
        london.people["Amal"], london.program, on=date(2026, 10, 15), category=Category.MEAL, minor=1_000
    )
    with transaction():
        ledger.reverse_entry(db.session.merge(dinner), reason="entered_twice", by=make.ruth())
    before = value_report(london.program, as_of=OCTOBER)
    assert (before.non_cash, before.n_lines, before.last_seq) == (_gbp(5_197_243), 83, 83)
    now = value_report(london.program)
    assert (now.non_cash, now.n_lines, now.n) == (_gbp(5_197_243), 85, 81)
    assert value_report(london.program, as_of=OCTOBER).people == before.people


def test_a_moment_before_the_first_line_is_an_empty_report(london: London) -> None:
    report = value_report(london.program, as_of=OCTOBER - timedelta(days=1))
    assert (report.is_empty, report.non_cash, report.n_people, report.lines, report.top_share()) == (
        True,
        _gbp(0),
        0,
        [],
        None,
    )


def test_a_program_without_value_has_an_empty_report(app: Flask) -> None:
    report = value_report(programs.program())
    assert (report.people, report.n_lines, report.checkpoint.size) == ([], 0, 0)


def test_the_top_share_is_that_of_the_three_largest(london: London) -> None:
    """J9.3: the top three hold 37 per cent."""
    assert value_report(london.program).top_share() == Fraction(738_380 + 607_020 + 581_251, 5_197_243)


def test_the_same_queries_serve_one_and_thirty_people(app: Flask, count_queries: Callable[[], int]) -> None:
    program, ruth = programs.program(), make.ruth()
    program_id = program.id
    make.hospitality(people.person("Amal"), program, on=date(2026, 10, 12), by=ruth)
    counts = []
    for n in (0, 30):
        for number in range(n):
            make.hospitality(people.person(f"Guest {number:02}"), program, on=date(2026, 10, 12), by=ruth)
        db.session.rollback()
        program = db.session.get_one(Program, program_id)
        count_queries()
        value_report(program)
        counts.append(count_queries())
    assert counts[0] == counts[1]


def test_erased_people_share_one_row_and_change_no_sum(london: London) -> None:
    """P8, c42: unnamed people appear as amount and count."""
    with transaction():
        ids = [london.people["Amal"].id, london.people["Hana"].id]
        db.session.execute(
            sa.update(Subject).where(Subject.person_id.in_(ids)).values(person_id=None),
            execution_options={"audited": True},
        )
    report = value_report(london.program)
    last = report.people[-1]
    assert (last.person_id, last.non_cash.minor, report.non_cash.minor, report.n_people) == (
        None, TOTALS["Amal"] + TOTALS["Hana"], 5_197_243, 12,
    )  # fmt: skip


def test_the_note_tells_of_the_settings_in_force(london: London) -> None:
    """c43: currency, rate sources with their days, basis, absence, the book."""
    notes = {note.title: note.text for note in value_report(london.program, as_of=NOVEMBER).methodology}
    assert "as it stood on 22 Nov 2026, 09:00 UTC" in notes["When"]
    assert notes["Currency and rates"].endswith(
        "Treasury, event rates: AED, AUD, BRL, EUR, INR, KRW, PKR, SEK, TRY, USD, ZAR, of 1 Aug 2026."
    )
    assert "a share of one bill (11)" in notes["Valuation"]
    assert "Shared costs and absence" in notes
    assert "up to number 83" in notes["The book"]


def test_the_summary_of_programs_equals_their_reports(london: London) -> None:
    """O6: one counting function."""
    report = value_report(london.program)
    assert summary_of([london.program]) == {london.program.id: (report.non_cash, report.cash, report.n)}


def test_instants_are_inclusive(london: London, at: At) -> None:
    with at(datetime(2026, 11, 22, 10, tzinfo=UTC)):
        make.hospitality(
            london.people["Amal"], london.program, on=date(2026, 11, 22), category=Category.MEAL, minor=500
        )
        assert value_report(london.program, as_of=NOVEMBER).non_cash == _gbp(5_197_243)
        assert value_report(london.program, as_of=datetime(2026, 11, 22, 10, tzinfo=UTC)).non_cash == _gbp(
            5_197_743
        )
