"""Reading advice: needs, rate cards, engagements of the people one may see, advice, the cooling-off setting."""

import re
from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.models import AuditEvent, User
from app.advisory.listing import Page, page_of, seen_by
from app.advisory.models import (
    Advice,
    Alternative,
    Engagement,
    EngagementState,
    Need,
    NeedState,
    RateBand,
    RateCard,
)
from app.advisory.policies import LIVE
from app.advisory.policies_gate import COOLING_OFF_DAYS
from app.core.db import db
from app.core.errors import NotFound
from app.core.models import Setting
from app.people import queries as people
from app.people.models import Person
from app.people.names import fold

_MARKS = re.compile(r"[^\w\s]")

#: The name of the cooling-off setting: {"n_days": 90}.
COOLING_OFF = "advisory.cooling_off"


def cooling_off_days() -> int:
    """How many days lie between hospitality and paid service, by the setting in force (A4)."""
    row = db.session.get(Setting, COOLING_OFF)
    return int(row.value["n_days"]) if row is not None else COOLING_OFF_DAYS


# -- needs -----------------------------------------------------------------------------------------


def get_need(id: int) -> Need:
    """The need with its program, goal and names, or NotFound."""
    loaded = (
        joinedload(Need.program),
        joinedload(Need.goal),
        joinedload(Need.filed_by),
        joinedload(Need.approved_by),
    )
    found = db.session.scalars(sa.select(Need).where(Need.id == id).options(*loaded)).one_or_none()
    if found is None:
        raise NotFound(_("There is no such need."))
    return found


def last_change(need: Need) -> AuditEvent | None:
    """The latest line of the audit trail about a need."""
    wanted = sa.select(AuditEvent).where(
        AuditEvent.subject_kind == Need.__tablename__, AuditEvent.subject_id == str(need.id)
    )
    return db.session.scalars(wanted.order_by(AuditEvent.id.desc()).limit(1)).first()


def list_needs(state: NeedState | None = None, limit: int = 200) -> Sequence[Need]:
    """Needs, newest first, with their program and filer."""
    wanted = sa.select(Need).options(joinedload(Need.program), joinedload(Need.filed_by))
    if state is not None:
        wanted = wanted.where(Need.state == state)
    return db.session.scalars(wanted.order_by(Need.id.desc()).limit(limit)).all()


def count_needs(state: NeedState) -> int:
    """How many needs stand in a state."""
    return db.session.scalar(sa.select(sa.func.count()).where(Need.state == state)) or 0


def count_live(need: Need) -> int:
    """How many people are proposed or engaged for a need now."""
    taken = sorted({*LIVE, EngagementState.CLOSED})
    wanted = sa.select(sa.func.count()).where(Engagement.need_id == need.id, Engagement.state.in_(taken))
    return db.session.scalar(wanted) or 0


def names_in(text: str) -> list[str]:
    """The people of ours whose name stands in a text: whole names, in any script (A1)."""
    folded = _as_words(text)
    wanted = sa.select(Person.name).where(Person.is_pseudonymous.is_(False), Person.merged_into_id.is_(None))
    return [name for name in db.session.scalars(wanted.order_by(Person.id)) if _stands_in(name, text, folded)]


def _stands_in(name: str, text: str, folded: str) -> bool:
    if " " in name.strip():
        return _as_words(name) in folded
    # One word may also be a common word, so its capitals count; scripts without them take endings.
    if name.isascii():
        return len(name) > 2 and re.search(rf"\b{re.escape(name)}\b", text) is not None
    return len(name) > 1 and name in text


def _as_words(text: str) -> str:
    """Folded words between single blanks, with one at either end."""
    return f" {fold(_MARKS.sub(' ', text))} "


# -- rate cards ------------------------------------------------------------------------------------


def list_cards() -> Sequence[RateCard]:
    """All versions of all cards with their bands, by name, the newest version first."""
    wanted = sa.select(RateCard).options(selectinload(RateCard.bands))
    return db.session.scalars(wanted.order_by(RateCard.name, RateCard.number.desc())).all()


def versions_of(name: str) -> Sequence[RateCard]:
    """The versions of one card, oldest first."""
    return db.session.scalars(
        sa.select(RateCard).where(RateCard.name == name).order_by(RateCard.number)
    ).all()


def get_card(id: int) -> RateCard:
    """The version of a card with its bands, or NotFound."""
    wanted = sa.select(RateCard).where(RateCard.id == id).options(selectinload(RateCard.bands))
    found = db.session.scalars(wanted).one_or_none()
    if found is None:
        raise NotFound(_("There is no such rate card."))
    return found


