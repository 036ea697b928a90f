"""Layouts for publication: every word of ours has a place or a reason, lengths are checked, nothing is dropped in silence (c13)."""

import csv
import io
import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from app.accounts.models import AuditEvent, Role
from app.core.db import db, transaction
from app.core.money import Money
from app.ledger import operations as ledger
from app.ledger.details import EntryDetails, TreasuryRateDetails
from app.ledger.models import Basis, Category, Form
from app.people import operations_consents
from app.people.details import ConsentDetails
from app.people.models_consents import ConsentSource, Purpose
from app.reports import layouts, queries_layouts
from app.reports.policies import Days
from tests.factories import advisory as make
from tests.factories import programs
from tests.factories.ledger import gbp
from tests.reports.conftest import London

DAYS = Days(date(2026, 10, 1), date(2026, 12, 31))
ADDRESS = f"program={{}}&days={DAYS}"


def _rate_to_dollars() -> None:
    details = TreasuryRateDetails(
        from_currency="GBP", to_currency="USD", valid_from_on=date(2026, 8, 1), valid_to_on=date(2026, 12, 31),
        rate=Decimal("1.25"), source="Treasury",
    )  # fmt: skip
    with transaction():
        ledger.set_treasury_rate(details, by=make.helga())


def test_every_category_and_form_stands_in_the_tables() -> None:
    """c13: a new word of ours cannot be forgotten in a layout."""
    assert set(layouts.NATURE_OF) == set(layouts.EFPIA_COLUMN) == set(Category)
    assert set(layouts.FORM_OF) == set(Form)


def test_the_columns_are_those_of_the_published_dictionary(shared_data: Path) -> None:
    """Names, order and lengths of 2024; numbers and days have none."""
    fields = json.loads((shared_data / "open_payments_general_dictionary_2024.json").read_text())["data"][
        "fields"
    ]
    assert list(layouts.OPEN_PAYMENTS_2024.columns) == [field["name"] for field in fields]
    given = {field["name"]: (field.get("constraints") or {}).get("maxLength") for field in fields}
    ours = layouts.OPEN_PAYMENTS_2024.columns
    assert {name: ours[name] for name, longest in given.items() if longest} == {
        name: longest for name, longest in given.items() if longest
    }


def test_what_has_no_place_is_named_with_its_reason(london: London) -> None:
    """c13: access, what was declined; and in a currency nobody quotes in dollars, every line."""
    found = queries_layouts.open_payments(london.program, DAYS, layouts.OPEN_PAYMENTS_2024)
    assert (len(found.rows), queries_layouts.reasons_of(found.left)) == (
        45,
        {"Access is counted in units and has no price": 36, "Declined: nothing was received": 2},
    )
    lagos = programs.program(name="Lagos", currency="NGN")
    make.hospitality(london.people["Amal"], lagos, on=date(2026, 10, 12), money=Money(100_000, "NGN"))
    found = queries_layouts.open_payments(lagos, DAYS, layouts.OPEN_PAYMENTS_2024)
    assert (found.rows, queries_layouts.reasons_of(found.left)) == (
        [], {"No rate from NGN to USD on its day: enter a treasury rate": 1},
    )  # fmt: skip


def test_our_lines_in_the_words_of_open_payments(london: London) -> None:
    """c13: natures, forms, dollars of the value date, one number for good."""
    _rate_to_dollars()
    found = queries_layouts.open_payments(london.program, DAYS, layouts.OPEN_PAYMENTS_2024)
    natures = {row["Nature_of_Payment_or_Transfer_of_Value"] for row in found.rows}
    assert natures == {"Travel and Lodging", "Food and Beverage"}
    assert {row["Form_of_Payment_or_Transfer_of_Value"] for row in found.rows} == {
        "In-kind items and services"
    }
    assert len(found.rows) == 45
    dollars = sum(Decimal(row["Total_Amount_of_Payment_USDollars"]) for row in found.rows)
    assert abs(dollars - Decimal("51972.43") * Decimal("1.25")) < Decimal("0.005") * 45
    numbers = [row["Record_ID"] for row in found.rows]
    assert len(set(numbers)) == 45


