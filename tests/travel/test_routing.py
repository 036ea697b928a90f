"""The direct flight a class rule looks at, connections, and pick-ups: values only."""

from datetime import UTC, datetime, timedelta

import pytest

from app.travel.airports import find_airport
from app.travel.models import Leg, LegMode
from app.travel.policies_timings import Timings, connections_of
from app.travel.routing import Direct, direct_of, estimated, great_circle_km, longest_direct, pick_up, way_of

NOON = datetime(2026, 10, 11, 12, 0, tzinfo=UTC)


def leg(origin: str, destination: str, departs: float, hours: float, mode: LegMode = LegMode.AIR) -> Leg:
    """A leg that leaves so many hours after noon and takes so many."""
    departs_at = NOON + timedelta(hours=departs)
    return Leg(
        mode=mode, origin=origin, destination=destination, departs_at=departs_at, departs_zone="UTC",
        arrives_at=departs_at + timedelta(hours=hours), arrives_zone="Europe/London", is_cancelled=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("origin", "destination", "km"), [("SYD", "LHR", 17_016), ("JFK", "LHR", 5_540), ("IST", "LHR", 2_490)]
)
def test_the_great_circle_is_that_of_the_tables(origin: str, destination: str, km: int) -> None:
    """Published distances, within half a percent."""
    one, other = find_airport(origin), find_airport(destination)
    assert one is not None
    assert other is not None
    assert abs(great_circle_km(one, other) - km) < km * 0.005


def test_an_estimate_names_itself() -> None:
    found = estimated("SYD", "LHR")
    assert found == Direct(1270, "SYD", "LHR", is_estimate=True)
    assert found.words == "21 h 10 min SYD to LHR, estimated from the great circle"
    assert estimated("Paris Nord", "LHR") is None
    assert Direct(390).words == "6 h 30 min, as entered"


def test_a_detour_does_not_earn_a_better_class() -> None:
    """Madrid to London by Dubai is 15 hours under way and a flight of two hours and some."""
    out, on = leg("MAD", "DXB", 0, 7), leg("DXB", "LHR", 9, 8)
    direct = direct_of(on, [out, on], None)
    assert (direct.origin, direct.destination, direct.minutes) == ("MAD", "LHR", 130)  # type: ignore[union-attr]
    assert direct_of(out, [out, on], None) == direct


def test_what_staff_enter_counts_and_trains_have_no_direct_flight() -> None:
    one = leg("MAD", "LHR", 0, 3)
    assert direct_of(one, [one], 400) == Direct(400)
    train = leg("Paris Nord", "London St Pancras", 0, 3, LegMode.RAIL)
    assert direct_of(train, [train], 400) is None
    assert longest_direct([], 400) == Direct(400)
    assert longest_direct([], None) is None


def test_the_way_home_is_a_way_of_its_own() -> None:
    """A day trip, and a stop of more than 20 hours, both begin anew."""
    there, home = leg("CDG", "LHR", 0, 1), leg("LHR", "CDG", 9, 1)
    assert way_of(there, [there, home]) == [there]
    late = leg("LHR", "JFK", 22, 8)
    assert way_of(late, [there, late]) == [late]


@pytest.mark.parametrize(
    ("second", "least", "is_tight"),
    [
        (leg("LHR", "EDI", 2.5, 1), 90, False),  # from abroad: 90 minutes are 90 minutes
        (leg("LHR", "EDI", 2.4, 1), 90, True),
        (leg("LGW", "EDI", 2.9, 1), 120, True),  # another airport of the city
        (leg("London St Pancras", "Leeds", 3.1, 2, LegMode.RAIL), 120, False),
    ],
)
def test_a_change_takes_at_least_so_long(second: Leg, least: int, is_tight: bool) -> None:
    first = leg("CDG", "LHR", 0, 1)
    found = connections_of([second, first], Timings())
    assert [(one.least, one.is_tight) for one in found] == [(least, is_tight)]


def test_within_a_country_an_hour_is_enough() -> None:
    found = connections_of([leg("LHR", "MAN", 0, 1), leg("MAN", "EDI", 2, 1)], Timings())
    assert [(one.minutes, one.least, one.is_tight) for one in found] == [(60, 60, False)]
    assert connections_of([leg("CDG", "LHR", 0, 1), leg("LHR", "EDI", 30, 1)], Timings()) == []


def test_a_pick_up_hangs_on_its_leg() -> None:
    one = leg("CDG", "LHR", 0, 1)
    assert pick_up(one, 45) == (NOON + timedelta(minutes=105), "Europe/London")
    assert pick_up(one, -180) == (NOON - timedelta(hours=3), "UTC")
