"""Airports of the world by IATA code: city, country and time zone."""

from collections.abc import Iterable
from functools import lru_cache

import airportsdata
from babel import Locale
from msgspec import Struct

from app.core.vtimezone import zone_names


class Airport(Struct, frozen=True):
    """One airport; `zone` is the IANA zone its clocks show, empty if the list has none we know; degrees north and east."""

    code: str
    name: str
    city: str
    country: str
    zone: str
    lat: float = 0.0
    lon: float = 0.0


@lru_cache(maxsize=1)
def _airports() -> dict[str, Airport]:
    rows = airportsdata.load("IATA").values()
    return {row["iata"]: _airport(dict(row)) for row in rows}


def _airport(row: dict[str, object]) -> Airport:
    zone = str(row["tz"])
    return Airport(
        code=str(row["iata"]),
        name=str(row["name"]),
        city=str(row["city"]) or str(row["name"]),
        country=str(row["country"]),
        zone=zone if zone in zone_names() else "",
        lat=float(str(row["lat"])),
        lon=float(str(row["lon"])),
    )


def find_airport(place: str) -> Airport | None:
    """The airport with this IATA code, in any case; None for anything else, such as the name of a town."""
    text = place.strip().upper()
    return _airports().get(text) if len(text) == 3 and text.isalpha() else None


def looks_like_code(place: str) -> bool:
    """Whether somebody meant an IATA code: three capital letters."""
    text = place.strip()
    return len(text) == 3 and text.isascii() and text.isalpha() and text.isupper()


def place_words(place: str) -> str:
    """ "LHR" as "London (LHR)"; a free place as it is."""
    airport = find_airport(place) if looks_like_code(place) else None
    return f"{airport.city} ({airport.code})" if airport else place


def country_words(code: str) -> str:
    """ "GB" as "United Kingdom": in English, because the book keeps one language for places."""
    return str(Locale("en").territories.get(code, code))


def larger_airports(countries: Iterable[str], most: int = 60) -> list[Airport]:
    """Airports of some countries to suggest while typing: those that call themselves international, else all."""
    found: list[Airport] = []
    for country in sorted({country for country in countries if country}):
        own = [airport for airport in _airports().values() if airport.country == country and airport.zone]
        named = [airport for airport in own if "International" in airport.name]
        found += sorted(named if len(named) > 2 else own, key=lambda airport: (airport.city, airport.code))[
            :most
        ]
    return found
