"""Places by name: countries, and the regions of the world with the countries in them (UN M49, from Unicode CLDR)."""

import csv
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from babel import Locale
from msgspec import Struct

from app.core.i18n import country_name

_WORLD = "001"
_TABLE = Path(__file__).with_name("regions.csv")
#: "Southern Asia" and "South Asia" are the same place to whoever types it.
_DIRECTION = re.compile(r"\b(north|south|east|west)ern\b")
_DIGITS = 3


class Place(Struct, frozen=True):
    """A country or a region; `countries` are the ISO 3166-1 alpha-2 codes in it."""

    code: str
    countries: frozenset[str]

    @property
    def is_region(self) -> bool:
        return len(self.code) == _DIGITS or self.code in _unions()

    @property
    def name(self) -> str:
        """Its name in the reader's language."""
        return country_name(self.code)


@lru_cache(maxsize=1)
def _contained() -> dict[str, frozenset[str]]:
    """What each region holds directly: codes of UN M49 and ISO 3166-1, after UNSD's table as CLDR 48 carries it."""
    with _TABLE.open(encoding="ascii", newline="") as source:
        return {row["region"]: frozenset(row["holds"].split()) for row in csv.DictReader(source)}


@lru_cache(maxsize=1)
def _unions() -> frozenset[str]:
    return frozenset(code for code in _contained() if len(code) != _DIGITS)


@lru_cache(maxsize=256)
def countries_of(code: str) -> frozenset[str]:
    """The countries in a region, through all levels; a country holds itself."""
    parts = _contained().get(code)
    if parts is None:
        return frozenset({code}) if len(code) != _DIGITS else frozenset()
    return frozenset().union(*(countries_of(part) for part in parts))


@lru_cache(maxsize=1)
def region_codes() -> tuple[str, ...]:
    """Every region with a name, the smallest first, so that a country's nearest region comes first."""
    named = Locale("en").territories
    codes = (code for code in _contained() if code in named and code not in {_WORLD, "UN", "EZ", "QO"})
    return tuple(sorted(codes, key=lambda code: (len(countries_of(code)), code)))


def regions_of(country: str) -> tuple[str, ...]:
    """The regions a country lies in, the nearest first."""
    return tuple(code for code in region_codes() if country in countries_of(code))


def find_place(text: str) -> Place | None:
    """The country or region somebody means by a code or a name, in English or the reader's language."""
    typed = text.strip()
    code = typed.upper()
    if code in _known_codes():
        return Place(code, countries_of(code))
    wanted = plain(typed)
    found = _english().get(wanted) or next(
        (one for one in _known_codes() if plain(country_name(one)) == wanted), None
    )
    return Place(found, countries_of(found)) if found else None


def place_of(code: str) -> Place:
    """The place of a stored code."""
    return Place(code, countries_of(code))


def find_places(text: str) -> tuple[list[tuple[str, Place]], list[str]]:
    """ "Africa and South Asia, factories" -> the places with the words that named them, and the words that named none."""
    found: list[tuple[str, Place]] = []
    unknown: list[str] = []
    for part in _parts(text):
        place = find_place(part)
        if place is not None:
            found.append((part, place))
            continue
        # "Bosnia and Herzegovina" is one place, "Africa and South Asia" are two.
        pieces = [
            piece.strip() for piece in re.split(r"\s+(?:and|und|et|y)\s+|\s*&\s*", part) if piece.strip()
        ]
        for piece in pieces:
            one = find_place(piece)
            found += [(piece, one)] if one else []
            unknown += [] if one else [piece]
    return list({place.code: (words, place) for words, place in found}.values()), unknown


def _parts(text: str) -> Iterable[str]:
    return (part.strip() for part in re.split(r"[,;/\n]+", text) if part.strip())


@lru_cache(maxsize=1)
def _known_codes() -> tuple[str, ...]:
    countries = countries_of(_WORLD)
    return (*sorted(code for code in countries if code in Locale("en").territories), *region_codes())


@lru_cache(maxsize=1)
def _english() -> dict[str, str]:
    names = Locale("en").territories
    return {plain(names[code]): code for code in reversed(_known_codes())}


def plain(text: str) -> str:
    """A name as people compare it: no case, accents, hyphens, "and" or "-ern"."""
    bare = "".join(
        char for char in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(char)
    )
    words = re.sub(r"[^\w]+", " ", bare.replace("ı", "i")).split()
    return _DIRECTION.sub(r"\1", " ".join(word for word in words if word != "and"))
