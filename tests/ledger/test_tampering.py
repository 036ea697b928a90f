"""Twenty random edits of stored bytes: each is found by whoever runs the house, and by a stranger with an export (L1, c11)."""

import random
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from app.core.db import db, transaction
from app.core.money import Money
from app.ledger import operations, queries
from app.ledger.checkpoint import State
from tests.factories import ledger, people, programs

N_ENTRIES = 8
SEEDS = range(20)
#: What is stored beside the bytes of an entry; a change of any one is a change of the book.
COLUMNS = (
    "hash", "prev", "idem", "minor", "reporting_minor", "quantity", "currency", "rate", "rule", "category", "value_on", "program_id",
    "sealed", "salt",
)  # fmt: skip


@pytest.fixture
def book(app: Flask) -> None:
    """Eight entries of two people, with words, one of them taken back."""
    program, guests = programs.program(), [people.person(name) for name in ("Amal", "Jack")]
    for number in range(N_ENTRIES - 1):
        ledger.post(
            ledger.stay(
                guests[number % 2], program, money=Money(10_000 + number, "GBP"), context=f"Night {number}"
            )
        )
    with transaction():
        operations.reverse_entry(queries.get_entry(3), reason="Entered twice.", by=ledger.coordinator())


@pytest.fixture
def owner(app: Flask) -> Callable[..., None]:
    """Run a statement as somebody who owns the database: without its triggers and constraints."""

    def run(statement: str, **values: object) -> None:
        with transaction():
            if db.engine.dialect.name == "sqlite":
                for what in ("update", "delete"):
                    db.session.execute(sa.text(f"DROP TRIGGER IF EXISTS ledger_entry_no_{what}"))
                db.session.execute(sa.text("PRAGMA ignore_check_constraints = ON"))
            else:
                db.session.execute(sa.text("SET LOCAL session_replication_role = replica"))
            db.session.execute(sa.text(statement), values)

    return run


def edited(value: object, dice: random.Random) -> object:
    """The same value with one byte, digit or letter changed."""
    if isinstance(value, int):
        return value + dice.choice((-1, 1, 100))
    if isinstance(value, str):
        if not value:
            return "x"
        if value[:4].isdigit():
            return str(int(value[0]) % 9 + 1 if value[0] != "2" else 1) + value[1:]
        return value[:-1] + ("a" if value[-1] != "a" else "b")
    assert isinstance(value, bytes)
    place = dice.randrange(len(value))
    return value[:place] + bytes([value[place] ^ 1 << dice.randrange(8)]) + value[place + 1 :]


def body_of(seq: int) -> bytes:
    return queries.get_entry(seq).body


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize("seed", SEEDS)
def test_one_byte_of_an_entry_is_found_where_it_was_changed(owner: Callable[..., None], seed: int) -> None:
    dice = random.Random(seed)
    seq = dice.randint(1, N_ENTRIES)
    owner("UPDATE ledger_entry SET body = :body WHERE seq = :seq", body=edited(body_of(seq), dice), seq=seq)
    found = queries.verify()
    assert (found.is_ok, found.first_broken) == (False, seq)
    assert not queries.verify_links().is_ok


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize("column", COLUMNS)
def test_what_stands_beside_the_bytes_cannot_be_changed_either(
    owner: Callable[..., None], column: str
) -> None:
    dice = random.Random(column)
    seq = dice.randint(2, N_ENTRIES - 1)
    table, key = ("ledger_detail", "entry_seq") if column in {"sealed", "salt"} else ("ledger_entry", "seq")
    before = db.session.execute(
        sa.text(f"SELECT {column} FROM {table} WHERE {key} = :seq"), {"seq": seq}
    ).scalar_one()
    value = bytes(before) if isinstance(before, memoryview) else before
    others = {"category": "gift", "value_on": "2026-10-17", "program_id": programs.program("Another").id}
    after = others.get(column) or edited(value, dice)
    owner(f"UPDATE {table} SET {column} = :after WHERE {key} = :seq", after=after, seq=seq)
    assert not queries.verify().is_ok


