"""A real subscriber before the running server: vdirsyncer fetches, khal shows, and both see what moved and what was called off."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import waitress
from flask import Flask

from app.core.db import db, transaction
from app.events import operations as events
from app.events.details import SessionDetails
from app.events.models import Session
from tests.factories import calendars

_BIN = Path(sys.executable).parent
_VDIRSYNCER = """
[general]
status_path = "{folder}/status/"
[pair rapport]
a = "here"
b = "there"
collections = null
conflict_resolution = "b wins"
[storage here]
type = "filesystem"
path = "{folder}/calendar/"
fileext = ".ics"
[storage there]
type = "http"
url = "{address}"
"""
_KHAL = """
[calendars]
[[rapport]]
path = {folder}/calendar
readonly = True
[locale]
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
local_timezone = Europe/London
default_timezone = Europe/London
[sqlite]
path = {folder}/khal.db
"""


@pytest.fixture
def server(app: Flask) -> Iterator[str]:
    """The application behind a real socket."""
    serving = waitress.create_server(app, host="127.0.0.1", port=0, threads=2)
    thread = threading.Thread(target=serving.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{serving.effective_port}"
    serving.close()
    thread.join(5)


class Reader:
    """Somebody with vdirsyncer and khal, who has subscribed to one address."""

    def __init__(self, folder: Path, address: str) -> None:
        self._folder = folder
        (folder / "calendar").mkdir()
        for name, words in (("vdirsyncer", _VDIRSYNCER), ("khal", _KHAL)):
            (folder / name).write_text(words.format(folder=folder, address=address))
        self._run("vdirsyncer", "discover")

    def look(self) -> dict[str, tuple[str, str]]:
        """By title: when it is, and its status, as khal shows it after fetching once more."""
        self._run("vdirsyncer", "sync")
        form = "{start-long}|{end-long}|{status}|{title}"
        said = self._run("khal", "list", "--format", form, "--day-format", "", "2026-10-12", "7d")
        rows = [line.split("|") for line in said.splitlines() if "|" in line]
        return {row[3].strip(): (f"{row[0]} – {row[1]}", row[2].strip()) for row in rows}

    def n_items(self) -> int:
        return len(list((self._folder / "calendar").glob("*.ics")))

    def _run(self, program: str, *words: str) -> str:
        environment = os.environ | {
            "HOME": str(self._folder),
            "XDG_CONFIG_HOME": str(self._folder),
            "LC_ALL": "C.UTF-8",
        }
        command = [str(_BIN / program), "-c", str(self._folder / program), *words]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def test_vdirsyncer_and_khal_see_an_item_moved_and_an_item_cancelled(server: str, tmp_path: Path) -> None:
    """C1, with programs as people use them: every item is one file, moves in place, and stays as cancelled."""
    show = calendars.show()
    keynote_id = show.keynote.id
    reader = Reader(tmp_path, f"{server}/calendar/{calendars.feed_of(show.amal).secret}.ics")
    first = reader.look()
    assert first["Opening keynote"] == ("2026-10-14 09:00 – 2026-10-14 10:00", "CONFIRMED")
    assert (reader.n_items(), "Connect London" in first) == (2, True)
    with transaction():
        keynote = db.session.merge(show.keynote)
        later = timedelta(hours=3)
        details = SessionDetails(
            title=keynote.title, place=keynote.place, starts_at=keynote.starts_at + later, ends_at=keynote.ends_at + later,
        )  # fmt: skip
        events.edit_session(keynote, details, by=db.session.merge(show.ruth))
    assert reader.look()["Opening keynote"] == ("2026-10-14 12:00 – 2026-10-14 13:00", "CONFIRMED")
    with transaction():
        events.cancel_session(db.session.get_one(Session, keynote_id), "Ill", by=db.session.merge(show.ruth))
    last = reader.look()
    assert last["أُلغي: Opening keynote"] == ("2026-10-14 12:00 – 2026-10-14 13:00", "CANCELLED")
    assert (reader.n_items(), "Opening keynote" in last) == (2, False)
