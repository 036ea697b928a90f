"""Reading what is kept beside a record: each reader gets exactly what they may see (R3)."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.core.models import StoredFile
from app.people import policies_kept, queries, queries_consents
from app.people.models import OwnerRole, Ownership, Person
from app.people.models_kept import Hospitality, PersonFile


def holder_ids(person: Person) -> frozenset[int]:
    """The owner and the deputy of the moment."""
    now = clock.now()
    parts = [sa.and_(*queries.holds(now, role)) for role in OwnerRole]
    wanted = sa.select(Ownership.user_id).where(Ownership.person_id == person.id, sa.or_(*parts))
    return frozenset(db.session.scalars(wanted))


def all_files_of(person_ids: Collection[int]) -> Sequence[PersonFile]:
    """Every file kept with these records that is still there, whoever may see it: for the person's own copy (P9)."""
    wanted = sa.select(PersonFile).join(StoredFile, StoredFile.id == PersonFile.file_id)
    wanted = wanted.where(PersonFile.person_id.in_(person_ids), PersonFile.removed_at.is_(None))
    return db.session.scalars(wanted.order_by(PersonFile.id)).all()


def list_files(person: Person, by: User) -> Sequence[PersonFile]:
    """The files of a person that `by` may see, latest first; those taken away come last, as lines only."""
    wanted = sa.select(PersonFile).join(StoredFile, StoredFile.id == PersonFile.file_id)
    wanted = wanted.where(PersonFile.person_id == person.id)
    ordered = wanted.order_by(
        PersonFile.removed_at.is_not(None), PersonFile.added_at.desc(), PersonFile.id.desc()
    )
    holders, shown = holder_ids(person), bool(queries_consents.may_show_photo([person.id]))
    rows = db.session.scalars(ordered)
    return [row for row in rows if policies_kept.may_open(row, by, holders, has_photo_consent=shown)]


def get_file(id: int, by: User) -> PersonFile:
    """A file `by` may see; NotFound for any other, for one that was taken away, and for a merged record's."""
    is_there = (PersonFile.id == id, PersonFile.removed_at.is_(None), PersonFile.file_id.is_not(None))
    wanted = sa.select(PersonFile).where(*is_there)
    found = db.session.scalars(wanted.options(joinedload(PersonFile.person))).one_or_none()
    if found is None or queries.get_person(found.person_id, by).id != found.person_id:
        raise NotFound(_("There is no such file, or it is not yours to see."))
    shown = bool(queries_consents.may_show_photo([found.person_id]))
    if not policies_kept.may_open(found, by, holder_ids(found.person), has_photo_consent=shown):
        raise NotFound(_("There is no such file, or it is not yours to see."))
    return found


def find_same(person: Person, stored: StoredFile) -> PersonFile | None:
    """A file of this person with exactly this content."""
    wanted = sa.select(PersonFile).join(StoredFile, StoredFile.id == PersonFile.file_id)
    wanted = wanted.where(
        PersonFile.person_id == person.id, PersonFile.removed_at.is_(None), StoredFile.sha256 == stored.sha256
    )
    return db.session.scalars(wanted.order_by(PersonFile.id).limit(1)).first()


def hospitality_of(person: Person) -> Hospitality | None:
    """What those who serve need to know, until the day it goes."""
    wanted = sa.select(Hospitality).where(
        Hospitality.person_id == person.id, Hospitality.purge_on > clock.today()
    )
    return db.session.scalars(wanted).one_or_none()
