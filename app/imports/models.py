"""Tables of imports and what they changed, for receipt and undo."""

import enum
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.db import Base, Line


class ImportKind(enum.StrEnum):
    PEOPLE = "people"
    VALUE = "value"


class ImportRun(Base):
    """One file that was read in, with what it did (P6)."""

    __tablename__ = "import_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ImportKind]
    profile: Mapped[str] = mapped_column(sa.String(40), default="")
    file_name: Mapped[Line]
    file_sha256: Mapped[str] = mapped_column(sa.String(64))
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    by: Mapped[User | None] = relationship()
    at: Mapped[datetime]
    n_created: Mapped[int] = mapped_column(default=0)
    n_updated: Mapped[int] = mapped_column(default=0)
    n_skipped: Mapped[int] = mapped_column(default=0)
    messages: Mapped[list[str]] = mapped_column(default=list)
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
