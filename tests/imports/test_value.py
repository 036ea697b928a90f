"""Value taken over from other books (c12, c13, L11): small files for each rule, the genuine file for the figures."""

import gzip
import io
import json
import zlib
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.accounts.models import AuditEvent, User
from app.core.db import Base, db, transaction
from app.core.money import Money
from app.core.sheets import read_csv
from app.imports import operations
from app.imports.models import ImportChange, ImportRun
from app.imports.operations import ValueOutcome
from app.imports.policies import ImportRefused, NotABooksProgram
from app.imports.profiles import FORMS, NATURES, Given
from app.ledger import queries as ledger
from app.ledger.details import BookRow
from app.ledger.models import EVERYBODY, Basis, Breach, Category, Entry, Form, Leg, Rollup
from app.ledger.queries import By, Scope
from app.people.models import Person, PersonIdentifier
from app.programs.models import Program
from tests.factories import accounts
from tests.factories import imports as files
from tests.factories import people as make_people
from tests.factories import programs as make_programs
from tests.reports.round_trip import check_round_trip


def _packed(data: bytes) -> bytes:
    """Compressed the same at every moment, so that all test workers collect the same cases."""
    return gzip.compress(data, mtime=0)


AMOUNT, DATE = "Total_Amount_of_Payment_USDollars", "Date_of_Payment"
FORM, NATURE = "Form_of_Payment_or_Transfer_of_Value", "Nature_of_Payment_or_Transfer_of_Value"
EQUITY = "Stock, stock option, or any other ownership interest"


@pytest.fixture
def mei(app: Flask) -> User:
    return accounts.user(name="Mei")


def _import(
    rows: list[dict[str, object]],
    *,
    by: User | None = None,
    is_dry: bool = False,
    program: str = "Iowa",
    **more: Any,
) -> ValueOutcome:
    return _import_bytes(files.payments_file(rows, **more), by=by, is_dry=is_dry, program=program)


def _import_bytes(
    data: bytes,
    *,
    profile: str = "open-payments",
    by: User | None = None,
    is_dry: bool = False,
    program: str = "Iowa",
) -> ValueOutcome:
    with transaction():
        return operations.import_value(io.BytesIO(data), "value.csv", profile, program, is_dry=is_dry, by=by)


def _counts() -> dict[str, int]:
    return {
        table.name: db.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
        for table in Base.metadata.sorted_tables
    }


def _entries() -> list[Entry]:
    return list(db.session.scalars(sa.select(Entry).order_by(Entry.seq)))


# -- Open Payments -----------------------------------------------------------------------------------------


def test_a_payment_becomes_an_entry_with_its_own_words_kept(app: Flask) -> None:
    """c13: category and form are ours, nature and form as published stand beside them."""
    outcome = _import([files.payment(Contextual_Information="Lunch talk")])
    (entry,) = _entries()
    assert (entry.category, entry.form, entry.leg, entry.basis) == (
        Category.MEAL,
        Form.IN_KIND_VENDOR,
        Leg.NON_CASH,
        Basis.ACTUAL_COST,
    )
    assert (entry.native_nature, entry.native_form) == ("Food and Beverage", "In-kind items and services")
    assert (entry.original, entry.reporting, entry.value_on) == (
        Money(691, "USD"),
        Money(691, "USD"),
        date(2013, 8, 1),
    )
    assert entry.provider_ref == "100000000066"
    assert ledger.sealed_words(entry) == {"context": "Lunch talk"}
    assert outcome.summary == "Added 1 entry to Iowa."


def test_books_get_a_program_of_their_own_in_their_currency(app: Flask) -> None:
    _import([files.payment()])
    program = db.session.scalars(sa.select(Program)).one()
    assert (program.name, program.currency, program.is_books_only, program.owner_id) == (
        "Iowa",
        "USD",
        True,
        None,
    )


def test_books_do_not_go_among_the_people_we_invite(app: Flask) -> None:
    make_programs.program("Global KOL")
    with pytest.raises(NotABooksProgram):
        _import([files.payment()], program="global kol")


def test_recipients_stay_pseudonymous(app: Flask) -> None:
    """The public number of a real person is kept nowhere but as a keyed hash."""
    _import(
        [
            files.payment(),
            files.payment(Record_ID="2"),
            files.payment(Record_ID="3", Physician_Profile_ID="7"),
        ]
    )
    names = [person.name for person in db.session.scalars(sa.select(Person).where(Person.is_pseudonymous))]
    assert len(names) == 2
    assert not any("31894" in name for name in names)
    assert {row.scheme for row in db.session.scalars(sa.select(PersonIdentifier))} == {"open-payments"}


