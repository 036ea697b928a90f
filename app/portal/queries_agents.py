"""What a representative may read of those their agency speaks for at this moment: a short list of fields of its own (R3).

No field for amounts, limits, needs, consents, declared facets, disputes, paid work, meetings, papers or reasons: a
representative has the rights of a user of an agency, and sees less here than those would show.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime

from flask_babel import gettext as _
from msgspec import Struct
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.calendars import queries as calendars
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.events import queries as events
from app.events.models import Invitation, InvitationState
from app.events.policies import INVITED_STATES, SILENT_STATES
from app.outreach import queries_agencies
from app.people import queries as people
from app.people import queries_representation
from app.people.models import Person
from app.portal import policies, queries, queries_door
from app.portal.queries import Coming, OwnInvitation


class SeenInvitation(Struct, frozen=True):
    """An invitation as somebody reads it who may answer for its person: never what they said with an answer of their own."""

    id: int
    person_id: int
    person: str
    event: str
    place: str
    city: str
    zone: str
    starts_at: datetime
    ends_at: datetime
    days: tuple[date, date]
    promise: str
    state: InvitationState
    waitlist_place: int | None
    is_cancelled: bool
    may_answer: bool
    is_stale: bool
    kept_until: datetime | None
    is_pending: bool
    #: Whether it waits for an answer.
    is_open: bool


class Represented(Struct, frozen=True):
    """Somebody a representative speaks for: a name, and how many invitations wait for an answer."""

    id: int
    name: str
    n_open: int


def list_represented(agent: User) -> list[Represented]:
    """Whom the agency speaks for at this moment, by name; four queries whatever their number."""
    wanted = events.invited_people(agent).options(joinedload(Invitation.event), joinedload(Invitation.person))
    rows = db.session.scalars(wanted.where(Invitation.state.in_(INVITED_STATES))).all()
    n_open = Counter(
        one.person.merged_into_id or one.person_id
        for one, said in zip(rows, queries.own_all(rows), strict=True)
        if _is_open(said)
    )
    return [Represented(one.id, one.name, n_open[one.id]) for one in queries_agencies.list_represented(agent)]


def _is_open(said: OwnInvitation) -> bool:
    return said.may_answer and (said.state in SILENT_STATES or said.is_stale or said.kept_until is not None)


def get_represented(agent: User, id: int) -> Person:
    """Somebody the agency speaks for at this moment; NotFound for everybody else."""
    return people.get_person(id, agent)


def list_invitations(person: Person, agent: User) -> list[SeenInvitation]:
    """What they were invited to, the latest event first; drafts and withdrawn ones are nobody's business."""
    rows = events.list_invitations_of(person, agent)
    return _seen(person, [one for one in rows if policies.is_shown(one.state)])


def get_invitation(agent: User, id: int) -> Invitation:
    """An invitation of somebody the agency speaks for at this moment; NotFound for every other number."""
    return events.get_invitation(id, agent)


def seen(invitation: Invitation, agent: User) -> SeenInvitation:
    """One of them as a representative reads it."""
    return _seen(people.get_person(invitation.person_id, agent), [invitation])[0]


def _seen(person: Person, rows: Sequence[Invitation]) -> list[SeenInvitation]:
    return [
        SeenInvitation(
            id=one.id, person_id=person.id, person=person.name, event=one.event, place=one.place, city=one.city,
            zone=one.zone, starts_at=one.starts_at, ends_at=one.ends_at, days=one.days, promise=one.promise,
            state=one.state, waitlist_place=one.waitlist_place, is_cancelled=one.is_cancelled, may_answer=one.may_answer,
            is_stale=one.is_stale, kept_until=one.kept_until, is_pending=one.is_pending,
            is_open=_is_open(one),
        )
        for one in queries.own_all(rows)
    ]  # fmt: skip


def list_coming(person: Person, agent: User) -> list[Coming]:
    """The events they come to, their sessions and journeys that lie ahead; never meetings."""
    return queries.lying_ahead(calendars.items_of_represented(person.id, agent), clock.today(agent.zone))


# -- what staff see of representatives -----------------------------------------------------------------


class Agent(Struct, frozen=True):
    """Somebody who may be invited to speak for a person, and what they hold of the door."""

    id: int
    name: str
    email: str
    n_visits: int
    #: When a link of theirs was made last.
    link_made_at: datetime | None


def list_agents(person: Person) -> list[Agent]:
    """Who may speak for a person at this moment, by name."""
    found = []
    for user in queries_door.list_agents_of(person):
        links = queries_door.list_links(user)
        n_visits = len(queries_door.list_visits(user))
        found.append(Agent(user.id, user.name, user.email, n_visits, links[0].made_at if links else None))
    return found


def agency_words(person: Person) -> str:
    """The agency that speaks for a person at this moment; empty when none does."""
    agency = queries_representation.agency_of(person)
    return agency.name if agency is not None else ""


def get_agent(person: Person, id: int) -> User:
    """One of them; NotFound for every other number."""
    for user in queries_door.list_agents_of(person):
        if user.id == id:
            return user
    raise NotFound(_("Nobody with this number speaks for them at the moment."))
