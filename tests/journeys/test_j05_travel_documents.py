"""J5.3, J5.4: two letters printed nine days before it is too late; the manifest in London time with home time beside it."""

import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.core import clock
from app.core.db import db, transaction
from app.core.sheets import read_csv
from app.executives.models import Meeting
from app.travel import itinerary, queries_documents
from app.travel.models import Trip, VisaState
from app.travel.models_documents import DocumentKind, SentHow, TravelDocument
from app.travel.models_sensitive import VisaLetter
from tests.conftest import fresh
from tests.factories import events, executives, ledger
from tests.factories import travel as make
from tests.journeys.walking import Walker, last_line, trail_since

SignIn = Callable[..., FlaskClient]
#: Bilal's and Nneka's journeys begin on 10 October; consulates take 35 days: 5 September is the last safe date.
NINE_DAYS_BEFORE = datetime(2026, 8, 27, 9, 0, tzinfo=UTC)


@pytest.fixture
def ruth(app: Flask, signed_in: SignIn) -> Iterator[Walker]:
    with clock.fixed_at(NINE_DAYS_BEFORE):
        ledger.treasury_rates()
        yield Walker(signed_in(events.ruth()))


def trip_of(name: str, zone: str, email: str, *, visa_days: int | None = None) -> Trip:
    """Somebody who comes to Connect London."""
    event = events.event() if db.session.scalar(sa.select(sa.func.count(Trip.id))) == 0 else None
    at = event or db.session.scalars(sa.select(Trip)).all()[0].event
    person = events.enrolled(at, name, zone=zone, email=email)
    made = make.trip(events.accepted(at, person=person))
    if visa_days is not None:
        with transaction():
            found = db.session.merge(made)
            found.visa_state, found.visa_lead_days = VisaState.NEEDED, visa_days
    return made


def test_two_letters_are_printed_while_it_is_safe(ruth: Walker) -> None:
    """T4: "letter not issued, last safe date in 9 days" twice; two letters, handed over, written down; then done."""
    trips = [
        trip_of("Bilal", "Asia/Karachi", "bilal@voices.example", visa_days=35),
        trip_of("Nneka", "Africa/Lagos", "nneka@voices.example", visa_days=35),
    ]
    documents = f"/travel/events/{trips[0].event_id}/documents"
    page = ruth.open(documents)
    assert (page.count("Letter not issued"), page.count("last safe date in 9 days")) == (2, 2)
    before = last_line()
    for trip, country, number in zip(trips, ("PK", "NG"), ("PK1234821", "A09876543"), strict=True):
        assert "No identity papers" in ruth.open(f"/travel/{trip.id}/letters")
        ruth.fill(
            f"/travel/people/{trip.person_id}/identity/edit", name_in_passport=f"{fresh(trip).person.name.upper()} OF {country}",
            passport_number=number, nationality=country, issuing_country=country, born_on="1988-03-01", source="Their mail",
            purpose="visa_letter",
        )  # fmt: skip
        ruth.fill(f"/travel/{trip.id}/letters", addressed_to="UK Visas", delete_after_on="2026-10-20")
        letter = db.session.scalars(sa.select(VisaLetter).filter_by(trip_id=trip.id)).one()
        assert ruth.browser.get(f"/travel/letters/{letter.id}.pdf").data.startswith(b"%PDF")
        ruth.fill(f"/travel/letters/{letter.id}/hand-over")
    page = ruth.open(documents)
    assert (page.count("Letter not issued"), page.count("Letter issued")) == (0, 2)
    assert "PK1234821" not in page
    assert [
        (row.kind, row.how, row.recipient) for row in db.session.scalars(sa.select(TravelDocument).order_by(TravelDocument.id))
    ] == [(DocumentKind.VISA_LETTER, SentHow.HANDED_OVER, name) for name in ("Bilal", "Nneka")]  # fmt: skip
    assert trail_since(before, "travel") == 2 * [
        ("travel.identity_set", "ruth"), ("travel.visa_letter_issued", "ruth"), ("travel.visa_state_set", "ruth"),
        ("travel.visa_letter_read", "ruth"), ("travel.document_sent", "ruth"),
    ]  # fmt: skip
    with transaction():
        db.session.merge(trips[0]).visa_state = VisaState.GRANTED
    assert "Visa granted" in ruth.open(documents)


def test_times_in_london_with_home_beside_them(app: Flask, signed_in: SignIn) -> None:
    """14 Oct 10:30 London = 09:30Z = 20:30 Sydney in the itinerary; 05:10 at home when he lands at 19:10."""
    with clock.fixed_at(make.BOOKING_DAY):
        ruth = Walker(signed_in(events.ruth()))
        ledger.treasury_rates()
        make.house_rules()
        jack = trip_of("Jack", "Australia/Sydney", "jack@voices.example")
        leg = make.leg(jack, arrives_terminal="Terminal 3")
        make.transfer(jack, leg_id=leg.id)
        slot = executives.slot(executives.executive(), fresh(jack).event)
        executives.accept(executives.request(slot, fresh(jack).person))
        meeting = db.session.scalars(sa.select(Meeting)).one()
        assert meeting.starts_at == datetime(2026, 10, 14, 9, 30, tzinfo=UTC)
        steps = itinerary.itinerary_of(fresh(jack), None).steps
        (met,) = [step for step in steps if step.title == "Meeting with Grace"]
        assert [(one.time, one.home) for one in met.moments] == [
            ("10:30 London", "20:30 Sydney"),
            ("11:00 London", "21:00 Sydney"),
        ]
        address = f"/travel/events/{jack.event_id}/documents/arrivals"
        (row,) = read_csv(io.BytesIO(ruth.browser.get(f"{address}.csv").data))
        assert (row.values["time"], row.values["home"], row.values["where"]) == (
            "19:10", "05:10 Sydney 12 Oct", "London (LHR), Terminal 3",
        )  # fmt: skip
        ruth.fill(f"{address}/send", how="handed_over", recipient="The team at the airport")
        standing = queries_documents.listing_of(fresh(jack).event, DocumentKind.ARRIVALS, "", None)
        assert (standing.is_changed, standing.n_changed) == (False, 0)
