"""What a changed journey touches in the trip itself: days, ways on, cars, nights, and value that was planned (T6)."""

from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import ngettext
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.core.db import db
from app.core.i18n import day as day_words
from app.core.i18n import marked
from app.core.money import Money
from app.core.spoken import short_day
from app.core.wall_times import day_in
from app.events.disruptions import Answer, Area, Charge, Effect, Fate, Reader, Span, Wants
from app.ledger import operations as ledger
from app.ledger import queries_offers
from app.ledger.models import Category, SharedCost, SharedHead
from app.ledger.models_offers import OfferState, PlannedOffer
from app.travel import operations, sharing
from app.travel.airports import place_words
from app.travel.costing import likely_charge
from app.travel.details import StayDetails, TransferDetails, TripDetails
from app.travel.models import CostStage, Leg, Stay, Transfer, Trip
from app.travel.policies_disruption import Broken, Course, Way, belongs, comes_late, evenings_between, meets
from app.travel.policies_gaps import missing_nights
from app.travel.queries_costs import title_of
from app.travel.queries_desk import journey_of
from app.travel.queries_timings import timings
from app.travel.titles import told_title

_AT_TABLE = (Category.MEAL, Category.ENTERTAINMENT)


class Carried(Struct, frozen=True):
    """A car of a way that changes, and by how much; None: the way does not take place."""

    transfer: Transfer
    by: timedelta | None


def days_of(trip: Trip, course: Course, zones: dict[int, tuple[str, str]]) -> list[Effect]:
    """The trip's days reach as far as its ways; widening them is part of the change."""
    days = [
        day
        for way in course.after
        for day in (
            day_in(way.departs_at, zones[way.leg_id][0]),
            day_in(way.arrives_at, zones[way.leg_id][1]),
        )
    ]
    first, last = min([trip.from_on, *days]), max([trip.to_on, *days])
    if (first, last) == (trip.from_on, trip.to_on):
        return []

    def widen(by: User, _answer: Answer) -> Trip:
        details = TripDetails(
            **{name: getattr(trip, name) for name in TripDetails.model_fields}
            | {"from_on": first, "to_on": last}
        )
        return operations.edit_trip(trip, details, by=by)

    said = _(
        "%(from_on)s to %(to_on)s becomes %(first)s to %(last)s.",
        from_on=short_day(trip.from_on),
        to_on=day_words(trip.to_on),
        first=short_day(first),
        last=day_words(last),
    )
    return [
        Effect(key="days", area=Area.JOURNEY, title=_("Days of the trip"), said=said, fate=Fate.MOVED, is_told=False, act=widen)
    ]  # fmt: skip


def ways_on(trip: Trip, course: Course, reason: str) -> list[Effect]:
    """Ways that are missed, and what has to be booked anew."""
    legs = {leg.id: leg for leg in trip.legs}
    effects = [_missed(one, legs[one.second.leg_id], reason) for one in course.broken]
    if course.is_arrival_unknown or (course.home is not None and course.goes is None):
        way = _("The way there") if course.is_arrival_unknown else _("The way home")
        effects.append(
            Effect(
                key="rebook", area=Area.JOURNEY, title=way, fate=Fate.OPEN, wants=Wants.WORK, is_told=False,
                said=_("Has to be booked anew; until then nobody knows when they arrive.")
                if course.is_arrival_unknown else _("Has to be booked anew."),
            )
        )  # fmt: skip
    return effects


def _missed(one: Broken, leg: Leg, reason: str) -> Effect:
    place = place_words(one.second.origin)
    between = (
        _("%(minutes)s min at %(place)s", minutes=one.minutes, place=place)
        if one.minutes >= 0
        else _("It leaves %(place)s %(minutes)s min too early", place=place, minutes=-one.minutes)
    )
    return Effect(
        key=f"leg:{leg.id}",
        area=Area.JOURNEY,
        title=title_of(leg),
        fate=Fate.CANCELLED,
        wants=Wants.TICK,
        said=_("Will be missed: %(between)s, %(needed)s are needed.", between=between, needed=one.needed),
        proposal=_("Cancel it"),
        was=Span(leg.departs_at, leg.arrives_at, leg.departs_zone),
        state=str(leg.version),
        name=lambda: told_title(leg),
        charge=likely_charge(leg),
        act=lambda by, answer: operations.cancel_leg(
            leg, reason=reason or marked("The connection is missed."), by=by, charged=answer.charged
        ),
    )


