"""Tables out and in: exact bytes, no formulas, any encoding, and no bomb goes off."""

import gzip
import io
import itertools
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from app.core.money import Money
from app.core.sheets import (
    Cell,
    Column,
    ReadLimits,
    Sheet,
    SheetError,
    cell_text,
    csv_safe,
    read_csv,
    read_xlsx,
    restore_text,
    write_csv,
    write_xlsx,
)


def _packed(data: bytes) -> bytes:
    """Compressed the same at every moment, so that all test workers collect the same cases."""
    return gzip.compress(data, mtime=0)


CREATED = datetime(2026, 11, 22, 5, 44, tzinfo=UTC)
COLUMNS = (
    Column("person", "Person"),
    Column("value", "Value", "money", "GBP"),
    Column("nights", "Nights", "integer"),
    Column("on", "On", "date"),
    Column("at", "Recorded", "instant"),
    Column("share", "Share", "ratio"),
)
AT = datetime(2026, 3, 1, 9, 30, tzinfo=timezone(timedelta(hours=11)))
ROWS: list[tuple[Cell, ...]] = [
    ("Ana Núñez", Money(51000, "GBP"), 2, date(2026, 3, 1), AT, Decimal("0.125")),
    ("=1+1", Decimal("-0.10"), -3, None, None, 0.5),
]


def csv_of(*rows: tuple[Cell, ...], columns: tuple[Column, ...] = COLUMNS) -> bytes:
    return b"".join(write_csv(Sheet("Ledger", columns, rows)))


def xlsx_of(*sheets: Sheet, notes: tuple[tuple[str, str], ...] = ()) -> bytes:
    target = io.BytesIO()
    write_xlsx(target, sheets, created=CREATED, notes=notes)
    return target.getvalue()


def read(data: bytes, limits: ReadLimits | None = None, **choice: str) -> list[tuple[int, dict[str, str]]]:
    return [(line, dict(values)) for line, values in read_csv(io.BytesIO(data), limits, **choice)]


# Writing CSV


def test_csv_is_exact_text_with_mark_and_crlf() -> None:
    assert csv_of(*ROWS).decode("utf-8") == (
        "\ufeffperson,value,nights,on,at,share\r\n"
        "Ana Núñez,510.00,2,2026-03-01,2026-02-28T22:30:00Z,0.125\r\n"
        "'=1+1,-0.10,-3,,,0.5\r\n"
    )


def test_csv_header_can_be_for_people() -> None:
    assert b"".join(write_csv(Sheet("L", COLUMNS[:2], []), header="label")) == b"\xef\xbb\xbfPerson,Value\r\n"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+44 20 7946 0000", "'+44 20 7946 0000"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\n=1", "'\n=1"),
        ("\0=1", "'\0=1"),
        ("＝1+1", "'＝1+1"),
        ("＋1", "'＋1"),
        ("－1", "'－1"),
        ("＠A", "'＠A"),
        ("plain", "plain"),
        ("a=b", "a=b"),
        ("", ""),
        ("'quoted", "'quoted"),
        ("−5 (a true minus sign)", "−5 (a true minus sign)"),
    ],
)
def test_no_text_is_a_formula(text: str, written: str) -> None:
    assert csv_safe(text) == written
    assert cell_text(text, Column("a", "A")) == written
    assert restore_text(written) == text


def test_header_is_no_formula_either() -> None:
    assert csv_of(columns=(Column("=evil()", "x"),)) == b"\xef\xbb\xbf'=evil()\r\n"


@pytest.mark.parametrize(
    ("cell", "column", "message"),
    [
        (510, Column("v", "V", "money", "GBP"), "Column v holds money, and 510 is not one."),
        (5.1, Column("v", "V", "money", "GBP"), "Column v holds money, and 5.1 is not one."),
        (
            Decimal("NaN"),
            Column("v", "V", "money", "GBP"),
            "Column v holds money, and Decimal('NaN') is not one.",
        ),
        (Money(1, "EUR"), Column("v", "V", "money", "GBP"), "Column v is in GBP, not in EUR."),
        (Money(1, "EUR"), Column("v", "V", "money"), "Column v is in no one currency, not in EUR."),
        (True, Column("n", "N", "integer"), "Column n holds integer, and True is not one."),
        (
            datetime(2026, 1, 1),
            Column("t", "T", "instant"),
            "Column t holds instant, and datetime.datetime(2026, 1, 1, 0, 0) is not one.",
        ),
        (
            datetime(2026, 1, 1),
            Column("d", "D", "date"),
            "Column d holds date, and datetime.datetime(2026, 1, 1, 0, 0) is not one.",
        ),
        (float("inf"), Column("r", "R", "ratio"), "Column r holds ratio, and inf is not one."),
    ],
)
def test_cell_that_does_not_fit_is_refused(cell: Cell, column: Column, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        cell_text(cell, column)
    assert str(caught.value) == message


def test_row_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError):
        csv_of(("only one",))


