"""J7: a window published, two requests, one accepted and its rival declined, the minutes given counted without a price."""

from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa
from flask.testing import FlaskClient

from app.core import clock
from app.core.db import db
from app.events import queries as events
from app.executives.models import AccessRequest, Executive, Meeting, MeetingState, RequestState
from app.ledger import queries as ledger
from app.ledger.models import Entry, Form, Leg, Unit
from tests.journeys.walking import Walker, last_line, trail_since


def _ceo() -> Executive:
    return db.session.scalars(sa.select(Executive).filter(Executive.title.like("Chief Executive%"))).one()


def test_an_interview_is_accepted_held_and_counted(london_as: Callable[[str], FlaskClient]) -> None:
    """X1, X4, L4: the rival is declined with alternatives; 25 minutes go into the book, priced at nothing."""
    daniel, before = Walker(london_as("daniel")), last_line()
    open_requests = db.session.scalars(
        sa.select(AccessRequest).filter_by(state=RequestState.OPEN).order_by(AccessRequest.id)
    ).all()
    first, rival, other = open_requests
    assert first.slot_id == rival.slot_id
    daniel.fill(f"/executives/requests/{first.id}/accept")
    db.session.rollback()
    states = [db.session.get_one(AccessRequest, one.id).state for one in (first, rival, other)]
    assert states == [RequestState.ACCEPTED, RequestState.DECLINED, RequestState.OPEN]
    answer = db.session.get_one(AccessRequest, rival.id).answer
    assert answer.startswith("The window went to somebody else. Still free: ")
    assert answer.count(";") == 2  # three windows are free still

    meeting = db.session.scalars(sa.select(Meeting).order_by(Meeting.id.desc()).limit(1)).one()
    event = events.find_event("Open Lab Lisbon")
    assert event is not None
    with clock.fixed_at(event.ends_at + timedelta(hours=2)):
        Walker(london_as("daniel")).fill(f"/executives/meetings/{meeting.id}/hold", n_minutes=25)
    entry = db.session.scalars(sa.select(Entry).order_by(Entry.seq.desc()).limit(1)).one()
    assert (entry.unit, entry.quantity, entry.reporting_minor, entry.minor) == (
        Unit.EXECUTIVE_MINUTE,
        25,
        0,
        0,
    )
    assert (entry.leg, entry.form, entry.event_id) == (Leg.NON_CASH, Form.ACCESS, event.id)
    given = ledger.totals(["unit"], ledger.Scope(event_id=event.id))
    assert [(row.keys["unit"], row.n, row.quantity, row.reporting_minor) for row in given] == [
        (Unit.EXECUTIVE_MINUTE, 1, 25, 0),
    ]  # fmt: skip
    db.session.rollback()
    assert (meeting.state, meeting.person_id, meeting.n_minutes_given, meeting.entry_seq) == (
        MeetingState.HELD, first.person_id, 25, entry.seq,
    )  # fmt: skip
    assert trail_since(before, "executives", "ledger") == [
        ("executives.request_accepted", "daniel"), ("executives.meeting_agreed", "daniel"),
        ("executives.request_declined", "daniel"), ("ledger.entry_posted", "daniel"), ("executives.meeting_held", "daniel"),
    ]  # fmt: skip


def test_an_assistant_never_sees_an_amount(london_as: Callable[[str], FlaskClient]) -> None:
    """R3: not on a page, not in a list, not by address."""
    daniel = london_as("daniel")
    for path in ("/", "/people/", "/people/4", "/executives/", f"/executives/{_ceo().id}", "/events/1"):
        page = daniel.get(path).get_data(as_text=True)
        assert "7,383.80" not in page, path
        assert "5,038.08" not in page, path
    for path in ("/ledger/", "/ledger/1", "/reports/", "/travel/", "/advisory/"):
        assert daniel.get(path).status_code == 403, path
