"""Runs in a mount namespace of its own: the application on a disk that can be filled, or that takes no more writing.

    unshare --user --map-root-user --mount python -P small_disk.py full|read_only MOUNT_POINT FOLDER_OF_DEMO
It prints one JSON object of what happened.
"""

import contextlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from app import cli, create_app
from app.accounts.models import User
from app.core.db import db
from tests.core.hunting import PageReader, QuickClient, plausible
from tests.factories import accounts

DISK_BYTES = 48 * 1024 * 1024
COUNTED = (
    "person",
    "stored_file",
    "import_run",
    "audit_event",
    "outbox_mail",
    "ledger_entry",
    "form_submission",
)


def mount(disk: Path) -> None:
    """A disk in memory, as small as it is."""
    disk.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "rapport-test", str(disk)], check=True
    )


def fill(disk: Path, leave: int = 0) -> None:
    """Take all that is left, but so many bytes."""
    with (disk / "filler").open("ab", buffering=0) as filler:
        room = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize - leave
        filler.write(bytes(max(0, room)))


def free(disk: Path) -> None:
    """Give it back."""
    (disk / "filler").unlink()


def counts(disk: Path) -> dict[str, int]:
    """Rows as another program sees them, and what the database says of itself."""
    with closing(sqlite3.connect(disk / "rapport.db")) as connection:
        found = {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in COUNTED}
        found["is_sound"] = int(connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok")
    found["files"] = sum(path.is_file() for path in (disk / "files").rglob("*"))
    return found


def people_list(n_people: int) -> bytes:
    """A list somebody might upload."""
    lines = [f"Person {number},person{number}@list.example,{'note ' * 60}" for number in range(n_people)]
    return "\n".join(["Name,E-mail,Notes", *lines]).encode()


def person(ask: Callable[..., list[Any]]) -> dict[str, str]:
    """What somebody types who adds a person at length."""
    form = PageReader(ask("GET", "/people/new")[1]).forms[0]
    return {**dict(plausible(form)), "name": "Nadia Full", "phone": "", "kind": "Analyst", "agency_id": "", "official_status": "none",
            "languages": "en", "official_reason": "", "notes": "word " * 1900}  # fmt: skip


def open_house(disk: Path) -> tuple[Any, Callable[..., list[Any]]]:
    """The application on the disk, and a browser of Mei: `ask(method, path, **sent)` gives status, heading and place."""
    os.environ["RAPPORT_INSTANCE"] = str(disk)
    url = f"sqlite:///{disk / 'rapport.db'}"
    app = create_app(
        SQLALCHEMY_DATABASE_URI=url, TESTING=True, WTF_CSRF_ENABLED=False, PROPAGATE_EXCEPTIONS=False
    )
    app.test_client_class = QuickClient
    browser = app.test_client()
    with app.app_context():
        mei = db.session.query(User).filter_by(email="mei@lumen.example").one()
        accounts.session_in(browser, mei)
        db.session.remove()

    def ask(method: str, path: str, **sent: Any) -> list[Any]:
        answer = browser.open(path, method=method, **sent)
        page = answer.get_data(as_text=True)
        answer.close()
        words = page.split("<h1", 1)[1].split(">", 1)[1].split("</main>")[0] if "<h1" in page else ""
        return [answer.status_code, words, answer.location or ""]

    return app, ask


def upload(data: bytes) -> dict[str, Any]:
    """A file as a browser sends it."""
    return {"data": {"file": (io.BytesIO(data), "list.csv")}, "content_type": "multipart/form-data"}


def backed_up(disk: Path) -> list[Any]:
    """Status and words of `rapport backup` onto the same disk, and what lies there under a name like a backup's."""
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        status = cli.run(["backup", "--out", str(disk / "house.tar")])
    left = sorted(path.name for path in disk.iterdir() if path.name.startswith(("house", ".rapport")))
    return [status, said.getvalue(), left]


def full(disk: Path) -> dict[str, Any]:
    """Fill the disk before a form, an upload and an import; then make room and do them again."""
    _, ask = open_house(disk)
    found: dict[str, Any] = {"list": ask("POST", "/imports/new", **upload(people_list(40)))}
    preview = found["list"][2]
    run = preview.replace("/preview", "/run")
    found["before"] = counts(disk)
    typed = person(ask)
    fill(disk)
    found["form"] = ask("POST", "/people/new", data=typed)
    found["upload"] = ask("POST", "/imports/new", **upload(people_list(400)))
    found["import"] = ask("POST", run)
    found["page"] = ask("GET", "/people/")
    found["backup"] = backed_up(disk)
    found["after"] = counts(disk)
    free(disk)
    found["form again"] = ask("POST", "/people/new", data=typed)
    found["upload again"] = ask("POST", "/imports/new", **upload(people_list(400)))
    found["import again"] = ask("POST", run)
    found["backup again"] = backed_up(disk)
    found["at last"] = counts(disk)
    return found


def read_only(disk: Path) -> dict[str, Any]:
    """Take the right to write away from the whole disk."""
    app, ask = open_house(disk)
    typed = person(ask)
    found: dict[str, Any] = {"before": counts(disk)}
    with app.app_context():
        db.engine.dispose()
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    return found | {
        "form": ask("POST", "/people/new", data=typed),
        "upload": ask("POST", "/imports/new", **upload(people_list(40))),
        "page": ask("GET", "/people/"),
    }


def main() -> None:
    """Set the stage, play, tell."""
    what, disk, source = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    mount(disk)
    shutil.copy(source / "demo.db", disk / "rapport.db")
    for key in source.glob("*.key"):
        shutil.copy(key, disk)
    sys.stdout.write(json.dumps({"full": full, "read_only": read_only}[what](disk)) + "\n")


if __name__ == "__main__":
    main()
