"""Admitted guests get seats, badges, check-ins, ticks and a share of bills.

Revision ID: 0028
Revises: 0027
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

IS_OWN = sa.text("guest_id IS NULL")


def upgrade() -> None:
    with op.batch_alter_table("event_guest") as table:
        table.add_column(sa.Column("badge", sa.String(320), server_default=sa.text("''"), nullable=False))
        table.add_column(
            sa.Column("n_early_minutes", sa.Integer(), server_default=sa.text("0"), nullable=False)
        )
        table.add_column(sa.Column("checked_in_at", sa.DateTime(timezone=True), nullable=True))
    for name in ("seat", "badge", "door_report", "respect_tick"):
        with op.batch_alter_table(name) as table:
            table.add_column(sa.Column("guest_id", sa.Integer(), nullable=True))
            table.create_foreign_key(
                op.f(f"fk_{name}_guest_id_event_guest"), "event_guest", ["guest_id"], ["id"]
            )
            if name == "seat":
                table.create_unique_constraint(op.f("uq_seat_guest_id"), ["guest_id"])
                table.create_check_constraint(
                    op.f("ck_seat_one_on_a_chair"), "person_id IS NULL OR guest_id IS NULL"
                )
            if name == "badge":
                table.drop_constraint(op.f("uq_badge_invitation_id"), type_="unique")
                table.create_unique_constraint(op.f("uq_badge_guest_id"), ["guest_id"])
            if name == "respect_tick":
                table.drop_constraint(op.f("uq_respect_tick_item_id_invitation_id"), type_="unique")
                table.create_unique_constraint(
                    op.f("uq_respect_tick_item_id_guest_id"), ["item_id", "guest_id"]
                )
    for name in ("door_report", "respect_tick"):
        op.create_index(op.f(f"ix_{name}_guest_id"), name, ["guest_id"])
    op.create_index(op.f("ix_badge_invitation_id"), "badge", ["invitation_id"])
    where = {"sqlite_where": IS_OWN, "postgresql_where": IS_OWN}
    op.create_index("uq_badge_invited", "badge", ["invitation_id"], unique=True, **where)
    op.create_index(
        "uq_respect_tick_invited", "respect_tick", ["item_id", "invitation_id"], unique=True, **where
    )
    with op.batch_alter_table("shared_head") as table:
        table.add_column(sa.Column("is_guest", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("shared_head") as table:
        table.drop_column("is_guest")
    # What was noted about guests cannot be said without them.
    op.execute("DELETE FROM badge WHERE guest_id IS NOT NULL")
    op.execute("DELETE FROM respect_tick WHERE guest_id IS NOT NULL")
    op.drop_index("uq_respect_tick_invited", "respect_tick")
    op.drop_index("uq_badge_invited", "badge")
    op.drop_index(op.f("ix_badge_invitation_id"), "badge")
    for name in ("respect_tick", "door_report"):
        op.drop_index(op.f(f"ix_{name}_guest_id"), name)
    for name in ("respect_tick", "door_report", "badge", "seat"):
        with op.batch_alter_table(name) as table:
            if name == "respect_tick":
                table.drop_constraint(op.f("uq_respect_tick_item_id_guest_id"), type_="unique")
                table.create_unique_constraint(
                    op.f("uq_respect_tick_item_id_invitation_id"), ["item_id", "invitation_id"]
                )
            if name == "badge":
                table.drop_constraint(op.f("uq_badge_guest_id"), type_="unique")
                table.create_unique_constraint(op.f("uq_badge_invitation_id"), ["invitation_id"])
            if name == "seat":
                table.drop_constraint(op.f("ck_seat_one_on_a_chair"), type_="check")
                table.drop_constraint(op.f("uq_seat_guest_id"), type_="unique")
            table.drop_constraint(op.f(f"fk_{name}_guest_id_event_guest"), type_="foreignkey")
            table.drop_column("guest_id")
    with op.batch_alter_table("event_guest") as table:
        table.drop_column("checked_in_at")
        table.drop_column("n_early_minutes")
        table.drop_column("badge")
