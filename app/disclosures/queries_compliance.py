"""Counts of duties and of labels in some days, for the people a reader may see: by state and by person (O6)."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import aliased

from app.accounts.models import User
from app.core.db import db
from app.disclosures.models import LabelVerdict, Obligation, ObligationState, Publication
from app.disclosures.queries_remedies import filed_in
from app.people import queries as people
from app.people.models import Person
from app.programs.queries_spans import Span


class DutyCount(Struct, frozen=True):
    """So many duties of one jurisdiction in one state."""

    jurisdiction: str
    state: ObligationState
    n: int


def count_duties(by: User | None, span: Span) -> Sequence[DutyCount]:
    """Duties by the value date of what opened them; void ones, whose value was taken back, are left out."""
    keys = (Obligation.jurisdiction, Obligation.state)
    wanted = sa.select(*keys, sa.func.count()).where(
        Obligation.person_id.in_(people.visible_to(by).with_only_columns(Person.id)),
        Obligation.state != ObligationState.VOID,
        *span.days(Obligation.value_on),
        *span.people(Obligation.person_id),
    )
    return [DutyCount(*row) for row in db.session.execute(wanted.group_by(*keys).order_by(*keys))]


class VerdictCount(Struct, frozen=True):
    """What one person published, by what was found at the first look; `person_id` is the surviving record."""

    person_id: int
    name: str
    n_right: int
    n_deficient: int
    n_missing: int

    @property
    def n(self) -> int:
        return self.n_right + self.n_deficient + self.n_missing


def count_verdicts(by: User | None, span: Span) -> Sequence[VerdictCount]:
    """By person, whose labels were wrong most often first, then by name; the sums are those of `count_labels`."""
    survivor = aliased(Person)
    right, deficient, missing = (
        sa.func.count(Publication.id).filter(Publication.verdict == verdict)
        for verdict in (LabelVerdict.EVIDENCED, LabelVerdict.DEFICIENT, LabelVerdict.MISSING)
    )
    wanted = (
        sa.select(survivor.id, survivor.name, right, deficient, missing)
        .select_from(Publication)
        .join(Person, Person.id == Publication.person_id)
        .join(survivor, survivor.id == sa.func.coalesce(Person.merged_into_id, Person.id))
        .where(*filed_in(by, span))
        .group_by(survivor.id, survivor.name, survivor.sort_key)
        .order_by(sa.desc(deficient + missing), survivor.sort_key, survivor.id)
    )
    rows: Sequence[Any] = db.session.execute(wanted).all()
    return [VerdictCount(*row) for row in rows]
