"""J5.1-J5.3: the desk of London in numbers; what rules block; visas in time."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.core import clock
from app.core.db import db, transaction
from app.core.money import Money
from app.events import queries as events
from app.events.models import Event
from app.ledger import operations as ledger
from app.ledger.details import TreasuryRateDetails
from app.ledger.models import Commitment, CommitmentStage, Entry
from app.people.models import Person
from app.travel import queries_desk
from app.travel.models import Leg, Trip
from tests.factories import ledger as make_ledger
from tests.journeys.walking import Walker

pytestmark = pytest.mark.usefixtures("london")


def _london() -> Event:
    event = events.find_event("Connect London")
    assert event is not None
    return event


def _trip_of(key: str, event: str = "Connect London") -> Trip:
    wanted = (
        sa.select(Trip)
        .join(Person, Person.id == Trip.person_id)
        .join(Event, Event.id == Trip.event_id)
        .where(Person.email == f"{key}@voices.example", Event.name == event)
    )
    return db.session.scalars(wanted).one()


def _wall(instant: datetime) -> str:
    return instant.replace(tzinfo=None).isoformat(timespec="minutes")


def test_the_grid_of_twelve_adds_up(london_as: Callable[[str], FlaskClient]) -> None:
    """J5.1: wish, policy, booked, visa, arrival, transfer, value: 12 rows, 51,972.43, Jack's business class allowed."""
    page = Walker(london_as("ruth")).open(f"/travel/?event={_london().id}")
    rows = queries_desk.desk(_london(), None, clock.now(), with_amounts=True).rows
    given = {row.person.email.partition("@")[0]: str(row.received) for row in rows}
    assert given == {
        "amal": "5,454.12 GBP", "kerem": "2,148.42 GBP", "nneka": "5,300.32 GBP", "jack": "7,383.80 GBP", "ines": "2,941.88 GBP",
        "lerato": "4,944.84 GBP", "priya": "265.72 GBP", "mateus": "6,070.20 GBP", "sara": "2,930.55 GBP",
        "bilal": "4,893.32 GBP", "hana": "5,812.51 GBP", "carla": "3,826.75 GBP",
    }  # fmt: skip
    for words in (
        "51,972.43",
        "7,383.80",
        "SYD → LHR",
        "Granted",
        "Travel declined",
        "Flown",
        "2 cars",
        "4 nights",
    ):
        assert words in page, words
    jack = next(row for row in rows if row.person.email.startswith("jack"))
    assert jack.wish_verdict is not None
    assert (jack.wish_verdict.answer, jack.wish_verdict.text) == (
        "allowed",
        "Rule 2: “Business class from six hours of flight.” Direct flight: 21 h 10 min SYD to LHR, "
        "estimated from the great circle.",
    )  # fmt: skip
    less = Walker(london_as("ruth")).open(f"/travel/?event={_london().id}&q=jack&answer=allowed&gap=none")
    assert "Jack Tarrowby" in less
    assert "Lerato Mokgathe" not in less
    assert "Nobody fits these filters" in Walker(london_as("ruth")).open(
        f"/travel/?event={_london().id}&gap=no_flight"
    )


def test_a_fare_keeps_the_rate_of_its_day(london_as: Callable[[str], FlaskClient]) -> None:
    """J5.1: AUD 9,840.00 at 0.5120 = 5,038.08, committed when booked, actual after the receipt; today's rate changes nothing."""
    trip = _trip_of("jack")
    leg = next(one for one in trip.legs if one.cost is not None)
    held = db.session.scalars(sa.select(Commitment).filter_by(source_part=f"leg:{leg.id}")).one()
    assert (leg.cost, held.reporting, held.stage) == (
        Money(984_000, "AUD"),
        Money(503_808, "GBP"),
        CommitmentStage.SETTLED,
    )
    with transaction():
        new = TreasuryRateDetails(
            from_currency="AUD", to_currency="GBP", valid_from_on=clock.today(), valid_to_on=clock.today(),
            rate="0.9999", source="Treasury, today",
        )  # fmt: skip
        ledger.set_treasury_rate(new, by=make_ledger.compliance())
    page = Walker(london_as("ruth")).open(f"/travel/{trip.id}")
    entry = db.session.scalars(sa.select(Entry).filter_by(seq=leg.entry_seq)).one()
    assert (entry.reporting_minor, "5,038.08" in page, "9,840.00" in page) == (503_808, True, True)


