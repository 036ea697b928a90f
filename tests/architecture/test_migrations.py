"""Migrations lead up, down and up again, and end where the models are."""

import sqlalchemy as sa
from flask import Flask

from app.core.db import db, writing_connections
from app.core.extensions import MIGRATIONS, alembic


def test_head_file_names_the_newest_migration(app: Flask) -> None:
    assert [script.revision for script in alembic.heads()] == [(MIGRATIONS / "HEAD").read_text().strip()]


def test_models_and_migrations_agree(app: Flask) -> None:
    db.session.remove()
    with writing_connections():
        differences = list(alembic.compare_metadata())
    assert differences == []


def test_migrations_go_down_and_up_again(app: Flask) -> None:
    db.session.remove()
    tables = set(sa.inspect(db.engine).get_table_names())
    with writing_connections():
        alembic.downgrade("base")
        left = set(sa.inspect(db.engine).get_table_names())
        alembic.upgrade()
    assert left <= {"alembic_version"}
    assert set(sa.inspect(db.engine).get_table_names()) == tables
