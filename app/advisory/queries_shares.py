"""Reading affiliate shares of the people one may see, their statements and payouts."""

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from app.accounts import queries_successions
from app.accounts.models import User
from app.accounts.queries_successions import Holder, answering
from app.advisory.listing import Page, page_of, seen_by
from app.advisory.models_shares import AffiliateShare, SharePayout, ShareState, ShareStatement
from app.core.db import db
from app.core.errors import NotFound
from app.core.money import Money, total
from app.people import queries as people
from app.people.models import Person

_LOADED = (
    joinedload(AffiliateShare.person),
    joinedload(AffiliateShare.program),
    joinedload(AffiliateShare.filed_by),
    joinedload(AffiliateShare.approved_by),
    joinedload(AffiliateShare.second_by),
    joinedload(AffiliateShare.ended_by),
)
#: What a line of a list says of others.
LISTED = (joinedload(AffiliateShare.person), joinedload(AffiliateShare.approved_by))


def get_share(id: int, by: User | None) -> AffiliateShare:
    """An affiliate share of a person `by` may see, everything of its page loaded; else NotFound."""
    wanted = sa.select(AffiliateShare).where(
        AffiliateShare.id == id, AffiliateShare.person_id.in_(seen_by(by))
    )
    found = db.session.scalars(wanted.options(*_LOADED)).one_or_none()
    if found is None:
        raise NotFound(_("There is no such affiliate share."))
    return found


def list_shares(by: User | None, state: ShareState | None = None, *, page: int = 1) -> Page[AffiliateShare]:
    """A page of 50 affiliate shares of the people `by` may see, newest first."""
    return page_of(shares_matching(by, state), AffiliateShare.id, page, *_LOADED[:2])


def shares_matching(by: User | None, state: ShareState | None = None) -> sa.Select[AffiliateShare]:
    """Affiliate shares of the people `by` may see, in no order."""
    found = sa.select(AffiliateShare).where(AffiliateShare.person_id.in_(seen_by(by)))
    if state is not None:
        found = found.where(AffiliateShare.state == state)
    return found


def count_states(by: User | None) -> dict[ShareState, int]:
    """How many affiliate shares stand at each step; every step is there."""
    counted = sa.select(AffiliateShare.state, sa.func.count()).where(
        AffiliateShare.person_id.in_(seen_by(by))
    )
    found = {row[0]: row[1] for row in db.session.execute(counted.group_by(AffiliateShare.state))}
    return {state: found.get(state, 0) for state in ShareState}


def shares_of(person: Person) -> Sequence[AffiliateShare]:
    """The affiliate shares of a person and of records merged into it, newest first."""
    wanted = sa.select(AffiliateShare).where(AffiliateShare.person_id.in_(people.records_of(person)))
    return db.session.scalars(wanted.options(*_LOADED[:2]).order_by(AffiliateShare.id.desc())).all()


def runs_for(person: Person, on: date) -> bool:
    """Whether sales by a link of this person earn them something on a day."""
    return any(share.runs_on(on) for share in shares_of(person))


def shares_of_link(
    link: str, from_on: date, to_on: date | None, *, but: int | None = None
) -> Sequence[AffiliateShare]:
    """Affiliate shares that count, or are going to count, the same link on one of these days."""
    last = sa.func.coalesce(AffiliateShare.ended_on, AffiliateShare.to_on)
    is_dead = sa.and_(AffiliateShare.state == ShareState.ENDED, AffiliateShare.contracted_on.is_(None))
    wanted = sa.select(AffiliateShare).where(
        sa.func.lower(AffiliateShare.link) == link.strip().lower(),
        sa.not_(is_dead),
        sa.or_(last.is_(None), last >= from_on),
    )
    if to_on is not None:
        wanted = wanted.where(AffiliateShare.from_on <= to_on)
    if but is not None:
        wanted = wanted.where(AffiliateShare.id != but)
    return db.session.scalars(wanted.order_by(AffiliateShare.id)).all()


# -- statements and payouts ------------------------------------------------------------------------


def statements_of(share: AffiliateShare) -> Sequence[ShareStatement]:
    """Every statement of a share, also those taken back and the lines that did it, the first made first."""
    return db.session.scalars(statements_matching(share).order_by(ShareStatement.id)).all()


