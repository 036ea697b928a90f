"""Reading notes: each reader gets exactly what they may read (R3)."""

from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.core.db import db
from app.core.errors import NotFound
from app.people import policies_notes
from app.people.models import Person
from app.people.models_notes import NoteState, PersonNote


def list_notes(person: Person, by: User) -> Sequence[PersonNote]:
    """The notes on a person that `by` may read, latest first."""
    wanted = sa.select(PersonNote).where(PersonNote.person_id == person.id)
    rows = db.session.scalars(wanted.order_by(PersonNote.made_at.desc(), PersonNote.id.desc()))
    return [note for note in rows if policies_notes.may_read(note, by)]


def count_hidden(person: Person, by: User) -> int:
    """How many notes on a person exist that `by` may not read: said, so that nobody thinks there are none."""
    wanted = sa.select(PersonNote).where(
        PersonNote.person_id == person.id, PersonNote.state != NoteState.DISCARDED
    )
    return sum(not policies_notes.may_read(note, by) for note in db.session.scalars(wanted))


def get_note(id: int, by: User) -> PersonNote:
    """A note `by` may read; NotFound for any other."""
    found = db.session.get(PersonNote, id)
    if found is None or not policies_notes.may_read(found, by):
        raise NotFound(_("There is no such note, or it is not yours to read."))
    return found


def list_private_of(user: User) -> Sequence[PersonNote]:
    """Open private notes a user holds, by person: what a hand-over decides about one by one."""
    wanted = sa.select(PersonNote).join(Person, Person.id == PersonNote.person_id)
    wanted = wanted.where(
        PersonNote.holder_id == user.id, PersonNote.is_private.is_(True), PersonNote.state == NoteState.OPEN
    )
    ordered = wanted.order_by(Person.sort_key, PersonNote.id).options(joinedload(PersonNote.person))
    return db.session.scalars(ordered).all()


def list_decided_in(hand_over_id: int) -> Sequence[PersonNote]:
    """The notes a hand-over decided about."""
    wanted = sa.select(PersonNote).where(PersonNote.hand_over_id == hand_over_id)
    return db.session.scalars(wanted.order_by(PersonNote.id)).all()
