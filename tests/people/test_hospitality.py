"""What those who serve need to know: consented, read by coordinators only and written down (R4), purged on its day."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from app.accounts.models import AuditDetail, AuditEvent, Role
from app.core import clock, jobs
from app.core.db import db, transaction
from app.people import (
    operations_consents,
    operations_hospitality,
    operations_merges,
    policies_kept,
    queries_kept,
)
from app.people.details import ConsentDetails, HospitalityDetails, MergeDetails
from app.people.models import Person
from app.people.models_consents import ConsentSource, Purpose
from app.people.models_kept import Hospitality
from app.people.policies_consents import ConsentWithdrawn
from tests.conftest import fresh
from tests.factories import accounts, people


def _details(**changes: object) -> HospitalityDetails:
    today = clock.today()
    known = {
        "diet": "No pork, no alcohol", "access_needs": "A ramp", "consented_on": today, "consent_source": "Her mail to Ruth",
        "purge_on": today + timedelta(days=30),
    }  # fmt: skip
    return HospitalityDetails(**(known | changes))


def _keep(person: Person, **changes: object) -> Hospitality:
    with transaction():
        return operations_hospitality.set_hospitality(
            db.session.merge(person), _details(**changes), by=accounts.user(role=Role.COORDINATOR)
        )


def test_profile_is_written_once_per_person_and_the_trail_says_nothing_of_it(app: Flask) -> None:
    """R4, P8: what is purged must not live on in the audit trail."""
    amal = people.person("Amal")
    _keep(amal)
    row = _keep(amal, diet="Vegetarian")
    assert (row.diet, db.session.scalar(sa.select(sa.func.count(Hospitality.id)))) == ("Vegetarian", 1)
    events = db.session.scalars(sa.select(AuditEvent).filter_by(action="people.hospitality_set")).all()
    assert [event.subject_id for event in events] == [str(amal.id)] * 2
    kept = db.session.scalars(sa.select(AuditDetail.changes)).all()
    assert "Vegetarian" not in str(kept)


def test_a_consent_taken_back_takes_it_out_and_keeps_it_out(app: Flask) -> None:
    """P4: until they consent anew, on a later day."""
    amal, today = people.person("Amal"), clock.today()
    _keep(amal, consented_on=today - timedelta(days=3))
    with transaction():
        details = ConsentDetails(
            purpose=Purpose.HOSPITALITY,
            is_given=False,
            said_on=today - timedelta(days=1),
            source=ConsentSource.MAIL,
        )
        operations_consents.record_consent(db.session.merge(amal), details, by=accounts.user())
    assert queries_kept.hospitality_of(fresh(amal)) is None
    with pytest.raises(ConsentWithdrawn, match="Hospitality"):
        _keep(amal, consented_on=today - timedelta(days=1))
    assert _keep(amal, consented_on=today).diet == "No pork, no alcohol"


def test_a_consent_taken_back_takes_what_stayed_with_a_merged_record_too(app: Flask) -> None:
    """P3, P4: both profiles of the person go, also one past its day; nobody else's does, and undoing brings none back."""
    amal, double, ines = people.person("Amal"), people.person("Amal K."), people.person("Ines")
    for one in (amal, double, ines):
        _keep(one)
    with transaction():
        merge = operations_merges.merge_people(
            db.session.merge(amal),
            db.session.merge(double),
            MergeDetails(reason="The same"),
            by=accounts.user(),
        )
        db.session.scalars(
            sa.select(Hospitality).filter_by(person_id=double.id)
        ).one().purge_on = clock.today()
    details = ConsentDetails(
        purpose=Purpose.HOSPITALITY, is_given=False, said_on=clock.today(), source=ConsentSource.MAIL
    )
    with transaction():
        operations_consents.record_consent(db.session.merge(amal), details, by=accounts.user())
    assert list(db.session.scalars(sa.select(Hospitality.person_id))) == [ines.id]
    with transaction():
        operations_merges.undo_merge(db.session.merge(merge), reason="Two after all", by=accounts.user())
    assert list(db.session.scalars(sa.select(Hospitality.person_id))) == [ines.id]
    wanted = sa.select(AuditEvent.subject_id).filter_by(action="people.hospitality_forgotten")
    assert set(db.session.scalars(wanted)) == {str(amal.id), str(double.id)}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"diet": "", "access_needs": ""}, policies_kept.NothingToKeep),
        ({"consented_on": date(2999, 1, 1)}, policies_kept.NoConsentYet),
        ({"purge_on": date(2020, 1, 1)}, policies_kept.KeptTooLong),
        ({"purge_on": date(2999, 1, 1)}, policies_kept.KeptTooLong),
    ],
)
def test_profile_needs_words_a_consent_and_an_end(app: Flask, changes: dict, error: type[Exception]) -> None:
    with pytest.raises(error):
        _keep(people.person("Amal"), **changes)


