"""Minutes of executive time really given, per person and per market (X3), out of the ledger's one counting function."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

import sqlalchemy as sa
from babel.lists import format_list
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from msgspec import Struct

from app.accounts.models import User
from app.core.db import db
from app.core.i18n import country_name
from app.core.regions import countries_of
from app.events.models import Event, Invitation, InvitationState
from app.executives.models import AccessRequest, Executive, Meeting, RequestState, Slot
from app.executives.policies import LIVE
from app.ledger.models import Unit
from app.ledger.queries import By, Scope, totals
from app.people import queries as people
from app.people.models import Person

#: UN M49: one market for all of Europe, every other country is its own.
EUROPE = "150"


class MarketMinutes(Struct, frozen=True):
    """One home country: who was invited and has not declined, and the minutes they were given."""

    country: str
    n_people: int
    n_minutes: int
    n_without: int

    @property
    def per_person(self) -> float:
        return self.n_minutes / self.n_people if self.n_people else 0.0


def minutes_by_person(*, event_id: int | None = None, year: int | None = None) -> dict[int, int]:
    """Executive minutes per person id, at an event or in a calendar year; one query (O6)."""
    scope = Scope(event_id=event_id, year=year, unit=Unit.EXECUTIVE_MINUTE)
    return {row["person"]: row.quantity for row in totals([By.PERSON], scope) if row["person"] is not None}


def minutes_of(person: Person, year: int) -> int:
    """Executive minutes a person was given in a calendar year."""
    scope = Scope(person_id=person.id, year=year, unit=Unit.EXECUTIVE_MINUTE)
    return sum(row.quantity for row in totals([By.UNIT], scope))


def minutes_by_market(event: Event, by: User | None) -> list[MarketMinutes]:
    """Per home country of those who have accepted, the least minutes per head first; never a declared facet (X3, P7)."""
    given = minutes_by_person(event_id=event.id)
    seen = people.visible_to(by).with_only_columns(Person.id)
    survivor = sa.func.coalesce(Person.merged_into_id, Person.id)
    wanted = (
        sa.select(Person.home_country, survivor)
        .join(Invitation, Invitation.person_id == Person.id)
        .where(
            Invitation.event_id == event.id,
            Invitation.state == InvitationState.ACCEPTED,
            survivor.in_(seen),
        )
    )
    return markets((country or "", given.get(id, 0)) for country, id in db.session.execute(wanted))


class PersonMinutes(Struct, frozen=True):
    """Somebody who comes, and the minutes given at the event."""

    person: Person
    n_minutes: int

    @property
    def id(self) -> int:
        return self.person.id

    @property
    def name(self) -> str:
        return self.person.name


def list_least(event: Event, by: User | None, most: int = 6) -> list[PersonMinutes]:
    """Those who have accepted, with the fewest minutes at the event first; two queries (X3)."""
    given = minutes_by_person(event_id=event.id)
    wanted = (
        people.visible_to(by)
        .join(Invitation, Invitation.person_id == Person.id)
        .where(Invitation.event_id == event.id, Invitation.state == InvitationState.ACCEPTED)
    )
    rows = [PersonMinutes(person, given.get(person.id, 0)) for person in db.session.scalars(wanted)]
    return sorted(rows, key=lambda row: (row.n_minutes, row.person.sort_key, row.person.id))[:most]


def markets(rows: Iterable[tuple[str, int]]) -> list[MarketMinutes]:
    """Sum (country, minutes of one person) per country, the least minutes per head first."""
    found: dict[str, list[int]] = {}
    for country, minutes in rows:
        found.setdefault(country, []).append(minutes)
    summed = [
        MarketMinutes(country, len(each), sum(each), sum(1 for minutes in each if minutes == 0))
        for country, each in found.items()
    ]
    return sorted(summed, key=lambda row: (row.per_person, row.country))


def accepted_hint(executive: Executive, event: Event, by: User | None, year: int) -> str:
    """Where those come from whom an executive has agreed to meet at an event, and who asks without a minute so far (X3).

    Markets and minutes only: no declared facet is read. Empty while nobody has been agreed to.
    """
    seen = people.visible_to(by).with_only_columns(Person.id)
    survivor = sa.func.coalesce(Person.merged_into_id, Person.id)
    agreed = db.session.execute(
        sa.select(survivor, Person.home_country)
        .join(Meeting, Meeting.person_id == Person.id)
        .where(Meeting.executive_id == executive.id, Meeting.event_id == event.id, Meeting.state.in_(LIVE))
        .order_by(Meeting.starts_at, Meeting.id)
    ).all()
    asked = db.session.execute(
        sa.select(survivor, Person.home_country, Person.name)
        .join(AccessRequest, AccessRequest.person_id == Person.id)
        .join(Slot, Slot.id == AccessRequest.slot_id)
        .where(
            Slot.executive_id == executive.id, Slot.event_id == event.id, survivor.in_(seen),
            AccessRequest.state != RequestState.WITHDRAWN,
        )
        .order_by(AccessRequest.asked_at, AccessRequest.id)
    ).all()  # fmt: skip
    given = minutes_by_person(year=year)
    met = {row[0] for row in agreed}
    without = {row[0]: row[2] for row in asked if row[0] not in met and not given.get(row[0])}
    n_asking = Counter(market_of(country) for _id, country in {(row[0], row[1]) for row in asked})
    return accepted_words([market_of(country) for _id, country in agreed], n_asking, list(without.values()))


def market_of(country: str | None) -> str:
    """The code of a market: one for all of Europe, else the country; empty where it is not known."""
    return EUROPE if country in countries_of(EUROPE) else country or ""


def accepted_words(agreed: Sequence[str], n_asking: Mapping[str, int], without: Sequence[str]) -> str:
    """The sentence itself; markets with more people first, those with as many by how many ask from there."""
    if not agreed or not without:
        return ""
    counted = Counter(agreed)
    ordered = sorted(counted, key=lambda code: (-counted[code], -n_asking.get(code, 0), code))
    places = format_list([_market_words(code) for code in ordered], style="or", locale=_list_locale())
    names = format_list(list(without), style="standard", locale=_list_locale())
    said = ngettext(
        "the one accepted comes from %(places)s",
        "all %(num)s accepted come from %(places)s",
        len(agreed),
        places=places,
    )
    said_of = ngettext("%(names)s has 0 minutes", "%(names)s have 0 minutes", len(without), names=names)
    return f"{said}; {said_of}"


def _list_locale() -> str:
    """The reader's language; English without a comma before the last "or", as we write it."""
    language = str(get_locale() or "en")
    return "en_GB" if language == "en" else language


def _market_words(code: str) -> str:
    """A market as it stands in a sentence."""
    short = {"US": _("the US"), "GB": _("the UK"), "AE": _("the Emirates"), "": _("places we do not know")}
    return str(short.get(code) or country_name(code))


def fair_hint(rows: Collection[MarketMinutes], names: Mapping[str, str]) -> str:
    """One sentence about whom nobody has met yet; empty when everybody was (J7)."""
    without = [names.get(row.country, row.country) for row in rows if row.n_minutes == 0]
    if not without or len(without) == len(rows):
        return ""
    return str(_("Nobody from %(without)s has been given a minute yet.", without=", ".join(sorted(without))))
