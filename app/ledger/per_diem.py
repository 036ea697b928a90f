"""What the United States government pays for a night in a place: its tables as they were published (L10).

`per_diem.csv` holds one row per table, place and season: which list (state: Department of State, abroad; gsa: General Services
Administration, the 48 states and DC; defense: Department of Defense, Alaska, Hawaii and the territories), the month it holds
from, country (ISO 3166-1), place, first and last day of the season (month-day, both empty for the whole year; a season may
run over the year's end), US dollars a night. "[Other]" is the rest of the country. A later table is added as further rows.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path

from msgspec import Struct

from app.core.money import Money
from app.core.regions import find_place, plain

_TABLE = Path(__file__).with_name("per_diem.csv")
_OTHER = "[Other]"
#: What people write for a country whose code or name is another.
_ALSO = {
    "uk": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "uae": "AE",
    "usa": "US",
    "u s a": "US",
    "korea": "KR",
}
SOURCES = {
    "state": "US Department of State", "gsa": "US General Services Administration", "defense": "US Department of Defense",
}  # fmt: skip


class Rate(Struct, frozen=True):
    """The rate of a place and day: a night in whole US dollars, the place as the table names it, which table it is of."""

    table: str
    from_month: str
    country: str
    place: str
    begins: str
    ends: str
    usd: int

    @property
    def is_rest(self) -> bool:
        """The table does not name the place, so this is the row for the rest of the country."""
        return self.place == _OTHER

    @property
    def per_night(self) -> Money:
        return Money(self.usd * 100, "USD")

    @property
    def payer(self) -> str:
        """Who pays it: "US Department of State"."""
        return SOURCES[self.table]

    @property
    def since(self) -> date:
        """The first day of the month the table holds from."""
        year, month = map(int, self.from_month.split("-"))
        return date(year, month, 1)

    @property
    def source(self) -> str:
        """ "US Department of State, April 2026", as files say it."""
        return f"{self.payer}, {self.since:%B %Y}"

    def holds_on(self, on: date) -> bool:
        """Whether a day is in the season; the last of February ends it in every year."""
        if not self.begins:
            return True
        day, ends = f"{on:%m-%d}", "02-29" if self.ends == "02-28" else self.ends
        if self.begins <= ends:
            return self.begins <= day <= ends
        return day >= self.begins or day <= ends


@lru_cache(maxsize=1)
def _rates() -> Mapping[str, Mapping[str, Mapping[str, tuple[Rate, ...]]]]:
    """Country, list and month ("state 2026-04"), place as people compare it: its seasons."""
    found: dict[str, dict[str, dict[str, list[Rate]]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(list))
    )
    with _TABLE.open(encoding="utf-8", newline="") as source:
        for row in csv.DictReader(source):
            rate = Rate(
                row["table"],
                row["month"],
                row["country"],
                row["place"],
                row["from"],
                row["to"],
                int(row["usd"]),
            )
            for name in _names(rate.place):
                found[rate.country][f"{rate.table} {rate.from_month}"][name].append(rate)
    return {
        country: {
            key: {name: tuple(rates) for name, rates in places.items()} for key, places in lists.items()
        }
        for country, lists in found.items()
    }


def _names(place: str) -> set[str]:
    """What a place of the table is called: "Jackson / Pinedale, WY" is Jackson, Pinedale, and each with its state."""
    town, comma, state = place.partition(",")
    towns = [part.strip() for part in town.split("/")]
    towns += [part.removesuffix(" City") for part in towns]
    return (
        {plain(one) for one in towns} | {plain(f"{one}{comma}{state}") for one in towns}
        if place != _OTHER
        else {_OTHER}
    )


def rate_of(city: str, country: str, on: date) -> Rate | None:
    """The rate of a place on a day, by the table in force in that month; the rest of the country where it is not named.

    None where no table reaches back so far, or the country has none. `country` is a code or a name.
    """
    lists = _rates().get(_code(country), {})
    newest: dict[str, str] = {}
    for key in lists:
        table, month = key.split(" ")
        if month <= f"{on:%Y-%m}":
            newest[table] = max(newest.get(table, ""), month)
    places = [lists[f"{table} {month}"] for table, month in sorted(newest.items())]
    named = [rate for table in places for rate in _in_season(table, plain(city), on)]
    # One name for two places says nothing of either.
    if named and len({rate.place for rate in named}) == 1:
        return named[0]
    return next((rate for table in places for rate in _in_season(table, _OTHER, on)), None)


def _in_season(places: Mapping[str, tuple[Rate, ...]], name: str, on: date) -> Iterator[Rate]:
    return (rate for rate in places.get(name, ()) if rate.holds_on(on))


def _code(country: str) -> str:
    """The code of a country by code or name; an empty text for what is none."""
    known = _ALSO.get(plain(country))
    if known:
        return known
    place = find_place(country)
    return place.code if place is not None and not place.is_region else ""


def split_place(place: str) -> tuple[str, str]:
    """ "London, United Kingdom" as city and country."""
    city, _, country = place.rpartition(",")
    return city.strip(), country.strip()
