"""Reading frab and pentabarf XML in one pass, bounded in depth and size; document types and entities are refused unread."""

from typing import Final
from xml.parsers import expat

from flask_babel import gettext as _

from app.core.i18n import number as number_words
from app.events.schedule_reading import (
    MAX_DEPTH,
    MAX_ITEMS,
    Clocks,
    Raw,
    Reading,
    ScheduleRefused,
    clock_of,
    line_of,
    settle,
    zone_named,
)

MAX_ELEMENTS: Final = 400_000
_OF_ITEM = {
    "title": "title", "subtitle": "subtitle", "abstract": "abstract", "description": "description", "room": "place",
    "date": "date", "start": "start", "duration": "duration", "person": "",
}  # fmt: skip
_OF_CONFERENCE = frozenset({"title", "acronym", "day_change", "time_zone_name"})


def read_xml(data: bytes, zone: str) -> Reading:
    """The schedule in a file; times without a zone are those of `zone`. ScheduleRefused with the reason."""
    if data.count(b"<") > 2 * MAX_ELEMENTS:  # each has a begin and an end
        raise ScheduleRefused(
            _("This XML has more than %(max_elements)s elements.", max_elements=number_words(MAX_ELEMENTS)),
            field="file",
        )
    walk = _Walk()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = walk.refuse_doctype
    parser.EntityDeclHandler = walk.refuse_doctype
    parser.StartElementHandler = walk.start
    parser.EndElementHandler = walk.end
    parser.CharacterDataHandler = walk.text
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        words = expat.ErrorString(error.code) or "it is damaged"
        raise ScheduleRefused(
            _("This XML cannot be read: %(words)s, line %(lineno)s.", words=words, lineno=error.lineno),
            field="file",
        ) from None
    except LookupError:
        raise ScheduleRefused(
            _("This XML is written in an encoding that is not known here."), field="file"
        ) from None
    if not walk.raws and not walk.n_days:
        raise ScheduleRefused(_("This XML holds no day and no session."), field="file")
    return _settled(walk, zone)


def _settled(walk: "_Walk", zone: str) -> Reading:
    said = walk.conference
    named = zone_named(said.get("time_zone_name", ""))
    change = clock_of(said.get("day_change", ""))
    title = line_of(said.get("title", "")) or "Schedule"
    reading = Reading(
        "frab XML" if walk.has_guid else "pentabarf XML", line_of(said.get("acronym", "")) or title, title,
        line_of(walk.version), change.hour if change is not None else None,
    )  # fmt: skip
    if named is not None and named != zone:
        reading.remarks.append(
            _("The file names its own zone, %(named)s; the agenda shows %(zone)s.", named=named, zone=zone)
        )
    return settle(walk.raws, Clocks(named or zone, change), reading)


class _Walk:
    """Where the parser is, and what it has met."""

    def __init__(self) -> None:
        self.raws: list[Raw] = []
        self.conference: dict[str, str] = {}
        self.version = ""
        self.has_guid = False
        self.n_days = self._depth = 0
        self._is_conference = False
        self._day = self._room = ""
        self._item: Raw | None = None
        self._parts: list[str] | None = None

    def refuse_doctype(self, *_given: object) -> None:
        raise ScheduleRefused(
            _(
                "This XML declares a document type or entities, which schedules do not need and which are never read."
            ),
            field="file",
        )

    def start(self, name: str, given: dict[str, str]) -> None:
        self._depth = depth = self._depth + 1
        if depth > MAX_DEPTH:
            raise ScheduleRefused(
                _("This XML is nested more than %(max_depth)s deep.", max_depth=MAX_DEPTH), field="file"
            )
        if self._item is not None:
            if name in _OF_ITEM:
                self._parts = []
        elif name == "event":
            self._begin_item(given)
        elif self._is_conference:
            self._parts = [] if name in _OF_CONFERENCE else None
        else:
            self._outside(name, given)

    def _outside(self, name: str, given: dict[str, str]) -> None:
        if self._depth == 1 and name != "schedule":
            raise ScheduleRefused(
                _(
                    "This XML begins with <%(name)s>; frab and pentabarf schedules begin with <schedule>.",
                    name=line_of(name)[:40],
                ),
                field="file",
            )
        if name == "conference":
            self._is_conference = True
        elif name == "day":
            self._day, self._room, self.n_days = given.get("date", ""), "", self.n_days + 1
        elif name == "room":
            self._room = given.get("name", "")
        elif name == "version":
            self._parts = []
        elif name == "entry":
            raise ScheduleRefused(
                _("This is a dialect of its own: its days hold <entry>, one of them in several rooms, where frab and pentabarf"
                " have <room> and <event>. Ask for a frab, pentabarf or calendar export."), field="file",
            )  # fmt: skip

    def _begin_item(self, given: dict[str, str]) -> None:
        if len(self.raws) >= MAX_ITEMS:
            raise ScheduleRefused(
                _("The file holds more than %(max_items)s items.", max_items=number_words(MAX_ITEMS)),
                field="file",
            )
        guid, number = given.get("guid", "").strip(), given.get("id", "").strip()
        self.has_guid = self.has_guid or bool(guid)
        self._item = Raw(
            where=_("Event %(number)s", number=number or guid),
            key=guid or number,
            place=self._room,
            day=self._day,
        )

    def text(self, text: str) -> None:
        if self._parts is not None:
            self._parts.append(text)

    def end(self, name: str) -> None:
        self._depth -= 1
        item, parts = self._item, self._parts
        if item is None:
            self._end_outside(name)
        elif parts is not None:
            field = _OF_ITEM.get(name)
            if field is None:
                return  # markup within a text; its words belong to it
            words = "".join(parts).strip()
            if not field:
                item.speakers.append(words)
            elif words:
                setattr(item, field, words)
            self._parts = None
        elif name == "event":
            item.where = f"{item.where}, “{item.title[:80]}”"
            self.raws.append(item)
            self._item = None

    def _end_outside(self, name: str) -> None:
        words = "".join(self._parts or ()).strip()
        if name == "conference":
            self._is_conference = False
        elif self._is_conference and self._parts is not None:
            self.conference[name] = words
        elif name == "version":
            self.version = words
        self._parts = None
