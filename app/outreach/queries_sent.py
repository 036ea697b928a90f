"""Reading what left the outbox: sent, on its way, failed, discarded."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import defer, joinedload

from app.core.db import db
from app.core.models import MailState, OutboxMail
from app.outreach.models import Letter

N_PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Departed:
    """One line of what was sent, is on its way, failed or was discarded."""

    mail: OutboxMail
    letter: Letter | None

    @property
    def id(self) -> int:
        return self.mail.id


@dataclass(frozen=True, slots=True)
class DepartedPage:
    """One page of what left, newest first."""

    rows: Sequence[Departed]
    total: int
    page: int

    @property
    def has_next(self) -> bool:
        return self.page * N_PER_PAGE < self.total


def list_departed(state: MailState | None = None, page: int = 1) -> DepartedPage:
    """Everything that is not held any more; two queries whatever the rows."""
    is_here = OutboxMail.state == state if state else OutboxMail.state != MailState.HELD
    total = db.session.scalar(sa.select(sa.func.count(OutboxMail.id)).where(is_here)) or 0
    page = max(1, min(page, -(-total // N_PER_PAGE) or 1))
    wanted = (
        sa.select(OutboxMail, Letter)
        .outerjoin(Letter, Letter.mail_id == OutboxMail.id)
        .where(is_here)
        .order_by(OutboxMail.id.desc())
        .offset((page - 1) * N_PER_PAGE)
        .limit(N_PER_PAGE)
        .options(defer(OutboxMail.raw), joinedload(Letter.person))
    )
    return DepartedPage([Departed(row[0], row[1]) for row in db.session.execute(wanted)], total, page)
