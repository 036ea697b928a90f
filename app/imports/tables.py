"""Opens a file that came in as a table, whatever it calls itself, and names what is wrong with it."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from app.core.sheets import Reading, SheetError, read_csv, read_xlsx
from app.imports.policies import ImportRefused


def open_table(stream: IO[bytes]) -> Reading:
    """The table in a seekable stream: CSV, plain or gzip, or the first sheet of a workbook; ImportRefused otherwise."""
    head = stream.read(4)
    stream.seek(0)
    with refusing():
        return read_xlsx(stream) if head == b"PK\x03\x04" else read_csv(stream)


@contextmanager
def refusing() -> Iterator[None]:
    """Turn what a table reader says into a refusal of the import."""
    try:
        yield
    except SheetError as error:
        raise ImportRefused([error.message]) from None


def digest_of(stream: IO[bytes]) -> str:
    """SHA-256 of the whole stream in hex; it stands at its start again afterwards."""
    digest = hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]
    stream.seek(0)
    return digest
