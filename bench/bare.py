"""What `clients.py` measures against: bare pages of Flask and Jinja over the same rows, an empty app with the same imports.

Both are served by gunicorn with the settings of production: `bare:pages()` and `bare:empty()`. The same rows are those that
a page of ours reads: every statement it sends is noted once (`watching.py`), and the bare page sends the same statements and
puts every row that comes back into a table. It knows nothing of rights, words, links or objects.
"""

import os
import pickle
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from flask import Flask, render_template
from jinja2 import DictLoader
from sqlalchemy.engine import Engine, create_engine

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ title }}</title></head><body><h1>{{ title }}</h1>
{% for names, rows in tables %}<table><thead><tr>{% for name in names %}<th>{{ name }}</th>{% endfor %}</tr></thead><tbody>
{% for row in rows %}<tr>
{% for cell in row %}<td>{{ cell if cell is not none }}</td>{% endfor %}</tr>{% endfor %}</tbody></table>
{% endfor %}</body></html>"""

#: A statement in the words of the driver, and its values.
Asked = tuple[str, Any]


def pages() -> Flask:
    """The pages of the file BENCH_ASKED ({path: what it asks}), their rows read anew for every request."""
    app = Flask(__name__)
    app.jinja_options = {"loader": DictLoader({"page.html": _PAGE})}
    engine: Engine = create_engine(f"sqlite:///{os.environ['BENCH_DATABASE']}")
    asked: dict[str, Sequence[Asked]] = pickle.loads(Path(os.environ["BENCH_ASKED"]).read_bytes())

    def show(path: str) -> str:
        tables = []
        with engine.connect() as connection:
            for statement, values in asked[path]:
                found = connection.exec_driver_sql(statement, values)
                tables.append((list(found.keys()), found.all()))
        return render_template("page.html", title=path, tables=tables)

    for path in asked:
        app.add_url_rule(path, path.replace("/", "-"), show, defaults={"path": path})
    return app


def empty() -> Flask:
    """Nothing but a page that says so, once every module of others that Rapport has loaded is loaded here too."""
    for name in Path(os.environ["BENCH_MODULES"]).read_text().split():
        with suppress(ImportError):  # what only lives inside its package
            import_module(name)
    app = Flask(__name__)
    app.add_url_rule("/sign-in", "page", lambda: "<!doctype html><title>empty</title>")
    return app
