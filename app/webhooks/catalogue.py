"""The kinds of events there are: their names stay, for programs elsewhere are written against them.

Each is read from lines of the audit trail, which every operation writes: the name of the action, and which value of its row is
the number of the thing it is about ("" for the row's own). A kind is told only to who may read the thing itself.
"""

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import lazy_gettext as _l
from msgspec import Struct


class EventKind(Struct, frozen=True):
    """One kind of event."""

    name: str
    #: When it is told, in words.
    words: Any
    #: What it is about, and where the interface has it: a path behind /api/v1 with {id}; empty where it has none.
    object_kind: str
    path: str
    #: The right to read such a thing.
    permission: str
    #: Action of the trail -> the value that is the number of the thing.
    actions: Mapping[str, str]


def _own(*actions: str, by: str = "") -> dict[str, str]:
    return dict.fromkeys(actions, by)


_PERSON: Final = ("person", "/people/{id}", "people:read")
_TOUCH: Final = ("touch", "/touches/{id}", "outreach:read")
_EVENT: Final = ("event", "/events/{id}", "events:read")
_INVITATION: Final = ("invitation", "/invitations/{id}", "events:read")
_TRIP: Final = ("trip", "/trips/{id}", "travel:read")
_MEETING: Final = ("meeting", "/meetings/{id}", "executives:read")
_REQUEST: Final = ("request", "/requests/{id}", "executives:read")
_ENTRY: Final = ("ledger_entry", "/ledger/entries/{id}", "ledger:read")
_DUTY: Final = ("obligation", "/obligations/{id}", "disclosures:read")
_DISPUTE: Final = ("dispute", "", "periods:read")
_ENGAGEMENT: Final = ("engagement", "/engagements/{id}", "advisory:read")
_SHARE: Final = ("share", "/shares/{id}", "advisory:read")
_PERIOD: Final = ("period", "", "periods:read")

_PARTS_OF_TRIPS: Final = [
    f"travel.{part}_{what}" for part in ("leg", "stay", "transfer") for what in ("booked", "edited", "cancelled", "declined")
] + ["travel.transfer_moved"]  # fmt: skip
_STEPS: Final = [
    f"advisory.{step}"
    for step in (
        "person_proposed", "engagement_cleared", "engagement_contracted", "delivery_started", "delivery_recorded",
        "payment_approved", "engagement_paid", "engagement_closed", "engagement_declined", "engagement_terminated",
    )
]  # fmt: skip
_SHARE_STEPS: Final = [
    f"advisory.share_{step}" for step in ("filed", "approved", "refused", "contracted", "ended")
]
_OF_PEOPLE: Final = [
    f"people.{part}_{what}" for part in ("affiliation", "channel") for what in ("added", "edited", "ended")
] + ["people.channel_resumed", "people.handed_over"]  # fmt: skip

