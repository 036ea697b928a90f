"""Writes about what went wrong: labels to be put right by a day, drafts that were asked for, ties that must be said."""

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts import audit
from app.accounts.models import Role, User
from app.core import clock
from app.core.db import db, keep_transaction
from app.core.i18n import day, later
from app.disclosures import policies, policies_drafts, policies_labels, queries
from app.disclosures.details import PublicationDetails
from app.disclosures.models import (
    DraftRequest,
    DraftRequestHow,
    LabelVerdict,
    Medium,
    Obligation,
    ObligationState,
    Publication,
    Remedy,
    RemedyState,
    Tie,
    TieKind,
)
from app.notices import operations as notices
from app.notices.models import Urgency
from app.people import queries as people
from app.people.models import Person

#: Days to put a label right after it was found deficient or missing (D5).
REMEDY_DAYS = 7


def start_remedy(
    publication: Publication, judgement: policies_labels.Judgement, *, by: User | None
) -> Remedy:
    """Give a wrong label a day to be put right, and tell the owner of the relationship (c29)."""
    person = publication.person
    remedy = Remedy(
        publication_id=publication.id, reason=judgement.reason, opened_at=clock.now(),
        due_on=clock.today() + timedelta(days=REMEDY_DAYS), state=RemedyState.OPEN,
    )  # fmt: skip
    db.session.add(remedy)
    audit.record("disclosures.remedy_started", remedy, by=by)
    n = queries.count_unlabelled(person)
    names = {"name": person.name, "reason": judgement.reason, "day": later(day, remedy.due_on)}
    message = _l("%(name)s: %(reason)s Ask for a correct label by %(day)s.", **names)
    if n > 1:
        message = _l(
            "%(name)s: %(reason)s Ask for a correct label by %(day)s. This is the %(ordinal)s time.",
            ordinal=_ordinal(n), **names,
        )  # fmt: skip
    owner = people.owner_of(person)
    if owner is None:
        notices.notify(message, role=Role.COMPLIANCE, urgency=Urgency.SOON, source=("people", person.id))
    else:
        notices.notify(message, user=owner, urgency=Urgency.SOON, source=("people", person.id))
    return remedy


def _ordinal(n: int) -> Any:
    return {1: _l("first"), 2: _l("second"), 3: _l("third")}.get(n) or _l("%(n)sth", n=n)


def look_again(remedy: Remedy, opening: str, language: str = "en", *, by: User) -> Remedy:
    """The label was put right: it is judged once more, and the remedy is done only if it is good now (D5).

    What was found first stays: a corrected label is still one that had to be corrected.
    """
    _check_open(remedy)
    publication = remedy.publication
    judged = queries.judge(
        publication.person, Medium(publication.medium), opening, language, publication.published_on
    )
    worst = policies_labels.strictest(list(judged.values()))
    if worst.verdict is not LabelVerdict.EVIDENCED:
        raise policies.PolicyRefused(
            _("It is not right yet. %(reason)s", reason=worst.reason), field="opening"
        )
    _mark_remedied(publication, judged, by)
    return _close(remedy, RemedyState.DONE, "disclosures.remedy_done", by=by)


def let_remedy_go(remedy: Remedy, *, reason: str, by: User) -> Remedy:
    """Compliance closes a remedy without a new label, with a reason that stays in the trail."""
    _check_open(remedy)
    if len(reason.strip()) < 10:
        raise policies.PolicyRefused(_("Give a reason of at least 10 characters."), field="reason")
    return _close(remedy, RemedyState.LET_GO, "disclosures.remedy_let_go", by=by, reason=reason)


def _check_open(remedy: Remedy) -> None:
    if remedy.state is not RemedyState.OPEN:
        raise policies.PolicyRefused(_("This remedy is already closed."))


def _close(remedy: Remedy, state: RemedyState, action: str, *, by: User, reason: str = "") -> Remedy:
    before = audit.snapshot(remedy)
    remedy.state, remedy.closed_at, remedy.closed_by_id = state, clock.now(), by.id
    audit.record(action, remedy, by=by, before=before, reason=reason)
    return remedy


def _mark_remedied(publication: Publication, judged: dict[int, policies_labels.Judgement], by: User) -> None:
    wanted = sa.select(Obligation).where(
        Obligation.person_id.in_(people.records_of(publication.person)),
        Obligation.state == ObligationState.DEFICIENT,
        Obligation.version_id.in_(judged),
        Obligation.value_on <= publication.published_on,
    )
    for duty in db.session.scalars(wanted.order_by(Obligation.id)):
        before = audit.snapshot(duty)
        duty.state = ObligationState.REMEDIED
        audit.record("disclosures.obligation_remedied", duty, by=by, before=before)


# -- drafts (D4, c31) ----------------------------------------------------------------------------------


def refuse_draft(
    person: Person, details: PublicationDetails, *, has_file: bool = False, by: User | None
) -> None:
    """Refuse work that is not public, and count the attempt even though nothing else of the request is kept."""
    how = policies_drafts.draft_in(details, has_file=has_file)
    if how is None:
        return
    count_draft(person, how, by=by)
    keep_transaction()
    raise policies_drafts.DraftRefused(str(policies_drafts.WHY[how]), field="url")


def report_draft_request(person: Person, *, by: User | None) -> DraftRequest:
    """A person says that somebody of the house asked to see their work first; compliance is told at once."""
    noted = count_draft(person, DraftRequestHow.TOLD, by=by)
    said = _l(
        "%(name)s says they were asked for work before it was public. The covenant forbids it.",
        name=person.name,
    )
    notices.notify(said, role=Role.COMPLIANCE, urgency=Urgency.NOW, source=("people", person.id))
    return noted


def count_draft(person: Person, how: DraftRequestHow, *, by: User | None) -> DraftRequest:
    """Write down that it happened, and nothing of the work itself."""
    noted = DraftRequest(person_id=person.id, how=how, at=clock.now(), by_id=by.id if by else None)
    db.session.add(noted)
    audit.record("disclosures.draft_asked_for", noted, by=by)
    return noted


# -- ties (D6, c30) ------------------------------------------------------------------------------------


def record_tie(person: Person, kind: TieKind, from_on: date, *, by: User) -> Tie:
    """Write down that somebody works for the house, owns a part of it or is close to somebody who does. Twice is once."""
    known = queries.ties_of(person, from_on)
    for tie in known:
        if tie.kind is kind:
            return tie
    tie = Tie(person_id=person.id, kind=kind, from_on=from_on)
    db.session.add(tie)
    audit.record("disclosures.tie_recorded", tie, by=by)
    return tie


def end_tie(tie: Tie, last_on: date, *, by: User) -> Tie:
    """The tie is over after this day; its words leave the ready text with it. Once only."""
    if tie.to_on is not None:
        raise policies.PolicyRefused(_("It ended on %(to_on)s already.", to_on=day(tie.to_on)), field="to_on")
    if last_on < tie.from_on:
        raise policies.PolicyRefused(_("The last day lies before the first."), field="to_on")
    before = audit.snapshot(tie)
    tie.to_on = last_on
    audit.record("disclosures.tie_ended", tie, by=by, before=before)
    return tie
