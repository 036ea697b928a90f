"""Reads of approvals: the queue, the register with its filters, the earlier versions, the rule as it reads now."""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct
from sqlalchemy.orm import joinedload

from app.accounts import queries as accounts
from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.core.i18n import colon, day, money_in_words, semicolon, words
from app.core.spoken import within
from app.ledger import policies
from app.ledger.models import Approver, Cap, ExceptionState, RuleException
from app.ledger.policies_approvals import ENDING_SOON, may_approve
from app.ledger.policies_standing import OFFICIAL_RULE, STANDING_WORDS, StandingRule
from app.people import queries as people
from app.people.models import Person
from app.people.queries_owners import standing_of


class RegisterFilter(Struct, frozen=True):
    """What the register is narrowed to: a state ("expired" and "ending" among them), a rule, a person, days of asking."""

    state: str = ""
    rule: str = ""
    person_id: int | None = None
    from_on: date | None = None
    to_on: date | None = None


#: The states the register can be narrowed to.
REGISTER_STATES = (*(state.value for state in ExceptionState), "in_force", "ending", "expired")

_LOADED = (
    joinedload(RuleException.person),
    joinedload(RuleException.asked_by),
    joinedload(RuleException.decided_by),
    joinedload(RuleException.on_behalf_of),
)


def list_waiting() -> Sequence[RuleException]:
    """What waits for a decision, the oldest first."""
    wanted = sa.select(RuleException).where(RuleException.state == ExceptionState.ASKED).options(*_LOADED)
    return db.session.scalars(wanted.order_by(RuleException.asked_at, RuleException.id)).all()


def list_ending(today: date) -> Sequence[RuleException]:
    """Approvals in force that end soon, the first to end first."""
    wanted = sa.select(RuleException).where(*_in_state("ending", today)).options(*_LOADED)
    return db.session.scalars(wanted.order_by(RuleException.expires_on, RuleException.id)).all()


def list_register(asked: RegisterFilter, today: date) -> Sequence[RuleException]:
    """The register of exceptions, newest first (L8, c19)."""
    wanted = sa.select(RuleException).where(*_in_state(asked.state, today)).options(*_LOADED)
    if asked.rule:
        wanted = wanted.where(RuleException.rule == asked.rule)
    if asked.person_id is not None:
        wanted = wanted.where(RuleException.person_id == asked.person_id)
    if asked.from_on is not None:
        wanted = wanted.where(RuleException.asked_at >= datetime.combine(asked.from_on, time(), UTC))
    if asked.to_on is not None:
        wanted = wanted.where(RuleException.asked_at <= datetime.combine(asked.to_on, time.max, UTC))
    return db.session.scalars(wanted.order_by(RuleException.id.desc())).all()


class Stood(Struct, frozen=True):
    """A request as it stood at a moment: what had not been decided by then had no answer."""

    row: RuleException
    state: ExceptionState
    #: Whether the answer had been given.
    is_answered: bool


def stood_at(rows: Sequence[RuleException], as_of: datetime | None) -> list[Stood]:
    """These requests as they stood at an instant, those asked later left out; as they stand now for None (L8, L14)."""
    if as_of is None:
        return [Stood(row, row.state, row.decided_at is not None) for row in rows]
    again = sa.select(RuleException.earlier_id, sa.func.min(RuleException.asked_at))
    changed = again.where(RuleException.earlier_id.is_not(None)).group_by(RuleException.earlier_id)
    void_from = {number: at for number, at in db.session.execute(changed) if number is not None}
    return [_stood(row, as_of, void_from.get(row.id)) for row in rows if row.asked_at <= as_of]


def _stood(row: RuleException, as_of: datetime, void_from: datetime | None) -> Stood:
    if row.decided_at is None or row.decided_at > as_of:
        return Stood(row, ExceptionState.ASKED, is_answered=False)
    if row.state is ExceptionState.VOID and void_from is not None and void_from > as_of:
        return Stood(row, ExceptionState.GRANTED, is_answered=True)
    return Stood(row, row.state, is_answered=True)


def _in_state(state: str, today: date) -> list[sa.ColumnElement[bool]]:
    granted, ends = RuleException.state == ExceptionState.GRANTED, RuleException.expires_on
    match state:
        case "in_force":
            return [granted, ends >= today]
        case "ending":
            return [granted, ends >= today, ends <= today + ENDING_SOON]
        case "expired":
            return [granted, ends < today]
        case known if known in set(ExceptionState):
            return [RuleException.state == ExceptionState(known)]
    return []


