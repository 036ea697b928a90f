"""Who could be invited, with everything to know first: the guard's verdict, may-accept answers, the employer's rules."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.disclosures import queries_remedies as labels
from app.events import policies
from app.events.models import Event, Invitation, InvitationState
from app.events.policies import Caution
from app.outreach import queries as contacts
from app.outreach.models import TouchKind
from app.outreach.policies import ContactVerdict
from app.people import queries as people
from app.people.models import Affiliation, MayAccept, Organisation, Person
from app.programs.models import Cohort, CohortMember, Enrolment, Stage


class Candidate(Struct, frozen=True):
    """Somebody enrolled in the event's program who is not invited yet."""

    person: Person
    enrolment: Enrolment
    owner: User | None
    verdict: ContactVerdict
    cautions: Sequence[Caution]
    cohorts: Sequence[str]

    @property
    def id(self) -> int:
        return self.person.id

    @property
    def name(self) -> str:
        return self.person.name

    @property
    def is_out(self) -> bool:
        """Nobody may invite them: they asked for no contact."""
        return self.person.is_opted_out


def list_candidates(event: Event, by: User, *, cohort_id: int | None = None) -> Sequence[Candidate]:
    """Who of the program could be invited, by name; a fixed number of queries whatever the rows."""
    enrolments = db.session.scalars(_invitable(event, by, cohort_id)).all()
    ids = [enrolment.person_id for enrolment in enrolments]
    owners = people.owners_of(ids)
    departments = {id: owners[id].department_id if id in owners else by.department_id for id in ids}
    verdicts = contacts.weigh_contacts(departments, TouchKind.INVITATION, clock.now(), is_ask=True)
    employers = employers_of(ids, clock.today())
    answers = answers_of(ids)
    cohorts, repeats = _cohorts(event, ids), labels.count_repeats(ids)
    return [
        Candidate(
            person=one.person, enrolment=one, owner=owners.get(one.person_id), verdict=verdicts[one.person_id],
            cautions=policies.cautions(
                one.person, employers.get(one.person_id), answers[one.person_id], repeats.get(one.person_id, 0)
            ),
            cohorts=cohorts[one.person_id],
        )
        for one in enrolments
    ]  # fmt: skip


def cautions_of(person: Person) -> Sequence[Caution]:
    """What to know about one person before something is offered to them."""
    employer, n_unlabelled = people.employer_of(person, clock.today()), labels.count_repeats([person.id])
    return policies.cautions(person, employer, people.may_accept(person), n_unlabelled.get(person.id, 0))


def weigh_reminders(invitations: Sequence[Invitation], by: User) -> dict[int, ContactVerdict]:
    """What the contact guard says to a reminder, by person; a fixed number of queries."""
    ids = [one.person_id for one in invitations]
    owners = people.owners_of(ids)
    departments = {id: owners[id].department_id if id in owners else by.department_id for id in ids}
    return contacts.weigh_contacts(departments, TouchKind.INVITATION, clock.now(), is_ask=False)


def list_cohorts(event: Event) -> Sequence[Cohort]:
    """The cohorts of the event's program, for the filter."""
    wanted = sa.select(Cohort).where(Cohort.program_id == event.program_id)
    return db.session.scalars(wanted.order_by(sa.func.lower(Cohort.name), Cohort.id)).all()


def _invitable(event: Event, by: User, cohort_id: int | None) -> sa.Select[Enrolment]:
    invited = sa.select(Invitation.person_id).where(
        Invitation.event_id == event.id, Invitation.state != InvitationState.WITHDRAWN
    )
    wanted = (
        sa.select(Enrolment)
        .join(Person, Person.id == Enrolment.person_id)
        .where(
            Enrolment.program_id == event.program_id,
            Enrolment.stage != Stage.DECLINED,
            Enrolment.person_id.in_(people.visible_to(by).with_only_columns(Person.id)),
            Enrolment.person_id.not_in(invited),
        )
        .order_by(Person.sort_key, Person.id)
        .options(joinedload(Enrolment.person))
    )
    if cohort_id is None:
        return wanted
    members = sa.select(CohortMember.person_id).where(
        CohortMember.cohort_id == cohort_id, CohortMember.released_at.is_(None)
    )
    return wanted.where(Enrolment.person_id.in_(members))


def employers_of(person_ids: Collection[int], on: date) -> dict[int, Organisation]:
    """Who employs each of several people on a day."""
    wanted = sa.select(Affiliation).where(
        Affiliation.person_id.in_(person_ids), Affiliation.is_employment.is_(True), Affiliation.from_on <= on,
        sa.or_(Affiliation.to_on.is_(None), Affiliation.to_on >= on),
    )  # fmt: skip
    wanted = wanted.options(joinedload(Affiliation.organisation))
    rows = db.session.scalars(wanted.order_by(Affiliation.from_on, Affiliation.id))
    return {row.person_id: row.organisation for row in rows}


def answers_of(person_ids: Collection[int]) -> dict[int, dict[str, MayAccept]]:
    """What each of several people said they may accept."""
    wanted = sa.select(MayAccept).where(MayAccept.person_id.in_(person_ids)).order_by(MayAccept.id)
    found: dict[int, dict[str, MayAccept]] = defaultdict(dict)
    for row in db.session.scalars(wanted):
        found[row.person_id][row.category] = row
    return found


def _cohorts(event: Event, person_ids: Collection[int]) -> dict[int, list[str]]:
    wanted = (
        sa.select(CohortMember.person_id, Cohort.name)
        .join(Cohort, Cohort.id == CohortMember.cohort_id)
        .where(
            Cohort.program_id == event.program_id,
            CohortMember.person_id.in_(person_ids),
            CohortMember.released_at.is_(None),
        )
    )
    found: dict[int, list[str]] = defaultdict(list)
    for person_id, name in db.session.execute(wanted.order_by(Cohort.name, Cohort.id)):
        found[person_id].append(name)
    return found
