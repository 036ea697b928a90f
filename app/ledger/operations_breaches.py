"""Facts beyond a cap or against a standing rule: never refused, a breach is opened and compliance is told (L7, P2, c20)."""

import sqlalchemy as sa

from app.accounts import audit
from app.accounts.models import Role, User
from app.core.db import db
from app.ledger import policies, queries_standing
from app.ledger.details import EntryDetails
from app.ledger.models import Breach, BreachLevel, Entry
from app.ledger.queries_exposure import Weighing
from app.ledger.queries_standing import Offer
from app.notices import operations as notices
from app.notices.models import Urgency
from app.people.models import Person


def weigh_standing(
    entry: Entry, person: Person, details: EntryDetails, *, by: User | None
) -> tuple[Breach, ...]:
    """One open breach per person and standing rule that a fact of value meets without an approval."""
    if details.money is None or details.money.minor <= 0:
        return ()
    subjects = [(details.source_kind, details.source_id)] if details.source_id is not None else []
    subjects += [("events", details.event_id)] if details.event_id is not None else []
    offer = Offer(details.category, details.form, details.money, details.value_on, tuple(subjects))
    opened = []
    for objection in queries_standing.objections_to(person, offer):
        if (
            queries_standing.approval_of(person, objection.rule, offer.subjects, on=details.value_on)
            is not None
        ):
            continue
        rule = objection.text[:320]
        is_open = sa.select(Breach.id).filter_by(person_id=person.id, cap_id=None, rule=rule, closed_at=None)
        if db.session.scalar(is_open.limit(1)) is not None:
            continue
        breach = Breach(
            person=person, entry_seq=entry.seq, level=BreachLevel.BLOCK, rule=rule, opened_at=entry.at,
        )  # fmt: skip
        db.session.add(breach)
        opened.append(breach)
        notices.notify(
            f"{person.name}: {objection.text} It was given all the same.", role=Role.COMPLIANCE, urgency=Urgency.NOW,
            source=("ledger", entry.seq), by=by,
        )  # fmt: skip
    db.session.flush()
    for breach in opened:
        audit.record("ledger.breach_opened", breach, by=by)
    return tuple(opened)


def open_crossed(entry: Entry, person: Person, weighing: Weighing, *, by: User | None) -> tuple[Breach, ...]:
    """One open breach per person, cap and level; compliance is told of each new one (L7)."""
    opened = []
    for verdict in weighing.crossed if entry.reporting_minor > 0 else ():
        level = policies.breach_level(verdict.level)
        is_open = sa.select(Breach.id).filter_by(
            person_id=person.id, cap_id=verdict.cap_id, level=level, closed_at=None
        )
        if db.session.scalar(is_open.limit(1)) is not None:
            continue
        breach = Breach(
            person_id=person.id, entry_seq=entry.seq, cap_id=verdict.cap_id, level=level, rule=verdict.rule,
            exposure=verdict.exposure.total, opened_at=entry.at,
        )  # fmt: skip
        db.session.add(breach)
        opened.append(breach)
        notices.notify(
            f"{person.name}: {verdict.sentence}.",
            role=Role.COMPLIANCE,
            urgency=Urgency.NOW if verdict.level is policies.Level.BLOCK else Urgency.SOON,
            source=("ledger", entry.seq),
            by=by,
        )
    db.session.flush()
    return tuple(opened)
