"""Opens the application for a command: its database there and of the right age, logs out of the way."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import sqlalchemy as sa
from flask import Flask

from app import create_app
from app.accounts import audit
from app.core.db import db
from app.core.extensions import head, known_versions


class Unready(click.ClickException):
    """The database is missing, or its tables are not those of this version."""


@contextmanager
def opened(
    *, is_fresh_allowed: bool = False, is_older_allowed: bool = False, is_quiet: bool = True
) -> Iterator[Flask]:
    """The application with its context; Unready unless the database is set up (or need not be, or may be older)."""
    # Logs go to stderr, where they cannot get into a result; short commands only log what is wrong.
    try:
        app = create_app(**({"LOG_LEVEL": "WARNING"} if is_quiet else {}))
    except ValueError as error:  # a setting that cannot be read
        raise Unready(str(error)) from None
    if not is_fresh_allowed:
        _require_file(app)
    with app.app_context():
        try:
            if not is_fresh_allowed:
                _require_tables(is_older_allowed=is_older_allowed)
            audit.begin_request()
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()


def _require_file(app: Flask) -> None:
    # Looking before connecting: SQLite would make an empty file.
    url = sa.make_url(app.config["SQLALCHEMY_DATABASE_URI"])
    is_file = url.get_backend_name() == "sqlite" and url.database not in {None, "", ":memory:"}
    if is_file and not Path(str(url.database)).exists():
        raise Unready(f"There is no database at {url.database} yet. Make it with: rapport init")


def version_found() -> str | None:
    """The version the database is at; None while it has no tables."""
    is_there = sa.inspect(db.engine).has_table("alembic_version")
    found = db.session.scalar(sa.text("SELECT version_num FROM alembic_version")) if is_there else None
    db.session.rollback()
    return None if found is None else str(found)


def _require_tables(*, is_older_allowed: bool) -> None:
    found, wanted = version_found(), head()
    if found is None:
        raise Unready("The database has no tables yet. Make them with: rapport init")
    if found not in known_versions():
        raise Unready(
            f"The database is at version {found}, which this program ({wanted}) does not know: a newer program has made it. "
            "Use that one."
        )
    if found != wanted and not is_older_allowed:
        raise Unready(
            f"The database is at version {found}, this program needs {wanted}. Bring it there with: rapport upgrade"
        )
