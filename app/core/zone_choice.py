"""Choosing a time zone as people say it: by its name, by a city, or by the country alone where it has only one."""

from functools import cache
from importlib import resources

from flask_babel import gettext as _

from app.core.vtimezone import zone_names


class NotOneZone(ValueError):
    """No zone, or several; the words say which there are."""


def zone_meant(text: str, country: str = "") -> str:
    """The IANA zone somebody means; NotOneZone."""
    text = text.strip()
    if text in zone_names():
        return text
    there = zones_of_country(country)
    if not text:
        return _only(there, _("Say where it is: a zone such as Europe/London, or a city such as Sydney."))
    asked = text.casefold().replace(" ", "_")
    found = [
        name
        for name in sorted(zone_names())
        if asked in {name.casefold(), name.casefold().rsplit("/", 1)[-1]}
    ]
    within = (
        [name for name in found if name in there] or [name for name in found if name in _listed()] or found
    )
    return _only(
        within, _("This is not a time zone. Use a name such as Europe/London, or a city such as Sydney.")
    )


def _only(names: list[str], nothing: str) -> str:
    if len(names) == 1:
        return names[0]
    if not names:
        raise NotOneZone(nothing)
    more = ", …" if len(names) > 8 else ""
    raise NotOneZone(
        _("There are several: %(names)s%(more)s. Choose one.", names=", ".join(names[:8]), more=more)
    )


def zones_of_country(country: str) -> list[str]:
    """The zones of a country (ISO 3166), the one most people live in first where tzdata says so."""
    return _by_country().get(country, [])


@cache
def _by_country() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    table = (resources.files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8")
    for line in table.splitlines():
        if line and not line.startswith("#"):
            code, _place, name = line.split("\t")[:3]
            found.setdefault(code, []).append(name)
    return found


@cache
def _listed() -> frozenset[str]:
    return frozenset(name for names in _by_country().values() for name in names)
