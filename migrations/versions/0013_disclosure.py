"""Policies in full, remedies with a day, ties, drafts asked for, the covenant with both signatures.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def _kind(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=40)


def _to(
    table: str, column: str, target: str, *, nullable: bool = False
) -> tuple[sa.Column, sa.ForeignKeyConstraint]:
    return (
        sa.Column(column, sa.Integer(), nullable=nullable),
        sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}")),
    )


def _moment(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _table(name: str, *parts: sa.Column | sa.Constraint | tuple[sa.Column, sa.ForeignKeyConstraint]) -> None:
    flat = [one for part in parts for one in (part if isinstance(part, tuple) else (part,))]
    key = sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}"))
    op.create_table(name, sa.Column("id", sa.Integer(), nullable=False), *flat, key)


def _index(table: str, column: str) -> None:
    op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)


def upgrade() -> None:
    control = _kind("editorialcontrol", "none", "fact_check", "approval")
    for column in (
        sa.Column("texts", sa.JSON(), nullable=True),
        sa.Column("tie_statements", sa.JSON(), nullable=True),
        sa.Column("threshold_minor", sa.BigInteger(), nullable=True),
        sa.Column("threshold_currency", sa.String(length=3), nullable=False, server_default=sa.text("''")),
        sa.Column("remedy_steps", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("editorial_control", control, nullable=False, server_default="none"),
    ):
        op.add_column("policy_version", column)
    op.execute("UPDATE policy_version SET texts = '{}', tie_statements = '{}'")
    _table(
        "remedy",
        _to("remedy", "publication_id", "publication"),
        sa.Column("reason", sa.Text(), nullable=False),
        _moment("opened_at"),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", _kind("remedystate", "open", "done", "let_go"), nullable=False),
        _moment("closed_at", nullable=True),
        _to("remedy", "closed_by_id", "user", nullable=True),
        sa.UniqueConstraint("publication_id", name=op.f("uq_remedy_publication_id")),
    )
    _index("remedy", "state")
    _table(
        "tie",
        _to("tie", "person_id", "person"),
        sa.Column("kind", _kind("tiekind", "employee", "equity", "family"), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
    )
    _index("tie", "person_id")
    _table(
        "draft_request",
        _to("draft_request", "person_id", "person"),
        sa.Column("how", _kind("draftrequesthow", "told", "file", "link"), nullable=False),
        _moment("at"),
        _to("draft_request", "by_id", "user", nullable=True),
    )
    _index("draft_request", "person_id")
    _covenants()


def _covenants() -> None:
    _table(
        "covenant_text",
        sa.Column("number", sa.Integer(), nullable=False),
        _to("covenant_text", "person_id", "person", nullable=True),
        _to("covenant_text", "based_on_id", "covenant_text", nullable=True),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", _kind("covenantstate", "proposed", "offered", "refused"), nullable=False),
        _moment("made_at"),
        _to("covenant_text", "made_by_id", "user", nullable=True),
        sa.UniqueConstraint("number", name=op.f("uq_covenant_text_number")),
    )
    _index("covenant_text", "person_id")
    _table(
        "covenant",
        _to("covenant", "person_id", "person"),
        _to("covenant", "text_id", "covenant_text"),
        _moment("signed_by_person_at"),
        _moment("signed_by_user_at", nullable=True),
        _to("covenant", "signed_by_user_id", "user", nullable=True),
        sa.Column("is_person_named", sa.Boolean(), nullable=False),
        sa.Column("is_company_named", sa.Boolean(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=True),
        sa.UniqueConstraint("person_id", "text_id", name=op.f("uq_covenant_person_id_text_id")),
        sa.UniqueConstraint("code", name=op.f("uq_covenant_code")),
    )
    _index("covenant", "text_id")


def downgrade() -> None:
    for table in ("covenant", "covenant_text", "draft_request", "tie", "remedy"):
        op.drop_table(table)
    with op.batch_alter_table("policy_version") as batch:
        for column in (
            "texts", "tie_statements", "threshold_minor", "threshold_currency", "remedy_steps", "editorial_control",
        ):  # fmt: skip
            batch.drop_column(column)
