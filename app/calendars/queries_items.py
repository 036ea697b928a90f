"""One item of a calendar, to download by itself."""

from flask_babel import gettext as _

from app.accounts import permissions
from app.accounts.models import User
from app.calendars import policies, queries, queries_rows
from app.calendars.items import Item, items_of
from app.calendars.models import FeedKind
from app.calendars.queries_rows import Selection
from app.core.errors import NotFound
from app.core.ics import CalendarItem, InvalidItem
from app.events import queries as events
from app.events.models import Event, Session
from app.executives import queries as executives
from app.executives.models import Meeting
from app.people.models import Person
from app.travel import queries as travel
from app.travel.models import Trip

#: Kinds of rows that are calendar items, with what a user needs to read them.
NEEDED = {
    "event": "events:read", "session": "events:read", "leg": "travel:read", "stay": "travel:read",
    "transfer": "travel:read", "meeting": "executives:read",
}  # fmt: skip


def get_item(kind: str, id: int, by: User) -> CalendarItem:
    """One row as a calendar item, as `by` may see it; NotFound."""
    if not permissions.may(by, NEEDED[kind]):
        raise NotFound(_("There is no such item, or it is not yours to see."))
    voice = policies.contents_for(FeedKind.EVENT, by).voice
    if kind == "event":
        event = events.get_event(id, by)
        uid, selection = event.uid, Selection(voice, events=Event.id == event.id)
    elif kind == "session":
        session = events.get_session(id, by)
        uid, selection = session.uid, Selection(voice, sessions=Session.id == session.id)
    elif kind == "meeting":
        meeting = executives.get_meeting(id, by)
        uid, selection = meeting.uid, Selection(voice, meetings=Meeting.id == meeting.id)
    else:
        part = travel.get_part(kind, id, by)
        has_phones = permissions.may(by, "travel:write")
        uid, selection = part.uid, Selection(voice, trips=Trip.id == part.trip_id, has_phones=has_phones)
    return _only(uid, items_of(queries_rows.rows_of(queries_rows.read(selection)), voice))


def get_own_item(uid: str, person: Person) -> CalendarItem:
    """An item of a person's own calendar; NotFound when it is none of theirs."""
    return _only(uid, queries.items_of_person(person))


def _only(uid: str, items: list[Item]) -> CalendarItem:
    for item in items:
        if item.uid == uid and isinstance(item, CalendarItem):
            return item
        if item.uid == uid and isinstance(item, InvalidItem):
            raise NotFound(_("This cannot be put into a calendar: %(item)s", item=item))
    raise NotFound(_("There is no such item, or it is not yours to see."))
