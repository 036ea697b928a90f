"""What `clients.py` measures against: bare pages of Flask and Jinja over the same rows, an empty app with the same imports.

Both are served by gunicorn with the settings of production: `bare:pages()` and `bare:empty()`.
"""

import os
import sqlite3
from contextlib import closing, suppress
from importlib import import_module
from pathlib import Path

from flask import Flask, render_template_string
from sqlalchemy import text
from sqlalchemy.engine import Engine, create_engine

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ title }}</title></head><body><h1>{{ title }}</h1>
<table><thead><tr>{% for name in names %}<th>{{ name }}</th>{% endfor %}</tr></thead><tbody>
{% for row in rows %}<tr>
{% for cell in row %}<td>{{ cell if cell is not none }}</td>{% endfor %}</tr>{% endfor %}</tbody></table>
</body></html>"""

#: The rows of each page, as one statement; `:id` is the record of the page.
ASKED = {
    "people": "SELECT id, name, email, home_country, zone, known_for, known_among FROM person ORDER BY sort_name LIMIT 50",
    "person": "SELECT * FROM person WHERE id = :id",
    "event": "SELECT person.name, person.home_country, invitation.state, invitation.* FROM invitation "
             "JOIN person ON person.id = invitation.person_id WHERE invitation.event_id = :id ORDER BY person.sort_name",
}  # fmt: skip


def pages() -> Flask:
    """Three pages with the rows of three pages of ours, read anew for every request."""
    app = Flask(__name__)
    engine: Engine = create_engine(f"sqlite:///{os.environ['BENCH_DATABASE']}")

    def show(name: str, id: int = 0) -> str:
        with engine.connect() as connection:
            found = connection.execute(text(ASKED[name]), {"id": id} if ":id" in ASKED[name] else {})
            names, rows = list(found.keys()), found.all()
        return render_template_string(_PAGE, title=name, names=names, rows=rows)

    app.add_url_rule("/people/", "people", lambda: show("people"))
    app.add_url_rule("/people/<int:id>", "person", lambda id: show("person", id))
    app.add_url_rule("/events/<int:id>", "event", lambda id: show("event", id))
    return app


def empty() -> Flask:
    """Nothing but a page that says so, once every module of others that Rapport has loaded is loaded here too."""
    for name in Path(os.environ["BENCH_MODULES"]).read_text().split():
        with suppress(ImportError):  # what only lives inside its package
            import_module(name)
    app = Flask(__name__)
    app.add_url_rule("/sign-in", "page", lambda: "<!doctype html><title>empty</title>")
    return app


def event_with_most(database: Path) -> int:
    """The event that most people are invited to."""
    with closing(sqlite3.connect(database)) as connection:
        asked = "SELECT event_id FROM invitation GROUP BY event_id ORDER BY count(*) DESC, event_id LIMIT 1"
        return int(connection.execute(asked).fetchone()[0])
