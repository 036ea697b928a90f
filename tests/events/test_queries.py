"""Reading events: what each role sees, lists, months, candidates."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Role, User
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import NotFound
from app.events import operations, queries, queries_candidates
from app.events.models import InvitationState
from app.events.queries import EventFilter
from app.outreach.policies import ContactLevel
from app.people import operations as person_operations
from app.people.details import MayAcceptDetails, WishDetails
from app.people.models import AcceptAnswer, OrganisationKind
from app.programs import operations as program_operations
from tests.factories import accounts, people
from tests.factories import disclosures as make_disclosures
from tests.factories import events as make
from tests.factories import outreach as make_outreach
from tests.factories import programs as make_programs

S = InvitationState


def agency_user(app: Flask) -> tuple[User, int]:
    agency = people.organisation("Vista Agency", kind=OrganisationKind.AGENCY)
    return accounts.user(role=Role.PARTNER, name="Sam of Vista", organisation_id=agency.id), agency.id


def test_a_partner_sees_the_events_and_invitations_of_its_own_people(app: Flask) -> None:
    """R3: other people are not counted either, and a draft is nobody's business yet."""
    partner, agency_id = agency_user(app)
    event = make.event()
    other = make.event("Analyst visit", under=event.program)
    mateus = make.enrolled(event, "Mateus", agency_id=agency_id, languages=("en",))
    make.accepted(event, "Jack")
    draft = make.draft(event, person=mateus)
    with pytest.raises(NotFound):
        queries.get_event(event.id, partner)
    with pytest.raises(NotFound):
        queries.get_invitation(draft.id, partner)
    make.send(event, [draft])
    assert queries.get_event(event.id, partner).name == "Connect London"
    assert [one.person.name for one in queries.list_invitations(event, partner)] == ["Mateus"]
    assert (queries.funnel(event, partner).invited, queries.funnel(event).invited) == (1, 2)
    assert [row.name for row in queries.list_events(partner).rows] == ["Connect London"]
    with pytest.raises(NotFound):
        queries.get_event(other.id, partner)


def test_what_lies_ahead_comes_first_and_the_nearest_of_it(app: Flask) -> None:
    program = make_programs.program()
    now = clock.now()
    for name, days in (("Past", -40), ("Long past", -400), ("Far", 300), ("Near", 3)):
        begins = now + timedelta(days=days)
        make.event(name, under=program, starts_at=begins, ends_at=begins + timedelta(hours=8))
    assert [row.name for row in queries.list_events(None).rows] == ["Near", "Far", "Past", "Long past"]
    assert [row.name for row in queries.list_events(None, EventFilter(when="past")).rows] == [
        "Past",
        "Long past",
    ]
    assert [row.name for row in queries.list_events(None, EventFilter(when="ahead", q="FA")).rows] == ["Far"]


def test_search_takes_wildcards_literally(app: Flask) -> None:
    make.event("Fair 100%")
    assert [row.name for row in queries.list_events(None, EventFilter(q="100%")).rows] == ["Fair 100%"]
    assert queries.list_events(None, EventFilter(q="_air")).rows == []


def test_a_month_holds_what_touches_it(app: Flask) -> None:
    program = make_programs.program()
    spans = {
        "Before": (9, 28, 9, 29),
        "Over": (9, 30, 10, 2),
        "Within": (10, 13, 10, 16),
        "After": (11, 20, 11, 21),
    }
    for name, (m1, d1, m2, d2) in spans.items():
        make.event(
            name,
            under=program,
            starts_at=datetime(2026, m1, d1, 9, tzinfo=UTC),
            ends_at=datetime(2026, m2, d2, 9, tzinfo=UTC),
        )
    names = [event.name for event in queries.list_month(None, date(2026, 10, 1))]
    assert ("Over" in names, "Within" in names, "After" in names) == (True, True, False)


def test_silent_invitations_are_counted_for_events_ahead(app: Flask) -> None:
    program = make_programs.program()
    begins = clock.now() + timedelta(days=30)
    ahead = make.event(under=program, starts_at=begins, ends_at=begins + timedelta(days=1))
    past = make.event("Past", under=program)
    make.invited(ahead, "Jack")
    make.accepted(ahead, "Amal")
    make.invited(past, "Nneka")
    assert queries.count_silent() == 1


