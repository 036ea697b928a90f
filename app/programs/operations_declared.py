"""Writing declared facets: a person declares and withdraws, a whole cohort is counted, what is due is deleted (P7).

Nothing here puts an answer, or whether somebody gave one, into the audit trail: its lines name no person.
"""

from datetime import timedelta

import sqlalchemy as sa
from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import db, keep_transaction, side_transaction
from app.people.models import Person
from app.programs import policies_declared as policies
from app.programs import queries_cohorts, queries_declared
from app.programs.details_cohorts import DeclarationDetails, FacetDetails
from app.programs.models import Cohort
from app.programs.models_declared import Declaration, DeclarationChange, Facet, FacetRelease


def offer_facet(details: FacetDetails, *, by: User | None) -> Facet:
    """Let people declare something about themselves, for a purpose they are told."""
    known = {facet.name.casefold() for facet in queries_declared.list_facets()}
    if details.name.casefold() in known:
        raise policies.FacetTaken(_("%(details)s is offered already.", details=details.name), field="name")
    facet = Facet(
        name=details.name, choices=list(details.choices), purpose=details.purpose, n_keep_days=details.n_keep_days,
        made_at=clock.now(),
    )  # fmt: skip
    db.session.add(facet)
    audit.record("programs.facet_offered", facet, by=by)
    return facet


def declare(facet: Facet, person: Person, details: DeclarationDetails, *, by: User | None) -> None:
    """Keep what a person said of themselves; `by` is None when they said it at their own door.

    Nothing is returned, so that no screen can show it.
    """
    if details.choice not in facet.choices:
        raise policies.NotOffered(_("Choose one of the answers that are offered."), field="choice")
    _remove(facet, person)
    today = clock.today()
    db.session.add(
        Declaration(
            facet_id=facet.id, person_id=person.id, choice=details.choice, statement=details.statement,
            purpose=facet.purpose, said_on=details.said_on or today, delete_after_on=today + timedelta(days=facet.n_keep_days),
        )
    )  # fmt: skip
    _note_change(facet.id, person.id)
    audit.record_event("programs.declaration_changed", kind="facet", ref=str(facet.id), by=by)


def withdraw(person: Person, *, facet: Facet | None = None, by: User | None) -> None:
    """Delete what a person declared, at once: one facet or all. Silent about whether there was anything."""
    for one in [facet] if facet else queries_declared.list_facets():
        if _remove(one, person):
            _note_change(one.id, person.id)
        audit.record_event("programs.declaration_changed", kind="facet", ref=str(one.id), by=by)


def delete_due(*, by: User | None) -> int:
    """Delete every declaration whose time is over; how many."""
    due = sa.select(Declaration).where(Declaration.delete_after_on < clock.today()).order_by(Declaration.id)
    rows = db.session.scalars(due).all()
    for row in rows:
        _note_change(row.facet_id, row.person_id)
        db.session.delete(row)
    if rows:
        audit.record_event("programs.declarations_deleted", kind="facet", ref="due", by=by)
    db.session.flush()
    return len(rows)


def count_facet(facet: Facet, cohort: Cohort, *, by: User) -> FacetRelease:
    """Count a facet over a whole cohort and let the numbers out, once and for all readers.

    The same people give the count that is out already. CountWithheld when the numbers would point to fewer people
    than the minimum, alone or compared with any count let out before; nothing is remembered of those.
    """
    delete_due(by=by)
    # One count at a time: two at once would not know of each other.
    db.session.execute(sa.select(Facet.id).where(Facet.id == facet.id).with_for_update())
    person_ids = frozenset(queries_cohorts.member_ids(cohort))
    minimum = queries_declared.minimum()
    releases = queries_declared.releases_of(facet)
    count, known = queries_declared.count_to_weigh(facet, person_ids, releases)
    audit.record_event(
        "programs.declarations_counted", kind="cohort", ref=str(cohort.id), by=by, reason=facet.name
    )
    keep_transaction()  # who asked stands in the trail even where nothing is let out
    for release, one in reversed(list(zip(releases, known, strict=True))):
        if policies.is_same(count, one) and not _is_countable(count, known, minimum):
            return release if release.cohort_id == cohort.id else _release_again(release, cohort, by)
    shown = policies.weigh_count(count, known, minimum)
    made = FacetRelease(
        facet_id=facet.id, cohort_id=cohort.id, person_ids=sorted(person_ids), shown=list(shown.items()),
        n_minimum=minimum, last_change_id=queries_declared.last_change(facet), at=clock.now(), by_id=by.id,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    return made


def note_reading(cohort: Cohort, *, by: User) -> None:
    """Write that somebody looked at a cohort's declared counts (R4), beside the reading itself."""
    with side_transaction() as side:
        audit.record_event(
            "programs.declarations_read", kind="cohort", ref=str(cohort.id), by=by, session=side
        )


def _release_again(known: FacetRelease, cohort: Cohort, by: User) -> FacetRelease:
    """The count of one cohort under another of exactly the same people."""
    made = FacetRelease(
        facet_id=known.facet_id, cohort_id=cohort.id, person_ids=known.person_ids, shown=known.shown,
        n_minimum=known.n_minimum, last_change_id=known.last_change_id, at=known.at, by_id=by.id,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    return made


def _is_countable(count: policies.Count, known: list[policies.Known], minimum: int) -> bool:
    """Whether a new count over people who were counted before says something new and may be let out."""
    try:
        policies.weigh_count(count, known, minimum)
    except policies.CountWithheld:
        return False
    return not any(policies.is_unchanged(count, one) for one in known)


def _remove(facet: Facet, person: Person) -> bool:
    wanted = sa.select(Declaration).where(
        Declaration.facet_id == facet.id, Declaration.person_id == person.id
    )
    found = db.session.scalars(wanted).one_or_none()
    if found is not None:
        db.session.delete(found)
        db.session.flush()
    return found is not None


def _note_change(facet_id: int, person_id: int) -> None:
    db.session.add(DeclarationChange(facet_id=facet_id, person_id=person_id))
