"""Reading what left the outbox: sent, on its way, failed, discarded."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import defer, joinedload

from app.core.db import db
from app.core.models import MailState, OutboxMail
from app.outreach.models import Letter
from app.outreach.models_outbox import Bounce
from app.outreach.queries_bounces import bounces_of
from app.people.models import Person

N_PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Departed:
    """One line of what was sent, is on its way, failed or was discarded."""

    mail: OutboxMail
    letter: Letter | None
    bounce: Bounce | None = None

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


def list_departed(state: MailState | None = None, page: int = 1, *, is_bounced: bool = False) -> DepartedPage:
    """Everything that is not held any more, or only what came back; three queries whatever the rows."""
    is_here = OutboxMail.state == state if state else OutboxMail.state != MailState.HELD
    if is_bounced:
        is_here &= sa.exists().where(Bounce.mail_id == OutboxMail.id, Bounce.is_final.is_(True))
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
    found = [(row[0], row[1]) for row in db.session.execute(wanted)]
    bounces = bounces_of([mail.id for mail, _ in found])
    return DepartedPage([Departed(mail, letter, bounces.get(mail.id)) for mail, letter in found], total, page)


def letters_to(person: Person, most: int = 20) -> Sequence[Departed]:
    """The newest letters to a person, waiting or gone, with what came back; two queries."""
    wanted = sa.select(Letter).where(Letter.person_id == person.id, Letter.mail_id.is_not(None))
    wanted = (
        wanted.order_by(Letter.id.desc()).limit(most).options(joinedload(Letter.mail).defer(OutboxMail.raw))
    )
    found = [(letter.mail, letter) for letter in db.session.scalars(wanted) if letter.mail is not None]
    bounces = bounces_of([mail.id for mail, _ in found])
    return [Departed(mail, letter, bounces.get(mail.id)) for mail, letter in found]