def test_what_the_rules_block(london_as: Callable[[str], FlaskClient]) -> None:
    """J5.2: Kerem's business wish is refused with the rule's text; premium economy came to 882.70; Priya received 0.00."""
    ruth, trip = Walker(london_as("ruth")), _trip_of("kerem")
    ruth.fill(f"/travel/{trip.id}/edit", wished_class="business")
    wished = ruth.open(f"/travel/{trip.id}")
    rule = (
        "Rule 1: “Public officials: at most premium economy, at most 250.00 GBP a night, paid to the vendor.”"
    )
    assert rule in wished
    assert "Needs approval" in wished
    assert "882.70" in wished
    leg = next(one for one in trip.legs if one.cost is not None)
    times = {
        "departs_at": leg.departs_at - timedelta(hours=9),
        "arrives_at": leg.arrives_at - timedelta(hours=9),
    }
    answer = ruth.fill(
        f"/travel/{trip.id}/leg/new", status=422, mode="air", origin="IST", destination="LHR", travel_class="business",
        departs_at=_wall(times["departs_at"]), arrives_at=_wall(times["arrives_at"]), amount="61,000.00", currency="TRY",
    )  # fmt: skip
    page = answer.get_data(as_text=True)
    assert rule in page
    assert "The highest class is premium economy." in page
    assert 'value="61,000.00"' in page
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Leg).filter_by(trip_id=trip.id)) == 2
    priya = ruth.open(f"/travel/{_trip_of('priya').id}")
    for words in ("2,304.80", "2,080.00", "4,384.80", "received: 0"):
        assert words in priya, words


def test_visas_are_in_time(london_as: Callable[[str], FlaskClient]) -> None:
    """J5.3: two need a letter; the lead time staff entered gives the last safe date, nine days ahead."""
    trips = {key: _trip_of(key) for key in ("bilal", "nneka")}
    first = trips["bilal"].from_on
    with clock.fixed_at(_london().starts_at - timedelta(days=40)):
        lead_days = (first - clock.today()).days - 9
        ruth = Walker(london_as("ruth"))
        for trip in trips.values():
            ruth.fill(f"/travel/{trip.id}/visa", state="needed", lead_days=str(lead_days))
        page = ruth.open(f"/travel/?event={_london().id}&visa=needed")
        assert page.count("Letter not issued") == 2
        assert page.count("last safe date in 9 days") == 2
        assert "Jack Tarrowby" not in page
        ruth.fill(f"/travel/{trips['bilal'].id}/visa", state="letter_issued")
        again = ruth.open(f"/travel/?event={_london().id}&visa=letter_issued")
        assert (again.count("last safe date in 9 days"), "Bilal Qureshan" in again) == (1, True)
        ruth.fill(f"/travel/{trips['bilal'].id}/visa", status=422, lead_days="731")


def test_two_who_note_a_visa_are_told(london_as: Callable[[str], FlaskClient]) -> None:
    """The second to save sees both versions and three ways on."""
    trip = _trip_of("bilal")
    first, second = Walker(london_as("ruth")), Walker(london_as("ruth"))
    seen = second.typed(f"/travel/{trip.id}/visa", "/visa")
    first.fill(f"/travel/{trip.id}/visa", state="refused")
    answer = second.browser.post(f"/travel/{trip.id}/visa", data=seen | {"state": "granted"})
    assert answer.status_code == 409
    assert "Yours" in answer.get_data(as_text=True)


BAD = [
    ({"arrives_at": "2026-01-01T00:00"}, "would end before it begins"),
    ({"origin": "QQQ", "departs_zone": "Europe/Madrid"}, "No airport has the code QQQ"),
    ({"currency": "XAU", "amount": "3"}, "XAU"),
    ({"fare_leg_id": "999999"}, "Not a valid choice"),
]


@pytest.mark.parametrize(("change", "said"), BAD)
def test_a_leg_that_cannot_be_is_refused(
    london_as: Callable[[str], FlaskClient], change: dict[str, str], said: str
) -> None:
    """Real time counts, not wall time; an unknown airport; a currency nobody has a rate for. Nothing typed is lost."""
    trip = _trip_of("tomas", "Open Lab Lisbon")
    leaves = trip.event.starts_at - timedelta(hours=16)
    values = {
        "mode": "air", "carrier": "Meseta Air", "origin": "MAD", "destination": "LIS", "travel_class": "economy",
        "departs_at": _wall(leaves), "arrives_at": _wall(leaves + timedelta(minutes=20)), "amount": "148.20", "currency": "EUR",
    }  # fmt: skip
    page = (
        Walker(london_as("ruth"))
        .fill(f"/travel/{trip.id}/leg/new", status=422, **(values | change))
        .get_data(as_text=True)
    )
    assert said in page
    assert 'value="Meseta Air"' in page