def test_a_second_import_adds_nothing_and_says_so(app: Flask) -> None:
    """c12, L11."""
    rows = [files.payment(), files.payment(Record_ID="2")]
    _import(rows)
    again = _import(rows)
    assert (again.n_created, again.n_skipped) == (0, 2)
    assert again.summary == "Added 0 entries: all 2 lines are in the book already."
    assert len(_entries()) == 2


def _has_counted(since: datetime) -> bool:
    """Whether PostgreSQL looked at the book since an instant of its own."""
    asked = sa.text("SELECT max(last_analyze) FROM pg_stat_user_tables WHERE relname = 'ledger_entry'")
    at = db.session.scalar(asked)
    db.session.remove()
    return at is not None and at > since


def _instant() -> datetime:
    at: datetime = db.session.scalar(sa.text("SELECT now()"))
    db.session.remove()
    return at


def test_postgresql_counts_its_tables_anew_after_many_lines(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """c35: until it does, fees soon after value are looked for row by row, beyond the time a statement may take."""
    if db.engine.dialect.name != "postgresql":
        pytest.skip("SQLite keeps no estimates")
    monkeypatch.setattr("app.core.db.MANY_ROWS", 2)
    began = _instant()
    _import([files.payment()])
    assert not _has_counted(began), "a few, as they come every day"
    _import([files.payment(Record_ID="2"), files.payment(Record_ID="3")])
    assert _has_counted(began)
    again = _instant()
    _import([files.payment(Record_ID="2"), files.payment(Record_ID="3")])
    assert not _has_counted(again), "nothing came"


def test_an_import_is_in_though_somebody_tidies_its_tables_up(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    if db.engine.dialect.name != "postgresql":
        pytest.skip("SQLite keeps no estimates")
    monkeypatch.setattr("app.core.db.MANY_ROWS", 1)
    with db.engine.connect() as aside, aside.begin():
        aside.execute(sa.text("LOCK TABLE ledger_entry IN SHARE UPDATE EXCLUSIVE MODE"))
        _import([files.payment()])
    assert len(_entries()) == 1


def test_a_longer_file_adds_only_what_is_new(app: Flask) -> None:
    _import([files.payment()])
    again = _import([files.payment(), files.payment(Record_ID="2")])
    assert again.summary == "Added 1 entry to Iowa; 1 line was there already."


def test_look_alikes_under_other_references_are_kept_and_named(app: Flask) -> None:
    """L11, c12: same recipient, payer, day, amount and nature."""
    rows = [files.payment(Record_ID=str(number)) for number in range(3)] + [
        files.payment(Record_ID="9", **{AMOUNT: "7.00"})
    ]
    outcome = _import(rows)
    assert len(_entries()) == 4
    assert (outcome.posting.n_duplicate_groups, outcome.posting.n_duplicate_rows) == (1, 3)
    assert outcome.messages[-1] == (
        "1 group of lines (3 in all) look alike: same person, provider, day, amount and nature under different references. "
        "None was dropped; look at them (L11)."
    )


def test_a_zero_amount_is_kept_and_flagged(app: Flask) -> None:
    """c13: 21 such lines in the genuine file."""
    outcome = _import([files.payment(**{AMOUNT: "0.00"})])
    assert [entry.basis for entry in _entries()] == [Basis.NOT_VALUED]
    assert outcome.messages[1] == "1 line has the amount 0: kept, and marked as not valued."


def test_shares_in_other_books_open_a_breach(app: Flask) -> None:
    """c3: never given by us; a fact all the same when others did."""
    outcome = _import([files.payment(**{FORM: EQUITY})])
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Breach)) == 1
    assert outcome.posting.n_equity == 1


def test_a_third_party_is_named_in_the_sealed_words(app: Flask) -> None:
    third = "Name_of_Third_Party_Entity_Receiving_Payment_or_Transfer_of_Value"
    _import([files.payment(**{third: "Iowa Clinic"})])
    assert ledger.sealed_words(_entries()[0]) == {"context": "Paid to the third party Iowa Clinic"}


def test_dry_run_writes_nothing_and_says_the_same(app: Flask) -> None:
    """P6: every table as it was, the figures those of the run."""
    rows = [files.payment(), files.payment(Record_ID="2", **{FORM: EQUITY, NATURE: "Grant"})]
    before = _counts()
    dry = _import(rows, is_dry=True)
    assert _counts() == before
    assert dry.summary == "Would add 2 entries to Iowa."
    assert _import(rows).messages == dry.messages


def test_gzip_is_read_as_well(app: Flask) -> None:
    assert _import([files.payment()], packed=True).n_created == 1