# -- cars ----------------------------------------------------------------------------------------------


def carried_by(trip: Trip, course: Course) -> list[Carried]:
    """The cars of ways that change."""
    after = {way.leg_id: way for way in course.after}
    missed = {one.second.leg_id for one in course.broken}
    found = []
    for transfer in trip.transfers:
        way = next((way for way in course.before if transfer.takes_place and belongs(transfer, way)), None)
        if way is None:
            continue
        now = after.get(way.leg_id) if way.leg_id not in missed else None
        length = None if now is None else _length(transfer, way, now)
        if length is None or length:
            found.append(Carried(transfer, length))
    return found


def _length(transfer: Transfer, was: Way, now: Way) -> timedelta:
    if meets(transfer, was):
        return now.arrives_at - was.arrives_at
    return now.departs_at - was.departs_at


def fetched_at(course: Course, trip: Trip, way: Way | None, by: timedelta = timedelta(0)) -> datetime | None:
    """When the car that meets a way has brought them; None without one."""
    times = [
        row.ends_at + by
        for row in trip.transfers
        if way is not None and row.takes_place and belongs(row, way) and meets(row, way)
    ]
    return max(times, default=None)


def brought_from(trip: Trip, way: Way | None, by: timedelta = timedelta(0)) -> datetime | None:
    """When the car to a way fetches them; None without one."""
    times = [
        row.starts_at + by
        for row in trip.transfers
        if way is not None and row.takes_place and belongs(row, way) and not meets(row, way)
    ]
    return min(times, default=None)


def cars(trip: Trip, course: Course, reason: str) -> list[Effect]:
    """Each car that has to come at another time, or not at all, and those who ride along in it; one query."""
    carried = carried_by(trip, course)
    ids = [one.transfer.id for one in carried]
    wanted = sa.select(Transfer).where(Transfer.shares_with_id.in_(ids))
    wanted = wanted.options(joinedload(Transfer.trip).joinedload(Trip.person))
    riders: dict[int, list[str]] = {}
    for row in db.session.scalars(wanted.order_by(Transfer.id)) if ids else ():
        if row.takes_place:
            riders.setdefault(row.shares_with_id or 0, []).append(row.trip.person.name)
    effects = []
    for one in carried:
        names, holder = riders.get(one.transfer.id, []), one.transfer.shares_with
        follows = one.transfer.offset_minutes is not None and one.by is not None
        if holder is None and (follows or not names):
            effects.append(_car(one, reason))
        if holder is not None or names:
            effects.append(
                _shared(one.transfer, [holder.trip.person.name] if holder else names, follows=follows)
            )
    return effects


def _shared(row: Transfer, names: Sequence[str], *, follows: bool) -> Effect:
    """A car with others in it is nobody's to move or cancel alone; one that follows a leg takes them along."""
    who = ", ".join(names)
    said = (
        _("%(who)s would be fetched later too: ask, or give each a car.", who=who)
        if follows
        else _("The car is shared with %(who)s: agree on a time, or give each a car.", who=who)
    )
    return Effect(
        key=f"shared:{row.id}", area=Area.TRANSFER, title=title_of(row), was=Span(row.starts_at, row.ends_at, row.zone),
        said=said, fate=Fate.OPEN, wants=Wants.WORK, state=str(row.version),
    )  # fmt: skip


