"""Which of the kinds of published schedules a file is, by its content; size and encoding are judged before anything is parsed."""

from typing import IO

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.events.schedule_ics import read_ics
from app.events.schedule_json import read_json
from app.events.schedule_reading import MAX_BYTES, Reading, ScheduleRefused
from app.events.schedule_xml import read_xml

_KINDS = _l("Give a frab or pentabarf XML, a schedule.json or a calendar file (.ics).")


def taken(stream: IO[bytes]) -> bytes:
    """The content of an upload; ScheduleRefused beyond 8 MB, without reading further."""
    data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ScheduleRefused(
            _(
                "This file is larger than %(max_bytes)s MB, which no schedule is.",
                max_bytes=MAX_BYTES // 1024 // 1024,
            ),
            field="file",
        )
    if not data.strip():
        raise ScheduleRefused(_("This file is empty."), field="file")
    return data


def read_schedule(data: bytes, zone: str) -> Reading:
    """The schedule in a file; times without a zone are read on the clocks of `zone`."""
    head = data.removeprefix(b"\xef\xbb\xbf").lstrip()[:200]
    # Expat knows UTF-16 by itself.
    if head.startswith(b"<") or data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return read_xml(data, zone)
    if head.startswith((b"{", b"[")):
        return read_json(_decoded(data), zone)
    if head.upper().startswith(b"BEGIN:VCALENDAR"):
        return read_ics(_decoded(data), zone)
    raise ScheduleRefused(_("This is no published schedule. %(kinds)s", kinds=_KINDS), field="file")


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ScheduleRefused(
            _("This file is not UTF-8: byte %(start)s is damaged.", start=f"{error.start + 1:,}"),
            field="file",
        ) from None
