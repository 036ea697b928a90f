"""Whether those who said no are invited again as often as everybody else (O2)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from app.core.db import db
from app.disclosures.models import DraftRequest, DraftRequestHow
from app.events.models import Event, Invitation, InvitationState, InvitationStep
from app.ledger.models import Entry, EntryKind, Subject
from app.ledger.queries_totals import is_not_taken_back
from app.people.models import Person
from app.periods.models import Dispute
from app.periods.queries_disputes import disputes_in
from app.programs.queries_spans import Span
from app.reports.quarter import Again, Invited


def invited_in(span: Span) -> Sequence[Invited]:
    """Everybody who was invited to an event of these days, by name, with what they said no to and what came later.

    Six queries whatever the number of people.
    """
    survivor = sa.func.coalesce(Person.merged_into_id, Person.id).label("person_id")
    wanted = (
        sa.select(survivor, Event.id.label("event_id"), Event.name, Event.starts_at)
        .select_from(Invitation)
        .join(Event, Event.id == Invitation.event_id)
        .join(Person, Person.id == Invitation.person_id)
        .where(
            Event.program_id == span.program_id,
            Invitation.sent_at.is_not(None),
            *span.known(Invitation.sent_at),
        )
    )
    in_days = {
        row.id for row in db.session.execute(sa.select(Event.id).where(*span.instants(Event.starts_at)))
    }
    kept = wanted.where(Invitation.state != InvitationState.WITHDRAWN)
    by_person: dict[int, list[Any]] = defaultdict(list)
    for row in db.session.execute(kept.order_by(Event.starts_at, Event.id)):
        by_person[row.person_id].append(row)
    reasons, found = _reasons(span), []
    names = _names(by_person)
    for person_id, rows in by_person.items():
        first = next((place for place, row in enumerate(rows) if row.event_id in in_days), None)
        if first is None:
            continue
        later = next((row.name for row in rows[first + 1 :] if row.starts_at > rows[first].starts_at), None)
        said = tuple(reasons.get(person_id, ()))
        found.append(Invited(person_id, names[person_id][0], rows[first].name, said, later))
    return sorted(found, key=lambda one: (names[one.person_id][1], one.person_id))


def count_again(people: Sequence[Invited]) -> tuple[Again, Again]:
    """THE count behind the two rates: those who said no, and all others (O2, J9.3)."""
    groups = [[one for one in people if one.is_decliner is is_decliner] for is_decliner in (True, False)]
    decliners, others = (Again(len(group), sum(one.again is not None for one in group)) for group in groups)
    return decliners, others


def _reasons(span: Span) -> dict[int, list[str]]:
    """By person, what they said no to in these days: an invitation, an offer, a line; or that a draft was asked for."""
    survivor = sa.func.coalesce(Person.merged_into_id, Person.id)
    invitations = (
        sa.select(survivor)
        .join(Invitation, Invitation.person_id == Person.id)
        .join(InvitationStep, InvitationStep.invitation_id == Invitation.id)
        .join(Event, Event.id == Invitation.event_id)
        .where(
            Event.program_id == span.program_id, InvitationStep.state == InvitationState.DECLINED,
            *span.instants(Event.starts_at), *span.known(InvitationStep.at),
        )
    )  # fmt: skip
    offers = (
        sa.select(survivor)
        .join(Subject, Subject.person_id == Person.id)
        .join(Entry, Entry.subject_id == Subject.id)
        .where(
            Entry.program_id == span.program_id, Entry.kind == EntryKind.DECLINED, is_not_taken_back(),
            *span.days(Entry.value_on), *span.known(Entry.at),
        )
    )  # fmt: skip
    lines = sa.select(survivor).join(Dispute, Dispute.person_id == Person.id).where(*disputes_in(span))
    told = (
        sa.select(survivor)
        .join(DraftRequest, DraftRequest.person_id == Person.id)
        .where(
            DraftRequest.how == DraftRequestHow.TOLD,
            *span.instants(DraftRequest.at),
            *span.known(DraftRequest.at),
        )
    )
    found: dict[int, list[str]] = defaultdict(list)
    each = (("invitation", invitations), ("offer", offers), ("dispute", lines), ("draft", told))
    for reason, wanted in each:
        for person_id in db.session.scalars(wanted.distinct()):
            found[person_id].append(reason)
    return found


def _names(ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Name and sort key by person."""
    wanted = sa.select(Person.id, Person.name, Person.sort_key).where(Person.id.in_(sorted(ids)))
    return {id: (name, key) for id, name, key in db.session.execute(wanted)}
