"""Who answers for programs and goals: taken over when somebody hands over (P1)."""

from app.accounts import audit, operations_successions
from app.accounts.models import User
from app.core import clock
from app.programs.models import Goal, Program


def give(row: Goal | Program, to: User, *, by: User | None) -> None:
    """Somebody else answers for a goal or a program from now, whatever hand-over was planned before; part of editing it."""
    row.owner_id = to.id
    operations_successions.pass_on([row], to, clock.now(), by=by)


def take_over(row: Goal | Program, to: User, *, by: User) -> None:
    """Make somebody else the owner of a goal or a program, from now."""
    before = audit.snapshot(row)
    row.owner_id = to.id
    audit.record(f"programs.{row.__tablename__}_taken_over", row, by=by, before=before)
