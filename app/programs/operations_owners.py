"""Who answers for programs, goals and initiatives: given by editing, taken over when somebody hands over (P1)."""

from flask_babel import gettext as _

from app.accounts import audit, operations_successions
from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.people import policies as people_policies
from app.programs import queries_owners
from app.programs.models import Goal, Program
from app.programs.models_initiatives import Initiative

Plan = Goal | Program | Initiative


def require_owner(owner_id: int | None) -> None:
    """Raise CannotOwn unless somebody who was named is there and can look after people, as the screens offer them (P1)."""
    if owner_id is None:
        return
    owner = db.session.get(User, owner_id)
    if owner is None:
        raise people_policies.CannotOwn(_("This user does not exist."), field="owner_id")
    people_policies.require_may_own(owner.role, owner.is_active, owner.name)


def give_if_other(row: Plan, owner_id: int | None, *, by: User) -> None:
    """Somebody else answers from now, when another owner was chosen than the one of today; part of editing it."""
    if owner_id is None or owner_id == queries_owners.holder_of(row, clock.now()).id:
        return
    require_owner(owner_id)
    to = db.session.get_one(User, owner_id)
    row.owner_id = to.id
    operations_successions.call_off(row, by=by)  # what was arranged was for what the old owner held
    operations_successions.pass_on([row], to, clock.now(), by=by)


def take_over(row: Plan, to: User, *, by: User) -> None:
    """Make somebody else the owner of a goal, a program or an initiative, from now."""
    before = audit.snapshot(row)
    row.owner_id = to.id
    audit.record(f"programs.{row.__tablename__}_taken_over", row, by=by, before=before)
