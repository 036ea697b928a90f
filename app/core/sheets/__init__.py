"""Tables in and out: one writer and one reader for CSV and XLSX, safe against formulas, bombs and odd encodings.

Writing: `write_csv(sheet)` yields bytes, `write_xlsx(target, sheets, created=...)` fills a binary file;
`sheet_file(sheet, format, created=...)` is one table in either format.
Reading: `read_csv(stream)` and `read_xlsx(stream)` give a `Reading` of records with line numbers, or raise SheetError.
"""

from app.core.sheets.model import Cell, Column, ReadLimits, Record, Sheet, SheetError, csv_safe, restore_text
from app.core.sheets.reading import Reading, read_csv
from app.core.sheets.workbooks import read_xlsx
from app.core.sheets.writing import (
    MAX_XLSX_COLUMNS,
    SheetFormat,
    cell_text,
    notes_sheet,
    sheet_file,
    write_csv,
    write_xlsx,
)

__all__ = [
    "MAX_XLSX_COLUMNS",
    "Cell",
    "Column",
    "ReadLimits",
    "Reading",
    "Record",
    "Sheet",
    "SheetError",
    "SheetFormat",
    "cell_text",
    "csv_safe",
    "notes_sheet",
    "read_csv",
    "read_xlsx",
    "restore_text",
    "sheet_file",
    "write_csv",
    "write_xlsx",
]
