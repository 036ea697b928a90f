"""What our pages read and what the application imports, written down for the bare floor (`bare.py`).

Run by `clients.py` in the environment of its house: BENCH_ASKED gets {path: its statements}, BENCH_MODULES the names.
"""

import os
import pickle
import re
import sys
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.engine import Engine

from app import create_app
from app.core.db import db

_WITH_MOST = "SELECT event_id FROM invitation GROUP BY event_id ORDER BY count(*) DESC, event_id LIMIT 1"


def asked_by(client: FlaskClient, engine: Engine, path: str) -> list[tuple[str, Any]]:
    """What a page reads: statements in the words of the driver with their values, once the caches are warm."""
    found: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_more: Any) -> None:
        if statement.lstrip().startswith(("SELECT", "WITH")):
            found.append((statement, values))

    for _ in range(2):
        client.get(path)
    event.listen(engine, "before_cursor_execute", note)
    if client.get(path).status_code != 200:
        raise SystemExit(f"{path} was not served")
    event.remove(engine, "before_cursor_execute", note)
    return found


def sign_in(client: FlaskClient, email: str, password: str) -> None:
    """Come in by the password of the demo."""
    page = client.get("/sign-in").get_data(as_text=True)
    hidden = dict(re.findall(r'name="(csrf_token|form_key|version)"[^>]*value="([^"]*)"', page))
    client.post("/sign-in", data=hidden | {"email": email, "password": password})


def main(email: str, password: str) -> None:
    """Write both down."""
    app = create_app()
    known = {name for name in sys.modules if name.split(".")[0] not in {"app", "config", "__main__"}}
    Path(os.environ["BENCH_MODULES"]).write_text(" ".join(sorted(known)))
    with app.app_context():
        engine, number = db.engine, db.session.scalar(sa.text(_WITH_MOST))
    client = app.test_client()
    sign_in(client, email, password)
    asked = {path: asked_by(client, engine, path) for path in ("/people/", "/people/1", f"/events/{number}")}
    Path(os.environ["BENCH_ASKED"]).write_bytes(pickle.dumps(asked))


if __name__ == "__main__":
    main(*sys.argv[1:])