def test_the_import_leaves_a_receipt_and_an_audit_line(mei: User) -> None:
    """R4."""
    outcome = _import([files.payment(), files.payment(Record_ID="2")], by=mei)
    run = db.session.get_one(ImportRun, outcome.run_id)
    change = db.session.scalars(sa.select(ImportChange)).one()
    assert (run.by_id, run.n_created, run.program_name, run.profile) == (mei.id, 2, "Iowa", "open-payments")
    assert (change.record_kind, change.record_id, change.before) == ("ledger_entry", 1, {"last_seq": 2})
    assert "imports.value_imported" in db.session.scalars(sa.select(AuditEvent.action)).all()


def test_the_book_verifies_after_an_import(app: Flask) -> None:
    """L1: chain, columns, sums and sealed words."""
    _import([files.payment(Record_ID=str(number), Contextual_Information="Talk") for number in range(5)])
    assert ledger.verify().is_ok


BAD_CELLS = [
    (
        AMOUNT,
        "12.3.4",
        "“12.3.4” is not an amount. Write the amount with digits and a point, for example 1,234.50.",
    ),
    (AMOUNT, "6.915", "“6.915” is not an amount. USD has 2 decimal places; this amount has more."),
    (AMOUNT, "", "“” is not an amount. Write the amount with digits and a point, for example 1,234.50."),
    (AMOUNT, "-5.00", "-5.00 is negative. Take something back by reversing its entry, not by a minus."),
    (
        AMOUNT,
        "1e9",
        "“1e9” is not an amount. Write the amount with digits and a point, for example 1,234.50.",
    ),
    (DATE, "2013-08-01", "“2013-08-01” is not a date. Write month/day/year, for example 08/31/2015."),
    (DATE, "02/30/2014", "02/30/2014 is not a day of the calendar."),
    (DATE, "01/01/1813", "01/01/1813 is not between 1990 and 2100."),
    ("Record_ID", "", "“” is not a Record_ID, which has up to 38 digits."),
    ("Physician_Profile_ID", "Dr House", "“Dr House” is not a number of at most 40 digits."),
    ("Physician_Profile_ID", "", "This is needed."),
]


@pytest.mark.parametrize(("column", "cell", "words"), BAD_CELLS)
def test_a_bad_cell_is_named_by_line_and_column_and_nothing_is_written(
    app: Flask, column: str, cell: str, words: str
) -> None:
    before = _counts()
    with pytest.raises(ImportRefused) as refused:
        _import([files.payment(), files.payment(Record_ID="2") | {column: cell}])
    assert refused.value.faults == (f"Line 3, {column}: {words}",)
    assert _counts() == before


@pytest.mark.parametrize(("column", "known"), [(NATURE, NATURES), (FORM, FORMS)])
def test_an_unknown_nature_or_form_is_refused_with_those_known(
    app: Flask, column: str, known: dict[str, object]
) -> None:
    with pytest.raises(ImportRefused) as refused:
        _import([files.payment(**{column: "Moon rock"})])
    what = "a nature" if column == NATURE else "a form"
    said = f"Line 2, {column}: “Moon rock” is not {what} this profile knows. It knows: {'; '.join(known)}."
    assert refused.value.faults == (said,)


def test_every_fault_of_a_line_is_told_and_the_number_of_all(app: Flask) -> None:
    bad = {AMOUNT: "x", DATE: "y"}
    with pytest.raises(ImportRefused) as refused:
        _import([files.payment(Record_ID=str(number), **bad) for number in range(15)])
    assert (len(refused.value.faults), refused.value.n_faults) == (20, 30)
    assert [fault.split(":")[0] for fault in refused.value.faults[:2]] == [
        f"Line 2, {AMOUNT}",
        f"Line 2, {DATE}",
    ]
    assert refused.value.message.endswith("And 25 more.")


def test_missing_and_unknown_columns_are_named(app: Flask) -> None:
    columns = [name for name in files.OPEN_PAYMENTS_COLUMNS if name != "Record_ID"] + ["Mood"]
    with pytest.raises(ImportRefused) as refused:
        _import([files.payment()], columns=columns)
    assert refused.value.faults == (
        "Line 1: the column Record_ID is missing.",
        "Line 1: the column “Mood” is not one of the profile open-payments.",
    )


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "The file is empty. Its first line must name the columns."),
        (
            _packed(b"")[:10] + b"\xff" * 60,
            "The compressed file is damaged. Compress it again, or upload it uncompressed.",
        ),
        (_packed(b"a,b\n1,2\n" * 99)[:-20], "The compressed file ends too early. Upload it again."),
        (
            b"\xd0\xcf\x11\xe0" + b"x" * 60,
            "This is an old Excel file (.xls). Open it and save it as .xlsx or as CSV first.",
        ),
    ],
)
def test_a_wrong_file_is_refused_in_a_sentence(app: Flask, data: bytes, words: str) -> None:
    with pytest.raises(ImportRefused) as refused:
        _import_bytes(data)
    assert refused.value.faults == (words,)


