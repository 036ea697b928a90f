"""Decisions about programs: places in a cohort, admission, stages, goals after names."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext
from msgspec import Struct

from app.core.errors import DomainError
from app.core.i18n import marked, said, words
from app.people.models import Person
from app.programs.models import Goal, Program, Stage

N_EVIDENCE_NEEDED = 2


class RuleSaysNo(DomainError):
    """P5: the cohort's rule leaves this person out."""


class OptedOut(DomainError):
    """P4: somebody who asked not to be contacted is in no cohort."""


class CohortIsFull(DomainError):
    """P5: the cohort has as many people as it may."""


class AlreadyIn(DomainError):
    """The person is in this cohort or program already."""


class NotAdmitted(DomainError):
    """G1: something an admission needs is missing."""


class StageRefused(DomainError):
    """A stage whose entry tests do not hold."""


class BooksOnly(DomainError):
    """The program only holds imported books."""


class ReasonNeeded(DomainError):
    """A step that must say why."""


class NameTaken(DomainError):
    """A second program or cohort of the same name."""


def require_people_program(
    program: Program, refused: str = marked("nobody is shortlisted or admitted"), *, field: str | None = None
) -> None:
    """Raise BooksOnly, saying what is `refused`, for a program that only holds books from elsewhere."""
    if program.is_books_only:
        raise BooksOnly(
            _(
                "%(program)s only holds imported books; %(refused)s under it.",
                program=program.name,
                refused=said(refused),
            ),
            field=field,
        )


def require_real(person: Person) -> None:
    """Raise BooksOnly for a recipient of imported books."""
    if person.is_pseudonymous:
        raise BooksOnly(
            _("%(person)s stands in imported books and has no identity here.", person=person.name)
        )


def require_own_goal(program: Program, goal: Goal | None) -> None:
    """Raise NotAdmitted for a goal of another program."""
    if goal is not None and goal.program_id != program.id:
        raise NotAdmitted(_("This goal belongs to another program."), field="goal_id")


# -- places in a cohort (P5) -----------------------------------------------------------------------


def require_place(
    name: str, said: str, n_members: int, capacity: int, override_reason: str, *, is_opted_out: bool = False
) -> None:
    """Raise RuleSaysNo or CohortIsFull unless a reason for the exception is given (P5).

    `said` is what the rule has against the person, empty when it lets them in. An opt-out comes last and no reason
    overrides it (P4): OptedOut.
    """
    if is_opted_out:
        raise OptedOut(_("%(name)s asked not to be contacted. No reason overrides that.", name=name))
    if override_reason.strip():
        return
    if said:
        raise RuleSaysNo(
            _(
                "The rule leaves %(name)s out: %(said)s. To add them all the same, give a reason.",
                name=name,
                said=said,
            ),
            field="override_reason",
        )
    if n_members >= capacity:
        raise CohortIsFull(
            _(
                "The cohort is full: %(n_members)s of %(capacity)s. Release somebody first, or give a "
                "reason for one more.",
                n_members=n_members,
                capacity=capacity,
            ),
            field="override_reason",
        )


def words_of_places(n_members: int, capacity: int, refused: Sequence[tuple[str, str]]) -> str:
    """ "0 of 12; 1 refused (Wei, CN), override needs a reason"; `refused` are (name, what stands against them)."""
    if not refused:
        return str(_("%(n)s of %(all)s", n=n_members, all=capacity))
    shown = "; ".join(f"{name}, {why}" for name, why in refused[:3]) + (" …" if len(refused) > 3 else "")
    return str(
        ngettext(
            "%(n)s of %(all)s; %(num)s refused (%(who)s), override needs a reason",
            "%(n)s of %(all)s; %(num)s refused (%(who)s), override needs a reason",
            len(refused),
            n=n_members,
            all=capacity,
            who=shown,
        )
    )


# -- admission (G1) --------------------------------------------------------------------------------


class AdmissionFacts(Struct, frozen=True):
    """What G1 asks of a person and the program."""

    n_goals: int
    known_for: str
    known_among: str
    n_evidence: int


class Test(Struct, frozen=True):
    """One thing that must hold, and what to do where it does not."""

    label: str
    is_done: bool
    advice: str