def _car(one: Carried, reason: str) -> Effect:
    row = one.transfer
    named: dict[str, Any] = {
        "key": f"transfer:{row.id}", "area": Area.TRANSFER, "title": title_of(row), "state": str(row.version),
        "was": Span(row.starts_at, row.ends_at, row.zone),
        "readers": (Reader(row.vehicle or _("Driver"), row.driver_email, row.driver_phone),), "name": lambda: told_title(row),
    }  # fmt: skip
    if one.by is None:
        return Effect(
            **named, said=_("Nobody has to be fetched then."), fate=Fate.CANCELLED, wants=Wants.TICK, proposal=_("Cancel it"),
            charge=likely_charge(row),
            act=lambda by, answer: operations.cancel_transfer(
                row, reason=reason or marked("The journey changed."), by=by, charged=answer.charged
            ),
        )  # fmt: skip
    starts_at, ends_at = row.starts_at + one.by, row.ends_at + one.by
    follows = row.offset_minutes is not None
    return Effect(
        **named, said=_("Follows its flight or train.") if follows else _("Would come at the wrong time."), fate=Fate.MOVED,
        wants=Wants.NOTHING if follows else Wants.TICK, proposal="" if follows else _("Move it along"),
        becomes=Span(starts_at, ends_at, row.zone), act=_mover(row, starts_at, ends_at),
    )  # fmt: skip


def _mover(row: Transfer, starts_at: datetime, ends_at: datetime) -> Callable[[User, Answer], object]:
    def move(by: User, _answer: Answer) -> object:
        if (row.starts_at, row.ends_at) == (starts_at, ends_at):  # it followed its leg
            return row
        values = {
            name: getattr(row, name)
            for name in TransferDetails.model_fields
            if name not in {"cost", "is_estimate"}
        }
        values |= {
            "starts_at": starts_at,
            "ends_at": ends_at,
            "cost": row.cost,
            "is_estimate": row.cost_stage is CostStage.ESTIMATED,
        }
        return operations.edit_transfer(row, TransferDetails(**values), by=by)

    return move


def _values_of(part: Stay | Transfer, details: type[StayDetails | TransferDetails]) -> dict[str, Any]:
    """A part as what its operations take."""
    names = set(details.model_fields) - {"cost", "is_estimate"}
    values = {name: getattr(part, name) for name in names}
    return values | {"cost": part.cost, "is_estimate": part.cost_stage is CostStage.ESTIMATED}


# -- nights --------------------------------------------------------------------------------------------


def nights(trip: Trip, course: Course, reason: str) -> list[Effect]:
    """Hotels that have to wait for somebody, and nights that nobody has booked."""
    event, effects = trip.event, []
    if course.arrival is not None and course.arrives != course.arrival:
        lands = course.arrives.arrives_at if course.arrives else None
        stay = _first_stay(trip, course.arrival, event.zone)
        if stay is not None:
            effects += _waiting(stay, lands, event.zone, reason)
    before = journey_of(trip, timings())
    ways = [(way.departs_at, way.arrives_at, way.leg_id) for way in course.after]
    after = replace(before, legs=ways)
    known = missing_nights(before, event.starts_at, event.ends_at, event.zone)
    if course.arrives is not None and not before.is_lodging_own:
        for night in missing_nights(after, event.starts_at, event.ends_at, event.zone):
            if night not in known:
                effects.append(
                    Effect(
                        key=f"night:{night}",
                        area=Area.HOTEL,
                        title=_("Night of %(night)s", night=day_words(night)),
                        fate=Fate.OPEN,
                        wants=Wants.WORK,
                        said=_("No hotel is booked for it."),
                        is_told=False,
                    )
                )
    return effects


def _first_stay(trip: Trip, arrival: Way, zone: str) -> Stay | None:
    lands_on = day_in(arrival.arrives_at, zone)
    ahead = [stay for stay in trip.stays if stay.takes_place and stay.check_out_on > lands_on]
    return min(ahead, key=lambda stay: stay.check_in_on, default=None)


def _waiting(stay: Stay, lands: datetime | None, zone: str, reason: str) -> list[Effect]:
    """The hotel waits; a room that nobody else is in and nobody sleeps in any more is given back."""
    said, n_unused = _("It has to keep the room until they come."), 0
    if lands is not None:
        at = lands.astimezone(ZoneInfo(zone))
        n_unused = min((at.date() - stay.check_in_on).days - (at.time() < time(6)), stay.n_nights)
        nights_lost = (
            ngettext(" %(num)s night is not slept in.", " %(num)s nights are not slept in.", n_unused)
            if n_unused > 0
            else ""
        )
        said = _(
            "They land on %(day)s at %(time)s.%(nights_lost)s",
            day=short_day(at),
            time=f"{at:%H:%M}",
            nights_lost=nights_lost,
        )
    if stay.n_nights and n_unused == stay.n_nights and not (stay.shares_with_id or sharing.sharers_of(stay)):
        return [_not_slept_in(stay, said, reason)]
    if stay.is_late_arrival or (lands is not None and not comes_late(lands, stay.check_in_on, zone)):
        return []

    def mark(by: User, _answer: Answer) -> object:
        values = _values_of(stay, StayDetails) | {"is_late_arrival": True}
        return operations.edit_stay(stay, StayDetails(**values), by=by)

    return [
        Effect(
            key=f"stay:{stay.id}", area=Area.HOTEL, title=title_of(stay), said=said, fate=Fate.LATE, wants=Wants.TICK,
            proposal=_("Mark it as a late arrival"), state=str(stay.version), act=mark, name=lambda: told_title(stay),
        )
    ]  # fmt: skip


