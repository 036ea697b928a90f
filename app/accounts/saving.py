"""Who saved a record last, from the audit trail: for whoever is told that somebody else was faster."""

import sqlalchemy as sa
from flask_login import current_user

from app.accounts import audit
from app.accounts.models import AuditEvent, User
from app.core import overtaken
from app.core.db import Base, db
from app.core.i18n import when
from app.core.overtaken import Saver

#: So many lines of the trail are looked at; readings stand there too.
_MOST = 50


def saver_of(row: Base) -> Saver | None:
    """The last line that changed the row; None for guests, who know nobody of the house by name, and without a line."""
    reader = current_user._get_current_object()
    if not isinstance(reader, User):
        return None
    line = next((one for one in _lines(row) if one.fields), None)
    if line is None:
        return None
    is_reader = line.by_id == reader.id
    return Saver(line.by.name if line.by else "", when(line.at, reader.zone), is_reader)


def _lines(row: Base) -> sa.ScalarResult[AuditEvent]:
    wanted = sa.select(AuditEvent).where(
        AuditEvent.subject_kind == row.__tablename__, AuditEvent.subject_id == audit.identity_of(row)
    )
    return db.session.scalars(wanted.order_by(AuditEvent.id.desc()).limit(_MOST))


overtaken.know_savers(saver_of)
