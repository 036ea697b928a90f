"""Independent readers of calendars, each asked about many calendars in one call: libical, ical.js, PyPI `ical`."""

import base64
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from ical.calendar_stream import IcsCalendarStream

_LIBICAL = """
import base64, json, sys, gi
gi.require_version("ICalGLib", "3.0")
from gi.repository import ICalGLib
kind, found = ICalGLib.ComponentKind.VEVENT_COMPONENT, []
for content in json.load(sys.stdin):
    root = ICalGLib.Component.new_from_string(base64.b64decode(content).decode())
    events, event = {}, root.get_first_component(kind)
    while event:
        times = [time.as_timet_with_zone(time.get_timezone()) for time in (event.get_dtstart(), event.get_dtend())]
        events[event.get_uid()] = [*times, event.get_summary()]
        event = root.get_next_component(kind)
    found.append({"events": events, "errors": root.count_errors(), "is_allowed": bool(root.check_restrictions())})
print(json.dumps(found))
"""


class Read(NamedTuple):
    """One event as a reader understands it; whole days begin and end at midnight UTC."""

    starts: datetime
    ends: datetime
    summary: str


Reading = dict[str, Read]


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def read_with_libical(contents: Sequence[bytes]) -> list[Reading]:
    """What libical reads, which must find no error and nothing its tables of RFC 5546 forbid."""
    sent = json.dumps([base64.b64encode(content).decode() for content in contents])
    try:
        answer = subprocess.run(
            ["/usr/bin/python3", "-c", _LIBICAL], input=sent, capture_output=True, check=True, text=True
        )
    except (OSError, subprocess.CalledProcessError) as reason:
        pytest.skip(
            f"no libical: apt-get install python3-gi gir1.2-ical-3.0 ({getattr(reason, 'stderr', reason)!r:.200})"
        )
    found: list[dict[str, Any]] = json.loads(answer.stdout)
    assert [(one["errors"], one["is_allowed"]) for one in found] == [(0, True)] * len(found)
    return [
        {uid: Read(_instant(start), _instant(end), summary) for uid, (start, end, summary) in one["events"].items()}
        for one in found
    ]  # fmt: skip


def read_with_ical(contents: Sequence[bytes]) -> list[Reading]:
    """What PyPI `ical` reads (Home Assistant's parser, strict)."""
    found = []
    for content in contents:
        events = IcsCalendarStream.calendar_from_ics(content.decode()).events
        found.append({
            str(one.uid): Read(_as_instant(one.dtstart), _as_instant(one.dtend), str(one.summary)) for one in events
        })  # fmt: skip
    return found


def _as_instant(when: Any) -> datetime:
    if isinstance(when, datetime):
        return when.astimezone(UTC)
    return datetime(when.year, when.month, when.day, tzinfo=UTC)


# -- ical.js -----------------------------------------------------------------------------------------

_SCRIPT = Path(__file__).parents[2] / "build" / "ical.js"
_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
#: Read strictly, and the zones from what stands in each calendar: ical.js has none of its own.
_PAGE = """<!DOCTYPE html><meta charset="utf-8"><title>reader</title><body><script>
var module = {exports: {}}, exports = module.exports;
%(script)s
var ICAL = module.exports.default || module.exports;
var bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
var found = %(contents)s.map(function (content) {
  try {
    var root = new ICAL.Component(ICAL.parse(new TextDecoder("utf-8", {fatal: true}).decode(bytes(content))));
    var events = {};
    root.getAllSubcomponents("vevent").forEach(function (one) {
      var times = ["dtstart", "dtend"].map((name) => one.getFirstPropertyValue(name).toUnixTime());
      events[one.getFirstPropertyValue("uid")] = [times[0], times[1], one.getFirstPropertyValue("summary")];
    });
    return {events: events};
  } catch (trouble) { return {trouble: String(trouble)}; }
});
document.body.textContent = btoa(unescape(encodeURIComponent(JSON.stringify(found))));
</script></body>"""


def read_with_ical_js(contents: Sequence[bytes]) -> list[Reading]:
    """What ical.js reads (Thunderbird, Nextcloud), strictly, in the browser the tests need anyhow."""
    if not _SCRIPT.is_file() or _CHROMIUM is None:
        if os.environ.get("RAPPORT_TEST_REQUIRE_ALL"):
            pytest.fail("ical.js or Chromium is missing, and nothing may be skipped here")
        pytest.skip("no ical.js: python tests/fetch_ical_js.py build/ical.js, and install chromium")
    script = _SCRIPT.read_text().replace("</script", "<\\/script")
    sent = json.dumps([base64.b64encode(content).decode() for content in contents])
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "reader.html")
        page.write_text(_PAGE % {"script": script, "contents": sent})
        command = [
            _CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", f"--user-data-dir={folder}/profile", "--dump-dom", page.as_uri(),
        ]  # fmt: skip
        answer = subprocess.run(command, capture_output=True, check=True, text=True, timeout=120)
    said = re.search(r"<body>\s*([A-Za-z0-9+/=]+)\s*</body>", answer.stdout)
    assert said is not None, answer.stderr[-2000:]
    found = json.loads(base64.b64decode(said[1]))
    assert [one["trouble"] for one in found if "trouble" in one] == []
    return [
        {uid: Read(_instant(start), _instant(end), summary) for uid, (start, end, summary) in one["events"].items()}
        for one in found
    ]  # fmt: skip


#: Each reads many calendars at once and refuses what is wrong.
READERS = {"libical": read_with_libical, "ical.js": read_with_ical_js, "ical": read_with_ical}
