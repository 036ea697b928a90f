"""Duties of an arrangement that is disclosable by itself, from its first day on, whatever is paid (D1, c25)."""

from datetime import date

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.disclosures import queries
from app.disclosures.models import Obligation, ObligationState
from app.people.models import Person


def open_standing(
    person: Person, source_kind: str, source_id: int, category: str, on: date, *, by: User | None
) -> list[Obligation]:
    """One duty per policy in force for the person on a day that this arrangement has not opened yet (D1).

    What each policy names as its triggers and lets pass below a threshold is not asked: a share of what is sold is
    always disclosable. A new version asks again (D2).
    """
    known = {one.version_id for one in queries.obligations_from(source_kind, source_id)}
    accepted, opened = queries.accepted_versions(person), []
    for version in queries.versions_in_force(person, on):
        if version.id in known:
            continue
        duty = Obligation(
            person_id=person.id, version_id=version.id, jurisdiction=version.policy.jurisdiction, entry_seq=None,
            source_kind=source_kind, source_id=source_id, is_standing=True, category=category, value_on=on,
            state=ObligationState.DUE if version.id in accepted else ObligationState.PENDING_ACK, opened_at=clock.now(),
        )  # fmt: skip
        db.session.add(duty)
        opened.append(duty)
        audit.record("disclosures.obligation_opened", duty, by=by)
    return opened


def close_standing(source_kind: str, source_id: int, *, by: User | None) -> int:
    """The arrangement is over: what was published is judged no more; how many duties that was."""
    found = [one for one in queries.obligations_from(source_kind, source_id) if one.is_standing]
    for duty in found:
        before = audit.snapshot(duty)
        duty.is_standing = False
        audit.record("disclosures.obligation_settled", duty, by=by, before=before)
    return len(found)