def test_candidates_come_with_everything_to_know(app: Flask) -> None:
    """G3, P2 and may-accept before anything is sent."""
    mei, tom = accounts.user(name="Mei"), accounts.user(name="Tom", in_department="Social media")
    event = make.event()
    jack, priya, ines = (make.enrolled(event, name, owner=mei) for name in ("Jack", "Priya", "Ines"))
    make.draft(event, "Amal")
    make_outreach.touch(jack, tom, is_ask=True)
    firm = people.organisation("Orbit", is_vendor_travel_allowed=False, rule_text="Code 4.2")
    people.employment(priya, firm)
    cohort = make_programs.cohort(event.program)
    with transaction():
        person_operations.set_wishes(db.session.merge(ines), WishDetails(is_opted_out=True), by=mei)
        answer = MayAcceptDetails(category="travel_air", answer=AcceptAnswer.NO)
        person_operations.set_may_accept(db.session.merge(priya), answer, by=mei)
        program_operations.shortlist(db.session.merge(cohort), db.session.merge(jack), by=mei)
    found = {one.name: one for one in queries_candidates.list_candidates(event, make.ruth())}
    assert list(found) == ["Ines", "Jack", "Priya"]
    assert [found[name].verdict.level for name in found] == [
        ContactLevel.HARD,
        ContactLevel.SOFT,
        ContactLevel.FREE,
    ]
    assert [one.label for one in found["Priya"].cautions] == [
        "Accepts no flights",
        "No travel paid by us",
    ]
    assert (found["Ines"].is_out, found["Jack"].cohorts, found["Jack"].owner) == (True, ["London 2026"], mei)
    assert [
        one.name for one in queries_candidates.list_candidates(event, make.ruth(), cohort_id=cohort.id)
    ] == ["Jack"]
    assert [one.label for one in queries_candidates.cautions_of(db.session.merge(priya))] == [
        "Accepts no flights",
        "No travel paid by us",
    ]


def test_past_breaches_stand_beside_the_next_invitation(
    signed_in: Callable[..., FlaskClient], count_queries: Callable[[], int]
) -> None:
    """D5, c29: in the picking list, and in every form before an invitation leaves; constant queries."""
    make_disclosures.version("*")
    event, by = make.event(), make.ruth()
    carla, draft = make.enrolled(event, "Carla"), make.draft(event, "Mateus")
    for person, n in ((carla, 2), (draft.person, 1)):
        for _ in range(n):
            make_disclosures.publication(person, "#gifted London")
    make_disclosures.publication(carla, "Ad: London")
    [row] = queries_candidates.list_candidates(event, by)
    assert [one.label for one in row.cautions] == ["2 labels wrong or missing"]
    browser = signed_in(by)
    assert "2 labels wrong or missing" in browser.get(f"/events/{event.id}/invite").text
    for page in ("", "/edit", "/by-hand"):
        assert "1 label wrong or missing" in browser.get(f"/events/invitations/{draft.id}{page}").text
    count_queries()
    queries_candidates.list_candidates(event, by)
    with_one = count_queries()
    for number in range(5):
        make_disclosures.publication(make.enrolled(event, f"Guest {number}"), "#gifted")
    count_queries()
    assert len(queries_candidates.list_candidates(event, by)) == 6
    assert count_queries() == with_one


def test_somebody_withdrawn_is_a_candidate_again(app: Flask) -> None:
    event = make.event()
    draft = make.draft(event, "Jack")
    assert queries_candidates.list_candidates(event, make.ruth()) == []
    with transaction():
        operations.withdraw(db.session.merge(draft), "Mistake", by=make.ruth())
    assert [one.name for one in queries_candidates.list_candidates(event, make.ruth())] == ["Jack"]


def test_invitations_of_a_merged_record_follow_the_person(app: Flask) -> None:
    """P3."""
    event = make.event()
    one = make.invited(event, "Jack")
    kept = people.person("Jack Kept")
    with transaction():
        db.session.merge(one.person).merged_into_id = kept.id
    assert [found.id for found in queries.list_invitations_of(kept)] == [one.id]
    assert queries.funnel(event).invited == 1
