"""What is planned, booked or charged without having been received, summed: the side of exposure that is not in the book."""

from collections.abc import Sequence

import sqlalchemy as sa
from msgspec import Struct

from app.core.db import db
from app.core.money import Money
from app.ledger.models import Category, Commitment, CommitmentStage
from app.ledger.models_limits import PROMISE
from app.people.models import Person

#: What still stands: planned and booked; and what was charged although nobody received it.
STANDING = (CommitmentStage.PLANNED, CommitmentStage.COMMITTED, CommitmentStage.BORNE)


class Standing(Struct, frozen=True):
    """So much of one category for one person (the surviving record) at one stage."""

    person_id: int
    category: Category
    stage: CommitmentStage
    money: Money
    n: int


def standing_of(event_id: int) -> Sequence[Standing]:
    """Sums of an event by person, category and stage; promises of invitations, which rooms book in detail, are left out."""
    person, columns = sa.func.coalesce(Person.merged_into_id, Person.id), Commitment.__table__.c
    keys = (person, Commitment.category, Commitment.stage, columns.reporting_currency)
    wanted = (
        sa.select(*keys, sa.func.sum(columns.reporting_minor), sa.func.count())
        .join(Person, Person.id == Commitment.person_id)
        .where(
            Commitment.event_id == event_id, Commitment.stage.in_(STANDING), Commitment.source_part.not_like(f"{PROMISE}%")
        )
        .group_by(*keys)
        .order_by(*keys)
    )  # fmt: skip
    return [
        Standing(id, category, stage, Money(int(minor), currency), n)
        for id, category, stage, currency, minor, n in db.session.execute(wanted)
    ]