_ALL: Final = (
    EventKind("person.created", _l("A person was added"), *_PERSON, _own("people.person_added")),
    EventKind(
        "person.changed", _l("The record of a person, where they work, how they are reached or who owns them changed"), *_PERSON,
        _own("people.person_edited", "people.wishes_set", "people.official_status_set") | _own(*_OF_PEOPLE, by="person_id"),
    ),
    EventKind(
        "person.merged", _l("A record became part of another; asking for its number gives the other"), *_PERSON,
        _own("people.merged", by="gone_id"),
    ),
    EventKind("person.unmerged", _l("A record stands on its own again"), *_PERSON, _own("people.merge_undone", by="gone_id")),
    EventKind("person.erased", _l("A person was erased: forget them too"), *_PERSON, _own("privacy.identity_erased")),
    EventKind("touch.logged", _l("A contact was logged"), *_TOUCH, _own("outreach.touch_recorded")),
    EventKind("touch.corrected", _l("A logged contact was corrected"), *_TOUCH, _own("outreach.touch_corrected")),
    EventKind("touch.answered", _l("An open ask was answered"), *_TOUCH, _own("outreach.ask_answered")),
    EventKind("event.created", _l("An event was planned"), *_EVENT, _own("events.event_planned")),
    EventKind("event.changed", _l("An event changed"), *_EVENT, _own("events.event_edited")),
    EventKind("event.cancelled", _l("An event was cancelled"), *_EVENT, _own("events.event_cancelled")),
    EventKind("invitation.created", _l("Somebody is to be invited"), *_INVITATION, _own("events.person_invited")),
    EventKind("invitation.sent", _l("An invitation was sent"), *_INVITATION, _own("events.invitation_sent")),
    EventKind("invitation.answered", _l("An invitation was answered"), *_INVITATION, _own("events.answer_recorded")),
    EventKind("invitation.withdrawn", _l("An invitation was taken back"), *_INVITATION, _own("events.invitation_withdrawn")),
    EventKind("trip.created", _l("A trip was opened"), *_TRIP, _own("travel.trip_opened")),
    EventKind(
        "trip.changed", _l("A trip, or a flight, a night or a ride of it, changed"), *_TRIP,
        _own("travel.trip_edited", "travel.trip_finished", "travel.journey_changed") | _own(*_PARTS_OF_TRIPS, by="trip_id"),
    ),
    EventKind("trip.cancelled", _l("A trip was cancelled"), *_TRIP, _own("travel.trip_cancelled")),
    EventKind("request.made", _l("Time with an executive was asked for"), *_REQUEST, _own("executives.access_requested")),
    EventKind("request.declined", _l("Time with an executive was declined"), *_REQUEST, _own("executives.request_declined")),
    EventKind("meeting.agreed", _l("A meeting with an executive was agreed"), *_MEETING, _own("executives.meeting_agreed")),
    EventKind("meeting.moved", _l("A meeting was moved"), *_MEETING, _own("executives.meeting_moved")),
    EventKind("meeting.cancelled", _l("A meeting was cancelled"), *_MEETING, _own("executives.meeting_cancelled")),
    EventKind("meeting.held", _l("A meeting took place"), *_MEETING, _own("executives.meeting_held")),
    EventKind("ledger.entry_posted", _l("An entry was written into the book"), *_ENTRY, _own("ledger.entry_posted")),
    EventKind(
        "ledger.entry_reversed", _l("An entry was taken back; told of the entry that does so"), *_ENTRY,
        _own("ledger.entry_reversed"),
    ),
    EventKind("breach.opened", _l("A limit was exceeded"), "breach", "", "ledger:read", _own("ledger.breach_opened")),
    EventKind("obligation.opened", _l("Something has to be disclosed"), *_DUTY, _own("disclosures.obligation_opened")),
    EventKind(
        "obligation.settled", _l("A duty to disclose was met, waived or fell away"), *_DUTY,
        _own("disclosures.obligation_settled", "disclosures.obligation_waived", "disclosures.obligation_voided",
             "disclosures.obligation_remedied"),
    ),
    EventKind(
        "publication.filed", _l("A publication was filed"), "publication", "", "disclosures:read",
        _own("disclosures.publication_added"),
    ),
    EventKind("dispute.raised", _l("A person says that an entry is wrong"), *_DISPUTE, _own("periods.dispute_opened")),
    EventKind(
        "dispute.answered", _l("A dispute was decided, left unresolved or withdrawn"), *_DISPUTE,
        _own("periods.dispute_decided", "periods.dispute_unresolved", "periods.dispute_withdrawn"),
    ),
    EventKind("period.closed", _l("A period was closed"), *_PERIOD, _own("periods.locked")),
    EventKind("period.published", _l("The report of a period was published"), *_PERIOD, _own("periods.published")),
    EventKind("engagement.changed", _l("Paid work went a step further"), *_ENGAGEMENT, _own(*_STEPS)),
    EventKind("share.changed", _l("An affiliate share went a step further"), *_SHARE, _own(*_SHARE_STEPS)),
    EventKind(
        "import.applied", _l("A list was read in"), "import", "/imports/{id}", "imports:run",
        _own("imports.people_imported", "imports.value_imported"),
    ),
)  # fmt: skip

#: What there is to subscribe to, by name, in the order it is shown.
KINDS: Final[Mapping[str, EventKind]] = {kind.name: kind for kind in _ALL}
#: Which kinds an action of the trail makes.
BY_ACTION: Final[Mapping[str, EventKind]] = {action: kind for kind in _ALL for action in kind.actions}
#: A kind that says nothing new in the transaction that said the other of the same thing.
SAID_WITH: Final[Mapping[str, str]] = {
    f"{thing}.changed": f"{thing}.created" for thing in ("person", "event", "trip")
}
#: Sent by a press on "Send a test": about the webhook itself, whatever it is subscribed to.
PING: Final = EventKind(
    "webhook.ping", _l("A test, sent by hand"), "webhook", "/webhooks/{id}", "webhooks:read", {}
)


def known_kind(name: str) -> EventKind | None:
    """The kind of this name; None for one that a later version of this program has let go."""
    return PING if name == PING.name else KINDS.get(name)