def test_a_gzip_bomb_is_not_unpacked(app: Flask) -> None:
    header = ",".join(files.OPEN_PAYMENTS_COLUMNS).encode() + b"\n"
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    line = b"," * 12 + b"\n"
    data = (
        packer.compress(header)
        + b"".join(packer.compress(line * 80_000) for _ in range(200))
        + packer.flush()
    )
    with pytest.raises(ImportRefused) as refused:
        _import_bytes(data)
    assert refused.value.faults == ("The file unpacks to far more data than a table would. It was not read.",)


def test_an_unknown_profile_is_refused_with_those_known(app: Flask) -> None:
    with pytest.raises(ImportRefused) as refused:
        _import_bytes(b"a\n1\n", profile="sap")
    assert refused.value.faults == ("There is no profile called sap. There are: open-payments, rapport.",)


def test_given_and_book_row_have_one_order() -> None:
    """The posting hands over the tail of one as the head of the other."""
    same = [name for name in Given._fields[2:] if name != "report_line"]
    assert list(BookRow._fields[1:]) == [*same, "line", "event_id"]


# -- books kept by hand ----------------------------------------------------------------------------------

BY_HAND = ("person", "category", "form", "value_on", "amount", "currency", "reference", "context")


def _by_hand(*rows: tuple[str, ...]) -> bytes:
    return files.csv_bytes(BY_HAND, rows)


def test_books_kept_by_hand_go_to_the_people_they_name(app: Flask) -> None:
    """An address or a full name, in any case and without accents; amounts in their own currency."""
    amal = make_people.person("Amal", email="amal@kol.example")
    ines = make_people.person("Inés Moreau")
    data = _by_hand(
        ("AMAL@kol.example", "gift", "in_kind_own", "2025-03-01", "40.00", "GBP", "A-1", "Book"),
        ("ines moreau", "workshop_fee", "cash_equivalent", "2025-04-01", "1,200.00", "GBP", "A-2", ""),
    )
    outcome = _import_bytes(data, profile="rapport", program="Old books")
    received = {total["person"]: total.received for total in ledger.totals([By.PERSON])}
    assert received == {amal.id: Money(4000, "GBP"), ines.id: Money(120000, "GBP")}
    assert outcome.n_created == 2


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"person": "Nobody"}, "Line 2, person: Nobody here is Nobody. Add the person first."),
        (
            {"value_on": "01.03.2025"},
            "Line 2, value_on: “01.03.2025” is not a date. Write year-month-day, for example 2025-08-31.",
        ),
        (
            {"currency": "XXZ"},
            "Line 2, currency: “XXZ” is not a currency code. Use three letters, for example GBP.",
        ),
        (
            {"amount": "4.567"},
            "Line 2, amount: “4.567” is not an amount. GBP has 2 decimal places; this amount has more.",
        ),
        (
            {"reference": ""},
            "Line 2, reference: This is needed: without a reference a second import would add the line again.",
        ),
    ],
)
def test_a_bad_line_of_books_by_hand_is_named(app: Flask, changes: dict[str, str], fault: str) -> None:
    make_people.person("Amal")
    good = dict(
        zip(BY_HAND, ("Amal", "gift", "in_kind_own", "2025-03-01", "40.00", "GBP", "A-1", ""), strict=True)
    )
    with pytest.raises(ImportRefused) as refused:
        _import_bytes(_by_hand(tuple((good | changes).values())), profile="rapport", program="Old books")
    assert refused.value.faults == (fault.replace("2025-08-31", "2015-08-31"),)


# -- the genuine file ------------------------------------------------------------------------------------


def _usd(text: str) -> int:
    return int(Decimal(text).scaleb(2))


def _by(name: By, scope: Scope) -> dict[str, dict[str, int]]:
    return {
        str(total[name.value]): {"count": total.n, "usd": total.reporting_minor}
        for total in ledger.totals([name], scope)
    }


def _golden(figures: dict[str, dict[str, Any]]) -> dict[str, dict[str, int]]:
    return {name: {"count": part["count"], "usd": _usd(part["usd"])} for name, part in figures.items()}


