"""Tables of imports and what they changed, for receipt and undo."""

import enum
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.db import Base, Line
from app.core.models import StoredFile


class ImportKind(enum.StrEnum):
    PEOPLE = "people"
    VALUE = "value"


class ImportState(enum.StrEnum):
    WAITING = "waiting"  # uploaded; the dry run has not been through yet, or found faults
    CHECKED = "checked"  # the dry run is through; nothing was written
    DONE = "done"
    UNDONE = "undone"


class ImportRun(Base):
    """One file that was read in, with what it did; on the screen it begins with its dry run (P6)."""

    __tablename__ = "import_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ImportKind]
    profile: Mapped[str] = mapped_column(sa.String(40), default="")
    #: The program that value goes into, by name: it may not exist before the run.
    program_name: Mapped[Line] = mapped_column(default="")
    file_name: Mapped[Line]
    file_sha256: Mapped[str] = mapped_column(sa.String(64))
    #: Kept for files that came through the screen.
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"))
    file: Mapped[StoredFile | None] = relationship()
    #: Which column of the file is what, for people: {"Full name": "name", "Fax": ""}.
    columns: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[ImportState] = mapped_column(default=ImportState.DONE)
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    by: Mapped[User | None] = relationship()
    at: Mapped[datetime]
    n_created: Mapped[int] = mapped_column(default=0)
    n_updated: Mapped[int] = mapped_column(default=0)
    n_skipped: Mapped[int] = mapped_column(default=0)
    #: What was left out and why, and what to look at, with line numbers.
    messages: Mapped[list[str]] = mapped_column(default=list)
    #: Why nothing can be read in: sentences with line and column, the first of `n_faults`.
    faults: Mapped[list[str]] = mapped_column(default=list)
    n_faults: Mapped[int] = mapped_column(default=0)
    #: The first lines and what happens to each: {"line", "name", "action", "words", "person_id"}.
    lines: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON, default=list)
    #: The job that reads a large file, while it does.
    job_id: Mapped[int | None] = mapped_column(sa.ForeignKey("job.id"))
    undone_at: Mapped[datetime | None]


class ImportChange(Base):
    """What an import did to one record: enough to undo it, updates too."""

    __tablename__ = "import_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("import_run.id"), index=True)
    line: Mapped[int]
    record_kind: Mapped[str] = mapped_column(sa.String(40))
    record_id: Mapped[int]
    #: Values before; empty for a created record.
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: The version the record had after the import: when it has moved on, undo leaves the record alone.
    version: Mapped[int] = mapped_column(default=1)
