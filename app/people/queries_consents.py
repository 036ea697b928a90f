"""Reading consents: what holds per purpose, and the whole history."""

from collections.abc import Collection, Sequence

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


# -- one question per purpose ----------------------------------------------------------------------


def agree_to_news(person_ids: Collection[int]) -> set[int]:
    """Those of these people who agreed to news and did not take it back (P4): nobody else gets any."""
    return _given_among(person_ids, Purpose.NEWS)


def may_show_photo(person_ids: Collection[int]) -> set[int]:
    """Those of these people whose picture may leave their record (P4)."""
    return _given_among(person_ids, Purpose.PHOTO)


def may_be_named(person: Person, *, said_here: bool) -> bool:
    """Whether a name may stand in one public piece: they said so for it, and did not take back being named (P4)."""
    return said_here and not is_withdrawn(person, Purpose.NAMING)


def _given_among(person_ids: Collection[int], purpose: Purpose) -> set[int]:
    """Of whom the latest step of a purpose is a yes, steps of merged records included; one query."""
    whose = sa.func.coalesce(Person.merged_into_id, Person.id)
    wanted = (
        sa.select(whose, Consent.is_given)
        .join(Person, Person.id == Consent.person_id)
        .where(Consent.purpose == purpose, whose.in_(set(person_ids)))
        .order_by(Consent.said_on, Consent.id)
    )
    latest: dict[int, bool] = dict(db.session.execute(wanted).all())
    return {id for id, is_given in latest.items() if is_given}
