"""Reading requests, holds and what waits to go from the disk."""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from flask_babel import gettext as _

from app.accounts.models import User
from app.accounts.permissions import may
from app.core.db import db
from app.core.errors import NotFound
from app.people import queries as people
from app.people.models import Person
from app.privacy.models import DoomedFile, PrivacyHold, PrivacyRequest, RequestState
from app.privacy.reaching import records_of

N_PER_PAGE = 50


def list_requests(*, is_open: bool | None = None, page: int = 1) -> Sequence[PrivacyRequest]:
    """Requests, those due next first; answered ones by when they were."""
    wanted = sa.select(PrivacyRequest)
    if is_open is not None:
        is_waiting = PrivacyRequest.state == RequestState.OPEN
        wanted = wanted.where(is_waiting if is_open else sa.not_(is_waiting))
    order = (PrivacyRequest.due_on, PrivacyRequest.id) if is_open else (PrivacyRequest.id.desc(),)
    return db.session.scalars(wanted.order_by(*order).offset((page - 1) * N_PER_PAGE).limit(N_PER_PAGE)).all()


def count_requests() -> dict[bool, int]:
    """How many wait for their answer, and how many had it."""
    is_open = PrivacyRequest.state == RequestState.OPEN
    rows = db.session.execute(sa.select(is_open, sa.func.count()).group_by(is_open))
    return {False: 0, True: 0} | {bool(state): n for state, n in rows}


def get_request(id: int) -> PrivacyRequest:
    """The request with this id, or NotFound."""
    found = db.session.get(PrivacyRequest, id)
    if found is None:
        raise NotFound(_("There is no such request."))
    return found


def list_requests_of(person: Person) -> Sequence[PrivacyRequest]:
    """What a person asked so far, the latest first."""
    wanted = sa.select(PrivacyRequest).where(PrivacyRequest.person_id.in_(records_of(person)))
    return db.session.scalars(wanted.order_by(PrivacyRequest.id.desc())).all()


def list_holds(person: Person, *, is_live: bool = False) -> Sequence[PrivacyHold]:
    """The holds on a person, or those that stand."""
    wanted = sa.select(PrivacyHold).where(PrivacyHold.person_id.in_(records_of(person)))
    if is_live:
        wanted = wanted.where(PrivacyHold.ended_at.is_(None))
    return db.session.scalars(wanted.order_by(PrivacyHold.id.desc())).all()


def get_hold(id: int) -> PrivacyHold:
    """The hold with this id, or NotFound."""
    found = db.session.get(PrivacyHold, id)
    if found is None:
        raise NotFound(_("There is no such hold."))
    return found


def held_ids() -> sa.Select[int]:
    """People nothing of whom may be deleted for now: records with a hold, and those merged with them."""
    held = sa.select(PrivacyHold.person_id).where(PrivacyHold.ended_at.is_(None))
    family = sa.func.coalesce(Person.merged_into_id, Person.id)
    roots = sa.select(family).where(Person.id.in_(held))
    return sa.select(Person.id).where(family.in_(roots))


def list_held_ids() -> set[int]:
    """The same as a set."""
    return set(db.session.scalars(held_ids()))


def list_doomed(request: PrivacyRequest) -> Sequence[DoomedFile]:
    """Content that went, or still has to go, because of a request."""
    wanted = sa.select(DoomedFile).where(DoomedFile.request_id == request.id)
    return db.session.scalars(wanted.order_by(DoomedFile.id)).all()


def list_handlers() -> Sequence[User]:
    """Who may answer a request."""
    wanted = sa.select(User).where(User.is_active.is_(True)).order_by(User.name, User.id)
    return [user for user in db.session.scalars(wanted) if may(user, "privacy:approve")]


def person_asked(id: int, by: User) -> Person:
    """The person a page is about; NotFound for one that was merged away or may not be seen."""
    found = people.get_person(id, by)
    if found.id != id:
        raise NotFound(_("This record was merged into another. Open the person and go on from there."))
    return found


def days_left(request: PrivacyRequest, today: date) -> int:
    """Days until the answer is due; negative when it is late."""
    return (request.due_on - today).days
