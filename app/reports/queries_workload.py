"""How much each owner has to look after: people, asks, silences, contacts put off, events soon; a fixed number of queries."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from msgspec import Struct

from app.accounts import queries_successions
from app.accounts.models import Absence, User
from app.core.db import db
from app.events.models import Event, Invitation
from app.events.policies import INVITED_STATES
from app.outreach import queries_holdings
from app.people import queries as people
from app.people import queries_owners
from app.people.models import Ownership, Person
from app.programs.models import Enrolment, Program, Stage

#: How far ahead events are counted.
SOON = timedelta(days=30)


class Load(Struct, frozen=True):
    """What one owner has to look after at an instant."""

    user: User
    n_people: int
    n_asks: int
    n_silent: int
    n_planned: int
    n_events: int
    absence: Absence | None

    @property
    def id(self) -> int:
        return self.user.id

    @property
    def name(self) -> str:
        return self.user.name


def list_loads(now: datetime) -> Sequence[Load]:
    """The load of everybody who can look after people, by name; those without anything too."""
    owners = people.list_possible_owners()
    n_people, n_asks = queries_owners.count_held(now), queries_holdings.count_asks(now)
    n_silent, n_planned, n_events = (
        _count_silent(now),
        queries_holdings.count_planned(now),
        _count_events(now),
    )
    away = queries_successions.away_among([user.id for user in owners], now)
    return [
        Load(
            user=user, n_people=n_people.get(user.id, 0), n_asks=n_asks.get(user.id, 0), n_silent=n_silent.get(user.id, 0),
            n_planned=n_planned.get(user.id, 0), n_events=n_events.get(user.id, 0), absence=away.get(user.id),
        )
        for user in owners
    ]  # fmt: skip


def _count_silent(now: datetime) -> dict[int, int]:
    """People in a program with whom nobody was in touch for longer than its cadence, by owner (G2)."""
    last = queries_holdings.last_contacts()
    wanted = (
        sa.select(
            Ownership.user_id, Enrolment.person_id, sa.func.min(Program.n_cadence_days),
            sa.func.max(sa.func.coalesce(last.c.at, Enrolment.admitted_at)),
        )
        .join(Program, Program.id == Enrolment.program_id)
        .join(Ownership, sa.and_(Ownership.person_id == Enrolment.person_id, *people.holds(now)))
        .outerjoin(last, last.c.person_id == Enrolment.person_id)
        .where(Enrolment.stage.in_([Stage.VETTED, Stage.INVITED, Stage.ACTIVE]))
        .group_by(Ownership.user_id, Enrolment.person_id)
    )  # fmt: skip
    found: dict[int, int] = defaultdict(int)
    for user_id, _person_id, n_days, since in db.session.execute(wanted):
        found[user_id] += (now - since).days > n_days
    return found


def _count_events(now: datetime) -> dict[int, int]:
    """Events of the next days to which people of an owner are invited, by owner."""
    survivor = sa.func.coalesce(Person.merged_into_id, Person.id)
    wanted = (
        sa.select(Ownership.user_id, sa.func.count(sa.distinct(Event.id)))
        .join(Invitation, Invitation.event_id == Event.id)
        .join(Person, Person.id == Invitation.person_id)
        .join(Ownership, sa.and_(Ownership.person_id == survivor, *people.holds(now)))
        .where(
            Event.starts_at >= now, Event.starts_at < now + SOON, Invitation.state.in_(sorted(INVITED_STATES))
        )
        .group_by(Ownership.user_id)
    )
    return {row[0]: row[1] for row in db.session.execute(wanted)}
