"""Reading hand-overs: what a user holds, who would write to whom, what was done; each a fixed number of queries."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import ngettext
from msgspec import Struct
from sqlalchemy.orm import joinedload

from app.accounts import duties, queries_successions
from app.accounts.duties import Duty
from app.accounts.models import Role, User
from app.advisory import queries_owners as advice
from app.advisory import queries_shares as shares
from app.advisory.models import Engagement, Need
from app.advisory.models_shares import AffiliateShare
from app.core import clock
from app.core.db import Base, db
from app.core.errors import NotFound
from app.disclosures import queries_owners as disclosures
from app.disclosures.models import Policy
from app.events import queries_coordinators
from app.events.models import Event
from app.handovers.models import HandOver
from app.handovers.policies import NEEDS, TIED, restated, roles_for
from app.ledger import queries_asked as exceptions
from app.ledger.models import RuleException
from app.notices import queries as notices
from app.notices.models import Notice
from app.outreach import policies as outreach_policies
from app.outreach import queries as outreach
from app.outreach import queries_holdings, queries_insights, queries_outbox
from app.outreach.models import Collision, Letter, Touch
from app.outreach.models_insights import Insight
from app.outreach.models_rhythm import PlannedTouch
from app.people import queries_notes, queries_owners
from app.people.models import OwnerRole, Ownership, Person
from app.people.models_notes import PersonNote
from app.people.policies import OWNING_ROLES
from app.periods import queries_owners as disputes
from app.periods.models import Dispute
from app.programs import queries_owners as programs
from app.programs.models import Goal, Program
from app.programs.models_initiatives import Initiative

#: More open asks of one user than anybody answers for.
_MOST_ASKS = 10_000


class Holdings(Struct, frozen=True):
    """Everything one user answers for at an instant."""

    owned: Sequence[Ownership]
    deputised: Sequence[Ownership]
    asks: Sequence[Touch]
    #: Stopped contacts that wait for the owner, and exceptions the user asked for.
    decisions: Sequence[Collision]
    exceptions: Sequence[RuleException]
    put_off: Sequence[Collision]
    planned: Sequence[PlannedTouch]
    drafts: Sequence[Letter]
    insights: Sequence[Insight]
    goals: Sequence[Goal]
    programs: Sequence[Program]
    initiatives: Sequence[Initiative]
    needs: Sequence[Need]
    engagements: Sequence[Engagement]
    shares: Sequence[AffiliateShare]
    disputes: Sequence[Dispute]
    events: Sequence[Event]
    policies: Sequence[Policy]
    #: Requests about one's own data; their room stands beside this one.
    requests: Sequence[Base]
    notices: Sequence[Notice]
    notes: Sequence[PersonNote]

    @property
    def moved(self) -> dict[str, int]:
        """The numbers the wizard restates, by the keys of `policies.WORDS`."""
        return {
            "people": len(self.owned), "deputies": len(self.deputised), "asks": len(self.asks),
            "approvals": len(self.decisions) + len(self.exceptions), "planned": len(self.put_off) + len(self.planned),
            "drafts": len(self.drafts),
            "insights": len(self.insights), "goals": len(self.goals) + len(self.programs) + len(self.initiatives),
            "advice": len(self.needs) + len(self.engagements) + len(self.shares),
            "disputes": len(self.disputes), "events": len(self.events), "policies": len(self.policies),
            "requests": len(self.requests), "notices": len(self.notices), "notes": len(self.notes),
        }  # fmt: skip


def holdings_of(user: User, at: datetime) -> Holdings:
    """What a user answers for at an instant, now or to come."""
    return Holdings(
        owned=queries_owners.list_held(user, OwnerRole.OWNER, at),
        deputised=queries_owners.list_held(user, OwnerRole.DEPUTY, at),
        asks=outreach.list_open_asks(None, of=user, limit=_MOST_ASKS),
        decisions=queries_holdings.list_decisions_asked(user, at),
        exceptions=exceptions.list_exceptions_asked_by(user, at),
        put_off=queries_holdings.list_put_off_by(user, at),
        planned=queries_holdings.list_plans_held(user, at),
        drafts=queries_holdings.list_drafts_of(user),
        insights=queries_insights.list_insights_of(user, at),
        goals=programs.list_goals_of(user, at),
        programs=programs.list_programs_of(user, at),
        initiatives=programs.list_initiatives_of(user, at),
        needs=advice.list_needs_of(user, at),
        engagements=advice.list_engagements_of(user, at),
        shares=shares.list_shares_held(user, at),
        disputes=disputes.list_disputes_of(user, at),
        events=queries_coordinators.list_events_of(user, at),
        policies=disclosures.list_policies_of(user, at),
        requests=duties.held("requests", user, at),
        notices=notices.list_open_to(user),
        notes=queries_notes.list_private_of(user),
    )


def _duties(user: User) -> list[Duty]:
    """What else than people keeps a login needed: it would be nobody's once it is closed (P1)."""
    now = clock.now()
    moved = holdings_of(user, now).moved
    held = [Duty(restated({key: moved[key]}), roles_for(key)) for key in TIED if moved[key]]
    n_coming = queries_successions.count_coming_to(user, now)
    if n_coming:
        held.append(
            Duty(
                ngettext("%(num)s thing to be taken over", "%(num)s things to be taken over", n_coming),
                OWNING_ROLES,
            )
        )
    return held