def test_csv_streams_in_chunks() -> None:
    taken: list[int] = []

    def rows() -> Iterator[tuple[Cell, ...]]:
        for number in range(50_000):
            taken.append(number)
            yield (f"row {number}",)

    stream = write_csv(Sheet("S", (Column("a", "A"),), rows()))
    first = list(itertools.islice(stream, 2))
    assert [len(chunk) for chunk in first] == [3, 65_543]
    assert len(taken) == 6_665
    assert (b"".join(first) + b"".join(stream)).count(b"\r\n") == 50_001


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30),
        min_size=1,
        max_size=5,
    )
)
def test_csv_comes_back_as_it_went(texts: list[str]) -> None:
    columns = tuple(Column(f"c{at}", "C") for at in range(len(texts)))
    data = b"".join(write_csv(Sheet("S", columns, [texts])))
    back = [
        [restore_text(cell) for cell in values.values()]
        for _, values in read_csv(io.BytesIO(data), delimiter=",")
    ]
    expected = [restore_text(csv_safe(text)) for text in texts]
    assert back == ([expected] if any(texts) else [])


# Writing XLSX


def test_xlsx_numbers_are_numbers_and_formulas_are_text() -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(xlsx_of(Sheet("Ledger", COLUMNS, ROWS))))
    assert book.sheet_names == ["Ledger", "About this file"]
    assert book.get_sheet_by_name("Ledger").to_python() == [
        ["Person", "Value (GBP)", "Nights", "On", "Recorded (UTC)", "Share"],
        ["Ana Núñez", 510.0, 2.0, date(2026, 3, 1), datetime(2026, 2, 28, 22, 30), 0.125],
        ["=1+1", -0.1, -3.0, "", "", 0.5],
    ]


def test_xlsx_holds_no_formula_element_and_marks_dangerous_text() -> None:
    data = xlsx_of(Sheet("S", COLUMNS[:1], [("=1+1",), ("https://example.org",), ("12",)]))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        styles = archive.read("xl/styles.xml").decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    assert sheet.count('t="inlineStr"') == 4
    assert styles.count('quotePrefix="1"') == 1


def test_xlsx_number_formats_follow_the_amount() -> None:
    columns = (Column("a", "A", "money", "JPY"), Column("b", "B", "money", "KWD"))
    data = xlsx_of(Sheet("S", columns, [(Money(1200, "JPY"), Money(1234567, "KWD"))]))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        styles = archive.read("xl/styles.xml").decode()
    assert 'formatCode="#,##0.000"' in styles
    assert CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()[1] == [
        1200.0,
        1234.567,
    ]


def test_xlsx_amount_beyond_a_double_stays_exact_as_text() -> None:
    long = Decimal("90071992547409.93")
    data = xlsx_of(Sheet("S", (Column("v", "V", "money", "GBP"),), [(long,), (Decimal("9007199254740.99"),)]))
    rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    assert rows == [["V (GBP)"], ["90071992547409.93"], [9007199254740.99]]


def test_xlsx_notes_explain_the_file() -> None:
    data = xlsx_of(
        Sheet("Ledger", COLUMNS[:2], []), notes=(("As of", "2026-11-22"), ("Method", "=not a formula"))
    )
    assert CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_name(
        "About this file"
    ).to_python() == [
        ["Item", "Text"],
        ["As of", "2026-11-22"],
        ["Method", "=not a formula"],
        [
            "Exactness",
            "Amounts in a spreadsheet are exact to 15 significant digits; longer ones are written as text. "
            "The CSV file holds every amount as exact decimal text.",
        ],
        ["Ledger: person", "Person (text)"],
        ["Ledger: value", "Value (money, GBP)"],
    ]


def test_xlsx_is_the_same_each_time() -> None:
    assert xlsx_of(Sheet("Ledger", COLUMNS, ROWS)) == xlsx_of(Sheet("Ledger", COLUMNS, ROWS))