def test_only_coordinators_read_it_and_every_look_is_written_down(signed_in) -> None:
    """R4, c47."""
    amal = people.person("Amal")
    _keep(amal)
    for role in set(Role) - {Role.COORDINATOR}:
        for path in ("hospitality", "hospitality/edit", "hospitality/forget"):
            assert signed_in(role).get(f"/people/{amal.id}/{path}").status_code == 403
    ruth = accounts.user(role=Role.COORDINATOR, name="Ruth")
    assert "No pork, no alcohol" in signed_in(ruth).get(f"/people/{amal.id}/hospitality").text
    looks = db.session.scalars(sa.select(AuditEvent).filter_by(action="people.hospitality_read")).all()
    assert [(look.by_id, look.subject_id) for look in looks] == [(ruth.id, str(amal.id))]
    assert "No pork" not in signed_in(ruth).get(f"/people/{amal.id}").text


def test_pages_write_change_and_delete_it(signed_in) -> None:
    amal, browser = people.person("Amal"), signed_in(Role.COORDINATOR)
    assert "Nothing is kept" in browser.get(f"/people/{amal.id}/hospitality").text
    today = clock.today()
    typed = {
        "diet": "Halal", "quiet_days": "Fridays", "consented_on": today.isoformat(), "consent_source": "Phone call",
        "purge_on": (today + timedelta(days=9)).isoformat(),
    }  # fmt: skip
    assert browser.post(f"/people/{amal.id}/hospitality/edit", data=typed).status_code == 303
    stale = typed | {"version": "1", "diet": "Vegan"}
    assert browser.post(f"/people/{amal.id}/hospitality/edit", data=stale).status_code == 303
    assert browser.post(f"/people/{amal.id}/hospitality/edit", data=stale).status_code == 409
    assert browser.get(f"/people/{amal.id}/hospitality/forget").status_code == 200
    assert browser.post(f"/people/{amal.id}/hospitality/forget").status_code == 303
    assert db.session.scalar(sa.select(sa.func.count(Hospitality.id))) == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"diet": "", "access_needs": "", "quiet_days": ""}, "or keep nothing"),
        ({"consent_source": ""}, "This is needed."),
        ({"consented_on": "2026-02-30"}, "Not a valid date"),
        ({"purge_on": "1999-01-01"}, "This day is over"),
        ({"diet": "x" * 2001}, "At most 2,000 characters."),
    ],
)
def test_bad_profiles_are_refused_at_their_field(signed_in, changes: dict[str, str], message: str) -> None:
    amal, today = people.person("Amal"), clock.today()
    typed = {
        "diet": "Halal", "consented_on": today.isoformat(), "consent_source": "Phone call",
        "purge_on": (today + timedelta(days=9)).isoformat(),
    }  # fmt: skip
    answer = signed_in(Role.COORDINATOR).post(f"/people/{amal.id}/hospitality/edit", data=typed | changes)
    assert answer.status_code == 422
    assert message in answer.text
    assert db.session.scalar(sa.select(sa.func.count(Hospitality.id))) == 0


def test_profile_is_gone_on_its_day_before_the_worker_comes_and_deleted_by_it(app: Flask, at) -> None:
    """R4, P8: the daily work of retention is the one that deletes it."""
    amal, jack = people.person("Amal"), people.person("Jack")
    row = _keep(amal)
    _keep(jack, purge_on=clock.today() + timedelta(days=90))
    with at(clock.start_of(row.purge_on, "UTC")):
        assert queries_kept.hospitality_of(fresh(amal)) is None
        jobs.work_off()
    db.session.rollback()
    assert db.session.scalars(sa.select(Hospitality.person_id)).all() == [jack.id]
    purged = db.session.scalars(sa.select(AuditEvent).filter_by(action="people.hospitality_purged")).all()
    assert [(event.subject_id, event.by_id) for event in purged] == [(str(amal.id), None)]
