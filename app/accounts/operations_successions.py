"""Passing things on from an instant, taking that back, and saying when one is away."""

from collections.abc import Iterable
from datetime import datetime

from flask_babel import gettext as _

from app.accounts import audit, policies, queries_successions
from app.accounts.details import AbsenceDetails
from app.accounts.models import Absence, Succession, User
from app.core import clock
from app.core.db import Base, db


def pass_on(
    rows: Iterable[Base], to: User, from_at: datetime, *, by: User | None, hand_over_id: int | None = None
) -> int:
    """From an instant on `to` answers for these rows (P1); one audit line for all of them. Returns how many."""
    made = [
        Succession(
            subject_kind=row.__tablename__, subject_id=queries_successions.number_of(row), user_id=to.id,
            from_at=from_at, hand_over_id=hand_over_id, made_at=clock.now(),
        )
        for row in rows
    ]  # fmt: skip
    db.session.add_all(made)
    if made:
        kinds = ", ".join(sorted({row.subject_kind for row in made}))
        audit.record_event(
            "accounts.passed_on", kind="user", ref=str(to.id), by=by, reason=f"{len(made)}: {kinds}"
        )
    return len(made)


def call_off(row: Base, *, by: User | None) -> int:
    """Nobody follows for this row any more, whatever was arranged for later. Returns how many were called off."""
    coming = queries_successions.list_coming(type(row), [queries_successions.number_of(row)], clock.now())
    for one in coming:
        one.withdrawn_at = clock.now()
    if coming:
        names = ", ".join(one.user.name for one in coming)
        audit.record_event(
            "accounts.succession_called_off",
            kind=row.__tablename__,
            ref=str(coming[0].subject_id),
            by=by,
            reason=names,
        )
    return len(coming)


def take_back(hand_over_id: int, *, by: User | None) -> int:
    """Undo what a hand-over passed on; whoever answered before answers again. Returns how many."""
    rows = queries_successions.list_of_hand_over(hand_over_id)
    for row in rows:
        row.withdrawn_at = clock.now()
    audit.record_event(
        "accounts.taken_back", kind="hand_over", ref=str(hand_over_id), by=by, reason=f"{len(rows)} things"
    )
    return len(rows)


def add_absence(details: AbsenceDetails, *, by: User) -> Absence:
    """Say that one is away on some days; deputies act for one on these. Raises WrongDelegate for days that are over."""
    today = clock.today(by.zone)
    if details.to_on < today:
        raise policies.WrongDelegate(_("These days are over already."), field="to_on")
    absence = Absence(
        user_id=by.id, from_on=details.from_on, to_on=details.to_on, made_at=clock.now(),
        from_at=clock.start_of(details.from_on, by.zone), to_at=clock.end_of(details.to_on, by.zone),
    )  # fmt: skip
    db.session.add(absence)
    audit.record("accounts.absence_added", absence, by=by)
    return absence


def end_absence(absence: Absence, *, by: User) -> None:
    """Be back now; the days one was away stay on record."""
    before = audit.snapshot(absence)
    now = clock.now()
    absence.to_at = min(absence.to_at, max(now, absence.from_at))
    absence.to_on = min(absence.to_on, max(clock.today(by.zone), absence.from_on))
    audit.record("accounts.absence_ended", absence, by=by, before=before)
