"""Tables of this room: when a saved report is counted by itself, and what it said each time it was kept."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.db import Base, Line, Prose, Versioned
from app.core.models import Job
from app.lists.models import SavedView


class ReportSchedule(Versioned, Base):
    """A saved report is counted once a month and mailed; one row a saved report, whatever becomes of it."""

    __tablename__ = "report_schedule"
    __table_args__ = (
        sa.CheckConstraint("day BETWEEN 1 AND 28 AND hour BETWEEN 0 AND 23", name="time"),
        sa.Index("ix_report_schedule_due", "next_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    view_id: Mapped[int] = mapped_column(sa.ForeignKey("saved_view.id"), unique=True)
    view: Mapped[SavedView] = relationship(lazy="joined")
    #: Of the month, and on the clock of whoever saved the report.
    day: Mapped[int]
    hour: Mapped[int]
    #: Users who get the mail besides the owner; whether they may read it is looked at on the day.
    reader_ids: Mapped[list[int]] = mapped_column(sa.JSON, default=list)
    is_paused: Mapped[bool] = mapped_column(default=False)
    #: Whatever it is that is due next; one mail for all months that passed meanwhile.
    next_at: Mapped[datetime]
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    #: The last time: when, what came of it, and the job, which knows how it broke.
    last_at: Mapped[datetime | None]
    last_said: Mapped[Prose] = mapped_column(default="")
    is_last_fine: Mapped[bool] = mapped_column(default=True)
    job_id: Mapped[int | None] = mapped_column(sa.ForeignKey("job.id"))
    job: Mapped[Job | None] = relationship()


class ReportRun(Base):
    """What a report said at one moment: figures here, lines beside; people as numbers, never as names (P8)."""

    __tablename__ = "report_run"
    __table_args__ = (
        sa.UniqueConstraint("schedule_id", "month", name="uq_report_run_month"),
        sa.Index("ix_report_run_report", "report", "made_by_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: A key of `reports.gallery_all.REPORTS`.
    report: Mapped[str] = mapped_column(sa.String(40))
    #: The saved report it is a run of; None when somebody kept what they had before them.
    view_id: Mapped[int | None] = mapped_column(sa.ForeignKey("saved_view.id"), index=True)
    view: Mapped[SavedView | None] = relationship()
    #: Set by a schedule, with the month it was for ("2026-11"): once each.
    schedule_id: Mapped[int | None] = mapped_column(sa.ForeignKey("report_schedule.id"))
    month: Mapped[str | None] = mapped_column(sa.String(7))
    #: What was asked, as it stands in an address: `args` of that day, `settings` for another one.
    args: Mapped[dict[str, Any]]
    settings: Mapped[dict[str, Any]]
    #: Empty where it is about one person, whose name is looked up.
    about: Mapped[Line] = mapped_column(default="")
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    made_at: Mapped[datetime] = mapped_column(index=True)
    #: Whose reading it was; of a scheduled one, the owner of the settings.
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    made_by: Mapped[User] = relationship(lazy="joined")
    as_of: Mapped[datetime]
    asked_as_of: Mapped[datetime | None]
    #: Where the periods of its days stood, in words; empty for a report without days.
    period: Mapped[Prose] = mapped_column(default="")
    #: The head of the book: note, short, size, root.
    checkpoint: Mapped[dict[str, Any]]
    #: {"notes": [[title, text], ...]}, as they read then.
    methodology: Mapped[dict[str, Any]]
    #: {"figures": [...], "grids": [...]}: see `reports.runs`.
    content: Mapped[dict[str, Any]]
    #: Lines of all tables, kept or not.
    n_rows: Mapped[int]


class ReportRunRow(Base):
    """One line of a table of a run."""

    __tablename__ = "report_run_row"
    __table_args__ = (sa.Index("ix_report_run_row_run", "run_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("report_run.id"))
    grid: Mapped[str] = mapped_column(sa.String(40))
    #: Whom it is about, and what of them: the two tell the same line from run to run.
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    key: Mapped[Line]
    #: As `reports.runs.packed` writes cells.
    cells: Mapped[list[Any]] = mapped_column(sa.JSON)
