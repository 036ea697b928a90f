"""Writes of periods: opened, reviewed, attested, locked, issued again; nothing is ever opened twice (L12, L13)."""

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from msgspec import Struct

from app.accounts import audit
from app.accounts import queries as accounts
from app.accounts.models import Role, User
from app.core import clock, waking
from app.core.db import db, transaction
from app.core.i18n import said
from app.core.spoken import speaking_to
from app.ledger import appending
from app.ledger import operations as ledger
from app.ledger import queries as ledger_reads
from app.ledger.models import Subject
from app.notices import operations as notices
from app.notices.models import Urgency
from app.people.models import Person
from app.periods import blockers, methodology, policies, queries, telling
from app.periods.details import PeriodDetails
from app.periods.models import Attestation, Dispute, DisputeState, Issue, Period, PeriodState
from app.periods.queries import Standing
from app.periods.telling import Message, Occasion

#: How notices and audit lines name this room.
ROOM = "periods"


def open_period(details: PeriodDetails, *, by: User) -> Period:
    """Open a quarter or a year. PeriodRefused: a hole, an overlap, days that are no period."""
    appending.lock_head()
    n_days = accounts.reporting().n_review_days
    to_on = policies.last_day(details.kind, details.from_on)
    closes_on = details.closes_on or to_on + timedelta(days=n_days)
    policies.check_fits(details.kind, details.from_on, to_on, queries.list_periods())
    policies.check_closing_day(to_on, closes_on)
    period = Period(
        kind=details.kind, name=policies.name_of(details.kind, details.from_on, to_on), from_on=details.from_on, to_on=to_on,
        closes_on=closes_on, n_review_days=n_days, opened_by_id=by.id, opened_at=clock.now(),
    )  # fmt: skip
    db.session.add(period)
    audit.record("periods.opened", period, by=by)
    return period


# -- review ------------------------------------------------------------------------------------------------


class ReviewOpened(Struct, frozen=True):
    """Who has a link to their lines now, and who could not be written to, with the reason."""

    n_told: int
    untold: Sequence[tuple[str, str]]


def open_review(period: Period, *, by: User | None) -> ReviewOpened:
    """Send everybody with lines in the period a link to their own (L13). NotYet."""
    period = queries.get_period(period.id, is_locked=True)
    policies.check_review(period, clock.today())
    before = audit.snapshot(period)
    period.state, period.review_opened_at = PeriodState.IN_REVIEW, clock.now()
    message = Message(Occasion.REVIEW, period.name, period.closes_on - timedelta(days=1))
    n_told, untold = 0, []
    for person in _people_with_lines(queries.stands(period)):
        trouble = telling.tell(person, message, by=by)
        if trouble:
            untold.append((person.name, trouble))
        else:
            n_told += 1
    audit.record("periods.review_opened", period, by=by, before=before)
    if untold:
        names = ", ".join(name for name, _why in untold[:10])
        notices.notify(
            _l(
                "%(n)s people could not be sent the link to their lines of %(period)s: %(names)s.",
                n=len(untold),
                period=period.name,
                names=names + (", …" if len(untold) > 10 else ""),
            ),
            role=Role.COMPLIANCE, urgency=Urgency.SOON, source=(ROOM, period.id),
        )  # fmt: skip
    return ReviewOpened(n_told, untold)


def open_due_reviews(*, by: User | None) -> int:
    """Open the review of every period whose day has come; how many."""
    due = queries.due_for_review(clock.today())
    for period in due:
        open_review(period, by=by)
    return len(due)


def run_daily() -> int:
    """The same by itself: looked at by a reader first, so that nothing is written where nothing is due."""
    is_due = bool(queries.due_for_review(clock.today()))
    db.session.rollback()
    if not is_due:
        return 0
    with transaction():
        return open_due_reviews(by=None)


def _people_with_lines(now: Standing) -> Sequence[Person]:
    """The people behind the lines, as they are known today; recipients of imported books have no page of their own."""
    subjects = {row.line.subject_id for row in now.rows.values()}
    owned = sa.select(Subject.person_id).where(Subject.id.in_(subjects), Subject.person_id.is_not(None))
    own = sa.select(sa.func.coalesce(Person.merged_into_id, Person.id)).where(Person.id.in_(owned))
    wanted = sa.select(Person).where(Person.id.in_(own), Person.is_pseudonymous.is_(False))
    return db.session.scalars(wanted.order_by(Person.sort_key, Person.id)).unique().all()


# -- closing -----------------------------------------------------------------------------------------------


