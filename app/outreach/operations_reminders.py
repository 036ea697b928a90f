"""Telling whoever put a contact off that the day has come; the worker looks every few seconds (G3)."""

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from app.accounts import audit
from app.accounts.queries_successions import answerer_of
from app.core import clock, waking
from app.core.db import db, transaction
from app.core.i18n import later
from app.core.spoken import short_day
from app.notices import operations as notices
from app.notices.models import Urgency
from app.outreach.models import Collision, CollisionState
from app.outreach.policies_inbox import words_of_subject


def remind_waiting() -> int:
    """Give one notice for each contact whose window has become free; returns how many. Twice tells once."""
    if not db.session.scalar(sa.select(sa.exists(_due()))):
        return 0
    with transaction():
        rows = db.session.scalars(
            _due().order_by(Collision.id).limit(200).with_for_update(of=Collision, skip_locked=True)
        ).all()
        for row in rows:
            _remind(row)
    return len(rows)


def _due() -> sa.Select[Collision]:
    return sa.select(Collision).where(
        Collision.state == CollisionState.WAITING, Collision.reminded_at.is_(None),
        Collision.free_from_at <= clock.now(),
    )  # fmt: skip


def _remind(row: Collision) -> None:
    before = audit.snapshot(row)
    row.reminded_at = clock.now()
    source = ("outreach", row.other_id) if row.other_id else ("people", row.person_id)
    said = _l(
        "The window is free: %(name)s may hear “%(subject)s” now. You put it off on %(day)s; open the stopped contact and try "
        "again, or let it be.",
        name=row.person.name, subject=later(words_of_subject, row), day=later(short_day, row.stopped_at.date()),
    )  # fmt: skip
    notices.notify(said, user=answerer_of(row, row.user_id, clock.now()), urgency=Urgency.SOON, source=source)
    audit.record("outreach.waiting_reminded", row, by=None, before=before)


waking.step("contact_reminders", remind_waiting)
