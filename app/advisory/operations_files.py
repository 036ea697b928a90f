"""Adding contract and deliverable files beside an engagement, and noting who opened them (A5)."""

from typing import IO

from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.advisory import policies_files, queries_files
from app.advisory.models import Engagement
from app.advisory.models_files import EngagementFile, FilePart
from app.core import clock, files
from app.core.db import db, side_transaction


def add_file(
    engagement: Engagement, part: FilePart, stream: bytes | IO[bytes], name: str, *, note: str = "", by: User
) -> EngagementFile:
    """Keep a file; what was there stays. FileRefused, FileIsHere for the same content, and what `files` refuses."""
    policies_files.check_place(engagement, part)
    stored = files.store(
        stream, name, by.id, most=policies_files.MOST_BYTES, field="file", kinds=files.DOCUMENTS
    )
    same = queries_files.find_same(engagement, part, stored)
    if same is not None and same.file is not None:
        raise policies_files.FileIsHere(
            _("Exactly this content is kept here already as %(file)s.", file=same.file.name), field="file"
        )
    row = EngagementFile(
        engagement_id=engagement.id, part=part, file_id=stored.id, note=note.strip(), by_id=by.id, added_at=clock.now(),
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    audit.record("advisory.file_added", row, by=by)
    return row


def note_opening(row: EngagementFile, *, by: User | None) -> None:
    """Write down that somebody opened a file, beside the reading itself; without `by` it was the person."""
    with side_transaction() as side:
        audit.record_event(
            "advisory.file_opened", kind="engagement_file", ref=str(row.id), by=by, session=side
        )
