"""Writing cohorts: rule and capacity with their versions, places given and released with reasons, the wanted audience."""

import sqlalchemy as sa
from flask_babel import force_locale
from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import check_version, db
from app.people.models import Person
from app.programs import policies, queries_cohorts
from app.programs.details import CohortDetails
from app.programs.details_cohorts import WishDetails
from app.programs.models import Cohort, CohortMember, Goal, Program
from app.programs.models_cohorts import AudienceWish, RuleChange
from app.programs.words_rules import words_of_explanation, words_of_rule


def start_cohort(program: Program, details: CohortDetails, *, by: User) -> Cohort:
    """Start a named group with a capacity and a rule."""
    policies.require_people_program(program)
    cohort = Cohort(program_id=program.id, made_at=clock.now())
    _fill(cohort, details)
    db.session.add(cohort)
    db.session.flush()
    _note_rule(cohort, details, 1, by)
    audit.record("programs.cohort_started", cohort, by=by)
    db.session.expire(program, ["cohorts"])
    return cohort


def edit_cohort(
    cohort: Cohort, details: CohortDetails, *, by: User, seen_version: int | None = None
) -> Cohort:
    """Change name, capacity or rule; whoever is in stays in, and the page says whom the rule now leaves out.

    A changed rule is a new version of it, kept with how many came to fit and how many no longer do.
    """
    check_version(cohort, seen_version)
    before = audit.snapshot(cohort)
    if details.rule != queries_cohorts.rule_of(cohort):
        effect = queries_cohorts.effect_of(cohort, details.rule, None)
        wanted = sa.select(sa.func.max(RuleChange.number)).where(RuleChange.cohort_id == cohort.id)
        number = (db.session.scalar(wanted) or 0) + 1
        _note_rule(cohort, details, number, by, len(effect.came_in), len(effect.went_out))
    _fill(cohort, details)
    audit.record("programs.cohort_edited", cohort, by=by, before=before)
    return cohort


def shortlist(
    cohort: Cohort, person: Person, *, goal: Goal | None = None, override_reason: str = "", by: User
) -> CohortMember:
    """Put a person into a cohort, for a goal.

    Raises RuleSaysNo when the rule leaves the person out and CohortIsFull at capacity, unless `override_reason` is
    given (P5); OptedOut whatever the reason (P4); AlreadyIn when the person has a place.
    """
    policies.require_people_program(cohort.program)
    policies.require_real(person)
    # One at a time, so that two clicks cannot take the last place.
    db.session.execute(sa.select(Cohort.id).where(Cohort.id == cohort.id).with_for_update())
    _require_no_place(cohort, person)
    policies.require_own_goal(cohort.program, goal)
    found = queries_cohorts.explain_person(cohort, person)
    against = "" if found.holds else words_of_explanation(found, queries_cohorts.user_names())
    n_members = queries_cohorts.count_members(cohort)
    policies.require_place(
        person.name, against, n_members, cohort.capacity, override_reason, is_opted_out=person.is_opted_out
    )
    is_exception = bool(against) or n_members >= cohort.capacity
    member = CohortMember(
        cohort_id=cohort.id, person_id=person.id, goal_id=goal.id if goal else None, added_at=clock.now(),
        added_by_id=by.id, override_reason=override_reason.strip() if is_exception else "",
    )  # fmt: skip
    db.session.add(member)
    audit.record("programs.person_shortlisted", member, by=by, reason=member.override_reason)
    return member


def release(member: CohortMember, reason: str, *, by: User) -> CohortMember:
    """Take a person out of a cohort, with a reason; the row stays."""
    if not reason.strip():
        raise policies.ReasonNeeded(
            _("Say why this person is released; it stays with the cohort."), field="reason"
        )
    if member.released_at is not None:
        raise policies.AlreadyIn(_("This person was released already."))
    before = audit.snapshot(member)
    member.released_at = clock.now()
    member.release_reason = reason.strip()
    audit.record("programs.person_released", member, by=by, before=before, reason=member.release_reason)
    return member


def want_audience(program: Program, details: WishDetails, *, by: User) -> AudienceWish:
    """Say whom a program wants to reach, and how many; cohorts are compared with it."""
    policies.require_people_program(program)
    wish = AudienceWish(
        program_id=program.id, about=details.about, values=list(details.values), label=details.label,
        n_wanted=details.n_wanted, made_at=clock.now(),
    )  # fmt: skip
    db.session.add(wish)
    audit.record("programs.audience_wanted", wish, by=by)
    return wish


def end_wish(wish: AudienceWish, *, by: User) -> AudienceWish:
    """No longer compare cohorts with a line of the wanted audience; the row stays."""
    before = audit.snapshot(wish)
    wish.ended_at = wish.ended_at or clock.now()
    audit.record("programs.audience_wish_ended", wish, by=by, before=before)
    return wish


# -- steps -----------------------------------------------------------------------------------------


def _fill(cohort: Cohort, details: CohortDetails) -> None:
    cohort.name = details.name
    cohort.capacity = details.capacity
    cohort.rule = details.rule.model_dump(mode="json")


def _note_rule(
    cohort: Cohort, details: CohortDetails, number: int, by: User, n_came_in: int = 0, n_went_out: int = 0
) -> None:
    with force_locale("en"):  # what is kept is read by everybody
        sentence = words_of_rule(details.rule, queries_cohorts.user_names())
    change = RuleChange(
        cohort_id=cohort.id, number=number, rule=details.rule.model_dump(mode="json"),
        sentence=sentence, n_came_in=n_came_in, n_went_out=n_went_out,
        at=clock.now(), by_id=by.id,
    )  # fmt: skip
    db.session.add(change)


def _require_no_place(cohort: Cohort, person: Person) -> None:
    wanted = sa.select(CohortMember.id).where(
        CohortMember.cohort_id == cohort.id,
        CohortMember.person_id == person.id,
        CohortMember.released_at.is_(None),
    )
    if db.session.scalar(wanted) is not None:
        raise policies.AlreadyIn(
            _("%(person)s is in %(cohort)s already.", person=person.name, cohort=cohort.name),
            field="person_id",
        )
