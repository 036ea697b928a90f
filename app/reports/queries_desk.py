"""The home pages of those who plan events, keep calendars, or represent people: from the rooms' counting functions."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.core.forms import wall_time
from app.core.i18n import number, when, words
from app.events import queries as events
from app.events.models import Event, Invitation, InvitationState
from app.events.policies import Funnel
from app.executives import queries as executives
from app.executives import queries_minutes
from app.executives.models import AccessRequest, Meeting, MeetingState
from app.ledger.models import Unit
from app.ledger.queries import By, Scope, totals
from app.ledger.queries_totals import Total
from app.notices.models import Urgency
from app.people import queries as people
from app.people.models import Person
from app.reports import charts_today as charts
from app.reports.home import Figure, Home, Link, Task, counted, home_of, rows_in_queue
from app.travel import queries as travel
from app.travel import queries_desk
from app.travel.models import Leg, Trip, TripState
from app.travel.policies_gaps import GAP_WORDS, Gap
from app.travel.queries_desk import Desk

#: How far ahead arrivals are watched, and how many events ahead the desk looks at.
ARRIVALS = timedelta(hours=72)
MOST_EVENTS = 3


def coordinator(by: User) -> Home:
    """Invitations without an answer, travel gaps, arrivals in the next 72 hours, meetings to write down."""
    now = clock.now()
    ahead = events.list_upcoming(by, limit=MOST_EVENTS)
    funnels = events.funnels_of([event.id for event in ahead], by)
    desks = [queries_desk.desk(event, by, now, with_amounts=False) for event in ahead]
    arrivals = travel.list_arrivals(by, now, now + ARRIVALS)
    unwritten = _unwritten(by, now)
    n_gaps = sum(desk.n_with_gaps for desk in desks)
    first = ahead[0] if ahead else None
    figures = [
        Figure(_("Without an answer"), number(events.count_silent(by)), _to_invitations(first, "invited"),
               _("invited to events ahead")),
        Figure(_("Travel gaps"), number(n_gaps), Link("travel.index", {"event": first.id} if first else {}),
               _("people with something missing"), tone="warn" if n_gaps else ""),
        Figure(_("Arrivals"), number(len(arrivals)), rows_in_queue("arrivals"), _("in the next 72 hours")),
        Figure(_("Coming"), number(sum(funnel.accepted for funnel in funnels.values())), _to_invitations(first, "accepted"),
               ngettext("to %(num)s event ahead", "to %(num)s events ahead", len(ahead))),
        Figure(_("Minutes to write down"), number(len(unwritten)),
            rows_in_queue("unwritten"), _("meetings that are over"), kind="units"),
    ]  # fmt: skip
    tasks = [
        *(task for desk in desks for task in _gap_tasks(desk, now)), *counted("arrivals", map(_arrival_task, arrivals)),
        *(task for event in ahead for task in _invitation_tasks(event, funnels[event.id], now)),
        *counted("unwritten", map(_unwritten_task, unwritten)),
    ]  # fmt: skip
    drawings = [charts.funnel(first.name, funnels[first.id])] if first else []
    return home_of(
        figures, tasks, [*drawings, charts.gaps({gap: sum(desk.count(gap) for desk in desks) for gap in Gap})]
    )


def _to_invitations(event: Event | None, state: str) -> Link:
    if event is None:
        return Link("events.index")
    return Link("events.invitations", {"id": event.id, "state": state})


def _gap_tasks(desk: Desk, now: datetime) -> Iterable[Task]:
    n_days = (desk.event.starts_at - now).days
    urgency = Urgency.NOW if n_days <= 14 else Urgency.SOON if n_days <= 60 else Urgency.INFO
    for row in desk.rows:
        if row.gaps:
            missing = ", ".join(str(_(GAP_WORDS[gap])) for gap in row.gaps)
            reason = _(
                "%(missing)s; %(event)s in %(n)s days", missing=missing, event=desk.event.name, n=n_days
            )
            link = (
                Link("travel.show", {"id": row.trip.id})
                if row.trip
                else Link("travel.index", {"event": desk.event.id})
            )
            yield Task(
                urgency, _("Travel of %(name)s", name=row.person.name), reason, link, desk.event.starts_at
            )


def _arrival_task(leg: Leg) -> Task:
    trip = leg.trip
    lands = _("lands %(when)s, %(place)s", when=when(leg.arrives_at, leg.arrives_zone), place=leg.destination)
    return Task(
        Urgency.NOW,
        _("%(name)s arrives", name=trip.person.name),
        lands,
        Link("travel.show", {"id": trip.id}),
        leg.arrives_at,
    )


def _invitation_tasks(event: Event, funnel: Funnel, now: datetime) -> Iterable[Task]:
    n_days = (event.starts_at - now).days
    if funnel.silent:
        said = ngettext("%(num)s person has not answered", "%(num)s people have not answered", funnel.silent)
        link = Link("events.invitations", {"id": event.id, "state": "invited"})
        yield Task(
            Urgency.SOON,
            _("Ask again: %(event)s", event=event.name),
            _("%(said)s; in %(n)s days", said=said, n=n_days),
            link,
            event.starts_at,
        )
    if funnel.drafts:
        said = ngettext(
            "%(num)s invitation is not written to anybody yet",
            "%(num)s invitations are not sent yet",
            funnel.drafts,
        )
        yield Task(Urgency.SOON, _("Send invitations: %(event)s", event=event.name), said,
                   Link("events.invitations", {"id": event.id, "state": "draft"}), event.starts_at)  # fmt: skip
    if funnel.stale:
        said = ngettext(
            "%(num)s answer was given before the time changed",
            "%(num)s answers were given before the time changed",
            funnel.stale,
        )
        yield Task(
            Urgency.NOW,
            _("Ask again: %(event)s", event=event.name),
            said,
            Link("events.invitations", {"id": event.id}),
            event.starts_at,
        )


def _unwritten(by: User, now: datetime) -> list[Meeting]:
    """Meetings that are over and whose minutes nobody has written down."""
    past = executives.list_meetings(by, to_at=now, is_live=True)
    return [meeting for meeting in past if meeting.state is MeetingState.CONFIRMED and meeting.ends_at < now]


def _unwritten_task(meeting: Meeting) -> Task:
    title = _("%(executive)s and %(name)s", executive=meeting.executive.name, name=meeting.person.name)
    reason = _("the meeting is over: how many minutes were given?")
    return Task(Urgency.SOON, title, reason, Link("executives.meeting", {"id": meeting.id}), meeting.ends_at)


# -- assistant -------------------------------------------------------------------------------------


def assistant(by: User) -> Home:
    """Requests for slots, today's meetings, minutes to write down; never an amount."""
    now, today = clock.now(), clock.today(by.zone)
    asked = executives.list_requests(by)
    agreed = executives.list_meetings(by, from_at=now, is_live=True)
    unwritten = _unwritten(by, now)
    todays = [meeting for meeting in agreed if _is_on(meeting, today)]
    minutes = [
        row for row in totals([By.PERSON], Scope(unit=Unit.EXECUTIVE_MINUTE, year=today.year)) if row.quantity
    ]
    given = sum(row.quantity for row in minutes)
    figures = [
        Figure(_("Open requests"), number(executives.count_open_requests(by)),
            rows_in_queue("requests"), _("nothing is blocked by them")),
        Figure(_("Meetings today"), number(len(todays)),
            rows_in_queue("today"), _("on the clock of their place")),
        Figure(_("Agreed"), number(len(agreed)), rows_in_queue("agreed"), _("meetings ahead")),
        Figure(_("Minutes to write down"), number(len(unwritten)),
            rows_in_queue("unwritten"), _("meetings that are over")),
        Figure(_("Minutes given"), number(given), rows_in_queue("minutes"), _("in %(year)s", year=today.year), kind="units"),
    ]  # fmt: skip
    tasks = [
        *counted("today", map(_meeting_task, todays)),
        *counted("requests", map(_request_task, asked)),
        *counted("unwritten", map(_unwritten_task, unwritten)),
    ]
    event = next(iter(events.list_upcoming(by, limit=1)), None)
    markets = queries_minutes.minutes_by_market(event, by) if event else []
    return home_of(
        figures, tasks, [charts.requests(asked), charts.markets(markets, event.name if event else "")],
        rows={"agreed": list(map(_agreed_row, agreed)), "minutes": _minutes_rows(minutes)},
    )  # fmt: skip


