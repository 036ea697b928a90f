"""J5: a flight and a hotel booked by hand; the value lands in the book, the cap is weighed, compliance is told."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.core import clock
from app.core.db import db
from app.core.money import Money
from app.disclosures.models import Obligation, ObligationState
from app.events import queries as events
from app.events.models import Event
from app.ledger import queries as ledger
from app.ledger.models import Breach, BreachLevel, Cap, Commitment, CommitmentStage, Entry
from app.notices.models import Notice
from app.people.models import Person
from app.travel.models import Leg, Stay, Trip
from tests.journeys.walking import Walker, last_line, trail_since


def _lisbon() -> Event:
    event = events.find_event("Open Lab Lisbon")
    assert event is not None
    return event


def _trip_of(key: str) -> Trip:
    person = db.session.scalars(sa.select(Person).filter_by(email=f"{key}@voices.example")).one()
    return db.session.scalars(sa.select(Trip).filter_by(person_id=person.id, event_id=_lisbon().id)).one()


def _wall(instant: datetime) -> str:
    return instant.replace(tzinfo=None).isoformat(timespec="minutes")


def _flight(**changes: object) -> dict[str, object]:
    """A direct economy flight from Madrid to Lisbon the evening before, in local times."""
    begins = _lisbon().starts_at.replace(tzinfo=None)
    leaves = begins - timedelta(hours=15)
    values: dict[str, object] = {
        "decision": "committed", "mode": "air", "carrier": "Meseta Air", "number": "31", "origin": "MAD", "destination": "LIS",
        "departs_at": _wall(leaves), "arrives_at": _wall(leaves + timedelta(minutes=20)), "travel_class": "economy",
        "amount": "148.20", "currency": "EUR",
    }  # fmt: skip
    return values | changes


def _hotel(amount: str) -> dict[str, object]:
    first = _lisbon().starts_at.date() - timedelta(days=1)
    return {
        "decision": "committed", "hotel": "Casa do Cais", "city": "Lisbon", "country": "PT", "check_in_on": first.isoformat(),
        "check_out_on": (first + timedelta(days=2)).isoformat(), "amount": amount, "currency": "GBP",
    }  # fmt: skip


def test_a_leg_and_a_stay_are_booked_and_land_in_the_book(london_as: Callable[[str], FlaskClient]) -> None:
    """T1, L2: EUR 148.20 at 0.8640 = 128.04; committed when booked, an entry once flown."""
    ruth, trip, before = Walker(london_as("ruth")), _trip_of("tomas"), last_line()
    ruth.fill(f"/travel/{trip.id}/leg/new", **_flight())
    ruth.fill(f"/travel/{trip.id}/stay/new", **_hotel("310.00"))
    leg = db.session.scalars(sa.select(Leg).filter_by(trip_id=trip.id)).one()
    stay = db.session.scalars(sa.select(Stay).filter_by(trip_id=trip.id)).one()
    held = db.session.scalars(
        sa.select(Commitment).filter_by(person_id=trip.person_id).order_by(Commitment.id)
    ).all()
    assert [(one.stage, one.reporting.minor) for one in held] == [
        (CommitmentStage.COMMITTED, 12_804), (CommitmentStage.COMMITTED, 31_000),
    ]  # fmt: skip

    with clock.fixed_at(_lisbon().ends_at + timedelta(days=2)):
        ruth = Walker(london_as("ruth"))
        ruth.fill(f"/travel/leg/{leg.id}/settle")
        ruth.fill(f"/travel/stay/{stay.id}/settle", amount="298.50")
    entries = db.session.scalars(
        sa.select(Entry).filter_by(source_kind="travel", source_id=trip.id).order_by(Entry.seq)
    ).all()
    assert [(one.minor, one.currency, one.reporting_minor, one.category.value) for one in entries] == [
        (14_820, "EUR", 12_804, "travel_air"), (29_850, "GBP", 29_850, "lodging"),
    ]  # fmt: skip
    assert {
        one.stage for one in db.session.scalars(sa.select(Commitment).filter_by(person_id=trip.person_id))
    } == {CommitmentStage.SETTLED}
    assert trail_since(before, "travel", "ledger") == [
        ("ledger.value_planned", "ruth"), ("travel.leg_booked", "ruth"), ("ledger.value_planned", "ruth"),
        ("travel.stay_booked", "ruth"), ("ledger.entry_posted", "ruth"), ("travel.leg_settled", "ruth"),
        ("ledger.entry_posted", "ruth"), ("travel.stay_settled", "ruth"),
    ]  # fmt: skip
    given = ledger.totals(["line"], ledger.Scope(person_id=trip.person_id))
    assert {row.keys["line"].value: row.reporting_minor for row in given} == {
        "travel": 12_804,
        "lodging": 29_850,
    }
    duties = db.session.scalars(
        sa.select(Obligation).filter_by(person_id=trip.person_id).order_by(Obligation.id)
    ).all()
    assert [(one.entry_seq, one.category, one.state) for one in duties] == [
        (entries[0].seq, "travel_air", ObligationState.DUE), (entries[1].seq, "lodging", ObligationState.DUE),
    ]  # fmt: skip
    page = Walker(london_as("helga")).open(f"/ledger/{entries[0].seq}")
    assert "148.20" in page
    assert "128.04" in page


def test_a_booking_past_the_hard_limit_is_refused_and_nothing_is_lost(
    london_as: Callable[[str], FlaskClient],
) -> None:
    """L7: the message quotes the cap; what was typed stands in the form; nothing is written."""
    trip = _trip_of("lerato")
    cap = db.session.scalars(sa.select(Cap)).one()
    ruth = Walker(london_as("ruth"))
    answer = ruth.fill(f"/travel/{trip.id}/stay/new", status=422, **_hotel("10,000.01"))
    page = answer.get_data(as_text=True)
    assert cap.name in page
    assert 'value="10,000.01"' in page
    assert 'value="Casa do Cais"' in page
    assert db.session.scalars(sa.select(Stay).filter_by(trip_id=trip.id)).all() == []


def test_a_fact_past_the_soft_limit_is_written_down_and_compliance_is_told(
    london_as: Callable[[str], FlaskClient],
) -> None:
    """L7: 4,944.84 + 2,600.00 = 7,544.84 > 7,500.00; never refused, a breach and a notice.

    Where the turn of the year lies between the two events, the year begins at nothing and 7,544.84 is given at once.
    """
    trip, ruth = _trip_of("lerato"), Walker(london_as("ruth"))
    first, year = events.find_event("Connect London"), _lisbon().starts_at.year
    assert first is not None
    amount = "2,600.00" if first.starts_at.year == year else "7,544.84"
    ruth.fill(f"/travel/{trip.id}/stay/new", **_hotel(amount))
    stay = db.session.scalars(sa.select(Stay).filter_by(trip_id=trip.id)).one()
    with clock.fixed_at(_lisbon().ends_at + timedelta(days=2)):
        ruth = Walker(london_as("ruth"))
        ruth.fill(f"/travel/stay/{stay.id}/settle")
    breach = db.session.scalars(sa.select(Breach)).one()
    assert (breach.person_id, breach.level, breach.exposure) == (
        trip.person_id, BreachLevel.WARN, Money(754_484, "GBP"),
    )  # fmt: skip
    about = {"source_kind": "ledger", "source_id": breach.entry_seq, "done_at": None}
    told = db.session.scalars(sa.select(Notice).filter_by(**about)).one()
    said = f"Lerato Mokgathe: 7,544.84 GBP in {year} is above the soft limit of 7,500.00 GBP (Annual non-cash value"
    assert (told.role, told.message.startswith(said)) == ("compliance", True)
    helga = Walker(london_as("helga"))
    assert "7,544.84" in helga.open("/ledger/breaches")
    home = helga.open("/")
    assert "Breach: Lerato Mokgathe" in home
    assert said in home


def test_no_travel_is_committed_before_the_policy_is_acknowledged(
    london_as: Callable[[str], FlaskClient],
) -> None:
    """D2, T3: refused with what to do; an estimate is possible."""
    event = _lisbon()
    yes = next(one for one in events.list_invitations(event) if one.person.email.startswith("yusra"))
    ruth = Walker(london_as("ruth"))
    ruth.fill(f"/events/invitations/{yes.id}/by-hand", channel="phone")
    ruth.fill(f"/events/invitations/{yes.id}/answer", state="accepted", channel="phone")
    day = event.starts_at.date()
    ruth.fill(
        f"/travel/open/{yes.id}",
        from_on=(day - timedelta(days=1)).isoformat(),
        to_on=(day + timedelta(days=2)).isoformat(),
    )
    trip = _trip_of("yusra")
    begins = event.starts_at.replace(tzinfo=None)
    flight = _flight(
        origin="NBO",
        departs_at=_wall(begins - timedelta(hours=17)),
        arrives_at=_wall(begins - timedelta(hours=10)),
    )
    answer = ruth.fill(f"/travel/{trip.id}/leg/new", status=422, **flight)
    assert "has not acknowledged" in answer.get_data(as_text=True)
    ruth.fill(f"/travel/{trip.id}/leg/new", **(flight | {"decision": "estimated"}))


BAD = [
    ({"amount": "12.345"}, "EUR has 2 decimal places"),
    ({"amount": "1,23,4"}, "Write the amount"),
    ({"amount": "-5"}, "An amount is not negative"),
    ({"currency": "EUX"}, "not a currency code"),
    ({"departs_at": "2027-13-45T99:99"}, "Not a valid"),
    ({"departs_zone": "Europe/Atlantis"}, "not a time zone"),
    ({"departs_at": "", "arrives_at": ""}, "This is needed."),
    ({"origin": "MAD", "departs_zone": "Europe/Madrid", "departs_at": "2027-03-28T02:30"}, "clocks"),
]


@pytest.mark.parametrize(("change", "said"), BAD)
def test_bad_input_is_refused_at_the_field(
    london_as: Callable[[str], FlaskClient], change: dict[str, object], said: str
) -> None:
    """422, a message at the field, nothing written, nothing typed lost; never a 500."""
    trip = _trip_of("tomas")
    answer = Walker(london_as("ruth")).fill(f"/travel/{trip.id}/leg/new", status=422, **_flight(**change))
    page = answer.get_data(as_text=True)
    assert said in page
    assert 'value="Meseta Air"' in page
    assert db.session.scalars(sa.select(Leg).filter_by(trip_id=trip.id)).all() == []
