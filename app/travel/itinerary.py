"""The itinerary of one traveller, in their words: every step on the clock of its place, the time at home beside it."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date
from flask_babel import force_locale
from flask_babel import gettext as _
from msgspec import Struct
from msgspec.structs import astuple, replace

from app.accounts.models import User
from app.core.i18n import country_name, day, language_of, place_of, when
from app.core.wall_times import day_in
from app.events import layers
from app.events.layers import Layer, Window
from app.events.models import Audience, RecordTerms
from app.ledger import keys
from app.travel.airports import place_words
from app.travel.manifests import clock_of, is_booked
from app.travel.models import CostStage, Leg, LegMode, Stay, Transfer, TravelClass, Trip
from app.travel.queries import Part
from app.travel.queries_documents import OwnSession, sessions_of

#: So many sessions that are open to everybody are named one by one; a trade fair has hundreds, nobody's own.
MOST_NAMED = 30


class Moment(Struct, frozen=True):
    """One time of a step: what happens, on the clock of the place, and at home; days where they are other ones."""

    what: str
    time: str
    day: str = ""
    home: str = ""
    home_day: str = ""


class Step(Struct, frozen=True):
    """One step: the day it is listed under, what it is, its times, and lines of detail."""

    at: datetime
    day: str
    title: str
    moments: Sequence[Moment] = ()
    details: Sequence[str] = ()


class Itinerary(Struct, frozen=True):
    """Everything one traveller is told, in the order of real time."""

    trip: Trip
    language: str
    steps: Sequence[Step]

    @property
    def fingerprint(self) -> str:
        """Equal for itineraries that say the same."""
        said = [(step.day, step.title, *map(astuple, step.moments), *step.details) for step in self.steps]
        return keys.keyed("itinerary", self.trip.id, said)


def itinerary_of(trip: Trip, by: User | None) -> Itinerary:
    """Flights, cars, nights, the event, the sessions and the meetings of one traveller.

    Nothing of anybody else, no amount, no booking code.
    """
    language = language_of(trip.person.languages)
    with force_locale(language):
        words = _Words(trip, language)
        steps = [words.part(part) for part in trip.parts if part.takes_place]
        steps += [*words.programme(sessions_of(trip)), *words.meetings(by)]
    return Itinerary(trip, language, sorted(steps, key=lambda step: (step.at, step.title)))


class _Words:
    """The words of one itinerary, in the language that is forced around it."""

    def __init__(self, trip: Trip, language: str) -> None:
        self.trip, self.home, self.language = trip, trip.person.zone, language
        self._modes = {
            LegMode.AIR: _("Flight"), LegMode.RAIL: _("Train"), LegMode.ROAD: _("Drive"), LegMode.SEA: _("Ferry"),
        }  # fmt: skip
        self._classes = {
            TravelClass.STANDARD: _("Standard class"), TravelClass.ECONOMY: _("Economy class"),
            TravelClass.PREMIUM_ECONOMY: _("Premium economy class"), TravelClass.BUSINESS: _("Business class"),
            TravelClass.FIRST: _("First class"),
        }  # fmt: skip
        self._terms = {
            RecordTerms.ON_RECORD: _("On the record"), RecordTerms.OFF_RECORD: _("Off the record"),
            RecordTerms.BACKGROUND: _("Background only"),
        }  # fmt: skip

    def part(self, part: Part) -> Step:
        if isinstance(part, Leg):
            step, is_open = self._leg(part), not is_booked(self.trip, part)
        else:
            step = self._stay(part) if isinstance(part, Stay) else self._car(part)
            is_open = part.cost_stage is CostStage.ESTIMATED
        return replace(step, details=[*step.details, _("Not booked yet")]) if is_open else step

    def _leg(self, leg: Leg) -> Step:
        named = " ".join(one for one in (leg.carrier, leg.number) if one)
        title = f"{self._modes[leg.mode]}: {place_words(leg.origin)} – {place_words(leg.destination)}"
        moments = (
            self._moment(_("Leaves"), leg.departs_at, leg.departs_zone),
            self._moment(_("Arrives"), leg.arrives_at, leg.arrives_zone, after=day_in(leg.departs_at, leg.departs_zone)),
        )  # fmt: skip
        terminals = " – ".join(one for one in (leg.departs_terminal, leg.arrives_terminal) if one)
        details = [one for one in (named, self._classes[leg.travel_class], terminals) if one]
        return Step(leg.departs_at, self._day(leg.departs_at, leg.departs_zone), title, moments, details)

    def _stay(self, stay: Stay) -> Step:
        at = datetime.combine(stay.check_in_on, time(15), ZoneInfo(self.trip.event.zone))
        leaves = _("Until %(day)s", day=day(stay.check_out_on))
        where = ", ".join(one for one in (stay.city, country_name(stay.country)) if one)
        return Step(
            at,
            self._day(at, self.trip.event.zone),
            _("Hotel: %(name)s", name=stay.hotel),
            (),
            [where, leaves],
        )

    def _car(self, ride: Transfer) -> Step:
        way = f"{place_words(ride.origin)} – {place_words(ride.destination)}"
        moments = (
            self._moment(_("Picks you up"), ride.starts_at, ride.zone),
            self._moment(_("There by"), ride.ends_at, ride.zone),
        )
        details = [ride.car.vehicle] if ride.car.vehicle else []
        return Step(
            ride.starts_at, self._day(ride.starts_at, ride.zone), _("Car: %(way)s", way=way), moments, details
        )

    def programme(self, sessions: Sequence[OwnSession]) -> list[Step]:
        """The event, and its sessions one by one; of very many only those that are asked of this traveller."""
        own = [one for one in sessions if one.is_on_stage or one.session.audience is not Audience.ALL]
        named = sessions if len(sessions) - len(own) <= MOST_NAMED else own
        return [self._event(len(sessions) - len(named)), *(self._session(one) for one in named)]

    def _session(self, own: OwnSession) -> Step:
        session = own.session
        begins, ends = (
            self._moment(what, at, session.zone, after=day_in(session.starts_at, session.zone))
            for what, at in ((_("Begins"), session.starts_at), (_("Ends"), session.ends_at))
        )
        details = [
            session.place, _("You are on stage") if own.is_on_stage else "", self._terms[session.terms],
            _("Embargo until %(when)s", when=when(session.embargo_until_at, session.zone)) if session.embargo_until_at else "",
            _("Under a non-disclosure agreement") if session.is_nda else "",
        ]  # fmt: skip
        return Step(
            session.starts_at, self._day(session.starts_at, session.zone), session.title, (begins, ends),
            [one for one in details if one],
        )  # fmt: skip

    def _event(self, n_more: int) -> Step:
        event = self.trip.event
        moments = (
            self._moment(_("Begins"), event.starts_at, event.zone),
            self._moment(_("Ends"), event.ends_at, event.zone, after=day_in(event.starts_at, event.zone)),
        )
        where = ", ".join(dict.fromkeys(one for one in (event.place, event.city) if one))
        on = self._day(event.starts_at, event.zone)
        more = (
            _("More sessions are open to you: %(n)s, all in the calendar file.", n=n_more) if n_more else ""
        )
        return Step(event.starts_at, on, event.name, moments, [one for one in (where, more) if one])

    def meetings(self, by: User | None) -> list[Step]:
        """The time they were given with executives, by the layer of meetings."""
        event, person_id = self.trip.event, self.trip.person_id
        window = Window(
            from_at=event.starts_at - timedelta(days=3), to_at=event.ends_at + timedelta(days=3), by=by,
            person_ids=frozenset({person_id}), event_id=event.id,
        )  # fmt: skip
        found = layers.of_event(layers.list_entries(window, [Layer.MEETINGS]), Layer.MEETINGS, event.id)
        own = [one for one in found if any(who.id == person_id for who in one.people)]
        return [
            Step(
                one.starts_at, self._day(one.starts_at, one.zone),
                _("Meeting with %(name)s", name=one.executive.name if one.executive else one.title),
                (self._moment(_("Begins"), one.starts_at, one.zone), self._moment(_("Ends"), one.ends_at, one.zone)),
                [one.place] if one.place else [],
            )
            for one in own
        ]  # fmt: skip

    def _moment(self, what: str, at: datetime, zone: str, after: date | None = None) -> Moment:
        """The day is named where it is not the day of the step; the time at home only where it is another one."""
        on, there = day_in(at, zone), at.astimezone(ZoneInfo(self.home))
        here = Moment(
            what,
            f"{clock_of(at, zone)} {place_of(zone)}",
            day(on) if after is not None and on != after else "",
        )
        if there.utcoffset() == at.astimezone(ZoneInfo(zone)).utcoffset():
            return here
        home_day = day(there.date()) if there.date() != on else ""
        return replace(here, home=f"{there:%H:%M} {place_of(self.home)}", home_day=home_day)

    def _day(self, at: datetime, zone: str) -> str:
        """ "Monday, 12 October 2026", as the reader writes it."""
        return str(format_date(day_in(at, zone), "full", locale=self.language))
