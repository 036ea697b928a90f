"""Reading what went wrong and what came of it: remedies, drafts asked for, and the figures of labels."""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct
from sqlalchemy.orm import contains_eager, joinedload

from app.accounts.models import User
from app.core.db import db
from app.core.errors import NotFound
from app.disclosures.models import DraftRequest, LabelVerdict, Obligation, Publication, Remedy, RemedyState
from app.people import queries as people
from app.people.models import Person
from app.programs.queries_spans import EVERYTHING, Span

N_SHOWN = 200


class LabelFigures(Struct, frozen=True):
    """What a report says about labels: links, those right when first looked at, reminders, drafts asked for."""

    n_links: int
    n_right: int
    n_reminders: int
    n_drafts: int


def count_labels(by: User | None, span: Span = EVERYTHING, *, of: Person | None = None) -> LabelFigures:
    """The one count of labels, reminders and drafts, of the people `by` may see or of one of them (D4, D5, J9.3)."""
    reminded = sa.and_(Remedy.publication_id == Publication.id, *span.known(Remedy.opened_at))
    links = sa.select(
        sa.func.count(Publication.id),
        sa.func.count(Publication.id).filter(Publication.verdict == LabelVerdict.EVIDENCED),
        sa.func.count(Remedy.id),
    ).outerjoin(Remedy, reminded)
    n_links, n_right, n_reminders = db.session.execute(links.where(*filed_in(by, span, of))).one()
    return LabelFigures(n_links, n_right, n_reminders, count_drafts(by, span, of))


def filed_in(by: User | None, span: Span, of: Person | None = None) -> list[sa.ColumnElement[bool]]:
    """Publications of the people `by` may see, or of one of them, that came out in these days."""
    return [
        Publication.person_id.in_(_whose(by, of)), *span.days(Publication.published_on),
        *span.known(Publication.checked_at), *span.people(Publication.person_id),
    ]  # fmt: skip


def _whose(by: User | None, of: Person | None) -> sa.Select[int]:
    """The people `by` may see; or all records of one, who was found among them."""
    return people.visible_to(by).with_only_columns(Person.id) if of is None else people.records_of(of)


def list_filed(by: User | None, span: Span = EVERYTHING, *, is_right: bool = False) -> Sequence[Publication]:
    """The links behind these figures, newest first; only those whose label was right, or all."""
    wanted = sa.select(Publication).where(*filed_in(by, span))
    if is_right:
        wanted = wanted.where(Publication.verdict == LabelVerdict.EVIDENCED)
    ordered = wanted.order_by(Publication.published_on.desc(), Publication.id.desc())
    return db.session.scalars(ordered.options(joinedload(Publication.person)).limit(N_SHOWN)).all()


def count_drafts(by: User | None, span: Span = EVERYTHING, of: Person | None = None) -> int:
    """How often somebody asked for work before it was public, or tried to file it (D4)."""
    wanted = sa.select(sa.func.count(DraftRequest.id)).where(*_drafts_in(by, span, of))
    return db.session.scalar(wanted) or 0


def _drafts_in(by: User | None, span: Span, of: Person | None = None) -> list[sa.ColumnElement[bool]]:
    return [
        DraftRequest.person_id.in_(_whose(by, of)), *span.instants(DraftRequest.at),
        *span.known(DraftRequest.at), *span.people(DraftRequest.person_id),
    ]  # fmt: skip


def list_drafts(by: User | None, span: Span = EVERYTHING) -> Sequence[DraftRequest]:
    """The attempts behind the number, newest first."""
    wanted = sa.select(DraftRequest).where(*_drafts_in(by, span))
    loaded = (joinedload(DraftRequest.person), joinedload(DraftRequest.by))
    ordered = wanted.options(*loaded).order_by(DraftRequest.at.desc(), DraftRequest.id.desc())
    return db.session.scalars(ordered.limit(N_SHOWN)).all()


def list_remedies(by: User | None, span: Span = EVERYTHING) -> Sequence[Remedy]:
    """Labels to be put right, the open ones first and by day; closed ones after them."""
    wanted = (
        sa.select(Remedy)
        .join(Remedy.publication)
        .where(*filed_in(by, span), *span.known(Remedy.opened_at))
        .options(contains_eager(Remedy.publication).joinedload(Publication.person))
    )
    is_closed = sa.case((Remedy.state == RemedyState.OPEN, 0), else_=1)
    return db.session.scalars(wanted.order_by(is_closed, Remedy.due_on, Remedy.id).limit(N_SHOWN)).all()


def open_until(publication_ids: Sequence[int]) -> dict[int, date]:
    """Until when the label of each of these can still be put right, where a remedy is open; one query."""
    wanted = sa.select(Remedy.publication_id, Remedy.due_on).where(
        Remedy.publication_id.in_(publication_ids), Remedy.state == RemedyState.OPEN
    )
    return dict(db.session.execute(wanted).all())


class Answer(Struct, frozen=True):
    """One public piece since value was given, and the label that had to be put right in it, if it had to."""

    publication: Publication
    remedy: Remedy | None


def list_answers_to(duty: Obligation) -> list[Answer]:
    """What the person published from the day of the value on, the oldest first: each may meet the duty or fail it (D5)."""
    wanted = (
        sa.select(Publication, Remedy)
        .outerjoin(Remedy, Remedy.publication_id == Publication.id)
        .where(
            Publication.person_id.in_(people.records_of(duty.person)),
            Publication.published_on >= duty.value_on,
        )
    )
    ordered = wanted.order_by(Publication.published_on, Publication.id).limit(N_SHOWN)
    return [Answer(publication, remedy) for publication, remedy in db.session.execute(ordered)]


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
        raise NotFound(_("There is no such remedy, or it is not yours to see."))
    return found


def count_repeats(person_ids: Sequence[int]) -> dict[int, int]:
    """How often a label of each was wrong (c29), in one query for a whole list."""
    wanted = (
        sa.select(Publication.person_id, sa.func.count())
        .where(Publication.person_id.in_(person_ids), Publication.verdict != LabelVerdict.EVIDENCED)
        .group_by(Publication.person_id)
    )
    return dict(db.session.execute(wanted).all())
