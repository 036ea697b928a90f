"""Reading consents: what holds per purpose, and the whole history."""

from collections.abc import Sequence

import sqlalchemy as sa

from app.core.db import db
from app.people import policies_consents, queries
from app.people.models import Person
from app.people.models_consents import Consent, Purpose


def list_steps(person: Person) -> Sequence[Consent]:
    """Every step of a person and of records merged into theirs, the latest first."""
    wanted = sa.select(Consent).where(Consent.person_id.in_(queries.records_of(person)))
    return db.session.scalars(wanted.order_by(Consent.said_on.desc(), Consent.id.desc())).all()


def standing_of(person: Person) -> dict[Purpose, Consent]:
    """The step that holds, for each purpose that has one."""
    found: dict[Purpose, Consent] = {}
    for step in list_steps(person):
        found.setdefault(step.purpose, step)
    return found


def latest_of(person: Person, purpose: Purpose) -> Consent | None:
    """The step that holds for one purpose."""
    wanted = sa.select(Consent).where(
        Consent.person_id.in_(queries.records_of(person)), Consent.purpose == purpose
    )
    return db.session.scalars(wanted.order_by(Consent.said_on.desc(), Consent.id.desc()).limit(1)).first()


def is_withdrawn(person: Person, purpose: Purpose) -> bool:
    """Whether the person took this consent back."""
    latest = latest_of(person, purpose)
    return latest is not None and not latest.is_given


def require_not_withdrawn(person: Person, purpose: Purpose) -> None:
    """Raise ConsentWithdrawn if the person took back what this purpose covers; for whoever enters such data."""
    policies_consents.check_not_withdrawn(person.name, purpose, latest_of(person, purpose))
