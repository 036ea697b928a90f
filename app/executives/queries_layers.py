"""Meetings with executives as a layer of time."""

from flask_babel import gettext as _

from app.accounts import permissions
from app.events import layers
from app.events.layers import Entry, Layer, Who, Window
from app.executives import queries


def list_meeting_entries(window: Window) -> list[Entry]:
    """Live meetings in the window that the reader may see; one query."""
    if window.by is not None and not permissions.may(window.by, "executives:read"):
        return []
    rows = queries.list_meetings(window.by, from_at=window.from_at, to_at=window.to_at, is_live=True)
    return [
        Entry(
            layer=Layer.MEETINGS,
            id=row.id,
            title=_("%(executive)s and %(person)s", executive=row.executive.name, person=row.person.name),
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            zone=row.zone,
            place=row.place,
            people=(Who(row.person_id, row.person.name),),
            executive=Who(row.executive_id, row.executive.name),
            event_id=row.event_id,
            endpoint="executives.meeting",
            target_id=row.id,
            second_zone=row.person.zone,
        )
        for row in rows
    ]


layers.offer(Layer.MEETINGS, list_meeting_entries)