def read_as_stranger(bundle: Path, *more: object) -> tuple[int, str]:
    """What a bare Python says of it: status, and the lines."""
    with zipfile.ZipFile(bundle) as unpacked:
        unpacked.extract("verify_ledger.py", bundle.parent)
    command = [
        sys.executable,
        "-I",
        "-S",
        str(bundle.parent / "verify_ledger.py"),
        str(bundle),
        *map(str, more),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def exported(folder: Path, name: str) -> Path:
    path = folder / name
    with transaction(), operations.export_book(by=ledger.compliance()) as file:
        path.write_bytes(file.read())
    return path


@pytest.mark.usefixtures("book")
def test_a_stranger_finds_every_one_of_them_in_an_export(tmp_path: Path, owner: Callable[..., None]) -> None:
    """The edited byte leaves the house in the export; the signature is over what was written first."""
    honest = exported(tmp_path, "honest.zip")
    assert read_as_stranger(honest)[0] == 0
    for seed in SEEDS:
        dice = random.Random(seed)
        seq = dice.randint(1, N_ENTRIES)
        before = body_of(seq)
        change = edited(before, dice)
        owner("UPDATE ledger_entry SET body = :body WHERE seq = :seq", body=change, seq=seq)
        db.session.expire_all()
        status, said = read_as_stranger(exported(tmp_path, f"{seed}.zip"))
        assert (status, "BROKEN" in said) == (1, True), (seed, said)
        owner("UPDATE ledger_entry SET body = :body WHERE seq = :seq", body=before, seq=seq)
        db.session.expire_all()
    assert queries.verify().is_ok


@pytest.mark.usefixtures("book")
def test_a_stranger_finds_a_byte_changed_in_the_export_itself(tmp_path: Path) -> None:
    honest = exported(tmp_path, "honest.zip")
    with zipfile.ZipFile(honest) as unpacked:
        parts = {name: unpacked.read(name) for name in unpacked.namelist()}
    for seed in SEEDS:
        dice = random.Random(seed)
        lines = parts["entries.jsonl"].split(b"\n")
        place = dice.randrange(N_ENTRIES)
        lines[place] = bytes(edited(lines[place], dice))  # type: ignore[call-overload]
        forged = tmp_path / f"forged-{seed}.zip"
        with zipfile.ZipFile(forged, "w") as target:
            for name, data in (parts | {"entries.jsonl": b"\n".join(lines)}).items():
                target.writestr(name, data)
        status, said = read_as_stranger(forged)
        assert (status, "BROKEN" in said) == (1, True), (seed, said)


@pytest.mark.usefixtures("book")
def test_a_book_written_anew_is_whole_in_itself_and_found_by_an_older_head(
    tmp_path: Path, owner: Callable[..., None]
) -> None:
    """Whoever owns the database and the key can write another history; not one that continues what others hold."""
    note = queries.current_checkpoint().note
    kept = tmp_path / "checkpoint.txt"
    kept.write_text(note, "utf-8")
    _begin_again(owner)
    assert queries.verify().is_ok
    assert queries.verify([note]).state is State.REWRITTEN
    status, said = read_as_stranger(exported(tmp_path, "other.zip"), "--old", kept)
    assert (status, "BROKEN" in said) == (1, True)


def _begin_again(owner: Callable[..., None]) -> None:
    """The same book with another amount in its first entry."""
    for table in (
        "breach",
        "obligation",
        "ledger_detail",
        "ledger_rollup",
        "ledger_summary",
        "ledger_provenance",
        "ledger_entry",
        "ledger_head",
    ):
        owner(f"DELETE FROM {table}")
    program, guest = programs.program("Another"), people.person("Amal")
    for number in range(N_ENTRIES):
        ledger.post(ledger.stay(guest, program, money=Money(1 + number, "GBP")))
