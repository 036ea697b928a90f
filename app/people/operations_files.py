"""Keeping files with a person: handing one over, saying what it is and for whom, taking it away."""

from typing import IO

from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core import clock, files
from app.core.db import check_version, db, side_transaction
from app.people import policies_kept, queries_consents, queries_kept
from app.people.details import FileDetails
from app.people.models import Person
from app.people.models_kept import PersonFile
from app.people.upkeep import mark_changed


def keep_file(
    person: Person, stream: bytes | IO[bytes], name: str, details: FileDetails, *, by: User | None
) -> PersonFile:
    """Keep a file with a person; FileIsHere when its content is kept with them already, NotForYou, and what `files` refuses."""
    holders = queries_kept.holder_ids(person)
    policies_kept.require_holder(details.audience, by, holders)
    stored = files.store(
        stream,
        name,
        by.id if by else None,
        most=policies_kept.MOST_BYTES,
        field="file",
        kinds=files.DOCUMENTS,
    )
    same = queries_kept.find_same(person, stored)
    if same is not None:
        may_show = bool(queries_consents.may_show_photo([person.id]))
        raise policies_kept.FileIsHere(
            _("Exactly this content is kept here already as %(name)s.", name=same.file.name)
            if policies_kept.may_open(same, by, holders, has_photo_consent=may_show)
            else _("Exactly this content is kept here already, for the owner and the deputy."),
            field="file",
        )
    row = PersonFile(
        person_id=person.id, file_id=stored.id, by_id=by.id if by else None, added_at=clock.now(), **details.model_dump()
    )  # fmt: skip
    db.session.add(row)
    mark_changed(person)
    audit.record("people.file_kept", row, by=by)
    return row


def edit_file(
    row: PersonFile, details: FileDetails, *, by: User | None, seen_version: int | None = None
) -> PersonFile:
    """Say what a file is to us, and who may open it. Raises Overtaken."""
    check_version(row, seen_version)
    if details.audience is not row.audience:
        policies_kept.require_holder(details.audience, by, queries_kept.holder_ids(row.person))
    before = audit.snapshot(row)
    row.category, row.audience, row.note = details.category, details.audience, details.note
    mark_changed(row.person)
    audit.record("people.file_edited", row, by=by, before=before)
    return row


def remove_file(row: PersonFile, *, by: User | None, reason: str = "") -> PersonFile:
    """Take a file away: nobody opens it any more, the line says who took it and when."""
    if row.removed_at is not None:
        raise policies_kept.FileIsGone(_("This file was taken away already."))
    before = audit.snapshot(row)
    row.removed_at, row.removed_by_id, row.remove_reason = clock.now(), by.id if by else None, reason
    mark_changed(row.person)
    audit.record("people.file_removed", row, by=by, before=before, reason=reason)
    return row


def note_opening(row: PersonFile, *, by: User) -> None:
    """Write down that somebody opened a file, beside the reading itself."""
    with side_transaction() as side:
        audit.record_event("people.file_opened", kind="person_file", ref=str(row.id), by=by, session=side)
