"""Writing down what people ask about their data, and holds that stop deletion."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts import audit
from app.accounts.models import Role, User
from app.core import clock
from app.core.db import db
from app.core.i18n import day, later
from app.notices import operations as notices
from app.notices.models import Urgency
from app.people import queries as people
from app.people.models import Person
from app.privacy import policies, queries
from app.privacy.details import RequestDetails
from app.privacy.models import PrivacyHold, PrivacyRequest, RequestChannel, RequestKind, RequestState

SOURCE = "privacy"


def take_request(details: RequestDetails, *, by: User) -> PrivacyRequest:
    """Write a request down; it is due a month after it came in, and whoever handles it is told."""
    person = people.get_person(details.person_id, by)
    policies.check_received(details.received_on, clock.today(by.zone))
    if person.is_pseudonymous:
        raise policies.RequestRefused(_("There is nobody behind this record: it has no identity here."))
    same = [
        one
        for one in queries.list_requests_of(person)
        if one.kind is details.kind and one.state is RequestState.OPEN
    ]
    if same:
        raise policies.RequestRefused(
            _(
                "The same was asked for on %(received_on)s and waits for its answer.",
                received_on=day(same[0].received_on),
            )
        )
    request = PrivacyRequest(
        kind=details.kind, person_id=person.id, channel=details.channel, received_on=details.received_on,
        due_on=policies.due_on(details.received_on), words=details.words, identity=details.identity,
        handler_id=details.handler_id, made_by_id=by.id, made_at=clock.now(),
    )  # fmt: skip
    db.session.add(request)
    db.session.flush()
    audit.record("privacy.request_taken", request, by=by)
    # The notice does not name the person: it outlives the record that is to be erased.
    due = later(day, request.due_on)
    said = (
        _l("Somebody asks for a copy of their data. The answer is due on %(day)s.", day=due)
        if details.kind is RequestKind.ACCESS
        else _l("Somebody asks for the erasure of their data. The answer is due on %(day)s.", day=due)
    )
    notices.notify(said, user=request.handler, urgency=Urgency.SOON, source=(SOURCE, request.id), by=by)
    if details.kind is RequestKind.ERASURE:
        notices.notify(
            _l("%(asked)s A second person has to confirm it.", asked=said),
            role=Role.COMPLIANCE,
            source=(SOURCE, request.id),
            by=by,
        )
    return request


def take_own_request(person: Person, kind: RequestKind, words: str) -> PrivacyRequest | None:
    """The person asks on their own page, where it is known that it is them; a copy is theirs at once, so only erasure waits.

    Whoever looks after such requests is told. None, and nothing is written, when the same waits already or nobody could
    handle it.
    """
    handlers = queries.list_handlers()
    waits = any(
        one.kind is kind and one.state is RequestState.OPEN for one in queries.list_requests_of(person)
    )
    if waits or not handlers:
        return None
    today = clock.today(person.zone)
    request = PrivacyRequest(
        kind=kind, person_id=person.id, channel=RequestChannel.PORTAL, received_on=today, due_on=policies.due_on(today),
        words=words, identity="They were at home on their own page.", handler_id=handlers[0].id, made_by_id=None,
        made_at=clock.now(),
    )  # fmt: skip
    db.session.add(request)
    db.session.flush()
    audit.record("privacy.request_taken", request, by=None)
    said = _l(
        "Somebody asks on their own page for the erasure of their data. The answer is due on %(day)s.",
        day=later(day, request.due_on),
    )
    notices.notify(said, role=Role.COMPLIANCE, urgency=Urgency.SOON, source=(SOURCE, request.id))
    return request


def refuse_request(request: PrivacyRequest, reason: str, *, by: User) -> PrivacyRequest:
    """Say no, with the reason that the person is told."""
    policies.require_open(request)
    if not reason.strip():
        raise policies.RequestRefused(_("Say why: the person has a right to know."), field="reason")
    return _end(request, RequestState.REFUSED, reason, by)


def withdraw_request(request: PrivacyRequest, reason: str, *, by: User) -> PrivacyRequest:
    """The person no longer asks."""
    policies.require_open(request)
    return _end(request, RequestState.WITHDRAWN, reason, by)


def _end(request: PrivacyRequest, state: RequestState, reason: str, by: User) -> PrivacyRequest:
    before = audit.snapshot(request)
    request.state, request.reason, request.done_by_id, request.done_at = (
        state,
        reason.strip(),
        by.id,
        clock.now(),
    )
    audit.record(f"privacy.request_{state.value}", request, by=by, before=before)
    notices.finish_about((SOURCE, request.id), by=by)
    return request


def place_hold(person: Person, reason: str, *, by: User) -> PrivacyHold:
    """Stop erasure and retention of a person, with a reason, until it is lifted."""
    if queries.list_holds(person, is_live=True):
        raise policies.RequestRefused(_("There is a hold on this person already."))
    if not reason.strip():
        raise policies.RequestRefused(_("Say why nothing may be deleted."), field="reason")
    hold = PrivacyHold(person_id=person.id, reason=reason.strip(), by_id=by.id, from_at=clock.now())
    db.session.add(hold)
    db.session.flush()
    audit.record("privacy.hold_placed", hold, by=by)
    return hold


def lift_hold(hold: PrivacyHold, reason: str, *, by: User) -> PrivacyHold:
    """End a hold; from now on what is due is deleted again."""
    if hold.ended_at is not None:
        return hold
    before = audit.snapshot(hold)
    hold.ended_at, hold.ended_by_id, hold.end_reason = clock.now(), by.id, reason.strip()
    audit.record("privacy.hold_lifted", hold, by=by, before=before)
    return hold
