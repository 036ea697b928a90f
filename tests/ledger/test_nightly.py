"""Every night: the book is verified against every head that was signed before, kept outside the database (L1)."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from app.accounts.models import Role
from app.core.db import db, transaction
from app.ledger import operations_verification, queries
from app.notices.models import Notice, Urgency
from tests.factories import ledger, people, programs

At = Callable[[datetime], AbstractContextManager[None]]
NIGHT, NEXT = datetime(2026, 11, 28, 0, 5, tzinfo=UTC), datetime(2026, 11, 29, 0, 5, tzinfo=UTC)


@pytest.fixture(autouse=True)
def kept(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for checkpoints of this test alone."""
    monkeypatch.setitem(app.config, "CHECKPOINTS_PATH", tmp_path / "checkpoints")
    return tmp_path / "checkpoints"


@pytest.fixture
def book(app: Flask) -> None:
    program, person = programs.program(), people.person("Amal")
    for number in range(3):
        ledger.post(ledger.stay(person, program, money=ledger.gbp(str(100 + number))))


def rewrite(statement: str) -> None:
    """As somebody who owns the database."""
    with transaction():
        if db.engine.dialect.name == "sqlite":
            for what in ("update", "delete"):
                db.session.execute(sa.text(f"DROP TRIGGER IF EXISTS ledger_entry_no_{what}"))
        else:
            db.session.execute(sa.text("SET LOCAL session_replication_role = replica"))
        db.session.execute(sa.text(statement))


def told() -> list[tuple[Role | None, Urgency]]:
    rows = db.session.execute(sa.select(Notice.role, Notice.urgency).order_by(Notice.id))
    return [(row.role, row.urgency) for row in rows]


@pytest.mark.usefixtures("book")
def test_once_a_night_the_book_is_verified_and_its_head_is_kept(kept: Path, at: At) -> None:
    with at(NIGHT):
        assert operations_verification.run_nightly() == 0
        assert [path.name for path in kept.iterdir()] == ["2026-11-28.txt"]
        note = (kept / "2026-11-28.txt").read_text("utf-8")
        found = queries.last_verification()
    assert found is not None
    assert (found["state"], found["size"], found["by"]) == ("ok", 3, None)
    with at(NIGHT + timedelta(hours=9)):
        operations_verification.run_nightly()
    assert queries.last_verification() == found  # not twice on one day
    assert queries.verify([note]).is_ok
    assert told() == []


@pytest.mark.usefixtures("book")
def test_a_changed_byte_is_told_at_once_and_no_head_is_signed(kept: Path, at: At) -> None:
    rewrite("UPDATE ledger_entry SET reporting_minor = 1 WHERE seq = 2")
    with at(NIGHT):
        assert operations_verification.run_nightly() == 1
    assert not kept.exists()
    assert told() == [(Role.COMPLIANCE, Urgency.NOW), (Role.ADMIN, Urgency.NOW)]
    message = db.session.scalars(sa.select(Notice.message)).first()
    assert message is not None
    assert "broken at entry 2" in message


@pytest.mark.usefixtures("book")
def test_a_copy_that_was_put_back_is_found_by_the_head_of_the_night_before(kept: Path, at: At) -> None:
    """The older copy is whole in itself; the head outside the database knows of more."""
    with at(NIGHT):
        operations_verification.run_nightly()
    note = (kept / "2026-11-28.txt").read_text("utf-8")
    (kept / "2026-11-27.txt").write_text("a word why\n", "utf-8")  # none of ours: left alone
    for table in (
        "obligation",
        "ledger_detail",
        "ledger_rollup",
        "ledger_summary",
        "ledger_provenance",
        "ledger_entry",
        "ledger_head",
    ):
        rewrite(f"DELETE FROM {table}")
    with at(NEXT):
        operations_verification.run_nightly()
    found = queries.last_verification()
    assert found is not None
    assert (found["state"], len(told())) == ("rolled_back", 2)
    assert [path.name for path in sorted(kept.iterdir())] == ["2026-11-27.txt", "2026-11-28.txt"]
    assert (kept / "2026-11-28.txt").read_text("utf-8") == note


def test_an_empty_book_leaves_no_head(app: Flask, kept: Path, at: At) -> None:
    with at(NIGHT):
        assert operations_verification.run_nightly() == 0
    assert not kept.exists()
