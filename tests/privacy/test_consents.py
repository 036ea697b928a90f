"""P4: a consent changes by its own step only, and withdrawing it changes nothing else."""

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.accounts.models import AuditEvent
from app.core import clock
from app.core.db import Base, db, transaction
from app.people import operations as people_operations
from app.people import operations_consents, queries_consents
from app.people.details import ConsentDetails, PersonDetails
from app.people.models import Person
from app.people.models_consents import Consent, ConsentSource, Purpose
from app.people.policies_consents import ASKED, ConsentUnclear, ConsentWithdrawn
from app.portal import operations as portal
from app.travel import operations as travel
from app.travel.details import TripDetails
from tests.conftest import fresh
from tests.factories import accounts, events, people
from tests.factories import portal as make_portal
from tests.factories import travel as make_travel


def give(who: Person, purpose: Purpose, *, is_given: bool = True, **changes: Any) -> Consent:
    details = {
        "purpose": purpose, "is_given": is_given, "said_on": clock.today(), "source": ConsentSource.MAIL,
        "wording": ASKED[purpose].wording if is_given else "",
    } | changes  # fmt: skip
    with transaction():
        return operations_consents.record_consent(
            db.session.get_one(Person, who.id), ConsentDetails(**details), by=accounts.user()
        )


def others() -> dict[str, list[Any]]:
    """Every row but consents and the trail."""
    skip = {"consent", "audit_event", "audit_detail"}
    found = {
        table.name: [tuple(row) for row in db.session.execute(sa.select(table).order_by(*table.primary_key))]
        for table in Base.metadata.sorted_tables
        if table.name not in skip
    }
    db.session.rollback()
    return found


@pytest.mark.parametrize("purpose", list(Purpose))
def test_withdrawing_one_changes_nothing_else(app: Flask, purpose: Purpose) -> None:
    """P4: no other consent, and no row anywhere but the step and its line in the trail."""
    who = people.person("Amal")
    for one in Purpose:
        give(who, one)
    before = others()
    give(who, purpose, is_given=False)
    assert others() == before
    standing = queries_consents.standing_of(fresh(who))
    assert {one for one, step in standing.items() if not step.is_given} == {purpose}
    assert len(queries_consents.list_steps(who)) == len(Purpose) + 1


def test_editing_a_person_never_touches_a_consent(app: Flask) -> None:
    """P4: whatever is edited."""
    who = people.person("Amal", email="amal@experts.example")
    give(who, Purpose.PHOTO)
    before = [tuple(row) for row in db.session.execute(sa.select(Consent.__table__))]
    with transaction():
        details = PersonDetails(name="Amal R.", email="other@experts.example", notes="Edited.")
        people_operations.edit_person(
            db.session.get_one(Person, who.id), details, by=accounts.user(), seen_version=None
        )
    assert [tuple(row) for row in db.session.execute(sa.select(Consent.__table__))] == before


def test_a_step_keeps_who_when_how_and_in_which_words(app: Flask) -> None:
    who = people.person("Amal")
    ours = give(who, Purpose.PHOTO, said_on=date(2026, 3, 4))
    own = give(who, Purpose.PHOTO, wording="Pictures on stage are fine.", source=ConsentSource.FORM)
    assert (ours.wording_version, own.wording_version) == ("2026-1", "")
    assert (own.wording, own.source, own.by_id) == (
        "Pictures on stage are fine.",
        ConsentSource.FORM,
        accounts.user().id,
    )
    actions = db.session.scalars(
        sa.select(AuditEvent.action).where(AuditEvent.subject_kind == "consent")
    ).all()
    assert actions == ["people.consent_given", "people.consent_given"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"wording": " "}, "wording"), ({"said_on": date(2099, 1, 1)}, "said_on")],
)
def test_a_consent_nobody_could_show_is_refused(app: Flask, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ConsentUnclear) as refused:
        give(people.person("Amal"), Purpose.PHOTO, **changes)
    assert refused.value.field == field


def test_the_latest_day_counts_not_the_latest_line(app: Flask) -> None:
    """A withdrawal of yesterday that is written down after a consent of today does not undo it."""
    who = people.person("Amal")
    give(who, Purpose.PHOTO)
    give(who, Purpose.PHOTO, is_given=False, said_on=clock.today() - timedelta(days=1))
    assert not queries_consents.is_withdrawn(fresh(who), Purpose.PHOTO)


def test_no_wish_is_entered_against_a_withdrawal(app: Flask) -> None:
    """P4: hospitality is enforced where it is entered; a trip without a wish still opens."""
    invitation = events.accepted(events.event())
    give(invitation.person, Purpose.HOSPITALITY)
    give(invitation.person, Purpose.HOSPITALITY, is_given=False)
    with pytest.raises(ConsentWithdrawn, match="Hospitality"):
        make_travel.trip(invitation, wish="No nuts.")
    trip = make_travel.trip(invitation)
    with pytest.raises(ConsentWithdrawn), transaction():
        details = TripDetails(from_on=trip.from_on, to_on=trip.to_on, wish="A window.")
        travel.edit_trip(db.session.merge(trip), details, by=events.ruth())
    assert fresh(trip).wish == ""


def test_a_page_of_ones_own_ends_with_its_consent(app: Flask) -> None:
    """P4: the person takes it back there; the page closes, links make no new visit, staff can make none."""
    who = people.person("Amal")
    give(who, Purpose.PHOTO)
    give(who, Purpose.PORTAL)
    browser = make_portal.browser_of(app, who)
    page = browser.get("/p/my-data")
    assert page.status_code == 200
    assert ASKED[Purpose.PHOTO].wording in page.get_data(as_text=True)
    assert browser.post("/p/my-data/photo/withdraw").status_code == 303
    assert queries_consents.is_withdrawn(fresh(who), Purpose.PHOTO)
    assert browser.get("/p/my-data").status_code == 200
    assert browser.post("/p/my-data/photo/withdraw").status_code == 303
    assert browser.post("/p/my-data/portal/withdraw").status_code == 303
    assert browser.get("/p/").status_code == 403
    with pytest.raises(ConsentWithdrawn), transaction():
        portal.invite_in(db.session.get_one(Person, who.id), by=accounts.user())
    steps = queries_consents.list_steps(fresh(who))
    assert [(step.purpose, step.is_given, step.source, step.by_id) for step in steps[:2]] == [
        (Purpose.PORTAL, False, ConsentSource.PORTAL, None), (Purpose.PHOTO, False, ConsentSource.PORTAL, None),
    ]  # fmt: skip


@pytest.mark.parametrize("purpose", ["", "nothing", "PHOTO", "declared", "%00"])
def test_no_such_consent_at_the_door(app: Flask, purpose: str) -> None:
    browser = make_portal.browser_of(app, people.person("Amal"))
    assert browser.post(f"/p/my-data/{purpose}/withdraw").status_code == 404


def test_somebody_without_a_visit_sees_nothing(app: Flask) -> None:
    assert app.test_client().get("/p/my-data").status_code == 403
    assert app.test_client().post("/p/my-data/photo/withdraw").status_code == 403
