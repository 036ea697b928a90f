"""The value of the London scenario, posted line by line with the frozen rates of its table."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask

from app.core import clock
from app.core.db import db, transaction
from app.core.money import Money
from app.ledger import operations as ledger
from app.ledger.details import EntryDetails, TreasuryRateDetails
from app.ledger.models import Basis, Category, Form, ReportLine, Unit
from app.people.models import Person
from app.programs.models import Program
from tests.databases import Databases
from tests.factories import advisory as make
from tests.factories import people, programs

SEPTEMBER = datetime(2026, 9, 1, 9, tzinfo=UTC)
OCTOBER = datetime(2026, 10, 17, 9, tzinfo=UTC)
NOVEMBER = datetime(2026, 11, 22, 9, tzinfo=UTC)

#: name, country, currency, fare, rate, hotel in pennies, share of the dinner in pennies, minutes with an executive
TABLE = (
    ("Amal", "AE", "AED", "15200.00", "0.2045", 208_000, 12_572, 30),
    ("Kerem", "TR", "TRY", "48500.00", "0.0182", 100_000, 12_572, 15),
    ("Nneka", "NG", "USD", "3950.00", "0.7480", 208_000, 12_572, 30),
    ("Jack", "AU", "AUD", "9840.00", "0.5120", 208_000, 12_572, 60),
    ("Ines", "FR", "EUR", "690.00", "0.8640", 208_000, 12_572, 45),
    ("Lerato", "ZA", "ZAR", "61300.00", "0.0424", 208_000, 12_572, 30),
    ("Priya", "IN", "INR", "268000.00", "0.0086", 208_000, 12_572, 45),
    ("Mateus", "BR", "BRL", "27900.00", "0.1380", 208_000, 0, 15),
    ("Sara", "SE", "SEK", "7450.00", "0.0785", 208_000, 12_572, 30),
    ("Bilal", "PK", "PKR", "965000.00", "0.00264", 208_000, 12_572, 30),
    ("Hana", "KR", "KRW", "6420000", "0.00054", 208_000, 12_571, 45),
    ("Carla", "US", "USD", "1980.00", "0.7480", 208_000, 12_571, 30),
)  # fmt: skip

#: Total non-cash of each person, as the scenario prints it.
TOTALS = {
    "Amal": 545_412, "Kerem": 214_842, "Nneka": 530_032, "Jack": 738_380, "Ines": 294_188, "Lerato": 494_484, "Priya": 26_572,
    "Mateus": 607_020, "Sara": 293_055, "Bilal": 489_332, "Hana": 581_251, "Carla": 382_675,
}  # fmt: skip


@dataclass
class London:
    """The program and its people by name."""

    program: Program
    people: dict[str, Person]


@pytest.fixture
def london(
    app: Flask, databases: Databases, at: Callable[[datetime], AbstractContextManager[None]]
) -> Iterator[London]:
    """51,972.43 GBP of non-cash value for twelve people, 405 executive minutes, two refused offers; it is 22 November."""
    db.session.remove()
    databases.reset_to("london_value", _fill)
    people = {one.name: one for one in db.session.scalars(sa.select(Person).order_by(Person.id))}
    with at(NOVEMBER):
        yield London(db.session.scalars(sa.select(Program)).one(), {row[0]: people[row[0]] for row in TABLE})


def _fill() -> None:
    program = programs.program()
    with clock.fixed_at(SEPTEMBER):
        _set_rates()
    with clock.fixed_at(OCTOBER):
        for row in TABLE:
            _guest(program, row)


def _set_rates() -> None:
    for currency, rate in {row[2]: row[4] for row in TABLE}.items():
        details = TreasuryRateDetails(
            from_currency=currency, to_currency="GBP", valid_from_on=date(2026, 8, 1), valid_to_on=date(2026, 12, 31),
            rate=Decimal(rate), source="Treasury, event rates",
        )  # fmt: skip
        with transaction():
            ledger.set_treasury_rate(details, by=make.helga())


def _guest(program: Program, row: tuple[str, str, str, str, str, int, int, int]) -> Person:
    name, country, currency, fare, _rate, hotel, dinner, minutes = row
    who = people.person(name, home_country=country)
    declined = name == "Priya"
    by_rail = Category.TRAVEL_GROUND if country == "FR" else Category.TRAVEL_AIR
    make.hospitality(
        who,
        program,
        on=date(2026, 10, 12),
        category=by_rail,
        line=ReportLine.TRAVEL,
        money=Money.parse(fare, currency),
        declined=declined,
    )
    make.hospitality(who, program, on=date(2026, 10, 16), minor=hotel, declined=declined)
    make.hospitality(who, program, on=date(2026, 10, 16), category=Category.TRAVEL_GROUND, minor=14_000)
    if dinner:
        make.hospitality(
            who, program, on=date(2026, 10, 14), category=Category.MEAL, minor=dinner, basis=Basis.SHARED_COST
        )
    for unit, quantity in ((Unit.EXECUTIVE_MINUTE, minutes), (Unit.FRONT_SEAT, 1), (Unit.EARLY_MINUTE, 30)):
        details = EntryDetails(
            person_id=who.id, program_id=program.id, category=Category.EXEC_ACCESS, form=Form.ACCESS, basis=Basis.NOT_VALUED,
            value_on=date(2026, 10, 14), unit=unit, quantity=quantity, provider="Lumen Networks",
        )  # fmt: skip
        with transaction():
            ledger.post_entry(details, by=make.ruth())
    return who