def test_xlsx_sheet_names_are_made_acceptable() -> None:
    names = ["A/B: [c]?*", "x" * 40, "X" * 40, "", "History", "'quoted'"]
    data = xlsx_of(*(Sheet(name, COLUMNS[:1], []) for name in names))
    assert CalamineWorkbook.from_filelike(io.BytesIO(data)).sheet_names == [
        "A-B- (c)--",
        "x" * 31,
        "X" * 27 + " (2)",
        "Sheet",
        "History (2)",
        "quoted",
        "About this file",
    ]


def test_xlsx_long_text_is_cut_with_a_word_about_it() -> None:
    data = xlsx_of(Sheet("S", (Column("a", "A"),), [("x" * 40_000,)]))
    text = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()[1][0]
    assert text == "x" * 32_725 + " … [cut: the CSV file holds the full text]"
    assert len(str(text)) == 32_767


def test_xlsx_dates_before_its_calendar_are_text() -> None:
    data = xlsx_of(Sheet("S", (Column("d", "D", "date"),), [(date(1899, 12, 31),)]))
    assert CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python() == [
        ["D"],
        ["1899-12-31"],
    ]


# Reading CSV

TEXT = "name;city\nZoë Müller;Zürich\nJosé Núñez;A Coruña\n"
READ = [(2, {"name": "Zoë Müller", "city": "Zürich"}), (3, {"name": "José Núñez", "city": "A Coruña"})]


@pytest.mark.parametrize(
    ("data", "charset", "is_guessed"),
    [
        (TEXT.encode(), "utf-8", False),
        (TEXT.encode("utf-8-sig"), "utf-8", False),
        (TEXT.encode("utf-16"), "utf-16", False),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "utf-16", False),
        (TEXT.encode("utf-16-le"), "utf-16-le", True),
        (TEXT.encode("utf-16-be"), "utf-16-be", True),
        (TEXT.encode("utf-32"), "utf-32", False),
        (TEXT.encode("cp1252"), "cp1252", True),
        (TEXT.replace("\n", "\r\n").encode(), "utf-8", False),
        (TEXT.replace("\n", "\r").encode(), "utf-8", False),
        (TEXT[:-1].encode(), "utf-8", False),
    ],
)
def test_encodings_and_line_ends_read_alike(data: bytes, charset: str, is_guessed: bool) -> None:
    for packed in (data, _packed(data)):
        reading = read_csv(io.BytesIO(packed))
        assert [(line, dict(values)) for line, values in reading] == READ
        assert (reading.columns, reading.delimiter) == (("name", "city"), ";")
        assert (reading.charset, reading.is_guessed) == (charset, is_guessed)


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        ("imię;miasto\nŁukasz Wiśniewski;Łódź\nŻaneta;Kraków\n", "cp1250"),
        ("jméno;město\nJiří Dvořák;Plzeň\nŽofie;Děčín\n", "cp1250"),
        ("имя;город\nИван Петров;Москва\nАнна Ким;Казань\n", "cp1251"),
        ("氏名;都市\n田中太郎;東京\n佐藤花子;大阪\n", "cp932"),
        ("fee;note\n€ 1.200;Dr. O’Brien “confirmed”\n", "cp1252"),
    ],
)
def test_legacy_encodings_are_guessed(text: str, charset: str) -> None:
    reading = read_csv(io.BytesIO(text.encode(charset)))
    header, *lines = text.splitlines()
    assert [list(record.values.values()) for record in reading] == [line.split(";") for line in lines]
    assert reading.columns == tuple(header.split(";"))
    assert (reading.charset, reading.is_guessed) == (charset, True)


@pytest.mark.parametrize("shift", range(4))
def test_character_cut_by_the_slice_is_still_utf8(shift: int) -> None:
    body = "n\n" + "x" * (65_536 - 3 - shift) + "\n" + "🎓é" * 20 + "\n"
    reading = read_csv(io.BytesIO(body.encode()), ReadLimits(max_cell_chars=100_000))
    assert [record.values["n"][-40:] for record in reading] == ["x" * 40, "🎓é" * 20]
    assert (reading.charset, reading.is_guessed) == ("utf-8", False)


