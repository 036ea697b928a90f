"""Reading what left the outbox: sent, on its way, failed, discarded."""

from collections.abc import Sequence

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import defer, joinedload

from app.core import keyset
from app.core.db import db
from app.core.keyset import Count, Order, Place
from app.core.models import MailState, OutboxMail
from app.outreach.models import Letter
from app.outreach.models_outbox import Bounce
from app.outreach.queries_bounces import bounces_of
from app.people.models import Person

N_PER_PAGE = 50
SENT_ORDER = Order((OutboxMail.id,), is_descending=True)


class Departed(Struct, frozen=True):
    """One line of what was sent, is on its way, failed or was discarded."""

    mail: OutboxMail
    letter: Letter | None
    bounce: Bounce | None = None

    @property
    def id(self) -> int:
        return self.mail.id


class DepartedPage(Struct, frozen=True):
    """One page of what left, newest first, and the places around it."""

    rows: Sequence[Departed]
    total: Count
    before: str
    after: str


def list_departed(
    state: MailState | None = None, place: Place | None = None, *, is_bounced: bool = False
) -> DepartedPage:
    """Everything that is not held any more, or only what came back, from a place on; four queries whatever the rows."""
    is_here = OutboxMail.state == state if state else OutboxMail.state != MailState.HELD
    if is_bounced:
        is_here &= sa.exists().where(Bounce.mail_id == OutboxMail.id, Bounce.is_final.is_(True))
    wanted = sa.select(OutboxMail).where(is_here)
    loaded = wanted.options(defer(OutboxMail.raw))
    page = keyset.turn_to(
        place,
        N_PER_PAGE,
        lambda at: db.session.scalars(keyset.cut(loaded, SENT_ORDER, at, N_PER_PAGE)).all(),
        lambda mail: [mail.id],
    )
    total = keyset.count_rows(wanted.with_only_columns(OutboxMail.id))
    ids = [mail.id for mail in page.rows]
    letters, bounces = _letters_of(ids), bounces_of(ids)
    rows = [Departed(mail, letters.get(mail.id), bounces.get(mail.id)) for mail in page.rows]
    return DepartedPage(rows, total, page.before, page.after)


def _letters_of(mail_ids: Sequence[int]) -> dict[int | None, Letter]:
    wanted = sa.select(Letter).where(Letter.mail_id.in_(mail_ids)).options(joinedload(Letter.person))
    return {letter.mail_id: letter for letter in db.session.scalars(wanted)}


def letters_to(person: Person, most: int = 20) -> Sequence[Departed]:
    """The newest letters to a person, waiting or gone, with what came back; two queries."""
    wanted = sa.select(Letter).where(Letter.person_id == person.id, Letter.mail_id.is_not(None))
    wanted = (
        wanted.order_by(Letter.id.desc()).limit(most).options(joinedload(Letter.mail).defer(OutboxMail.raw))
    )
    found = [(letter.mail, letter) for letter in db.session.scalars(wanted) if letter.mail is not None]
    bounces = bounces_of([mail.id for mail, _ in found])
    return [Departed(mail, letter, bounces.get(mail.id)) for mail, letter in found]