def earlier_versions(row: RuleException) -> Sequence[RuleException]:
    """What was approved before it was changed, the latest first; it stays readable (c9)."""
    found, number = list[RuleException](), row.earlier_id
    while number is not None and (earlier := db.session.get(RuleException, number)) is not None:
        found.append(earlier)
        number = earlier.earlier_id
    return found


def later_version(row: RuleException) -> RuleException | None:
    """The request that was made when this approval became void."""
    return db.session.scalars(sa.select(RuleException).where(RuleException.earlier_id == row.id)).first()


def names_lent(asked: RuleException, by: User, owner: User | None) -> list[User]:
    """In whose names `by` may decide today (R2): the approvers who delegated, or an owner who is away and whose deputy `by` is.

    The one who asked, a host, and an owner whom the rule does not name lend none.
    """
    if asked.approver is Approver.OWNER:
        standing = standing_of(asked.person)
        is_deputy = (
            owner is not None and standing.acting is not None and by.id == standing.acting.id != owner.id
        )
        absent: Sequence[User] = [owner] if owner is not None and is_deputy else []
        barred = {asked.asked_by_id, *asked.host_ids}
    else:
        absent = accounts.delegators_of(by, clock.today())
        barred = {asked.asked_by_id, *asked.host_ids, *([owner.id] if owner else [])}
    return [user for user in absent if may_approve(asked.approver, user, owner) and user.id not in barred]


def may_decide(asked: RuleException, by: User, owner: User | None) -> bool:
    """Whether somebody is whom the rule names, or decides in that name."""
    return may_approve(asked.approver, by, owner) or bool(names_lent(asked, by, owner))


def reopened(
    person: Person, rule: str, source: str, approvers: Collection[Approver] = frozenset(Approver)
) -> RuleException | None:
    """The request that waits because what stood on an approval of this source was changed (c9)."""
    wanted = sa.select(RuleException).where(
        RuleException.person_id == person.id, RuleException.rule == rule, RuleException.state == ExceptionState.ASKED,
        RuleException.earlier_id.is_not(None), RuleException.approver.in_(approvers),
    )  # fmt: skip
    rows = db.session.scalars(wanted.order_by(RuleException.id.desc()))
    return next((row for row in rows if source in row.terms), None)


def asked_for(
    person: Person,
    rule: str,
    subjects: Sequence[tuple[str, int]],
    approvers: Collection[Approver] = frozenset(Approver),
) -> RuleException | None:
    """The question about a rule that waits for any of these records, or for the person at large."""
    wanted = sa.select(RuleException).filter_by(person_id=person.id, rule=rule, state=ExceptionState.ASKED)
    wanted = wanted.where(RuleException.approver.in_(approvers))
    rows = db.session.scalars(wanted.order_by(RuleException.id.desc()))
    return next(
        (row for row in rows if row.subject_id is None or (row.subject_kind, row.subject_id) in subjects),
        None,
    )


def quote(rule: str, person: Person) -> str:
    """A rule as it reads today: it is kept with the question."""
    kind, _colon, number = rule.partition(":")
    if kind == "cap":
        cap = db.session.get(Cap, int(number)) if number.isdecimal() and len(number) < 10 else None
        if cap is None:
            raise policies.ExceptionRefused(_("There is no such cap."), field="rule")
        said = {"rule": policies.cap_rule(cap), "begins": day(cap.effective_from_on)}
        if cap.effective_to_on is None:
            return str(_("%(rule)s, in force from %(begins)s", **said))
        return str(
            _("%(rule)s, in force from %(begins)s until %(ends)s", **said, ends=day(cap.effective_to_on))
        )
    if rule == StandingRule.PUBLIC_OFFICIAL:
        return OFFICIAL_RULE
    if rule in (StandingRule.EMPLOYER_GIFT, StandingRule.ORGANISATION_TRAVEL):
        employer = people.employer_of(person, clock.today())
        return (
            f"{employer.name}: {employer.rule_text}"
            if employer is not None and employer.rule_text
            else _words(rule)
        )
    if rule == StandingRule.MAY_ACCEPT:
        answers = [
            f"{within(row.category)}{colon()}{within(row.answer.value)}{f' {money_in_words(row.limit)}' if row.limit else ''}"
            for row in people.may_accept(person).values()
        ]
        if not answers:
            return _words(rule)
        return str(_("%(person)s said: %(answers)s", person=person.name, answers=semicolon().join(answers)))
    return _words(rule)


def _words(rule: str) -> str:
    named = dict(policies.EXCEPTIONAL_RULES) | {code.value: words for code, words in STANDING_WORDS.items()}
    return str(named.get(rule) or words(rule))