def test_a_word_that_is_too_long_is_named_with_its_line(london: London) -> None:
    """The shorter profile refuses what the longer one takes; the message names the entry."""
    _rate_to_dollars()
    with transaction():
        entry = ledger.post_entry(
            EntryDetails(
                person_id=london.people["Amal"].id, program_id=london.program.id, category=Category.GIFT,
                form=Form.IN_KIND_OWN, basis=Basis.LIST_PRICE, value_on=date(2026, 10, 15), money=gbp("12"), context="x" * 501,
            ),
            by=make.ruth(),
        ).entry  # fmt: skip
    long = queries_layouts.open_payments(london.program, DAYS, layouts.OPEN_PAYMENTS_2024)
    short = queries_layouts.open_payments(london.program, DAYS, layouts.OPEN_PAYMENTS_2014)
    assert entry.seq not in {one.seq for one in long.left}
    assert [one.reason for one in short.left if one.seq == entry.seq] == [
        "Contextual_Information takes 500 characters; this line has more"
    ]


def test_a_csv_leaves_lines_out_only_knowingly(london: London, signed_in: Callable[..., FlaskClient]) -> None:
    """c13, R4: refused with the numbers; without them when asked so; the spreadsheet lists them; both are recorded."""
    _rate_to_dollars()
    browser = signed_in(Role.COMPLIANCE)
    address = f"/reports/layouts/open-payments-2014/export/{{}}?{ADDRESS.format(london.program.id)}"
    refused = browser.get(address.format("csv"))
    assert (refused.status_code, "38 lines have no place in this layout" in refused.text) == (422, True)
    text = browser.get(address.format("csv") + "&without=left-out").get_data(as_text=True)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert (len(rows), list(rows[0])) == (45, list(layouts.OPEN_PAYMENTS_2014.columns))
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(browser.get(address.format("xlsx")).get_data()))
    assert len(workbook.get_sheet_by_name("Left out").to_python()) == 1 + 38
    said = db.session.scalars(
        sa.select(AuditEvent.reason).filter_by(action="reports.exported").order_by(AuditEvent.id)
    )
    assert said.all() == ["csv, 38 lines left out", "xlsx, 38 lines left out"]


def test_efpia_names_those_who_consented_and_counts_the_others(
    london: London, signed_in: Callable[..., FlaskClient]
) -> None:
    """Individuals, then amount, number and percentage of the others; nobody's total adds the legs."""
    for name, is_given in (("Amal", True), ("Jack", True), ("Jack", False)):
        details = ConsentDetails(
            purpose=Purpose.NAMING,
            is_given=is_given,
            said_on=date(2026, 11, 1),
            source=ConsentSource.MAIL,
            wording="Name me.",
        )
        with transaction():
            operations_consents.record_consent(db.session.merge(london.people[name]), details, by=make.ruth())
    found = queries_layouts.efpia(london.program, DAYS)
    ((name, country, amounts),) = found.named
    assert (name, country, str(amounts[layouts.TRAVEL])) == ("Amal", "AE", "5,328.40 GBP")
    # 27,109.53 + 21,800.00 + 1,680.00, less Amal's.
    assert str(found.unnamed[layouts.TRAVEL]) == "45,261.13 GBP"
    assert (found.n_unnamed[layouts.TRAVEL], round(100 * found.shares[layouts.TRAVEL])) == (11, 92)
    meals = [one for one in found.left if one.reason == "Meal has no column in this layout"]
    assert sum(one.received.minor for one in meals) == 138_290
    browser = signed_in(Role.COMPLIANCE)
    text = browser.get(
        f"/reports/layouts/efpia/export/csv?without=left-out&{ADDRESS.format(london.program.id)}"
    ).get_data(as_text=True)
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [row["part"] for row in rows] == [
        "individual", "aggregate_amount", "aggregate_number", "aggregate_percentage", "research",
    ]  # fmt: skip
    assert [row[layouts.TRAVEL] for row in rows[:4]] == ["5328.40", "45261.13", "11", "91.6700"]


@pytest.mark.parametrize("layout", ["open-payments-2014", "open-payments-2024", "efpia", "nonsense"])
def test_the_page_shows_what_is_left_out(
    london: London, signed_in: Callable[..., FlaskClient], layout: str
) -> None:
    browser = signed_in(Role.COMPLIANCE)
    page = browser.get(f"/reports/layouts?layout={layout}&{ADDRESS.format(london.program.id)}")
    assert (page.status_code, "Declined: nothing was received" in page.text) == (200, True)
    expected = 404 if layout == "nonsense" else 200
    answer = browser.get(f"/reports/layouts/{layout}/export/xlsx?{ADDRESS.format(london.program.id)}")
    assert answer.status_code == expected
