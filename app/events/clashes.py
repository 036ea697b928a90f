"""What else is on when something is planned or moved: one answer for events, windows, meetings, journeys and the API.

A clash is shown, with who is concerned and why; it never forbids anything.
"""

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from flask_babel import gettext as _
from msgspec import Struct

from app.accounts.models import User
from app.core.i18n import country_name, marked, said
from app.core.wall_times import DaysTouched
from app.events import layers
from app.events.layers import Entry, Layer, Who, Window
from app.events.models import Audience

#: Shows and holidays are compared by the days of their own calendars, which a zone may shift by one.
_DAYS_AROUND = timedelta(days=1)
#: Where somebody is when they travel says nothing about their own journey.
_JUDGED = frozenset(Layer) - {Layer.ARRIVALS}


class Plan(DaysTouched, Struct, frozen=True, kw_only=True):
    """Something that is to be at a time: an event (`is_gathering`), or a window, a meeting, a journey of some people."""

    starts_at: datetime
    ends_at: datetime
    zone: str
    country: str = ""
    audiences: frozenset[str] = frozenset()
    person_ids: frozenset[int] = frozenset()
    executive_id: int | None = None
    #: The event it is, or belongs to: that is no clash.
    event_id: int | None = None
    is_gathering: bool = False
    #: What it replaces, such as the meeting that is moved.
    but: frozenset[tuple[Layer, int]] = frozenset()


class Clash(Struct, frozen=True):
    """Something at the same time, why that matters, and whom it concerns."""

    entry: Entry
    why: str
    who: tuple[Who, ...] = ()


def find_clashes(plan: Plan, by: User | None) -> list[Clash]:
    """Everything that a plan meets, as far as `by` may see it; a constant number of queries."""
    return find_all([plan], by)[0]


def find_all(plans: Sequence[Plan], by: User | None) -> list[list[Clash]]:
    """The same for several plans of one event or journey, in their order; the number of queries stays the same."""
    if not plans:
        return []
    countries = (plan.country for plan in plans)
    window = Window(
        from_at=min(plan.starts_at for plan in plans) - _DAYS_AROUND, to_at=max(plan.ends_at for plan in plans) + _DAYS_AROUND,
        by=by, person_ids=frozenset().union(*(plan.person_ids for plan in plans)),
        executive_ids=frozenset(plan.executive_id for plan in plans if plan.executive_id),
        countries=frozenset(filter(None, countries)), event_id=plans[0].event_id, zone=plans[0].zone,
    )  # fmt: skip
    entries = layers.list_entries(window, _JUDGED)
    return [[clash for entry in entries if (clash := judge(plan, entry)) is not None] for plan in plans]


def digest_of(clashes: Sequence[Clash]) -> str:
    """What was shown, so that a form knows whether it has been seen."""
    rows = [
        f"{one.entry.layer} {one.entry.id} {one.entry.starts_at} {one.entry.ends_at} {one.why}"
        for one in clashes
    ]
    return hashlib.sha256("\n".join(sorted(rows)).encode()).hexdigest()[:24] if rows else ""


def judge(plan: Plan, entry: Entry) -> Clash | None:
    """Whether something is in the way of a plan."""
    if entry.is_cancelled or (entry.layer, entry.id) in plan.but:
        return None
    if entry.layer is Layer.SHOWS:
        return _show(plan, entry)
    if entry.layer is Layer.HOLIDAYS:
        is_met = entry.country == plan.country and _share_a_day(plan, entry)
        return (
            Clash(entry, _("Public holiday in %(country)s", country=country_name(entry.country)))
            if is_met
            else None
        )
    if not (entry.starts_at < plan.ends_at and plan.starts_at < entry.ends_at):
        return None
    return _same_time(plan, entry)


def _share_a_day(plan: Plan, entry: Entry) -> bool:
    return entry.from_on <= plan.to_on and plan.from_on <= entry.to_on


def _show(plan: Plan, entry: Entry) -> Clash | None:
    """Another show on one of the days, in the same country or for the same people."""
    if not _share_a_day(plan, entry):
        return None
    shared = shared_audiences(plan.audiences, entry.audiences)
    reasons = [_("in the same country")] if plan.country and entry.country == plan.country else []
    if shared:
        reasons.append(_("for %(whom)s too", whom=_(" and ").join(shared)))
    if not reasons:
        return None
    return Clash(entry, _("On the same days, %(reasons)s", reasons=_(" and ").join(reasons)))


def judge_show(show: Entry, event: Entry) -> str:
    """Why an event of ours and a show are in each other's way; empty when they only share the days."""
    plan = Plan(
        starts_at=event.starts_at, ends_at=event.ends_at, zone=event.zone, country=event.country,
        audiences=event.audiences, is_gathering=True,
    )  # fmt: skip
    found = _show(plan, show)
    return found.why if found is not None else ""


#: For whom two events are alike, said among others: "for analysts too".
_AUDIENCES = {
    Audience.ALL: marked("everybody"),
    Audience.ANALYST: marked("analysts"),
    Audience.EXPERT: marked("experts"),
    Audience.PRESS: marked("the press"),
    Audience.STAFF: marked("staff"),
}


def shared_audiences(one: Collection[str], other: Collection[str]) -> list[str]:
    """For whom both are, in words. Everybody meets each class but our own staff; where nothing was said, nothing is known."""
    ours, theirs = (set(some) - {Audience.STAFF.value} for some in (one, other))
    if not ours or not theirs:
        return []
    everybody = Audience.ALL.value
    if everybody in ours and everybody in theirs:
        return [_("everybody")]
    met = theirs if everybody in ours else ours if everybody in theirs else ours & theirs
    return [said(_AUDIENCES[Audience(name)]) for name in sorted(met)]


def _same_time(plan: Plan, entry: Entry) -> Clash | None:
    concerned = tuple(who for who in entry.people if who.id in plan.person_ids)
    is_executives = entry.executive is not None and entry.executive.id == plan.executive_id
    if entry.layer is Layer.EVENTS:
        if entry.id == plan.event_id:
            return None
        if plan.is_gathering:
            return Clash(entry, _("Our own event at the same time"), concerned)
        return Clash(entry, _("Comes to another event of ours then"), concerned) if concerned else None
    if entry.layer is Layer.MEETINGS:
        if plan.is_gathering and entry.event_id == plan.event_id:
            return None
        if not (plan.is_gathering or concerned or is_executives):
            return None
        leader = (entry.executive,) if entry.executive is not None else ()
        return Clash(entry, _("A meeting with an executive at the same time"), (*leader, *concerned))
    return Clash(entry, _("Not free then"), concerned) if concerned else None