duties.register("handovers", _duties)


# -- letters ---------------------------------------------------------------------------------------

LETTER_KEY = "hand_over"


class Mailing(Struct, frozen=True):
    """To whom a letter can be drafted, in which languages, and for whom not and why."""

    languages: Mapping[int, str]
    missing: Mapping[str, int]
    without_mail: Sequence[Person]
    wants_none: Sequence[Person]

    @property
    def n_letters(self) -> int:
        return len(self.languages)


def mailing_for(persons: Sequence[Person]) -> Mailing:
    """The letters a hand-over of these people would draft; one query."""
    written = set(queries_outbox.languages_of(LETTER_KEY))
    reached = [person for person in persons if person.email and not person.is_opted_out]
    chosen = {person.id: outreach_policies.language_for(person.languages, written) for person in reached}
    return Mailing(
        languages={id: language for id, (language, _is_written) in chosen.items()},
        missing=dict(
            sorted(Counter(language for language, is_written in chosen.values() if not is_written).items())
        ),
        without_mail=[person for person in persons if not person.email],
        wants_none=[person for person in persons if person.email and person.is_opted_out],
    )


# -- hand-overs ------------------------------------------------------------------------------------


def get_hand_over(id: int) -> HandOver:
    """A hand-over, or NotFound."""
    found = db.session.get(HandOver, id, options=[joinedload(HandOver.made_by)])
    if found is None:
        raise NotFound(_("There is no such hand-over."))
    return found


def list_hand_overs(limit: int = 200) -> Sequence[HandOver]:
    """Hand-overs, latest first."""
    wanted = sa.select(HandOver).order_by(HandOver.from_at.desc(), HandOver.id.desc()).limit(limit)
    return db.session.scalars(wanted).all()


def list_moved(hand_over: HandOver) -> Sequence[Ownership]:
    """The people a hand-over moved, owners and deputies, by name."""
    wanted = sa.select(Ownership).join(Person, Person.id == Ownership.person_id)
    wanted = wanted.where(Ownership.hand_over_id == hand_over.id)
    ordered = wanted.order_by(Ownership.role.desc(), Person.sort_key, Ownership.id)
    return db.session.scalars(ordered.options(joinedload(Ownership.person))).all()


def list_plans_of(hand_over: HandOver) -> Sequence[Goal | Program | Initiative]:
    """The goals, programs and initiatives a hand-over passed on."""
    passed: dict[str, set[int]] = defaultdict(set)
    for row in queries_successions.list_of_hand_over(hand_over.id):
        passed[row.subject_kind].add(row.subject_id)
    found: list[Goal | Program | Initiative] = []
    for kind in (Goal, Program, Initiative):
        wanted = sa.select(kind).where(kind.id.in_(passed[kind.__tablename__])).order_by(kind.id)
        found += db.session.scalars(wanted)
    return found


def list_candidates(of: User) -> Sequence[User]:
    """Who could take over from a user, by name."""
    return [user for user in _holding_users() if user.id != of.id]


def list_leavers(by: User) -> Sequence[User]:
    """Whose things `by` may hand over: their own, and as administrator those of everybody who holds anything."""
    if by.role is not Role.ADMIN:
        return [by]
    return _holding_users()


def _holding_users() -> Sequence[User]:
    """Everybody who can hold anything a hand-over moves, by name."""
    roles = OWNING_ROLES.union(*(roles_for(key) for key in NEEDS))
    wanted = sa.select(User).where(User.is_active.is_(True), User.role.in_(sorted(roles)))
    return db.session.scalars(wanted.order_by(User.name, User.id)).all()