def test_legacy_letter_after_a_megabyte_of_ascii_is_found() -> None:
    data = b"n\n" + b"plain ascii line\n" * 80_000 + "Müller\n".encode("cp1252")
    reading = read_csv(io.BytesIO(data))
    assert list(reading)[-1] == (80_002, {"n": "Müller"})
    assert (reading.charset, reading.is_guessed) == ("cp1252", True)


def test_wrong_byte_in_utf8_names_its_line() -> None:
    with pytest.raises(SheetError) as caught:
        read(
            "n\nZürich\nBern\n".encode() + b"x" * 70_000 + b"\nM\xfcller\n",
            ReadLimits(max_cell_chars=100_000),
        )
    assert caught.value.line == 5
    assert (
        caught.value.message
        == "Line 5: A character here is not utf-8. Choose the encoding the file was saved in."
    )


def test_person_overrules_the_guess() -> None:
    assert read("n\nЯ\n".encode("cp1251"), charset="cp1251") == [(2, {"n": "Я"})]
    assert read(b"a;b,c\n1;2,3\n", delimiter=",") == [(2, {"a;b": "1;2", "c": "3"})]
    with pytest.raises(SheetError, match=r"^The encoding 'klingon' is not known\.$"):
        read(b"n\n1\n", charset="klingon")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_found(delimiter: str) -> None:
    data = f'a{delimiter}b\n"1{delimiter}5"{delimiter}2,5; or 3\n'.encode()
    reading = read_csv(io.BytesIO(data))
    assert reading.delimiter == delimiter
    if delimiter in "\t|":
        assert list(reading) == [(2, {"a": f"1{delimiter}5", "b": "2,5; or 3"})]


def test_excel_names_its_delimiter() -> None:
    assert read(b"sep=;\r\na;b\r\n1;2\r\n") == [(3, {"a": "1", "b": "2"})]


def test_lines_are_those_of_the_file() -> None:
    data = b'a,b\n\n"one\ntwo",2\n,\n3\n4,5,,\n'
    assert read(data) == [
        (3, {"a": "one\ntwo", "b": "2"}),
        (6, {"a": "3", "b": ""}),
        (7, {"a": "4", "b": "5"}),
    ]


def test_nameless_columns_get_numbers() -> None:
    assert read(b"a,,c,\n1,2,3,\n") == [(2, {"a": "1", "column 2": "2", "c": "3"})]


SMALL = ReadLimits(max_bytes=1_000, max_rows=2, max_columns=3, max_cell_chars=10)


@pytest.mark.parametrize(
    ("data", "line", "message"),
    [
        (b"", None, "The file is empty. Its first line must name the columns."),
        (b"\n,,\n", 2, "Line 2: The first line must name the columns."),
        (b"a,a\n1,2\n", 1, "Line 1: Two columns are called 'a'. Rename one of them."),
        (b"a,b,c,d\n", 1, "Line 1: The table has 4 columns; 3 are the most."),
        (
            b"a,b\n1,2,3\n",
            2,
            "Line 2: This row has 3 cells, the header has 2. A cell that holds the delimiter needs quotation marks.",
        ),
        (b"a\n1\n2\n3\n", 4, "Line 4: The table has more than 2 rows. Split it into smaller files."),
        (b"a\n12345678901\n", 2, "Line 2: A cell is longer than 10 characters."),
        (b'a\n"1\n2\n', 2, "Line 2: A quotation mark opened in this row is never closed."),
        (
            b'a\n1\n"x"y\n',
            3,
            "Line 3: A quotation mark stands in the middle of a quoted cell. Double it, or remove it.",
        ),
        (
            b"a,b\n1,\0\n",
            2,
            "Line 2: The file holds zero bytes, so it is not a text file, or its encoding is another one.",
        ),
        (b"a\n" + b"1\n" * 600, None, "The file holds more than 0 MB of text. Split it into smaller files."),
        (
            b"PK\x03\x04",
            None,
            "This is an Excel or ZIP file, not a CSV file. Upload it as a workbook (.xlsx), or save it as CSV first.",
        ),
        (
            b"\xd0\xcf\x11\xe0",
            None,
            "This is an old Excel file (.xls). Open it and save it as .xlsx or as CSV first.",
        ),
        (b"%PDF-1.7", None, "This is a PDF, not a table. Ask for the same data as CSV or Excel."),
        (_packed(b"a\n1\n")[:-6], None, "The compressed file ends too early. Upload it again."),
        (
            b"\x1f\x8bnonsense",
            None,
            "The compressed file is damaged. Compress it again, or upload it uncompressed.",
        ),
        (
            _packed(b"a\n1\n") + b"tail",
            None,
            "The compressed file is damaged. Compress it again, or upload it uncompressed.",
        ),
    ],
)
def test_what_is_no_table_is_refused_with_its_line(data: bytes, line: int | None, message: str) -> None:
    with pytest.raises(SheetError) as caught:
        read(data, SMALL)
    assert (caught.value.line, caught.value.message, str(caught.value)) == (line, message, message)