def get_band(id: int) -> RateBand:
    """The band with its card, or NotFound."""
    found = db.session.scalars(
        sa.select(RateBand).where(RateBand.id == id).options(joinedload(RateBand.card))
    ).one_or_none()
    if found is None:
        raise NotFound(_("There is no such band on a rate card."))
    return found


def bands_from(on: date) -> Sequence[RateBand]:
    """The bands of every card version that holds on a day or later, by card, tier and activity."""
    wanted = (
        sa.select(RateBand)
        .join(RateBand.card)
        .where(sa.or_(RateCard.effective_to_on.is_(None), RateCard.effective_to_on >= on))
        .options(joinedload(RateBand.card))
        .order_by(RateCard.name, RateCard.number.desc(), RateBand.tier, RateBand.activity, RateBand.id)
    )
    return db.session.scalars(wanted).all()


# -- engagements -----------------------------------------------------------------------------------

_LOADED = (
    joinedload(Engagement.person),
    joinedload(Engagement.need).joinedload(Need.program),
    joinedload(Engagement.need).joinedload(Need.goal),
    joinedload(Engagement.need).joinedload(Need.filed_by),
    joinedload(Engagement.band).joinedload(RateBand.card),
    joinedload(Engagement.proposed_by),
    joinedload(Engagement.cleared_by),
    joinedload(Engagement.second_by),
    joinedload(Engagement.payable_by),
)
#: What a line of a list says of others.
LISTED = (joinedload(Engagement.person), joinedload(Engagement.need), joinedload(Engagement.cleared_by))


def get_engagement(id: int, by: User | None) -> Engagement:
    """An engagement of a person `by` may see, everything of its page loaded; else NotFound."""
    loaded = (*_LOADED, selectinload(Engagement.alternatives).joinedload(Alternative.person))
    wanted = sa.select(Engagement).where(Engagement.id == id, Engagement.person_id.in_(seen_by(by)))
    found = db.session.scalars(wanted.options(*loaded)).one_or_none()
    if found is None:
        raise NotFound(_("There is no such engagement."))
    return found


def list_engagements(
    by: User | None, state: EngagementState | None = None, *, program_id: int | None = None, page: int = 1
) -> Page[Engagement]:
    """A page of 50 engagements of the people `by` may see, newest first."""
    return page_of(engagements_matching(by, state, program_id=program_id), Engagement.id, page, *_LOADED[:2])


def engagements_matching(
    by: User | None, state: EngagementState | None = None, *, program_id: int | None = None
) -> sa.Select[Engagement]:
    """Engagements of the people `by` may see, in no order."""
    found = sa.select(Engagement).where(Engagement.person_id.in_(seen_by(by)))
    if state is not None:
        found = found.where(Engagement.state == state)
    if program_id is not None:
        found = found.join(Need, Need.id == Engagement.need_id).where(Need.program_id == program_id)
    return found


def engagements_for(need: Need, by: User | None) -> Sequence[Engagement]:
    """Who was proposed for a need, oldest first."""
    wanted = sa.select(Engagement).where(Engagement.need_id == need.id, Engagement.person_id.in_(seen_by(by)))
    return db.session.scalars(wanted.options(joinedload(Engagement.person)).order_by(Engagement.id)).all()


def engagements_of(person: Person) -> Sequence[Engagement]:
    """The engagements of a person and of records merged into it, newest first."""
    wanted = (
        sa.select(Engagement).where(Engagement.person_id.in_(people.records_of(person))).options(*_LOADED[:2])
    )
    return db.session.scalars(wanted.order_by(Engagement.id.desc())).all()


def count_states(by: User | None) -> dict[EngagementState, int]:
    """How many engagements stand at each step; every step is there."""
    counted = sa.select(Engagement.state, sa.func.count()).where(Engagement.person_id.in_(seen_by(by)))
    found = {row[0]: row[1] for row in db.session.execute(counted.group_by(Engagement.state))}
    return {state: found.get(state, 0) for state in EngagementState}


# -- advice ----------------------------------------------------------------------------------------


def list_advice(engagement: Engagement) -> Sequence[Advice]:
    """The recommendations of an engagement, oldest first (G9)."""
    return db.session.scalars(
        sa.select(Advice).where(Advice.engagement_id == engagement.id).order_by(Advice.id)
    ).all()


def advice_of(person: Person) -> Sequence[Advice]:
    """Everything a person advised, newest first, with its engagement."""
    wanted = sa.select(Advice).join(Advice.engagement).where(Engagement.person_id == person.id)
    return db.session.scalars(wanted.options(joinedload(Advice.engagement)).order_by(Advice.id.desc())).all()


def get_advice(id: int, by: User | None) -> Advice:
    """A recommendation of a person `by` may see; else NotFound."""
    found = db.session.get(Advice, id)
    if found is None:
        raise NotFound(_("There is no such advice."))
    get_engagement(found.engagement_id, by)
    return found
