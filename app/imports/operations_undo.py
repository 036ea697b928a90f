"""Taking a people import back, updates too; what was worked with since stays and is named (P6)."""

from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import Base, db
from app.core.i18n import counted, nouns
from app.imports import queries
from app.imports.models import ImportChange, ImportKind, ImportRun, ImportState
from app.imports.policies import CannotUndo, lines_words
from app.people import operations as people
from app.people.details import PersonDetails
from app.people.models import Channel, OwnerRole, Ownership, Person
from app.people.models_merges import DuplicatePair
from app.people.operations_duplicates import forget_pairs
from app.people.upkeep import refresh_search_text

#: Rows that come with a person; every other row that names the person is work done since.
_OWN_TABLES = frozenset({Ownership.__tablename__, Channel.__tablename__, DuplicatePair.__tablename__})


_PEOPLE, _UPDATES = nouns("person", "people"), nouns("update", "updates")


def undo_people(run: ImportRun, *, by: User) -> tuple[str, ...]:
    """Remove whom the import made and give back what it changed; gives the sentences for the receipt.

    A record that was changed, or that anything else names since, is left as it is. CannotUndo when there is
    nothing to take back.
    """
    queries.lock_run(run)
    _require_undoable(run)
    before = audit.snapshot(run)
    kept: list[str] = []
    n_removed = n_restored = 0
    for change in reversed(queries.list_changes(run)):
        person = db.session.get(Person, change.record_id)
        if person is None or not _take_back(change, person, by):
            kept.append(
                _("%(where)s: changed or used since, left as it is", where=_where(change.line, person))
            )
        elif change.before:
            n_restored += 1
        else:
            n_removed += 1
    said = [
        _(
            "Undone: %(people)s removed, %(updates)s taken back.",
            people=counted(n_removed, *_PEOPLE),
            updates=counted(n_restored, *_UPDATES),
        )
    ]
    run.state, run.undone_at = ImportState.UNDONE, clock.now()
    run.messages = [*said, *sorted(kept), *run.messages]
    audit.record("imports.people_undone", run, by=by, before=before)
    return (*said, *sorted(kept))


def _require_undoable(run: ImportRun) -> None:
    if run.kind is ImportKind.VALUE:
        raise CannotUndo(
            _(
                "The book of value is never rewritten, so an import into it cannot be undone. Compliance takes back single "
                "entries by reversing them, each with a reason."
            )
        )
    if run.state is ImportState.UNDONE:
        raise CannotUndo(_("This import was undone already."))
    if run.state is not ImportState.DONE:
        raise CannotUndo(_("This file was never run, so there is nothing to undo."))


def _where(line: int, person: Person | None) -> str:
    return f"{lines_words([line])} {person.name}" if person else lines_words([line])


def _take_back(change: ImportChange, person: Person, by: User) -> bool:
    """Undo one change; False when the record has moved on since."""
    if person.version != change.version or person.merged_into_id is not None:
        return False
    if not change.before:
        return _remove(person, by)
    channel = db.session.get(Channel, change.before.get("channel_id") or 0)
    if channel is not None:
        db.session.delete(channel)
        db.session.flush()
        db.session.expire(person, ["channels"])
        refresh_search_text(person)
    people.edit_person(person, PersonDetails(**change.before["details"]), by=by)
    return True


def _remove(person: Person, by: User) -> bool:
    """Delete a person nobody has worked with; the audit trail keeps that they were here."""
    own = _owners_and_channels(person)
    if own is None or _is_named_elsewhere(person):
        return False
    forget_pairs(person, by=by)
    for row in own:
        db.session.delete(row)
    db.session.flush()
    audit.record_event(
        "imports.person_removed", kind="person", ref=str(person.id), by=by, reason="undo of an import"
    )
    db.session.expire(person)
    db.session.delete(person)
    db.session.flush()
    return True


def _owners_and_channels(person: Person) -> Sequence[Ownership | Channel] | None:
    """The rows that came with the person; None when somebody else took the person over since."""
    owners = db.session.scalars(sa.select(Ownership).where(Ownership.person_id == person.id)).all()
    channels = db.session.scalars(sa.select(Channel).where(Channel.person_id == person.id)).all()
    if len(owners) != 1 or owners[0].role is not OwnerRole.OWNER or owners[0].to_at is not None:
        return None
    return [*owners, *channels]


def _is_named_elsewhere(person: Person) -> bool:
    """Whether any row of any room refers to the person."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            points_here = any(key.column.table.name == Person.__tablename__ for key in column.foreign_keys)
            if not points_here or table.name in _OWN_TABLES:
                continue
            if db.session.scalar(
                sa.select(sa.literal(1)).select_from(table).where(column == person.id).limit(1)
            ):
                return True
    return False