def statements_matching(share: AffiliateShare) -> sa.Select[ShareStatement]:
    """The same, in no order."""
    return sa.select(ShareStatement).where(ShareStatement.share_id == share.id)


def taken_back_among(statements: Sequence[ShareStatement]) -> set[int]:
    """The numbers of those statements that another line takes back."""
    wanted = sa.select(ShareStatement.reverses_id).where(
        ShareStatement.reverses_id.in_([one.id for one in statements])
    )
    return {id for id in db.session.scalars(wanted) if id is not None}


def unpaid_of(share: AffiliateShare) -> Sequence[ShareStatement]:
    """The statements of a share that no payout was made for, the first made first; read anew."""
    wanted = sa.select(ShareStatement).where(
        ShareStatement.share_id == share.id, ShareStatement.payout_id.is_(None)
    )
    fresh = wanted.order_by(ShareStatement.id).execution_options(populate_existing=True)
    return db.session.scalars(fresh).all()


def due_of(share: AffiliateShare) -> Money:
    """What the statements without a payout sum up to; below nothing where too much was paid."""
    return total((one.commission for one in unpaid_of(share)), share.currency)


def get_statement(id: int, by: User | None) -> ShareStatement:
    """A statement of a person `by` may see; else NotFound."""
    found = db.session.get(ShareStatement, id)
    if found is None:
        raise NotFound(_("There is no such statement."))
    get_share(found.share_id, by)
    return found


def payouts_of(share: AffiliateShare) -> Sequence[SharePayout]:
    """The payouts of a share, the first made first."""
    return db.session.scalars(payouts_matching(share).order_by(SharePayout.id)).all()


def payouts_matching(share: AffiliateShare) -> sa.Select[SharePayout]:
    """The same, in no order."""
    return sa.select(SharePayout).where(SharePayout.share_id == share.id)


def get_payout(id: int, by: User | None) -> SharePayout:
    """A payout to a person `by` may see; else NotFound."""
    found = db.session.get(SharePayout, id)
    if found is None:
        raise NotFound(_("There is no such payout."))
    get_share(found.share_id, by)
    return found


def statements_in(payout: SharePayout) -> Sequence[ShareStatement]:
    """What a payout was for, the first made first."""
    wanted = sa.select(ShareStatement).where(ShareStatement.payout_id == payout.id)
    return db.session.scalars(wanted.order_by(ShareStatement.id)).all()


def statements_in_each(payouts: Sequence[SharePayout]) -> dict[int, list[int]]:
    """The numbers of the statements each payout was for, in one query."""
    found: dict[int, list[int]] = {one.id: [] for one in payouts}
    wanted = sa.select(ShareStatement.payout_id, ShareStatement.id).where(
        ShareStatement.payout_id.in_(list(found))
    )
    for payout_id, id in db.session.execute(wanted.order_by(ShareStatement.id)):
        if payout_id is not None:
            found[payout_id].append(id)
    return found


# -- duties, owners --------------------------------------------------------------------------------


def to_keep(today: date) -> sa.Select[AffiliateShare]:
    """Affiliate shares that run and whose duties nobody looked after today; none that begins later, nobody erased."""
    return (
        sa.select(AffiliateShare)
        .join(Person, Person.id == AffiliateShare.person_id)
        .where(
            Person.is_pseudonymous.is_(False),
            AffiliateShare.state == ShareState.RUNNING,
            AffiliateShare.from_on <= today,
            sa.or_(AffiliateShare.duties_on.is_(None), AffiliateShare.duties_on < today),
        )
        .order_by(AffiliateShare.id)
    )


def holder_of_share(share: AffiliateShare, at: datetime) -> Holder:
    """Who answers for an affiliate share at an instant, and who follows (P1)."""
    return queries_successions.holder_of(share, share.filed_by_id, at)


def list_shares_held(user: User, at: datetime) -> Sequence[AffiliateShare]:
    """Affiliate shares in hand that a user answers for, oldest first."""
    wanted = sa.select(AffiliateShare).where(
        AffiliateShare.state != ShareState.ENDED,
        answering(AffiliateShare, AffiliateShare.filed_by_id, at) == user.id,
    )
    return db.session.scalars(
        wanted.options(joinedload(AffiliateShare.person)).order_by(AffiliateShare.id)
    ).all()
