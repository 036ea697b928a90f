"""Decisions on what comes back from people: when an outcome counts, which markets were not expected."""

from collections.abc import Iterable
from datetime import date

from flask_babel import gettext as _

from app.core import regions
from app.core.errors import DomainError
from app.core.i18n import day_in_full

#: An outcome counts so long after the contact it came of (G8).
N_MONTHS = 24


class TooLate(DomainError):
    """G8: an outcome more than 24 months after the contact, or before it."""


class NotTheirs(DomainError):
    """A contact, goal or program that does not belong to what is written down."""


class NotYetAnswered(DomainError):
    """G9: the person is told once there is a decision."""


class AnsweredAlready(DomainError):
    """An insight that was answered or thanked for before."""


def last_day_for(contact_on: date) -> date:
    """The last day on which something may count as an outcome of a contact on `contact_on`."""
    year, month = divmod(contact_on.month - 1 + N_MONTHS, 12)
    for day in range(contact_on.day, 27, -1):
        try:
            return date(contact_on.year + year, month + 1, day)
        except ValueError:
            continue  # 29 February has no counterpart
    return date(contact_on.year + year, month + 1, contact_on.day)


def require_in_time(contact_on: date, on: date, today: date) -> None:
    """Refuse an outcome that lies before the contact, too long after it, or ahead (G8)."""
    if on < contact_on:
        raise TooLate(
            _(
                "The contact was on %(contact_on)s; nothing can come of it before.",
                contact_on=day_in_full(contact_on),
            ),
            field="on",
        )
    if on > last_day_for(contact_on):
        said = _(
            "More than %(n)s months after the contact of %(day)s: name a later contact it came of.",
            n=N_MONTHS,
            day=day_in_full(contact_on),
        )
        raise TooLate(said, field="on")
    if on > today:
        raise TooLate(_("An outcome is written down once it is there. Give a day up to today."), field="on")


def countries_wanted(markets: Iterable[str]) -> frozenset[str]:
    """The countries that the markets of goals name, through their regions."""
    places = (place for text in markets for _words, place in regions.find_places(text)[0])
    return frozenset().union(*(place.countries for place in places))


def is_unexpected(country: str, wanted: frozenset[str]) -> bool:
    """G8: whether outcomes came from a market no goal asked for."""
    return country not in wanted
