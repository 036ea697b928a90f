"""Finding people: the text they are found by with its index, and the indexes lists are read from.

Revision ID: 0010
Revises: 0006
"""

from collections import defaultdict

import sqlalchemy as sa
from alembic import op

from app.core.fulltext import stored_text
from app.people.names import fold

revision = "0010"
down_revision = "0006"
branch_labels = None
depends_on = None

_LISTS = {
    "name": ("sort_key", "id"),
    "changed": ("changed_at", "id"),
    "kind": ("kind_id", "sort_key", "id"),
    "home": ("home_country", "sort_key", "id"),
    "official": ("sort_key", "id"),
}
_NOT_MERGED = "merged_into_id IS NULL"
_AND = {"official": " AND official_status != 'none'"}
#: Keeps the index of SQLite in step, whoever writes the text.
_TRIGGERS = {
    "added": "AFTER INSERT ON person BEGIN "
    "INSERT INTO person_search(rowid, search_doc) VALUES (new.id, new.search_doc); END",
    "changed": "AFTER UPDATE OF search_doc ON person WHEN old.search_doc IS NOT new.search_doc BEGIN "
    "INSERT INTO person_search(person_search, rowid, search_doc) VALUES ('delete', old.id, old.search_doc); "
    "INSERT INTO person_search(rowid, search_doc) VALUES (new.id, new.search_doc); END",
    "removed": "AFTER DELETE ON person BEGIN "
    "INSERT INTO person_search(person_search, rowid, search_doc) VALUES ('delete', old.id, old.search_doc); END",
}


def upgrade() -> None:
    op.add_column("person", sa.Column("search_doc", sa.Text(), server_default=sa.text("''"), nullable=False))
    for name, columns in _LISTS.items():
        op.create_index(
            f"ix_person_list_{name}",
            "person",
            ["is_pseudonymous", *columns],
            sqlite_where=sa.text(_NOT_MERGED + _AND.get(name, "")),
            postgresql_where=sa.text(_NOT_MERGED + _AND.get(name, "")),
        )
    op.create_index("ix_ownership_held", "ownership", ["user_id", "role", "person_id"])
    op.execute(
        "CREATE INDEX x_person_country ON person (is_pseudonymous, (coalesce(home_country, '')), sort_key, id) "
        "WHERE merged_into_id IS NULL"
    )
    _fill()
    if op.get_bind().dialect.name == "sqlite":
        _index_sqlite()
    else:
        _index_postgresql()


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in _TRIGGERS:
            op.execute(f"DROP TRIGGER person_search_{name}")
        op.execute("DROP TABLE person_search")
    else:
        op.execute("DROP INDEX x_person_sort_key")
        op.execute("DROP INDEX x_person_grams")
        op.execute("DROP FUNCTION search_grams(text)")
    op.execute("DROP INDEX x_person_country")
    op.drop_index("ix_ownership_held", table_name="ownership")
    for name in _LISTS:
        op.drop_index(f"ix_person_list_{name}", table_name="person")
    op.drop_column("person", "search_doc")


def _index_sqlite() -> None:
    op.execute(
        "CREATE VIRTUAL TABLE person_search USING fts5(search_doc, content='person', content_rowid='id', columnsize=0, "
        "tokenize='trigram case_sensitive 1')"
    )
    op.execute("INSERT INTO person_search(person_search) VALUES ('rebuild')")
    for name, words in _TRIGGERS.items():
        op.execute(f"CREATE TRIGGER person_search_{name} {words}")


def _index_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION search_grams(text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS "
        "$$ SELECT coalesce(array_agg(DISTINCT substr($1, at, 3)), '{}') FROM generate_series(1, length($1) - 2) at $$"
    )
    op.execute("CREATE INDEX x_person_sort_key ON person (sort_key text_pattern_ops)")
    op.execute("CREATE INDEX x_person_grams ON person USING gin (search_grams(search_doc))")


def _fill() -> None:
    """What people who are here already are found by."""
    read = op.get_bind().execute
    organisations = defaultdict(list)
    for person_id, name in read(
        sa.text(
            "SELECT a.person_id, o.name FROM affiliation a JOIN organisation o ON o.id = a.organisation_id "
            "UNION SELECT p.id, o.name FROM person p JOIN organisation o ON o.id = p.agency_id"
        )
    ):
        organisations[person_id].append(name)
    rows = read(sa.text("SELECT id, search_text, known_for, known_among FROM person")).all()
    texts = [
        {
            "id": row.id,
            "doc": stored_text(
                [
                    row.search_text,
                    *(fold(text) for text in (*organisations[row.id], row.known_for, row.known_among)),
                ]
            ),
        }
        for row in rows
    ]
    if texts:
        read(sa.text("UPDATE person SET search_doc = :doc WHERE id = :id"), texts)