def test_endless_line_is_refused_in_bounded_memory() -> None:
    with pytest.raises(SheetError) as caught:
        read(b"a\n" + b"x" * 500_000, ReadLimits(max_columns=2))
    assert (
        caught.value.message == "Line 2: This line is far longer than a row of a table. Is this a CSV file?"
    )


def test_gzip_of_several_members_and_padding_reads_as_one() -> None:
    data = _packed(b"a\n1\n") + _packed(b"2\n") + b"\0" * 512
    assert read(data) == [(2, {"a": "1"}), (3, {"a": "2"})]


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (ReadLimits(), "The file unpacks to far more data than a table would. It was not read."),
        (
            ReadLimits(max_ratio=10_000, max_bytes=8 << 20),
            "The file holds more than 8 MB of text. Split it into smaller files.",
        ),
    ],
)
def test_gzip_bomb_does_not_go_off(limits: ReadLimits, message: str) -> None:
    bomb = gzip.compress(b"a\n" + (b"1" * 9_999 + b"\n") * 10_000, compresslevel=9)
    tracemalloc.start()
    try:
        with pytest.raises(SheetError) as caught:
            for _ in read_csv(
                io.BytesIO(bomb),
                ReadLimits(max_rows=10**9, max_ratio=limits.max_ratio, max_bytes=limits.max_bytes),
            ):
                pass
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert caught.value.message == message
    assert peak < 20 * 1024 * 1024


