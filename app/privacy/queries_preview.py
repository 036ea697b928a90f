"""What an erasure would do: exactly which rows go, which stay and why, before anybody confirms it (P8)."""

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from msgspec import Struct

from app.core.db import db
from app.core.i18n import said
from app.core.models import StoredFile
from app.imports import operations_erasure as imports
from app.ledger import operations_erasure as ledger
from app.ledger.models import Entry, Subject
from app.people.models import Person
from app.privacy import mentions, operations_files, policies, queries, queries_open, sweeping
from app.privacy.mentions import Marks
from app.privacy.models import PrivacyHold
from app.privacy.places import PLACES
from app.privacy.policies import Open
from app.privacy.reaching import Whose, count_rows, key_of, rows_of, table_of
from app.privacy.registry import Fate, Ground, Place


class Line(Struct, frozen=True):
    """One table in the preview."""

    table: str
    n_rows: int

    @property
    def place(self) -> Place:
        return PLACES[self.table]

    @property
    def part(self) -> str:
        return said(self.place.part)

    @property
    def rows(self) -> str:
        return said(self.place.rows)

    @property
    def fate(self) -> Fate:
        return self.place.fate

    @property
    def why(self) -> str:
        return said(self.place.why)


class Preview(Struct, frozen=True):
    """Everything that would happen, with a fingerprint of it: who confirms must have seen this very one."""

    whose: Whose
    marks: Marks
    counts: dict[str, int]
    mentions: dict[str, int]
    files: Sequence[StoredFile]
    sealed: Sequence[int]
    receipts: dict[int, int]
    n_mails: int
    open: Sequence[Open]
    holds: Sequence[PrivacyHold]
    kept_until: date | None
    n_records: int = 1

    @property
    def fingerprint(self) -> str:
        said: Any = [
            self.counts, self.mentions, [one.id for one in self.files], list(self.sealed), sorted(self.receipts.items()),
            self.n_mails, [one.words for one in self.open],
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]

    def lines(self, *fates: Fate) -> list[Line]:
        """The tables with rows that are told, of these fates."""
        return [
            Line(name, n)
            for name, n in self.counts.items()
            if n and PLACES[name].fate in fates and PLACES[name].is_told and not PLACES[name].is_silent
        ]

    @property
    def erased(self) -> list[Line]:
        return self.lines(Fate.ERASE)

    @property
    def kept(self) -> list[Line]:
        """Ordered by the reason, so that each reason is said once."""
        return sorted(
            self.lines(Fate.CLEAR, Fate.KEEP), key=lambda line: list(Ground).index(Ground(line.place.why))
        )

    @property
    def named_in(self) -> list[tuple[str, int]]:
        """Where else the person is named, in words, with the number of rows."""
        return [
            (said(PLACES[name].rows) if name in PLACES else name.replace("_", " "), n)
            for name, n in self.mentions.items()
        ]

    @property
    def n_mentions(self) -> int:
        return sum(self.mentions.values())


def preview_of(person: Person, *, but_request: int | None = None) -> Preview:
    """Look at everything, change nothing; `but_request` is the request that is being answered."""
    marks = mentions.marks_of(person)
    whose = mentions.whose(person, marks)
    counts = count_rows(whose)
    if but_request is not None:
        counts["privacy_request"] -= 1
    # Looking leaves lines in the trail, so their number is nothing that could have changed.
    counts["audit_event"] = counts["audit_detail"] = 0
    mails = set(
        db.session.scalars(sa.select(table_of("outbox_mail").c.id).where(rows_of("outbox_mail", whose)))
    )
    return Preview(
        whose=whose, marks=marks, counts=counts, mentions=_mentions(marks, whose), files=list_files(marks, whose),
        sealed=ledger.list_naming(marks.are_in, whose.ids), receipts=imports.list_lines(marks.are_in, whose.ids),
        n_mails=len(set(sweeping.find_mails(marks)) - mails), open=queries_open.list_open(whose),
        holds=queries.list_holds(person, is_live=True), kept_until=policies.kept_until(_last_value(whose)),
        n_records=len(whose.ids),
    )  # fmt: skip


def list_files(marks: Marks, whose: Whose) -> list[StoredFile]:
    """Files that are kept with the person or name them, and copies that were made for them."""
    places = ("privacy_request", "person_file", "ledger_evidence", "engagement_file")
    own = sa.union(*(sa.select(table_of(name).c.file_id).where(rows_of(name, whose)) for name in places))
    copies = db.session.scalars(sa.select(StoredFile).where(StoredFile.id.in_(own))).all()
    found = {one.id: one for one in [*copies, *operations_files.list_naming(marks)]}
    return [found[id] for id in sorted(found)]


def _mentions(marks: Marks, whose: Whose) -> dict[str, int]:
    """Rows of others that name the person; their own rows are cleared anyway."""
    own: dict[str, set[Any]] = {}
    for name in PLACES:
        if name not in {"audit_event", "audit_detail"}:
            table = table_of(name)
            own[name] = set(db.session.scalars(sa.select(key_of(table)).where(rows_of(name, whose))))
    found = sweeping.count_mentions(marks, "", own)
    return {
        name: n for name, n in found.items() if name not in {"audit_event", "audit_detail", "form_submission"}
    }


def _last_value(whose: Whose) -> date | None:
    wanted = sa.select(sa.func.max(Entry.value_on)).join(Subject, Subject.id == Entry.subject_id)
    return db.session.scalar(wanted.where(Subject.person_id.in_(whose.ids)))
