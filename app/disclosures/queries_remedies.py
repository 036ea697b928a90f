"""Reading what went wrong and what came of it: remedies, drafts asked for, and the figures of labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from app.accounts.models import User
from app.core.db import db
from app.core.errors import NotFound
from app.disclosures.models import DraftRequest, LabelVerdict, Publication, Remedy, RemedyState
from app.people import queries as people
from app.people.models import Person

N_SHOWN = 200


@dataclass(frozen=True, slots=True)
class LabelFigures:
    """What a report says about labels: links, those right when first looked at, reminders, drafts asked for."""

    n_links: int
    n_right: int
    n_reminders: int
    n_drafts: int


def count_labels(by: User | None, since: date | None = None, until: date | None = None) -> LabelFigures:
    """The one count of labels, reminders and drafts, of the people `by` may see; days inclusive (D4, D5, J9.3)."""
    seen = people.visible_to(by).with_only_columns(Person.id)
    links = sa.select(
        sa.func.count(Publication.id),
        sa.func.count(Publication.id).filter(Publication.verdict == LabelVerdict.EVIDENCED),
        sa.func.count(Remedy.id),
    ).outerjoin(Remedy, Remedy.publication_id == Publication.id)
    links = links.where(Publication.person_id.in_(seen))
    if since is not None:
        links = links.where(Publication.published_on >= since)
    if until is not None:
        links = links.where(Publication.published_on <= until)
    n_links, n_right, n_reminders = db.session.execute(links).one()
    return LabelFigures(n_links, n_right, n_reminders, count_drafts(by, since, until))


def count_drafts(by: User | None, since: date | None = None, until: date | None = None) -> int:
    """How often somebody asked for work before it was public, or tried to file it (D4)."""
    seen = people.visible_to(by).with_only_columns(Person.id)
    wanted = sa.select(sa.func.count(DraftRequest.id)).where(DraftRequest.person_id.in_(seen))
    if since is not None:
        wanted = wanted.where(DraftRequest.at >= datetime.combine(since, datetime.min.time(), UTC))
    if until is not None:
        wanted = wanted.where(
            DraftRequest.at < datetime.combine(until + timedelta(days=1), datetime.min.time(), UTC)
        )
    return db.session.scalar(wanted) or 0


def list_drafts(by: User | None) -> Sequence[DraftRequest]:
    """The attempts behind the number, newest first."""
    seen = people.visible_to(by).with_only_columns(Person.id)
    wanted = sa.select(DraftRequest).where(DraftRequest.person_id.in_(seen))
    loaded = (joinedload(DraftRequest.person), joinedload(DraftRequest.by))
    ordered = wanted.options(*loaded).order_by(DraftRequest.at.desc(), DraftRequest.id.desc())
    return db.session.scalars(ordered.limit(N_SHOWN)).all()


def list_remedies(by: User | None) -> Sequence[Remedy]:
    """Labels to be put right, the open ones first and by day; closed ones after them."""
    seen = people.visible_to(by).with_only_columns(Person.id)
    wanted = (
        sa.select(Remedy)
        .join(Remedy.publication)
        .where(Publication.person_id.in_(seen))
        .options(contains_eager(Remedy.publication).joinedload(Publication.person))
    )
    is_closed = sa.case((Remedy.state == RemedyState.OPEN, 0), else_=1)
    return db.session.scalars(wanted.order_by(is_closed, Remedy.due_on, Remedy.id).limit(N_SHOWN)).all()


def get_remedy(id: int, by: User | None) -> Remedy:
    """The remedy of a person `by` may see, or NotFound."""
    seen = people.visible_to(by).with_only_columns(Person.id)
    wanted = (
        sa.select(Remedy)
        .join(Remedy.publication)
        .where(Remedy.id == id, Publication.person_id.in_(seen))
        .options(contains_eager(Remedy.publication).joinedload(Publication.person))
    )
    found = db.session.scalars(wanted).one_or_none()
    if found is None:
        raise NotFound("There is no such remedy, or it is not yours to see.")
    return found


def count_repeats(person_ids: Sequence[int]) -> dict[int, int]:
    """How often a label of each was wrong (c29), in one query for a whole list."""
    wanted = (
        sa.select(Publication.person_id, sa.func.count())
        .where(Publication.person_id.in_(person_ids), Publication.verdict != LabelVerdict.EVIDENCED)
        .group_by(Publication.person_id)
    )
    return dict(db.session.execute(wanted).all())
