"""Windows and meetings as plans, to ask what else is on for those concerned."""

from app.accounts.models import User
from app.events.clashes import Clash, Plan, find_clashes
from app.events.layers import Layer
from app.events.models import Event
from app.executives.details import SlotSeriesDetails
from app.executives.models import AccessRequest, Executive, Meeting, Slot


def plan_of_series(executive: Executive, event: Event, details: SlotSeriesDetails) -> Plan:
    """The stretch in which an executive is to offer windows; the event itself is no clash, other shows are."""
    return Plan(
        starts_at=details.starts_at, ends_at=details.ends_at, zone=details.zone, country=event.country,
        audiences=frozenset(event.audiences or ()), executive_id=executive.id, event_id=event.id,
    )  # fmt: skip


def plan_of_slot(slot: Slot, person_id: int, meeting: Meeting | None = None) -> Plan:
    """A person in a window; `meeting` is the one that is moved there."""
    return Plan(
        starts_at=slot.starts_at, ends_at=slot.ends_at, zone=slot.zone, person_ids=frozenset({person_id}),
        executive_id=slot.executive_id, event_id=slot.event_id,
        but=frozenset({(Layer.MEETINGS, meeting.id)}) if meeting is not None else frozenset(),
    )  # fmt: skip


def clashes_of_request(asked: AccessRequest, by: User) -> list[Clash]:
    """What else is on for the executive and the person, should the request be accepted."""
    return find_clashes(plan_of_slot(asked.slot, asked.person_id), by)


def clashes_of_meeting(meeting: Meeting, by: User) -> list[Clash]:
    """What else is on for the executive and the person of a meeting."""
    return find_clashes(plan_of_slot(meeting.slot, meeting.person_id, meeting), by)
