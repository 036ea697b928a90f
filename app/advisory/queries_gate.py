"""What the objectivity gate looks at: items given before, who decides and also hosted, who gave or approved (A4)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import aliased

from app.accounts.models import User
from app.advisory.models import Engagement
from app.advisory.policies_gate import Gate, GateItem, Giver, Tie
from app.advisory.queries import cooling_off_days
from app.core import clock
from app.core.db import db
from app.events.models import Event, Invitation
from app.events.queries_coordinators import hosts_of
from app.ledger.models import (
    ACCESS_UNITS,
    Entry,
    EntryKind,
    ExceptionState,
    Leg,
    RuleException,
    SharedCost,
    SharedHead,
)
from app.ledger.queries import Scope, entries_in
from app.ledger.queries_totals import is_not_taken_back
from app.people.models import Person
from app.programs.models import Cohort, CohortMember, Enrolment, Program

#: An event may last this long after the value date of what was given at it.
_LONGEST_EVENT_DAYS = 60


def gate_of(engagement: Engagement, service_on: date | None = None) -> Gate:
    """What the gate lists today for a service on a day (the engagement's own unless given).

    Every non-cash item, of all departments, that ended within the window before the service or before today,
    whichever is earlier; items that were taken back and books of others are left out.
    """
    return gate_before(engagement.person, service_on or engagement.service_on)


def gate_before(person: Person, on: date) -> Gate:
    """What the gate lists today for something paid that begins on a day: a service, an affiliate share (A4)."""
    today, n_days = clock.today(), cooling_off_days()
    begins = min(on, today) - timedelta(days=n_days)
    items = [item for item in _items(person, begins) if begins < item.ended_on and item.value_on <= on]
    items.sort(key=lambda item: (item.ended_on, item.value_on, item.seq), reverse=True)
    return Gate(n_days, on, today, tuple(items))


def _items(person: Person, begins: date) -> list[GateItem]:
    scope = Scope(
        person_id=person.id,
        leg=Leg.NON_CASH,
        is_declined=False,
        from_on=begins - timedelta(days=_LONGEST_EVENT_DAYS),
    )
    wanted = (
        entries_in(scope)
        .where(Entry.kind != EntryKind.REVERSAL, is_not_taken_back())
        .join(Program, Program.id == Entry.program_id)
        .where(Program.is_books_only.is_(False))
        .outerjoin(Event, Event.id == Entry.event_id)
        .add_columns(Event.ends_at, Event.zone)
        .order_by(Entry.seq)
    )
    return [_item(entry, ends_at, zone) for entry, ends_at, zone in db.session.execute(wanted)]


def _item(entry: Entry, ends_at: datetime | None, zone: str | None) -> GateItem:
    value_on = entry.value_on or entry.at.date()
    # What was given at an event ends with it: the hotel is left on its last day.
    ended_on = max(value_on, ends_at.astimezone(ZoneInfo(zone)).date()) if ends_at and zone else value_on
    units = f"{entry.quantity} {entry.unit.value.replace('_', ' ')}{'' if entry.quantity == 1 else 's'}"
    category = entry.category.value if entry.category else ""
    return GateItem(
        entry.seq, category, ended_on, value_on, entry.reporting, units if entry.unit in ACCESS_UNITS else ""
    )


# -- who decides, who gave -------------------------------------------------------------------------


def ties_of(engagement: Engagement, gate: Gate) -> list[Tie]:
    """Who decides about this engagement and also hosted or chose the person for what the gate lists (A4).

    Deciding are the one who filed the need, the one who proposed the person, and the one who approved the need.
    """
    need = engagement.need
    deciding = [user for user in (need.filed_by, need.approved_by, engagement.proposed_by) if user]
    return ties_among(engagement.person, gate, deciding)


def ties_among(person: Person, gate: Gate, users: Sequence[User]) -> list[Tie]:
    """Which of these users, who decide about paying a person, also hosted or chose them for what the gate lists (A4)."""
    if not gate.items:
        return []
    deciding = {user.id: user for user in users}
    entries = [item.seq for item in gate.items]
    events = set(
        db.session.scalars(
            sa.select(Entry.event_id).where(Entry.seq.in_(entries), Entry.event_id.is_not(None))
        )
    )
    programs = set(db.session.scalars(sa.select(Entry.program_id).where(Entry.seq.in_(entries))))
    found = [
        *_hosts(person, events, deciding),
        *_choosers(person, events, programs, deciding),
    ]
    unique = {(tie.user.id, tie.what): tie for tie in found}
    return list(unique.values())


def _hosts(person: Person, events: set[int | None], deciding: dict[int, User]) -> list[Tie]:
    """Deciders whose name stands among the hosts of a table the person sat at, or who ran the event."""
    guest, host = aliased(SharedHead), aliased(SharedHead)
    tables = (
        sa.select(host.host_name, SharedCost.title)
        .join(SharedCost, SharedCost.id == host.shared_cost_id)
        .join(guest, guest.shared_cost_id == SharedCost.id)
        .where(
            guest.person_id == person.id,
            guest.took_part.is_(True),
            host.host_name != "",
            host.took_part.is_(True),
        )
        .where(SharedCost.event_id.in_(events))
        .order_by(SharedCost.id, host.id)
    )
    by_name = {user.name.casefold(): user for user in deciding.values()}
    found = [
        Tie(by_name[name.casefold()], f"hosted “{title}”")
        for name, title in db.session.execute(tables)
        if name.casefold() in by_name
    ]
    runs = sa.select(Event).where(Event.id.in_(events)).order_by(Event.id)
    for event in db.session.scalars(runs):
        found += [
            Tie(deciding[id], _("ran %(event)s", event=event.name))
            for id in sorted(hosts_of(event))
            if id in deciding
        ]
    return found


def _choosers(
    person: Person, events: set[int | None], programs: set[int | None], deciding: dict[int, User]
) -> list[Tie]:
    """Deciders who sent the invitation, shortlisted the person, or admitted them."""
    sent = sa.select(Invitation.sent_by_id).where(
        Invitation.person_id == person.id, Invitation.event_id.in_(events)
    )
    listed = (
        sa.select(CohortMember.added_by_id)
        .join(Cohort, Cohort.id == CohortMember.cohort_id)
        .where(CohortMember.person_id == person.id, Cohort.program_id.in_(programs))
    )
    admitted = sa.select(Enrolment.admitted_by_id).where(
        Enrolment.person_id == person.id, Enrolment.program_id.in_(programs)
    )
    acts = (
        (sent, _("sent the invitation")),
        (listed, _("shortlisted the person")),
        (admitted, _("admitted the person")),
    )
    return [
        Tie(deciding[id], what)
        for wanted, what in acts
        for id in sorted({row for row in db.session.scalars(wanted) if row is not None})
        if id in deciding
    ]


def givers_of(engagement: Engagement, gate: Gate) -> list[Giver]:
    """Who gave what the gate of an engagement lists."""
    return givers_to(engagement.person_id, gate)


def givers_to(person_id: int, gate: Gate) -> list[Giver]:
    """Who wrote the listed items into the book, and who granted an exception the person travelled under."""
    seqs = [item.seq for item in gate.items]
    wrote = (
        sa.select(Entry.by_id)
        .where(Entry.seq.in_(seqs), Entry.by_id.is_not(None))
        .distinct()
        .order_by(Entry.by_id)
    )
    found = [Giver(id, _("recorded what was given")) for id in db.session.scalars(wrote) if id is not None]
    begins = min((item.value_on for item in gate.items), default=gate.as_of_on) - timedelta(days=365)
    granted = sa.select(RuleException.decided_by_id, RuleException.rule).where(
        RuleException.person_id == person_id,
        RuleException.state == ExceptionState.GRANTED,
        RuleException.rule != "cooling_off",
        RuleException.expires_on >= begins,
    )
    found += [
        Giver(id, _("approved the travel or hospitality it follows"))
        for id, _rule in db.session.execute(granted.order_by(RuleException.id))
        if id is not None
    ]
    return found
