"""Finding people: the text they are found by with its index, the indexes lists are read from, saved views, receipts.

Revision ID: 0010
Revises: 0009
"""

import json
from collections import defaultdict

import sqlalchemy as sa
from alembic import op

from app.core.fulltext import stored_text
from app.people.names import fold

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_LISTS = {
    "name": ("sort_key", "id"),
    "changed": ("changed_at", "id"),
    "kind": ("kind_id", "sort_key", "id"),
    "home": ("home_country", "sort_key", "id"),
    "official": ("sort_key", "id"),
    "opted_out": ("sort_key", "id"),
    "tie": ("sort_key", "id"),
    "quiet": ("sort_key", "id"),
}
_NOT_MERGED = "merged_into_id IS NULL"
_AND = {
    "official": " AND official_status != 'none'",
    "opted_out": " AND is_opted_out IS 1",
    "tie": " AND has_equity_or_family_tie IS 1",
    "quiet": " AND quiet_until_on IS NOT NULL",
}
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
    _make_lists()
    op.add_column("person", sa.Column("search_doc", sa.Text(), server_default=sa.text("''"), nullable=False))
    for name, columns in _LISTS.items():
        op.create_index(
            f"ix_person_list_{name}",
            "person",
            ["is_pseudonymous", *columns],
            sqlite_where=sa.text(_NOT_MERGED + _AND.get(name, "")),
            postgresql_where=sa.text(_NOT_MERGED + _AND.get(name, "").replace("IS 1", "IS true")),
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


def _make_lists() -> None:
    """Saved views, choices, and receipts of actions on many rows."""
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("listing", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=320), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column(
            "share",
            sa.Enum("private", "department", "all", name="share", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("query", sa.JSON(), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name=op.f("fk_saved_view_owner_id_user")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_saved_view_department_id_department")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
    )
    op.create_index(op.f("ix_saved_view_owner_id"), "saved_view", ["owner_id"])
    op.create_index("ix_saved_view_shown", "saved_view", ["listing", "share", "department_id"])
    op.create_table(
        "list_choice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("listing", sa.String(length=40), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("default_view_id", sa.Integer(), nullable=True),
        sa.Column("pinned_ids", sa.JSON(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_list_choice_user_id_user")),
        sa.ForeignKeyConstraint(
            ["default_view_id"], ["saved_view.id"], name=op.f("fk_list_choice_default_view_id_saved_view")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_choice")),
        sa.UniqueConstraint("user_id", "listing", name=op.f("uq_list_choice_user_id_listing")),
    )
    op.create_table(
        "bulk_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("listing", sa.String(length=40), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("n_rows", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by_id", sa.Integer(), nullable=True),
        sa.Column("undo_job_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_bulk_run_by_id_user")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_bulk_run_job_id_job")),
        sa.ForeignKeyConstraint(["undone_by_id"], ["user.id"], name=op.f("fk_bulk_run_undone_by_id_user")),
        sa.ForeignKeyConstraint(["undo_job_id"], ["job.id"], name=op.f("fk_bulk_run_undo_job_id_job")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_run")),
    )
    op.create_index(op.f("ix_bulk_run_by_id"), "bulk_run", ["by_id"])
    op.create_index(op.f("ix_bulk_run_made_at"), "bulk_run", ["made_at"])
    op.create_table(
        "bulk_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "changed",
                "same",
                "skipped",
                "undone",
                "kept",
                name="changestate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["bulk_run.id"], name=op.f("fk_bulk_change_run_id_bulk_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_change")),
        sa.UniqueConstraint("run_id", "subject_id", name=op.f("uq_bulk_change_run_id_subject_id")),
    )
    op.create_index(op.f("ix_bulk_change_subject_id"), "bulk_change", ["subject_id"])


def downgrade() -> None:
    for table in ("bulk_change", "bulk_run", "list_choice", "saved_view"):
        op.drop_table(table)
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
    rows = read(sa.text("SELECT id, search_text, known_for, known_among, languages FROM person")).all()
    texts = []
    for row in rows:
        topics = [fold(text) for text in (*organisations[row.id], row.known_for, row.known_among)]
        tags = json.loads(row.languages) if isinstance(row.languages, str) else row.languages or []
        marks = [tag.partition("-")[0].lower() for tag in tags]
        texts.append({"id": row.id, "doc": stored_text([row.search_text, *topics], marks)})
    if texts:
        read(sa.text("UPDATE person SET search_doc = :doc WHERE id = :id"), texts)
