"""Links and visits of the door may belong to a user of an agency instead of a person.

Revision ID: 0044
Revises: 0043
"""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

TABLES = ("person_link", "person_session")


def upgrade() -> None:
    for name in TABLES:
        with op.batch_alter_table(name) as table:
            table.alter_column("person_id", existing_type=sa.Integer, nullable=True)
            table.add_column(sa.Column("user_id", sa.Integer, nullable=True))
            table.create_foreign_key(op.f(f"fk_{name}_user_id_user"), "user", ["user_id"], ["id"])
            table.create_check_constraint(
                op.f(f"ck_{name}_one_holder"), "(person_id IS NULL) <> (user_id IS NULL)"
            )
        op.create_index(op.f(f"ix_{name}_user_id"), name, ["user_id"])


def downgrade() -> None:
    for name in TABLES:
        # What was before knows no representatives: their links and visits end with it.
        op.execute(f"DELETE FROM {name} WHERE user_id IS NOT NULL")  # noqa: S608 -- names of our own
        op.drop_index(op.f(f"ix_{name}_user_id"), table_name=name)
        with op.batch_alter_table(name) as table:
            table.drop_constraint(op.f(f"ck_{name}_one_holder"), type_="check")
            table.drop_constraint(op.f(f"fk_{name}_user_id_user"), type_="foreignkey")
            table.drop_column("user_id")
            table.alter_column("person_id", existing_type=sa.Integer, nullable=False)
