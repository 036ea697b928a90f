"""Facts beyond a cap or against a standing rule: never refused, a breach is opened and compliance is told (L7, P2, c20)."""

from collections.abc import Iterable

import sqlalchemy as sa

from app.accounts import audit
from app.accounts.models import Role, User
from app.core.db import db
from app.core.spoken import speaking_to
from app.ledger import policies, queries_standing
from app.ledger.details import EntryDetails
from app.ledger.models import Breach, BreachLevel, Cap, Entry
from app.ledger.policies_standing import Objection
from app.ledger.queries_exposure import Weighing
from app.ledger.queries_standing import Offer
from app.notices import operations as notices
from app.notices.models import Urgency
from app.people.models import Person


def objections_to(person: Person, details: EntryDetails) -> list[Objection]:
    """The standing rules that a fact of value meets, whether approved or not."""
    if details.declined or details.money is None or details.money.minor <= 0:
        return []
    offer = Offer(details.category, details.form, details.money, details.value_on)
    with speaking_to("en"):  # what a breach is of is kept, and compared
        return queries_standing.objections_to(person, offer)


def rules_kept(caps: Iterable[Cap]) -> str:
    """The limits in force as an entry names them; the chain reads the same to everybody."""
    with speaking_to("en"):
        return "; ".join(policies.cap_rule(cap) for cap in caps)[:200]


def open_objected(
    entry: Entry, person: Person, details: EntryDetails, objections: Iterable[Objection], *, by: User | None
) -> tuple[Breach, ...]:
    """One open breach per person and standing rule that a fact of value meets without an approval."""
    subjects = [(details.source_kind, details.source_id)] if details.source_id is not None else []
    subjects += [("events", details.event_id)] if details.event_id is not None else []
    opened = []
    for objection in objections:
        rule, on = objection.text[:320], details.value_on
        is_approved = queries_standing.approval_of(person, objection.rule, subjects, on=on) is not None
        if is_approved or _is_open(person, cap_id=None, rule=rule):
            continue
        breach = Breach(
            person=person, entry_seq=entry.seq, level=BreachLevel.BLOCK, rule=rule, opened_at=entry.at,
        )  # fmt: skip
        opened.append(_open(breach, f"{person.name}: {objection.text} It was given all the same.", by))
    db.session.flush()
    for breach in opened:
        audit.record("ledger.breach_opened", breach, by=by)
    return tuple(opened)


def open_crossed(entry: Entry, person: Person, weighing: Weighing, *, by: User | None) -> tuple[Breach, ...]:
    """One open breach per person, cap and level; compliance is told of each new one (L7)."""
    opened = []
    for verdict in weighing.crossed if entry.reporting_minor > 0 else ():
        level = policies.breach_level(verdict.level)
        if _is_open(person, cap_id=verdict.cap_id, level=level):
            continue
        rule = rules_kept([db.session.get_one(Cap, verdict.cap_id)])
        breach = Breach(
            person_id=person.id, entry_seq=entry.seq, cap_id=verdict.cap_id, level=level, rule=rule,
            exposure=verdict.exposure.total, opened_at=entry.at,
        )  # fmt: skip
        opened.append(_open(breach, f"{person.name}: {verdict.sentence}.", by))
    db.session.flush()
    return tuple(opened)


def _is_open(person: Person, **what: object) -> bool:
    """Whether compliance looks into the same already."""
    wanted = sa.select(Breach.id).filter_by(person_id=person.id, closed_at=None, **what)
    return db.session.scalar(wanted.limit(1)) is not None


def _open(breach: Breach, said: str, by: User | None) -> Breach:
    """Add it and tell compliance, at once where the limit is a hard one."""
    db.session.add(breach)
    urgency = Urgency.NOW if breach.level is BreachLevel.BLOCK else Urgency.SOON
    notices.notify(said, role=Role.COMPLIANCE, urgency=urgency, source=("ledger", breach.entry_seq), by=by)
    return breach
