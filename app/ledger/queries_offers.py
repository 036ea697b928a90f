"""Reading offers, and what stands against one before it is planned."""

from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.ledger import queries_exposure, queries_rates, queries_standing
from app.ledger.details_offers import OfferDetails
from app.ledger.models import ExceptionState, RuleException
from app.ledger.models_offers import OfferState, PlannedOffer
from app.ledger.policies import Level
from app.people import queries as people
from app.people.models import Person
from app.programs.models import Program

SOURCE = "ledger.offers"
N_SHOWN = 200


class Against(Struct, frozen=True):
    """One rule that stands against an offer, as it reads with this offer on top; `is_block` where it cannot be planned before."""

    rule: str
    words: str
    is_block: bool


def standing_against(person: Person, program: Program, details: OfferDetails) -> list[Against]:
    """Every limit the offer would pass, soft ones included, and every standing rule it meets (L7, P2, c20)."""
    rate = queries_rates.frozen_rate(details.money.currency, program.currency, clock.today())
    worth, on = rate.apply(details.money, program.currency), details.expected_on
    leg = queries_exposure.planned_leg(details.category, details.form)
    caps = queries_exposure.caps_in_force(person, program.id, details.category, leg, on)
    weighed = queries_exposure.weigh(person, caps, on, more=worth)
    found = [Against(f"cap:{one.cap_id}", one.sentence, one.level is Level.BLOCK) for one in weighed.crossed]
    offer = queries_standing.Offer(details.category, details.form, details.money, on, ())
    objections = queries_standing.objections_to(person, offer)
    return found + [Against(one.rule.value, one.text, is_block=True) for one in objections]


def get_offer(id: int, by: User | None, *, is_locked: bool = False) -> PlannedOffer:
    """The offer to a person `by` may see, or NotFound; locked until the end of the transaction if something becomes of it."""
    seen = people.visible_to(by).with_only_columns(Person.id)
    wanted = sa.select(PlannedOffer).where(PlannedOffer.id == id, PlannedOffer.person_id.in_(seen))
    if is_locked:
        wanted = wanted.with_for_update(of=PlannedOffer).execution_options(populate_existing=True)
    found = db.session.scalars(wanted).one_or_none()
    if found is None:
        raise NotFound(_("There is no such offer, or it is not yours to see."))
    return found


def list_offers(by: User | None, state: OfferState | None = None) -> Sequence[PlannedOffer]:
    """Offers to people `by` may see, the latest first."""
    seen = people.visible_to(by).with_only_columns(Person.id)
    wanted = sa.select(PlannedOffer).where(PlannedOffer.person_id.in_(seen))
    if state is not None:
        wanted = wanted.where(PlannedOffer.state == state)
    loaded = (joinedload(PlannedOffer.person), joinedload(PlannedOffer.made_by))
    ordered = wanted.options(*loaded).order_by(PlannedOffer.expected_on.desc(), PlannedOffer.id.desc())
    return db.session.scalars(ordered.limit(N_SHOWN)).all()


def list_asked_for(offer: PlannedOffer) -> Sequence[RuleException]:
    """What compliance was asked for an offer, in the order of asking."""
    wanted = sa.select(RuleException).filter_by(subject_kind=SOURCE, subject_id=offer.id)
    return db.session.scalars(wanted.order_by(RuleException.id)).all()


def list_open_questions(offer: PlannedOffer) -> list[RuleException]:
    """The questions about an offer that wait for an answer."""
    return [row for row in list_asked_for(offer) if row.state is ExceptionState.ASKED]
