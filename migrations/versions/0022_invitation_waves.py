"""Waves of invitations, offers of a freed place, guests, answers that wait, and the link in a letter.

Revision ID: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_STATES = (
    "draft", "invited", "accepted", "declined", "waiting", "withdrawn", "tentative", "delegated", "lapsed",
)  # fmt: skip
_CHANNELS = ("portal", "mail", "phone", "staff")


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=40)


def _at(name: str, *, is_needed: bool = False) -> sa.Column[sa.DateTime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=not is_needed)


def _points(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}"))


def upgrade() -> None:
    op.add_column("event", sa.Column("n_offer_hours", sa.Integer(), nullable=False, server_default="48"))
    op.add_column("invitation", sa.Column("is_held", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("invitation", _at("opened_at"))
    op.add_column("invitation", sa.Column("link_hash", sa.String(length=64), nullable=True))
    op.add_column("invitation", _at("link_used_at"))
    # An index, not a constraint: SQLite would have to write the table anew, and the history hangs on it.
    op.create_index(op.f("ix_invitation_link_hash"), "invitation", ["link_hash"], unique=True)
    op.create_table(
        "invitation_wave",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=320), nullable=False),
        _at("send_at"),
        _at("answer_by_at"),
        sa.Column("n_seats", sa.Integer(), nullable=False),
        sa.Column("n_overbooked", sa.Integer(), nullable=False),
        sa.Column("is_released_by_itself", sa.Boolean(), nullable=False),
        sa.Column("is_waitlist_carried", sa.Boolean(), nullable=False),
        sa.Column("n_carried", sa.Integer(), nullable=False),
        _at("released_at"),
        sa.Column("n_released", sa.Integer(), nullable=False),
        _at("made_at", is_needed=True),
        sa.Column("version", sa.Integer(), nullable=False),
        _points("invitation_wave", "event_id", "event"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation_wave")),
        sa.UniqueConstraint("event_id", "number", name=op.f("uq_invitation_wave_event_id_number")),
    )
    op.create_index(op.f("ix_invitation_wave_answer_by_at"), "invitation_wave", ["answer_by_at"])
    _offers()
    _guests()
    _answers()


def _offers() -> None:
    op.create_table(
        "place_offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("invitation_id", sa.Integer(), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "state", _enum("placeofferstate", "open", "taken", "refused", "expired", "ended"), nullable=False
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        _at("made_at", is_needed=True),
        _at("expires_at", is_needed=True),
        _at("closed_at"),
        _points("place_offer", "invitation_id", "invitation"),
        _points("place_offer", "by_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place_offer")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_place_offer_secret_hash")),
    )
    op.create_index(op.f("ix_place_offer_invitation_id"), "place_offer", ["invitation_id"])
    op.create_index(op.f("ix_place_offer_expires_at"), "place_offer", ["expires_at"])
    is_open = sa.text("state = 'open'")
    op.create_index(
        "uq_place_offer_open", "place_offer", ["invitation_id"], unique=True, sqlite_where=is_open,
        postgresql_where=is_open,
    )  # fmt: skip


def _guests() -> None:
    op.create_table(
        "event_guest",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("invitation_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=320), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("how", _enum("guesthow", "delegate", "forwarded"), nullable=False),
        sa.Column("state", _enum("gueststate", "pending", "admitted", "refused", "left"), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        _at("made_at", is_needed=True),
        _at("decided_at"),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        _points("event_guest", "invitation_id", "invitation"),
        _points("event_guest", "decided_by_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_guest")),
    )
    op.create_index(op.f("ix_event_guest_invitation_id"), "event_guest", ["invitation_id"])


def _answers() -> None:
    op.create_table(
        "pending_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("invitation_id", sa.Integer(), nullable=False),
        sa.Column("state", _enum("invitationstate", *_STATES), nullable=False),
        sa.Column("channel", _enum("answerchannel", *_CHANNELS), nullable=False),
        sa.Column("why", _enum("pendingwhy", "late", "reused_link"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("answered_by_name", sa.String(length=320), nullable=False),
        _at("made_at", is_needed=True),
        sa.Column("is_admitted", sa.Boolean(), nullable=True),
        _at("decided_at"),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=False),
        _points("pending_answer", "invitation_id", "invitation"),
        _points("pending_answer", "decided_by_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pending_answer")),
    )
    op.create_index(op.f("ix_pending_answer_invitation_id"), "pending_answer", ["invitation_id"])


def downgrade() -> None:
    for table in ("pending_answer", "event_guest", "place_offer", "invitation_wave"):
        op.drop_table(table)
    # What older versions do not know is said in the words they have.
    for new, old in (("tentative", "invited"), ("lapsed", "invited"), ("delegated", "declined")):
        op.execute(
            sa.text("UPDATE invitation SET state = :old WHERE state = :new").bindparams(old=old, new=new)
        )
    op.drop_index(op.f("ix_invitation_link_hash"), table_name="invitation")
    for column in ("link_used_at", "link_hash", "opened_at", "is_held"):
        op.drop_column("invitation", column)
    op.drop_column("event", "n_offer_hours")
