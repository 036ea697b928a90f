"""Intending value: planning it against the caps, releasing it; the caps themselves; closing a breach (L7)."""

from datetime import date, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.core.money import Money
from app.ledger import (
    appending,
    operations_approvals,
    policies,
    policies_limits,
    queries_entries,
    queries_exposure,
    queries_rates,
)
from app.ledger.details import CapDetails, CommitmentDetails
from app.ledger.models import Breach, Cap, Commitment, CommitmentStage
from app.ledger.queries_exposure import SourceKey, Weighing
from app.notices import operations as notices
from app.people.models import Person
from app.programs.models import Program


def plan_value(details: CommitmentDetails, *, by: User | None) -> Weighing:
    """Note value that is planned or booked, after weighing every cap over all departments (L7).

    HeadroomRefused when a hard cap would be passed and no exception was granted; a soft one gives a warning.
    Planning the same source again replaces what was planned before.
    """
    person, program = _load(details)
    # Two plans at the same moment must not slip under one cap together.
    appending.lock_head()
    today = clock.today()
    rate = queries_rates.frozen_rate(details.money.currency, program.currency, details.priced_on or today)
    reporting = rate.apply(details.money, program.currency)
    source = SourceKey(details.source_kind, details.source_part, details.source_id)
    leg = queries_exposure.planned_leg(details.category, details.form)
    caps = queries_exposure.caps_in_force(person, program.id, details.category, leg, details.expected_on)
    planning = queries_exposure.Planning(reporting, details.event_id, source)
    found = queries_exposure.weigh(
        person, caps, details.expected_on, more=reporting, without=source, planning=planning
    )

    row = _commitment(source)
    standing = operations_approvals.approved(
        person, details, found, is_new=_is_new(row, details, reporting), by=by
    )
    warnings = (*found.warnings, *standing.words)
    before = audit.snapshot(row) if row is not None else None
    if row is None:
        row = Commitment(
            source_kind=source.kind, source_part=source.part, source_id=source.id, made_at=clock.now()
        )
        db.session.add(row)
    row.person_id, row.program_id, row.event_id = person.id, program.id, details.event_id
    row.category, row.expected_on, row.stage, row.reporting = (
        details.category,
        details.expected_on,
        CommitmentStage.PLANNED if standing.waiting else details.stage,
        reporting,
    )
    audit.record("ledger.value_planned", row, by=by, before=before)
    return Weighing(found.verdicts, warnings, standing.waiting)


def _is_new(row: Commitment | None, details: CommitmentDetails, reporting: Money) -> bool:
    """Whether the standing rules are asked: of something new or changed, not when an airline moves a flight."""
    live = (CommitmentStage.PLANNED, CommitmentStage.COMMITTED)
    return (
        row is None or row.stage not in live or (row.category, row.reporting) != (details.category, reporting)
    )


def _load(details: CommitmentDetails) -> tuple[Person, Program]:
    person, program = db.session.get(Person, details.person_id), db.session.get(Program, details.program_id)
    if person is None or program is None:
        raise NotFound(_("There is no such person or program."))
    return queries_entries.survivor(person), program


def _commitment(source: SourceKey) -> Commitment | None:
    wanted = sa.select(Commitment).filter_by(
        source_kind=source.kind, source_part=source.part, source_id=source.id
    )
    return db.session.scalars(wanted).one_or_none()


def release_value(
    source_kind: str, source_part: str, source_id: int, *, by: User | None
) -> Commitment | None:
    """What was planned will not happen; its headroom is free again. None when nothing was planned."""
    appending.lock_head()
    row = _commitment(SourceKey(source_kind, source_part, source_id))
    if row is None or row.stage not in (CommitmentStage.PLANNED, CommitmentStage.COMMITTED):
        return row
    before = audit.snapshot(row)
    row.stage = CommitmentStage.RELEASED
    audit.record("ledger.value_released", row, by=by, before=before)
    return row


def bear_cost(details: CommitmentDetails, *, by: User | None) -> Commitment:
    """Something was charged that nobody received, such as a no-show: our own cost, frozen at its rate, under no cap (T1).

    It takes the place of what was planned or booked of the same source, and never becomes value of a person.
    """
    person, program = _load(details)
    appending.lock_head()
    rate = queries_rates.frozen_rate(
        details.money.currency, program.currency, details.priced_on or clock.today()
    )
    source = SourceKey(details.source_kind, details.source_part, details.source_id)
    row = _commitment(source)
    before = audit.snapshot(row) if row is not None else None
    if row is None:
        row = Commitment(
            source_kind=source.kind, source_part=source.part, source_id=source.id, made_at=clock.now()
        )
        db.session.add(row)
    row.person_id, row.program_id, row.event_id = person.id, program.id, details.event_id
    row.category, row.expected_on = details.category, details.expected_on
    row.stage, row.reporting = CommitmentStage.BORNE, rate.apply(details.money, program.currency)
    audit.record("ledger.cost_borne", row, by=by, before=before)
    return row


def set_cap(details: CapDetails, *, by: User, replaces: Cap | None = None) -> Cap:
    """Put a cap in force from a day; the one it replaces ends the day before and keeps its own days (L7, L9)."""
    policies.check_cap(details)
    policies_limits.check_limits(details)
    cap = Cap(**details.model_dump(), made_by_id=by.id, made_at=clock.now())
    if replaces is not None:
        policies_limits.check_replacing(replaces, details, clock.today())
        end_cap(replaces, details.effective_from_on - timedelta(days=1), by=by)
        cap.replaces_id = replaces.id
    db.session.add(cap)
    audit.record("ledger.cap_set", cap, by=by)
    return cap


def end_cap(cap: Cap, last_on: date, *, by: User) -> Cap:
    """Let a cap end with a day; entries of its time keep naming it (L9)."""
    policies_limits.check_ending(cap, last_on, clock.today())
    before = audit.snapshot(cap)
    cap.effective_to_on = last_on
    audit.record("ledger.cap_ended", cap, by=by, before=before)
    return cap


def close_breach(breach: Breach, *, outcome: str, by: User) -> Breach:
    """Compliance has dealt with a breach and says how; the notice about it goes."""
    if breach.closed_at is not None:
        raise policies.ExceptionRefused(_("This breach was already closed."))
    policies.check_reason(outcome, field="outcome")
    before = audit.snapshot(breach)
    breach.closed_at, breach.closed_by_id, breach.outcome = clock.now(), by.id, outcome
    notices.finish_about(("ledger", breach.entry_seq), by=by)
    audit.record("ledger.breach_closed", breach, by=by, before=before)
    return breach
