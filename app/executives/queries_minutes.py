"""Minutes of executive time really given, per person and per market (X3), out of the ledger's one counting function."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from app.accounts.models import User
from app.core.db import db
from app.events.models import Event, Invitation, InvitationState
from app.ledger.models import Unit
from app.ledger.queries import By, Scope, totals
from app.people import queries as people
from app.people.models import Person


@dataclass(frozen=True, slots=True)
class MarketMinutes:
    """One home country: who was invited and has not declined, and the minutes they were given."""

    country: str
    n_people: int
    n_minutes: int
    n_without: int

    @property
    def per_person(self) -> float:
        return self.n_minutes / self.n_people if self.n_people else 0.0


def minutes_by_person(*, event_id: int | None = None, year: int | None = None) -> dict[int, int]:
    """Executive minutes per person id, at an event or in a calendar year; one query (O6)."""
    scope = Scope(event_id=event_id, year=year, unit=Unit.EXECUTIVE_MINUTE)
    return {row["person"]: row.quantity for row in totals([By.PERSON], scope) if row["person"] is not None}


def minutes_of(person: Person, year: int) -> int:
    """Executive minutes a person was given in a calendar year."""
    scope = Scope(person_id=person.id, year=year, unit=Unit.EXECUTIVE_MINUTE)
    return sum(row.quantity for row in totals([By.UNIT], scope))


def minutes_by_market(event: Event, by: User | None) -> list[MarketMinutes]:
    """Per home country of those who have accepted, the least minutes per head first; never a declared facet (X3, P7)."""
    given = minutes_by_person(event_id=event.id)
    seen = people.visible_to(by).with_only_columns(Person.id)
    survivor = sa.func.coalesce(Person.merged_into_id, Person.id)
    wanted = (
        sa.select(Person.home_country, survivor)
        .join(Invitation, Invitation.person_id == Person.id)
        .where(
            Invitation.event_id == event.id,
            Invitation.state == InvitationState.ACCEPTED,
            survivor.in_(seen),
        )
    )
    return markets((country or "", given.get(id, 0)) for country, id in db.session.execute(wanted))


@dataclass(frozen=True, slots=True)
class PersonMinutes:
    """Somebody who comes, and the minutes given at the event."""

    person: Person
    n_minutes: int

    @property
    def id(self) -> int:
        return self.person.id

    @property
    def name(self) -> str:
        return self.person.name


def list_least(event: Event, by: User | None, most: int = 6) -> list[PersonMinutes]:
    """Those who have accepted, with the fewest minutes at the event first; two queries (X3)."""
    given = minutes_by_person(event_id=event.id)
    wanted = (
        people.visible_to(by)
        .join(Invitation, Invitation.person_id == Person.id)
        .where(Invitation.event_id == event.id, Invitation.state == InvitationState.ACCEPTED)
    )
    rows = [PersonMinutes(person, given.get(person.id, 0)) for person in db.session.scalars(wanted)]
    return sorted(rows, key=lambda row: (row.n_minutes, row.person.sort_key, row.person.id))[:most]


def markets(rows: Iterable[tuple[str, int]]) -> list[MarketMinutes]:
    """Sum (country, minutes of one person) per country, the least minutes per head first."""
    found: dict[str, list[int]] = {}
    for country, minutes in rows:
        found.setdefault(country, []).append(minutes)
    summed = [
        MarketMinutes(country, len(each), sum(each), sum(1 for minutes in each if minutes == 0))
        for country, each in found.items()
    ]
    return sorted(summed, key=lambda row: (row.per_person, row.country))


def fair_hint(rows: Collection[MarketMinutes], names: Mapping[str, str]) -> str:
    """One sentence about whom nobody has met yet; empty when everybody was (J7)."""
    without = [names.get(row.country, row.country) for row in rows if row.n_minutes == 0]
    if not without or len(without) == len(rows):
        return ""
    return f"Nobody from {', '.join(sorted(without))} has been given a minute yet."
