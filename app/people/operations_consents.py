"""Writing consents down: one step at a time, never changed afterwards (P4)."""

from datetime import date

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.people import policies_consents, queries_consents
from app.people.details import ConsentDetails
from app.people.models import Person
from app.people.models_consents import Consent, ConsentSource, Purpose
from app.people.operations_hospitality import forget_hospitality


def record_consent(person: Person, details: ConsentDetails, *, by: User | None) -> Consent:
    """Write down that a person gave or took back a consent; ConsentUnclear.

    Nothing else of them changes, but what was kept only by that consent goes with it: diet, access needs, quiet days.
    """
    policies_consents.check_step(
        details.purpose, details.is_given, details.wording, details.said_on, clock.today(person.zone)
    )
    asked = policies_consents.ASKED[details.purpose]
    is_ours = details.wording.strip() == asked.wording
    step = Consent(
        person_id=person.id, purpose=details.purpose, is_given=details.is_given, said_on=details.said_on, source=details.source,
        wording=details.wording.strip() if details.is_given else "", wording_version=asked.version if is_ours else "",
        note=details.note, by_id=by.id if by else None, at=clock.now(),
    )  # fmt: skip
    db.session.add(step)
    db.session.flush()
    audit.record("people.consent_given" if details.is_given else "people.consent_withdrawn", step, by=by)
    if not details.is_given and details.purpose is Purpose.HOSPITALITY:
        forget_hospitality(person, by=by)
    return step


def withdraw_consent(person: Person, purpose: Purpose, on: date, *, by: User | None) -> Consent | None:
    """Take a consent back that holds, on the person's own page; None, and nothing happens, if it does not hold."""
    latest = queries_consents.latest_of(person, purpose)
    if latest is None or not latest.is_given:
        return None
    details = ConsentDetails(
        purpose=purpose, is_given=False, said_on=max(on, latest.said_on), source=ConsentSource.PORTAL
    )
    return record_consent(person, details, by=by)