def attest(period: Period, *, by: User) -> Attestation:
    """Say of the lines as they stand: timely, accurate, complete. CannotClose while something is left to do."""
    period = queries.get_period(period.id, is_locked=True)
    appending.lock_head()
    now = queries.stands(period)
    standing = queries.attestations(period, now.content_hash)
    policies.check_attest(period, by, standing, clock.today(), has_news=queries.has_news(period, now))
    _require_clear(period)
    said = Attestation(
        period_id=period.id, user=by, role=by.role, content_hash=now.content_hash, at=clock.now()
    )
    db.session.add(said)
    if period.state is PeriodState.IN_REVIEW and policies.is_attested([*standing, said]):
        before = audit.snapshot(period)
        period.state = PeriodState.ATTESTED
        audit.record("periods.attested_by_two", period, by=by, before=before)
    audit.record("periods.attested", said, by=by)
    return said


def lock_period(period: Period, *, by: User) -> Issue:
    """Close the days for good and issue the first report; what is undecided is reported as disputed (c39, c40).

    Whoever posts waits for the same lock, so a line is in the report or an adjustment, never between.
    """
    period = queries.get_period(period.id, is_locked=True)
    appending.lock_head()
    standing = queries.attestations(period, queries.stands(period).content_hash)
    policies.check_lock(period, standing, queries.earlier_than(period), clock.today())
    _require_clear(period)
    _mark_unresolved(period, by)
    now = queries.stands(period)
    lock = ledger.close_days(period.name, period.from_on, period.to_on, now.content_hash, by=by)
    issue = _issue(period, now, lock.last_seq, reason="", by=by)
    before = audit.snapshot(period)
    period.state, period.locked_at = PeriodState.LOCKED, clock.now()
    audit.record("periods.locked", period, by=by, before=before)
    return issue


def reissue(period: Period, *, reason: str, by: User) -> Issue:
    """Issue the report again after adjustments; its lines are marked against the last one (c41)."""
    period = queries.get_period(period.id, is_locked=True)
    head = appending.lock_head()
    now = queries.stands(period)
    standing = queries.attestations(period, now.content_hash)
    policies.check_reissue(period, standing, reason, has_news=queries.has_news(period, now))
    _require_clear(period)
    issue = _issue(period, now, head.seq, reason=reason.strip(), by=by)
    before = audit.snapshot(period)
    period.state = PeriodState.REISSUED
    audit.record("periods.reissued", period, by=by, before=before)
    return issue


def publish_issue(issue: Issue, *, by: User) -> Issue:
    """Note that a report went out to the public."""
    period = queries.get_period(issue.period_id, is_locked=True)
    if issue.published_at is not None:
        raise policies.IssueRefused(_("This report is published already."))
    before = audit.snapshot(issue)
    issue.published_at = clock.now()
    audit.record("periods.issue_published", issue, by=by, before=before)
    if period.state is PeriodState.LOCKED:
        earlier = audit.snapshot(period)
        period.state = PeriodState.PUBLISHED
        audit.record("periods.published", period, by=by, before=earlier)
    return issue


def _require_clear(period: Period) -> None:
    """Raise CannotClose, with what is left and how much of it."""
    left = blockers.left_over(period.from_on, period.to_on)
    if left:
        words = "; ".join(f"{said(check.label).lower()} ({len(check.found)})" for check in left)
        raise policies.CannotClose(
            _(
                "%(period)s cannot be closed yet: %(words)s. The list below leads to each.",
                period=period.name,
                words=words,
            )
        )


def _mark_unresolved(period: Period, by: User | None) -> None:
    """What nobody has decided by now is reported as disputed, and still waits for somebody (c39)."""
    numbers = [row.seq for row in queries.stands(period).rows.values()]
    wanted = sa.select(Dispute).where(Dispute.state == DisputeState.OPEN).order_by(Dispute.id)
    for dispute in db.session.scalars(wanted).unique().all():
        if dispute.entry_seq in set(numbers):
            before = audit.snapshot(dispute)
            dispute.state = DisputeState.UNRESOLVED_AT_CLOSE
            audit.record("periods.dispute_unresolved", dispute, by=by, before=before)


def _issue(period: Period, now: Standing, last_seq: int, *, reason: str, by: User | None) -> Issue:
    number = len(queries.list_issues(period)) + 1
    with speaking_to("en"):  # what is kept reads the same to everybody
        method = methodology.note_of(period, now)
    issue = Issue(
        period=period, number=number, issued_at=clock.now(), issued_by_id=by.id if by else None, last_seq=last_seq,
        disputes={str(seq): state for seq, state in now.disputes.items()}, content_hash=now.content_hash,
        n_lines=len(now.rows), reason=reason, methodology={"notes": method},
        checkpoint=ledger_reads.current_checkpoint().note,
    )  # fmt: skip
    db.session.add(issue)
    audit.record("periods.issued", issue, by=by)
    return issue


_wake = waking.step("periods", run_daily)
