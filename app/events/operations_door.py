"""What phones at the door report, also long after it happened: each counts once, and what cannot be counted is said (E3)."""

from collections.abc import Mapping, Sequence

from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.core.spoken import within
from app.events import agenda, policies_day, queries, queries_badges, queries_places
from app.events.details_day import DoorDetails
from app.events.models import Event, Session
from app.events.models_day import DoorOutcome, DoorReport
from app.events.models_waves import Comer
from app.events.operations_attendance import check_in
from app.events.operations_places import lock_event


def take_reports(event: Event, reports: Sequence[DoorDetails], *, by: User) -> list[DoorReport]:
    """Count what a phone saw, in the order it saw it; what it sent before gives the answer it got then.

    Two phones that report at once wait for each other, so somebody who was seen by both is counted once.
    """
    lock_event(event.id)
    sessions = queries.list_sessions(event)
    known: list[Comer] = [*queries.list_invitations(event, by), *queries_places.list_guests(event, by)]
    comers = {one.key: one for one in known}
    return [_take(event, one, sessions, comers, by) for one in sorted(reports, key=lambda one: one.at)]


def _take(
    event: Event,
    details: DoorDetails,
    sessions: Sequence[Session],
    comers: Mapping[str, Comer],
    by: User,
) -> DoorReport:
    known = queries_badges.find_report(details.client_key)
    if known is not None:
        return known
    report = DoorReport(
        client_key=details.client_key, event_id=event.id, at=details.at, received_at=clock.now(), by_id=by.id,
        outcome=DoorOutcome.REFUSED, message="",
    )  # fmt: skip
    comer = _comer(event, details, comers, report)
    if comer is not None:
        report.invitation_id, report.guest_id = comer.who
        _count(event, comer, details, sessions, by, report)
    db.session.add(report)
    audit.record("events.door_reported", report, by=by, reason=report.message)
    return report


def _comer(
    event: Event, details: DoorDetails, comers: Mapping[str, Comer], report: DoorReport
) -> Comer | None:
    """Who it is about; the report says why when nobody can be found."""
    if details.code:
        found = queries_badges.find_by_code(details.code)
        if found is None:
            report.message = _("Nobody has this code: it was mistyped, or a newer badge was printed.")
            return None
        if found.event_id != event.id:
            report.message = _("This badge is for another event.")
            return None
        return found
    found = comers.get(details.key)
    if found is None:
        report.message = _("Nobody invited to this event has this number.")
    return found


def _count(
    event: Event,
    comer: Comer,
    details: DoorDetails,
    sessions: Sequence[Session],
    by: User,
    report: DoorReport,
) -> None:
    db.session.refresh(comer, ["state", "checked_in_at"])
    name = comer.called
    if comer.checked_in_at is not None:
        report.outcome = DoorOutcome.REPEATED
        report.message = _("%(name)s was here already; nothing was counted twice.", name=name)
    elif not comer.is_coming:
        report.message = _(
            "%(name)s is not among those who come: %(state)s.", name=name, state=within(comer.state)
        )
    elif event.is_cancelled:
        report.message = _("%(event)s is cancelled.", event=event.name)
    else:
        came_at, said = policies_day.trusted_time(event, details.at, report.received_at)
        early = details.n_early_minutes
        if early is None:
            early = agenda.minutes_early(sessions, event.zone, came_at)
        check_in(comer, by=by, early_minutes=early, at=came_at)
        report.outcome, report.message = DoorOutcome.COUNTED, said
