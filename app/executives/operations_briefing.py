"""Making a briefing book, letting it out, and what is written down after a meeting (X4)."""

from datetime import date

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import check_version, db
from app.core.errors import NotAllowed
from app.core.i18n import day as day_words
from app.core.i18n import later
from app.core.wall_times import day_in
from app.events import operations_tasks
from app.events.details_day import TaskDetails
from app.events.models import Event
from app.events.models_day import EventTask, TaskOrigin
from app.executives import policies, queries_briefing
from app.executives.details import PromiseDetails
from app.executives.models import Executive, Meeting
from app.executives.models_briefing import BriefingBook, BriefingPage
from app.executives.operations_slots import lock_executive
from app.notices import operations as notices
from app.people import queries as people


def make_book(executive: Executive, event: Event, on: date, *, by: User) -> BriefingBook:
    """The next version of the book for a day, as things are now; those who look after its people are asked to read it."""
    lock_executive(executive)
    meetings = queries_briefing.day_of(executive, event, on, by)
    if not meetings:
        raise policies.MeetingRefused(
            _("Nobody is met on that day, so there is nothing to brief for."), field="on"
        )
    latest = db.session.scalar(
        sa.select(sa.func.max(BriefingBook.number)).filter_by(
            executive_id=executive.id, event_id=event.id, on=on
        )
    )
    book = BriefingBook(
        executive=executive, event=event, on=on, number=(latest or 0) + 1, made_by=by, made_at=clock.now()
    )
    book.pages = [
        BriefingPage(position=position, meeting=row, person=row.person, content=queries_briefing.page_of(row))
        for position, row in enumerate(meetings, 1)
    ]
    db.session.add(book)
    audit.record("executives.book_made", book, by=by)
    db.session.flush()
    owners = people.owners_of([page.person_id for page in book.pages])
    for owner in {user.id: user for user in owners.values()}.values():
        if owner.id != by.id:
            notices.notify(
                _l(
                    "Read the briefing book for %(executive)s, %(on)s (version %(book)s), and let it out.",
                    executive=executive.name,
                    on=later(day_words, on),
                    book=book.number,
                ),
                user=owner,
                source=("executives", executive.id),
                by=by,
            )
    return book


def release_book(book: BriefingBook, *, by: User) -> BriefingBook:
    """Let a version out: whoever looks after one of its people has read it; only then can it be printed by others."""
    lock_executive(book.executive)
    db.session.refresh(book)
    if not queries_briefing.may_release(book, by):
        raise NotAllowed(_("Only somebody who looks after one of the people in the book lets it out."))
    if book.released_at is not None:
        raise policies.MeetingRefused(_("This version was let out already."))
    before = audit.snapshot(book)
    book.released_at, book.released_by = clock.now(), by
    audit.record("executives.book_released", book, by=by, before=before)
    message = _l(
        "The briefing book for %(executive)s, %(on)s (version %(book)s), is released.",
        executive=book.executive.name,
        on=later(day_words, book.on),
        book=book.number,
    )
    if book.made_by_id != by.id:
        notices.notify(message, user=book.made_by, source=("executives", book.executive_id), by=by)
    return book


def note_told(meeting: Meeting, told: str, *, by: User, seen_version: int | None = None) -> Meeting:
    """What we told them, for the next time; read by the assistant and the executives. Raises Overtaken."""
    check_version(meeting, seen_version)
    policies.check_begun(meeting, clock.now())
    before = audit.snapshot(meeting)
    meeting.told = told.strip()
    audit.record("executives.meeting_noted", meeting, by=by, before=before)
    return meeting


def promise(meeting: Meeting, details: PromiseDetails, *, by: User) -> EventTask:
    """What was promised to the person: somebody keeps it until a day, and it stays on their Today page until it is kept."""
    policies.check_begun(meeting, clock.now())
    day = day_in(meeting.starts_at, meeting.zone)
    return operations_tasks.add_task(
        meeting.event,
        TaskDetails(
            what=details.what, owner_id=details.owner_id, due_on=details.due_on, person_id=meeting.person_id,
            cause=f"Promised in the meeting with {meeting.executive.name} on {day:%-d %b %Y}.",
        ),
        by=by, origin=TaskOrigin.MEETING,
    )  # fmt: skip