@pytest.mark.slow
def test_the_iowa_file_equals_its_golden_totals_to_the_cent(app: Flask, shared_data: Path) -> None:
    """c12, c13: count, total, by form, by nature, by year, recipients, zero amounts, look-alikes, both again at once."""
    golden = json.loads((shared_data / "golden_open_payments_iowa.json").read_text())
    file = shared_data / "open_payments_general_iowa_2013_2015.csv.gz"
    seen: list[tuple[int, int]] = []
    with transaction(), file.open("rb") as stream:
        outcome = operations.import_value(
            stream,
            file.name,
            "open-payments",
            "Iowa",
            is_dry=False,
            by=None,
            progress=lambda *far: seen.append(far),
        )
    scope = Scope(program_id=db.session.scalars(sa.select(Program.id)).one())
    (whole,) = ledger.totals((), scope)
    assert (whole.n, whole.reporting_minor, whole.currency) == (
        golden["rows"],
        _usd(golden["total_usd"]),
        "USD",
    )
    assert _by(By.NATIVE_FORM, scope) == _golden(golden["by_form"])
    assert _by(By.NATIVE_NATURE, scope) == _golden(golden["by_nature"])
    assert _by(By.YEAR, scope) == _golden(golden["by_year"])
    both = ledger.totals([By.YEAR, By.NATIVE_FORM], scope)
    assert {
        f"{one['year']}|{one['native_form']}": {"count": one.n, "usd": str(one.received.amount)}
        for one in both
    } == (golden["by_year_form"])
    in_kind = golden["by_form"]["In-kind items and services"]
    assert _by(By.LEG, scope)["non_cash"] == {"count": in_kind["count"], "usd": _usd(in_kind["usd"])}
    assert len(ledger.totals([By.SUBJECT], scope)) == golden["recipients"]
    assert (outcome.n_recipients, outcome.sums) == (
        golden["recipients"],
        (Money(_usd(golden["total_usd"]), "USD"),),
    )
    assert (outcome.posting.n_zero, outcome.posting.n_equity) == (golden["zero_amount_rows"], 5)
    assert outcome.posting.n_duplicate_groups == golden["suspected_duplicate_groups"]
    assert outcome.posting.n_duplicate_rows == golden["suspected_duplicate_rows"]
    assert seen[-1] == (golden["rows"], golden["rows"])
    _check_round_trip(file)
    check_round_trip(file, db.session.scalars(sa.select(Program)).one())
    with transaction(), file.open("rb") as stream:
        again = operations.import_value(stream, file.name, "open-payments", "Iowa", is_dry=False, by=None)
    assert (again.n_created, again.n_skipped) == (0, golden["rows"])
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Entry)) == golden["rows"]
    whose = sa.case((Rollup.subject_id == EVERYBODY, "all"), else_="each")
    kept = sa.select(whose, sa.func.sum(Rollup.n_entries)).group_by(whose)
    assert dict(db.session.execute(kept).all()) == {"all": golden["rows"], "each": golden["rows"]}


def _check_round_trip(file: Path) -> None:
    """c13: nature, form, payer, day and amount come back byte for byte, line by line, in the order of the file."""
    wanted = sa.select(
        Entry.native_nature, Entry.native_form, Entry.provider_ref, Entry.value_on, Entry.minor
    )
    stored = db.session.execute(wanted.order_by(Entry.seq).execution_options(yield_per=5_000))
    differing = Counter[str]()
    with file.open("rb") as stream:
        for record, kept in zip(read_csv(stream), stored, strict=True):
            values = record.values
            month, day, year = map(int, values[DATE].split("/"))
            given = (
                values[NATURE], values[FORM], values["Applicable_Manufacturer_or_Applicable_GPO_Making_Payment_ID"],
                date(year, month, day), _usd(values[AMOUNT]),
            )  # fmt: skip
            for name, left, right in zip(kept._fields, given, kept, strict=True):
                differing[name] += left != right
    assert set(differing.values()) == {0}


@pytest.mark.slow
def test_a_broken_line_at_the_end_of_the_iowa_file_leaves_nothing(
    app: Flask, shared_data: Path, count_queries: Callable[[], int]
) -> None:
    """The whole file is checked before the first entry is written."""
    data = gzip.decompress((shared_data / "open_payments_general_iowa_2013_2015.csv.gz").read_bytes())
    last = files.payments_file([files.payment(Record_ID="1", **{AMOUNT: "12,34"})]).split(b"\n", 1)[1]
    with pytest.raises(ImportRefused) as refused:
        _import_bytes(data + last)
    assert refused.value.faults[0].startswith(f"Line 126086, {AMOUNT}: “12,34” is not an amount.")
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Entry)) == 0
