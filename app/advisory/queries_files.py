"""Reading the files of an engagement: contracts and what was delivered."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.advisory.models import Engagement
from app.advisory.models_files import EngagementFile, FilePart
from app.advisory.policies_files import FileIsGone
from app.core.db import db
from app.core.errors import NotFound
from app.core.models import StoredFile
from app.people import queries as people
from app.people.models import Person


def files_of(engagement: Engagement) -> Sequence[EngagementFile]:
    """Every file of an engagement, contracts first, the first added first; also those whose content was erased."""
    wanted = sa.select(EngagementFile).where(EngagementFile.engagement_id == engagement.id)
    return db.session.scalars(wanted.order_by(EngagementFile.part, EngagementFile.id)).all()


def has_deliverable(engagement: Engagement) -> bool:
    """Whether a file of what was delivered is there: it counts as evidence (A5)."""
    wanted = sa.select(EngagementFile.id).where(
        EngagementFile.engagement_id == engagement.id,
        EngagementFile.part == FilePart.DELIVERABLE,
        EngagementFile.file_id.is_not(None),
    )
    return db.session.scalar(wanted.limit(1)) is not None


def find_same(engagement: Engagement, part: FilePart, stored: StoredFile) -> EngagementFile | None:
    """The same content in the same part of an engagement."""
    wanted = (
        sa.select(EngagementFile)
        .join(StoredFile, StoredFile.id == EngagementFile.file_id)
        .where(
            EngagementFile.engagement_id == engagement.id,
            EngagementFile.part == part,
            StoredFile.sha256 == stored.sha256,
        )
    )
    return db.session.scalars(wanted.limit(1)).first()


def get_file(id: int, by: User | None) -> tuple[EngagementFile, StoredFile]:
    """A file of an engagement `by` may see, with its content; NotFound for any other, FileIsGone once it was erased."""
    seen = people.visible_to(by).with_only_columns(Person.id)
    return _with_content(_one(id, Engagement.person_id.in_(seen)))


def get_own_file(person: Person, id: int) -> tuple[EngagementFile, StoredFile]:
    """A file of this person's own engagement; NotFound for anybody else's."""
    return _with_content(_one(id, Engagement.person_id.in_(people.records_of(person))))


def _one(id: int, whose: sa.ColumnElement[bool]) -> EngagementFile:
    wanted = sa.select(EngagementFile).join(EngagementFile.engagement).where(EngagementFile.id == id, whose)
    found = db.session.scalars(wanted.options(joinedload(EngagementFile.engagement))).one_or_none()
    if found is None:
        raise NotFound(_("There is no such file."))
    return found


def _with_content(row: EngagementFile) -> tuple[EngagementFile, StoredFile]:
    if row.file is None:
        raise FileIsGone(_("This file was erased with the person it named."))
    return row, row.file


def kept_files_of(person_ids: Collection[int]) -> Sequence[EngagementFile]:
    """Every file of these people's engagements that is still there: for the person's own copy (P9)."""
    wanted = sa.select(EngagementFile).join(EngagementFile.engagement)
    wanted = wanted.where(Engagement.person_id.in_(person_ids), EngagementFile.file_id.is_not(None))
    return db.session.scalars(wanted.order_by(EngagementFile.id)).all()
