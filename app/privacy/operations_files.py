"""Files that name a person: finding them by their content, and taking the content away until it is gone."""

import codecs
import gzip
import zipfile
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import IO, Final

import sqlalchemy as sa

from app.accounts import audit
from app.accounts.models import User
from app.core import clock, files, waking
from app.core.db import Base, after_commit, db, transaction
from app.core.models import Job, StoredFile
from app.core.places import PlaceTrouble
from app.privacy.mentions import Marks
from app.privacy.models import DoomedFile

_BLOCK: Final = 1024 * 1024
#: Longer than any name: what is carried over from one block to the next.
_OVERLAP: Final = 1000
#: Pauses between attempts; the last one is repeated for ever.
BACK_OFF: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 720))


def list_naming(marks: Marks) -> list[StoredFile]:
    """Files whose content or name holds one of the marks. Pictures and PDF are not read: nobody can search them here.

    What a job made is among them whoever it names: a report on paper may name anybody, and is made anew.
    """
    made = set(db.session.scalars(sa.select(Job.file_id).where(Job.file_id.is_not(None))))
    every = db.session.scalars(sa.select(StoredFile).order_by(StoredFile.id))
    return [
        stored
        for stored in every
        if stored.id in made or marks.are_in(stored.name) or _names_inside(stored, marks)
    ]


def _names_inside(stored: StoredFile, marks: Marks) -> bool:
    try:
        with files.open_file(stored) as content:
            return any(marks.are_in(text) for text in _texts(content, stored.media_type))
    except (files.Lost, OSError, EOFError, zipfile.BadZipFile):
        return False  # not there, or damaged: nothing that could be read
    # A place that does not answer goes on to the caller: what may name somebody was not looked at.


def _texts(content: IO[bytes], media_type: str) -> Iterator[str]:
    if media_type == "application/gzip":
        with gzip.open(content) as inner:
            yield from _blocks(inner)
    elif media_type == "application/zip" or media_type.endswith(".sheet"):
        with zipfile.ZipFile(content) as archive:
            for name in archive.namelist():
                yield name
                with archive.open(name) as inner:
                    yield from _blocks(inner)
    elif media_type.startswith("text/"):
        yield from _blocks(content)


def _blocks(content: IO[bytes] | gzip.GzipFile) -> Iterator[str]:
    """Readable text in bounded pieces that overlap, so that no name falls between two."""
    kept, decoder = "", None
    while block := content.read(_BLOCK):
        if decoder is None:
            is_wide = block[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}
            decoder = codecs.getincrementaldecoder("utf-16" if is_wide else "utf-8")("replace")
        text = kept + decoder.decode(block)
        yield text
        kept = text[-_OVERLAP:]


def doom(stored: Collection[StoredFile], request_id: int | None, *, by: User | None) -> Sequence[DoomedFile]:
    """Take rows of files away, and note that their content is to go once this is committed."""
    now, made = clock.now(), []
    for one in stored:
        for column in _pointers():
            loosen = sa.update(column.table).where(column == one.id).values({column.name: None})
            db.session.execute(loosen, execution_options={"audited": True})
        made.append(DoomedFile(sha256=one.sha256, request_id=request_id, made_at=now, next_at=now))
        db.session.add(made[-1])
        audit.record_event("privacy.file_erased", kind="stored_file", ref=str(one.id), by=by)
        gone = sa.delete(StoredFile).where(StoredFile.id == one.id)
        db.session.execute(gone, execution_options={"audited": True})
    if made:
        db.session.flush()
        after_commit(_wake)
    return made


def _pointers() -> list[sa.Column[int]]:
    """Every column that names a file."""
    return [
        column
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if any(key.target_fullname == "stored_file.id" for key in column.foreign_keys)
    ]


def remove_doomed(limit: int = 20) -> int:
    """Take content away that no row names any more; what fails is tried again. How many were taken up."""
    if not db.session.scalar(sa.select(sa.exists(_due(clock.now())))):
        db.session.rollback()
        return 0
    with transaction():
        rows = db.session.scalars(
            _due(clock.now()).order_by(DoomedFile.id).limit(limit).with_for_update(skip_locked=True)
        ).all()
        why = ""
        for row in rows:
            # A place that did not answer is not asked for the others: writers wait meanwhile.
            why = _remove(row) if not why else _put_off(row, why)
    return len(rows)


def _due(now: datetime) -> sa.Select[DoomedFile]:
    return sa.select(DoomedFile).where(DoomedFile.removed_at.is_(None), DoomedFile.next_at <= now)


def _remove(row: DoomedFile) -> str:
    """Empty, or why the place of the file does not answer at all."""
    try:
        is_done = files.remove_unnamed(row.sha256)
    except PlaceTrouble as trouble:
        return _put_off(row, trouble.why)
    except OSError as error:
        _put_off(row, error.strerror or type(error).__name__)
        return ""
    if not is_done:
        _put_off(row, "The same content is just being kept again.")
        return ""
    row.removed_at, row.last_error = clock.now(), ""
    audit.record_event("privacy.file_removed", kind="doomed_file", ref=str(row.id), by=None)
    return ""


def _put_off(row: DoomedFile, why: str) -> str:
    row.n_attempts += 1
    row.last_error = why
    row.next_at = clock.now() + BACK_OFF[min(row.n_attempts, len(BACK_OFF)) - 1]
    return why


_wake = waking.step("doomed_files", remove_doomed)