def _agreed_row(meeting: Meeting) -> Task:
    title = _("%(executive)s and %(name)s", executive=meeting.executive.name, name=meeting.person.name)
    said = _("%(when)s, %(place)s", when=when(meeting.starts_at, meeting.zone), place=meeting.place)
    return Task(Urgency.INFO, title, said, Link("executives.meeting", {"id": meeting.id}), meeting.starts_at)


def _minutes_rows(minutes: Sequence[Total]) -> list[Task]:
    """What each person got, most first; the numbers add up to the figure."""
    ids = [row.keys["person"] for row in minutes]
    found = db.session.execute(sa.select(Person.id, Person.name).where(Person.id.in_(ids)))
    names: dict[int, str] = {row[0]: row[1] for row in found}
    return [
        Task(
            Urgency.INFO, names.get(row.keys["person"], _("Somebody who is erased")),
            ngettext("%(num)s minute", "%(num)s minutes", row.quantity), Link("people.show", {"id": row.keys["person"]}),
        )
        for row in sorted(minutes, key=lambda row: -row.quantity)
    ]  # fmt: skip


def _is_on(meeting: Meeting, day: date) -> bool:
    """Whether a meeting begins on a day, on the clock of its place."""
    return wall_time(meeting.starts_at, meeting.zone).date() == day