def _not_slept_in(stay: Stay, said: str, reason: str) -> Effect:
    return Effect(
        key=f"stay:{stay.id}", area=Area.HOTEL, title=title_of(stay), said=said, fate=Fate.CANCELLED, wants=Wants.TICK,
        proposal=_("Cancel it"), state=str(stay.version), name=lambda: told_title(stay), charge=likely_charge(stay),
        act=lambda by, answer: operations.cancel_stay(
            stay, reason=reason or marked("They come after it."), by=by, charged=answer.charged
        ),
    )  # fmt: skip


# -- value ---------------------------------------------------------------------------------------------


def at_table(trip: Trip, from_at: datetime, to_at: datetime) -> list[Effect]:
    """Dinners and the like that were planned for somebody who is not there then: plans, and shares of a bill; two queries."""
    evenings = evenings_between(from_at, to_at, trip.event.zone)
    if not evenings:
        return []
    plans = sa.select(PlannedOffer).where(
        PlannedOffer.person_id == trip.person_id, PlannedOffer.program_id == trip.event.program_id,
        PlannedOffer.state == OfferState.PLANNED, PlannedOffer.category.in_(_AT_TABLE), PlannedOffer.expected_on.in_(evenings),
    )  # fmt: skip
    heads = (
        sa.select(SharedHead)
        .join(SharedCost, SharedCost.id == SharedHead.shared_cost_id)
        .where(
            SharedCost.event_id == trip.event_id, SharedCost.category.in_(_AT_TABLE), SharedCost.value_on.in_(evenings),
            SharedHead.person_id == trip.person_id, SharedHead.took_part.is_(True),
        )
        .options(joinedload(SharedHead.shared_cost))
    )  # fmt: skip
    return [
        *(_planned(row, trip) for row in db.session.scalars(plans.order_by(PlannedOffer.id))),
        *(_share(row, trip) for row in db.session.scalars(heads.order_by(SharedHead.id))),
    ]


def _planned(row: PlannedOffer, trip: Trip) -> Effect:
    def withdraw(by: User, answer: Answer) -> object:
        offer = queries_offers.get_offer(row.id, by, is_locked=True)
        return ledger.withdraw_offer(offer, by=by, charged=answer.charged, event_id=trip.event_id)

    return Effect(
        key=f"offer:{row.id}",
        area=Area.VALUE,
        title=row.context or row.category.value.capitalize(),
        is_told=False,
        said=_("Planned for %(expected_on)s; will not be received.", expected_on=day_words(row.expected_on)),
        fate=Fate.CANCELLED,
        wants=Wants.TICK,
        proposal=_("Take it out of the plan"),
        frees=row.cost,
        state=row.state.value,
        act=withdraw,
        charge=Charge(None, row.cost.currency),  # it was planned, not booked
    )


def _share(row: SharedHead, trip: Trip) -> Effect:
    shared = row.shared_cost
    share = Money(row.share_minor or 0, shared.cost.currency)
    return Effect(
        key=f"share:{row.id}", area=Area.VALUE, title=shared.title, frees=share, is_told=False, fate=Fate.CANCELLED,
        said=_("%(person)s has a share in it; the others will carry it.", person=trip.person.name), wants=Wants.TICK,
        proposal=_("Leave them out, and share anew"), state=f"{row.share_minor}/{row.entry_seq}",
        act=lambda by, _answer: ledger.mark_absent(shared, [row], by=by),
    )  # fmt: skip