def test_large_gzip_streams_in_small_memory() -> None:
    # As many rows as one year of public transparency records.
    body = "".join(
        f'{n},"Dr. Ana Núñez, PhD",2026-01-01,GBP,{n}.10,Lodging and travel,"Hotel, 2 nights"\n'
        for n in range(126_084)
    )
    packed = _packed(("id,name,on,currency,value,category,note\n" + body).encode())
    tracemalloc.start()
    try:
        n_rows = total = 0
        for record in read_csv(io.BytesIO(packed)):
            n_rows += 1
            total += int(record.values["id"])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (n_rows, total, record.line) == (126_084, 126_084 * 126_083 // 2, 126_085)
    assert peak < 4 * 1024 * 1024


# Reading XLSX


def repacked(data: bytes, part: str, old: bytes, new: bytes) -> bytes:
    """The workbook with one replacement in one of its parts."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy,
    ):
        for entry in source.infolist():
            content = source.read(entry)
            if entry.filename == part:
                assert content.count(old) == 1
                content = content.replace(old, new)
            copy.writestr(entry.filename, content)
    return target.getvalue()


def with_entry(data: bytes, name: str, content: bytes) -> bytes:
    target = io.BytesIO(data)
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return target.getvalue()


def refusal(data: bytes, limits: ReadLimits | None = None, sheet: str | None = None) -> str:
    with pytest.raises(SheetError) as caught:
        list(read_xlsx(io.BytesIO(data), limits, sheet=sheet))
    return caught.value.message


BOOK = xlsx_of(Sheet("Ledger", COLUMNS, ROWS), Sheet("Second", COLUMNS[:1], [("x",)]))
SHEET = "xl/worksheets/sheet1.xml"


def test_xlsx_reads_as_text_by_column() -> None:
    reading = read_xlsx(io.BytesIO(BOOK))
    assert reading.columns == ("Person", "Value (GBP)", "Nights", "On", "Recorded (UTC)", "Share")
    assert reading.sheet_names == ("Ledger", "Second", "About this file")
    assert [(line, list(values.values())) for line, values in reading] == [
        (2, ["Ana Núñez", "510", "2", "2026-03-01", "2026-02-28 22:30:00", "0.125"]),
        (3, ["=1+1", "-0.1", "-3", "", "", "0.5"]),
    ]
    assert [dict(record.values) for record in read_xlsx(io.BytesIO(BOOK), sheet="Second")] == [
        {"Person": "x"}
    ]


def test_xlsx_numbers_read_as_shown() -> None:
    numbers = [1.0, 0.1 + 0.2, 1e-7, 123456789012345.0, -2.50]
    data = xlsx_of(Sheet("S", (Column("n", "N", "ratio"),), [(number,) for number in numbers]))
    assert [record.values["N"] for record in read_xlsx(io.BytesIO(data))] == [
        "1",
        "0.3",
        "0.0000001",
        "123456789012345",
        "-2.5",
    ]


def test_xlsx_lines_are_those_of_the_sheet() -> None:
    data = xlsx_of(
        Sheet(
            "S", (Column("a", "A"), Column("b", "B")), [(None, None), ("x", None), (None, None), (None, "y")]
        )
    )
    assert [(line, dict(values)) for line, values in read_xlsx(io.BytesIO(data))] == [
        (3, {"A": "x", "B": ""}),
        (5, {"A": "", "B": "y"}),
    ]


def test_xlsx_unknown_sheet_is_named_with_the_others() -> None:
    assert (
        refusal(BOOK, sheet="Third")
        == "The workbook has no sheet called 'Third'. It has: Ledger, Second, About this file."
    )


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a,b\n", "The workbook is damaged. Open it in a spreadsheet program and save it again as .xlsx."),
        (BOOK[:-40], "The workbook is damaged. Open it in a spreadsheet program and save it again as .xlsx."),
        (
            with_entry(BOOK, "xl/workbook.bin", b""),
            "This is a binary workbook (.xlsb). Save it as .xlsx or as CSV first.",
        ),
        (
            with_entry(BOOK, "xl/zeros.bin", b"\0" * 20_000_000),
            "The workbook unpacks to far more data than a table would. It was not read.",
        ),
        (
            with_entry(BOOK, "xl/zeros.bin", b"\0" * 60_000_000),
            "The workbook holds more than 50 MB. Save it as CSV instead.",
        ),
    ],
)
def test_xlsx_that_is_none_or_a_bomb_is_refused(data: bytes, message: str) -> None:
    assert refusal(data) == message


def test_zip_that_is_no_workbook_is_refused() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("a.txt", "a")
    assert refusal(target.getvalue()) == "This is not an Excel workbook (.xlsx)."


def test_zip_that_lies_about_its_sizes_is_refused() -> None:
    data = bytearray(with_entry(BOOK, "xl/zeros.bin", b"\0" * 60_000_000))
    for signature, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = data.rindex(signature)
        data[at + offset : at + offset + 4] = (100).to_bytes(4, "little")
    assert (
        refusal(bytes(data))
        == "The workbook is damaged. Open it in a spreadsheet program and save it again as .xlsx."
    )


@pytest.mark.parametrize(
    "place", [b'r="ZZ200000"', b"r = 'ZZ200000'", b's=">" r="ZZ200000"', b'r="zz200000"']
)
def test_two_cells_far_apart_are_refused_before_they_cost_memory(place: bytes) -> None:
    assert refusal(repacked(BOOK, SHEET, b'r="A3"', place)) == (
        "The sheet spans 200,000 rows and 702 columns. Delete what is empty, or save it as CSV."
    )


def test_cells_that_name_no_place_are_counted() -> None:
    cells = b"<row>" + b"<c><v>1</v></c>" * 9_000 + b"</row>" + b"<row/>" * 9_000
    data = repacked(BOOK, SHEET, b"</sheetData>", cells + b"</sheetData>")
    assert (
        refusal(data)
        == "The sheet spans 9,007 rows and 9,006 columns. Delete what is empty, or save it as CSV."
    )


def test_sheet_in_another_encoding_is_refused() -> None:
    with zipfile.ZipFile(io.BytesIO(BOOK)) as archive:
        content = archive.read(SHEET)
    hidden = b"\xff\xfe" + content.decode().encode("utf-16-le")
    assert refusal(repacked(BOOK, SHEET, content, hidden)) == (
        "The workbook is damaged. Open it in a spreadsheet program and save it again as .xlsx."
    )


def test_xlsx_limits_count_rows() -> None:
    data = xlsx_of(Sheet("S", COLUMNS[:1], [(f"r{n}",) for n in range(10)]))
    assert refusal(data, ReadLimits(max_rows=5)) == (
        "The sheet reaches down to row 11; 5 rows are the most. "
        "Delete the rows below the last one that holds something, empty ones too, or save it as CSV."
    )