def admission_tests(facts: AdmissionFacts) -> list[Test]:
    """Everything an admission needs but the rationale, which is written while admitting (G1)."""
    missing = max(0, N_EVIDENCE_NEEDED - facts.n_evidence)
    return [
        Test(
            _("The program has a goal"),
            facts.n_goals > 0,
            _("Write the goal first: it comes before the names."),
        ),
        Test(
            _("Known for something, among somebody"),
            bool(facts.known_for.strip() and facts.known_among.strip()),
            _("Say on the person's page what they are known for, and among whom."),
        ),
        Test(
            _("Two dated pieces of evidence"),
            missing == 0,
            ngettext(
                "Add %(num)s more dated piece of evidence, not expired.",
                "Add %(num)s more dated pieces of evidence, not expired.",
                missing,
            ),
        ),
    ]


def require_admissible(name: str, facts: AdmissionFacts, fit_rationale: str) -> None:
    """Raise NotAdmitted with everything that is missing (G1)."""
    missing = [test.advice for test in admission_tests(facts) if not test.is_done]
    if missing:
        raise NotAdmitted(
            _("%(name)s cannot be admitted yet. %(missing)s", name=name, missing=" ".join(missing))
        )
    if not fit_rationale.strip():
        raise NotAdmitted(_("Say why this person fits the goal."), field="fit_rationale")


# -- stages ----------------------------------------------------------------------------------------

NEXT_STAGES: Mapping[Stage, tuple[Stage, ...]] = {
    Stage.IDENTIFIED: (Stage.VETTED, Stage.DECLINED),
    Stage.VETTED: (Stage.INVITED, Stage.DECLINED),
    Stage.INVITED: (Stage.ACTIVE, Stage.VETTED, Stage.DECLINED),
    Stage.ACTIVE: (Stage.DORMANT, Stage.ALUMNI, Stage.DECLINED),
    Stage.DORMANT: (Stage.ACTIVE, Stage.INVITED, Stage.ALUMNI, Stage.DECLINED),
    Stage.ALUMNI: (Stage.INVITED, Stage.ACTIVE),
    Stage.DECLINED: (Stage.VETTED, Stage.INVITED),
}

#: Leaving needs a word on why, so that somebody can come back to it.
REASONED = frozenset({Stage.DORMANT, Stage.ALUMNI, Stage.DECLINED})


class StageFacts(Struct, frozen=True):
    """What the entry tests of the stages read."""

    admission: AdmissionFacts
    is_opted_out: bool
    is_official: bool
    official_reason: str
    has_contact_route: bool


def stage_problems(current: Stage, wanted: Stage, facts: StageFacts, reason: str) -> list[str]:
    """Why a stage may not be entered now; empty when it may."""
    if wanted is current:
        return [_("They are %(stage)s already.", stage=words(current).lower())]
    if wanted not in NEXT_STAGES[current]:
        possible = ", ".join(words(stage).lower() for stage in NEXT_STAGES[current])
        return [
            _(
                "From %(stage)s the next stage is one of: %(possible)s.",
                stage=words(current).lower(),
                possible=possible,
            )
        ]
    problems = []
    if wanted in {Stage.VETTED, Stage.INVITED}:
        problems += [test.advice for test in admission_tests(facts.admission) if not test.is_done]
        if facts.is_official and not facts.official_reason.strip():
            problems.append(_("Note how their official status is known."))
    if wanted is Stage.INVITED:
        if facts.is_opted_out:
            problems.append(_("They asked not to be contacted."))
        if not facts.has_contact_route:
            problems.append(_("Add a mail address, a telephone number or a channel to reach them by."))
    if wanted in REASONED and not reason.strip():
        problems.append(_("Say why they become %(stage)s.", stage=words(wanted).lower()))
    return problems


def require_reachable(is_opted_out: bool, stage: Stage) -> None:
    """Raise StageRefused for a stage at which people are contacted, of somebody who asked not to be (P4)."""
    if is_opted_out and stage in {Stage.INVITED, Stage.ACTIVE}:
        raise StageRefused(_(_("They asked not to be contacted.")), field="stage")


def is_after_names(goal_made_at: datetime, first_shortlisted_at: datetime | None) -> bool:
    """Whether the goal was written after its first person was shortlisted (G1)."""
    return first_shortlisted_at is not None and goal_made_at > first_shortlisted_at