def _meeting_task(meeting: Meeting) -> Task:
    title = _("%(executive)s and %(name)s", executive=meeting.executive.name, name=meeting.person.name)
    reason = _("today, %(when)s, %(place)s", when=when(meeting.starts_at, meeting.zone), place=meeting.place)
    return Task(Urgency.NOW, title, reason, Link("executives.meeting", {"id": meeting.id}), meeting.starts_at)


def _request_task(request: AccessRequest) -> Task:
    slot = request.slot
    title = _("%(name)s asks for %(executive)s", name=request.person.name, executive=slot.executive.name)
    asked = _("%(when)s; %(question)s", when=when(slot.starts_at, slot.zone), question=request.question[:120])
    return Task(Urgency.SOON, title, asked, Link("executives.accept", {"id": request.id}), slot.starts_at)


# -- partner ---------------------------------------------------------------------------------------


def partner(by: User) -> Home:
    """An agency: the invitations and trips of the people it represents, and of nobody else."""
    now = clock.now()
    seen = people.visible_to(by).with_only_columns(Person.id)
    rows = db.session.scalars(
        sa.select(Invitation)
        .join(Event, Event.id == Invitation.event_id)
        .where(
            Invitation.person_id.in_(seen), Event.ends_at >= now, Invitation.state != InvitationState.DRAFT
        )
        .options(joinedload(Invitation.person), joinedload(Invitation.event))
        .order_by(Event.starts_at, Invitation.id)
    ).all()
    trips = [
        trip for trip in travel.list_trips(by) if trip.state is TripState.OPEN and trip.event.ends_at >= now
    ]
    waiting = [row for row in rows if row.state is InvitationState.INVITED]
    n_people = db.session.scalar(sa.select(sa.func.count()).select_from(seen.subquery())) or 0
    figures = [
        Figure(_("People you represent"), number(n_people), Link("people.index"), _("you see these and nobody else")),
        Figure(_("Invitations"), number(len(rows)), rows_in_queue("invitations"), _("to events ahead")),
        Figure(_("Without an answer"), number(len(waiting)),
            rows_in_queue("unanswered"), _("please answer"), tone="warn" if waiting else ""),
        Figure(_("Trips"), number(len(trips)), rows_in_queue("trips"), _("being arranged")),
    ]  # fmt: skip
    tasks = [
        *counted("unanswered", map(_waiting_task, waiting)),
        *counted("trips", map(_trip_task, trips)),
    ]
    return home_of(
        figures, tasks, [charts.answers(rows), charts.trips(trips)], rows={"invitations": list(map(_invitation_row, rows))}
    )  # fmt: skip


def _invitation_row(row: Invitation) -> Task:
    title = _("%(name)s is invited to %(event)s", name=row.person.name, event=row.event.name)
    link = Link("events.invitation", {"id": row.id})
    return Task(Urgency.INFO, title, words(row.state.value), link, row.event.starts_at)


def _waiting_task(row: Invitation) -> Task:
    title = _("%(name)s is invited to %(event)s", name=row.person.name, event=row.event.name)
    return Task(
        Urgency.SOON,
        title,
        _("no answer yet"),
        Link("events.invitation", {"id": row.id}),
        row.event.starts_at,
    )


def _trip_task(trip: Trip) -> Task:
    title = _("%(name)s travels to %(event)s", name=trip.person.name, event=trip.event.name)
    noted = ngettext("%(num)s leg is noted", "%(num)s legs are noted", len(trip.legs))
    return Task(Urgency.INFO, title, noted, Link("travel.show", {"id": trip.id}), trip.from_on)


# -- door ------------------------------------------------------------------------------------------


def door(by: User) -> Home:
    """Whoever checks people in: the doors that are open now."""
    open_now = events.list_events(by).rows
    figures = [
        Figure(
            _("Open doors"),
            number(len(open_now)),
            rows_in_queue("doors"),
            _("on the day, and the day before"),
        )
    ]
    return home_of(figures, counted("doors", (_door_task(row.event, row.funnel) for row in open_now)), [])


def _door_task(event: Event, funnel: Funnel) -> Task:
    said = _("%(n)s of %(all)s are here", n=funnel.attended, all=funnel.accepted)
    return Task(Urgency.NOW, event.name, said, Link("events.door", {"id": event.id}), event.starts_at)
