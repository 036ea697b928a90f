"""Writing initiatives, what they lend, and launches."""

from datetime import date

from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import check_version, db
from app.core.i18n import marked
from app.people import queries as people
from app.programs import policies, queries, queries_initiatives
from app.programs.details_initiatives import ClosingDetails, InitiativeDetails, LaunchDetails, LoanDetails
from app.programs.models import Program
from app.programs.models_initiatives import Initiative, Launch, LentResource
from app.programs.operations_owners import give_if_other
from app.programs.policies_initiatives import AlreadyOver, WrongDates, require_order


def start_initiative(program: Program, details: InitiativeDetails, *, by: User) -> Initiative:
    """Start a framework for one market under a program."""
    policies.require_people_program(program, marked("nothing is planned"))
    initiative = Initiative(program_id=program.id, owner_id=details.owner_id or by.id, made_at=clock.now())
    _fill(initiative, program, details)
    db.session.add(initiative)
    audit.record("programs.initiative_started", initiative, by=by)
    return initiative


def edit_initiative(
    initiative: Initiative, details: InitiativeDetails, *, by: User, seen_version: int | None = None
) -> Initiative:
    """Change an initiative; its program stays."""
    check_version(initiative, seen_version)
    before = audit.snapshot(initiative)
    _fill(initiative, initiative.program, details)
    give_if_other(initiative, details.owner_id, by=by)
    audit.record("programs.initiative_edited", initiative, by=by, before=before)
    return initiative


def close_initiative(initiative: Initiative, details: ClosingDetails, *, by: User) -> Initiative:
    """End an initiative; AlreadyOver while something it lent is still out."""
    if initiative.closed_on is not None:
        raise AlreadyOver(_("This initiative was closed already."))
    require_order(
        initiative.starts_on, details.closed_on, _("It cannot end before it starts."), field="closed_on"
    )
    if out := queries_initiatives.list_lent(initiative, is_out=True):
        things = ", ".join(f"{one.what} ({one.person.name})" for one in out)
        raise AlreadyOver(_("Still lent: %(things)s. Note what came back first.", things=things))
    before = audit.snapshot(initiative)
    initiative.closed_on = details.closed_on
    initiative.closing_words = details.closing_words
    audit.record("programs.initiative_closed", initiative, by=by, before=before)
    return initiative


def lend(initiative: Initiative, details: LoanDetails, *, by: User) -> LentResource:
    """Lend something to a person for some days; what it is worth is entered in the book of value."""
    if initiative.closed_on is not None:
        raise AlreadyOver(_("This initiative was closed; it lends nothing any more."))
    person = people.get_person(details.person_id, by)
    require_order(
        details.from_on, details.until_on, _("The last day cannot be before the first."), field="until_on"
    )
    lent = LentResource(
        initiative_id=initiative.id, person_id=person.id, what=details.what, from_on=details.from_on,
        until_on=details.until_on, made_at=clock.now(),
    )  # fmt: skip
    db.session.add(lent)
    audit.record("programs.resource_lent", lent, by=by)
    return lent


def take_back(lent: LentResource, on: date, *, by: User) -> LentResource:
    """Note the day something lent came back."""
    if lent.returned_on is not None:
        raise AlreadyOver(_("This came back already."))
    require_order(lent.from_on, on, _("It cannot come back before it was lent."), field="returned_on")
    if on > clock.today():
        raise WrongDates(_("It comes back when it does: give a day up to today."), field="returned_on")
    before = audit.snapshot(lent)
    lent.returned_on = on
    audit.record("programs.resource_returned", lent, by=by, before=before)
    return lent


def set_launch(program: Program, details: LaunchDetails, *, by: User) -> Launch:
    """Note the day something comes out (G7)."""
    policies.require_people_program(program, marked("nothing is planned"))
    launch = Launch(program_id=program.id, name=details.name, on=details.on, made_at=clock.now())
    db.session.add(launch)
    audit.record("programs.launch_set", launch, by=by)
    return launch


def move_launch(
    launch: Launch, details: LaunchDetails, *, by: User, seen_version: int | None = None
) -> Launch:
    """Change the name or the day of a launch; leads are counted anew."""
    check_version(launch, seen_version)
    before = audit.snapshot(launch)
    launch.name, launch.on = details.name, details.on
    audit.record("programs.launch_moved", launch, by=by, before=before)
    return launch


def _fill(initiative: Initiative, program: Program, details: InitiativeDetails) -> None:
    goal = queries.get_goal(details.goal_id) if details.goal_id is not None else None
    policies.require_own_goal(program, goal)
    if initiative.closed_on is not None:
        require_order(details.starts_on, initiative.closed_on, _("It ended before that."), field="starts_on")
    initiative.goal_id = goal.id if goal else None
    for field, value in details.model_dump(exclude={"owner_id", "goal_id"}).items():
        setattr(initiative, field, value)
