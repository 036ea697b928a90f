"""Looking for duplicates over the whole list, and remembering who is not the same (P3)."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from app.accounts import audit
from app.accounts.models import User
from app.core import clock, jobs
from app.core.db import db
from app.core.models import Job, JobState
from app.people import queries_duplicates
from app.people.models import Channel, Person
from app.people.models_merges import DuplicatePair
from app.people.names import fold
from app.people.pairing import Likeness, compare, pairs_in, traits_of
from app.people.policies import Traits

#: Up to this many people are looked through while somebody waits; more are left to the worker.
MOST_AT_ONCE = 5_000
_JOB = "people.look_for_duplicates"


def look_for_duplicates(*, by: User | None) -> int | None:
    """Compare everybody and keep the pairs; the number found, or None when the worker does it because there are many."""
    n_people = db.session.scalar(sa.select(sa.func.count()).select_from(_everybody().subquery())) or 0
    if n_people > MOST_AT_ONCE:
        ask_for_look(by=by)
        return None
    found = pairs_in(_all_traits())
    _keep(found)
    audit.record_event(
        "people.duplicates_looked_for", kind="person", ref="all", by=by, reason=f"{len(found)} pairs"
    )
    return len(found)


def ask_for_look(*, by: User | None) -> None:
    """Leave a look through everybody to the worker, unless one waits already."""
    waiting = sa.select(Job.id).where(Job.name == _JOB, Job.state == JobState.WAITING)
    if db.session.scalar(waiting.limit(1)) is None:
        row = jobs.enqueue(_JOB, {}, by.id if by else None)
        audit.record_event("people.duplicates_look_asked", kind="job", ref=str(row.id), by=by)


@jobs.job(_JOB, in_chunks=True)
def _look_in_background(run: jobs.JobRun) -> dict[str, Any]:
    """Reads and compares outside any transaction, so that nobody waits for it; writes in one."""
    people = _all_traits()
    found = pairs_in(people)
    with run.chunk():
        _keep(found)
        audit.record_event(
            "people.duplicates_looked_for", kind="job", ref=str(run.id), by=None, reason=f"{len(found)} pairs"
        )
    return {"people": len(people), "pairs": len(found)}


def note_alike(person: Person, *, by: User | None) -> int:
    """Keep the pairs of one record that was just added or edited; how many there are."""
    handles = [channel.handle for channel in person.channels]
    alike = queries_duplicates.find_possible_duplicates(
        None,
        person.name,
        email=person.email,
        country=person.home_country,
        handles=handles,
        leave_out=person.id,
    )
    mine = _traits(person, handles)
    found = {}
    for one in alike:
        pair = (min(person.id, one.person.id), max(person.id, one.person.id))
        theirs = _traits(one.person, [channel.handle for channel in one.person.channels])
        found[pair] = compare(mine, theirs) or Likeness(one.why, 3)
    n_new = _add(found)
    if n_new:
        audit.record_event(
            "people.duplicates_noted", kind="person", ref=str(person.id), by=by, reason=f"{n_new} pairs"
        )
    return len(found)


def dismiss_pair(pair: DuplicatePair, *, by: User | None) -> None:
    """Two people, not one: never suggested again until somebody takes it back."""
    before = audit.snapshot(pair)
    pair.dismissed_at, pair.dismissed_by_id = clock.now(), by.id if by else None
    audit.record("people.duplicate_dismissed", pair, by=by, before=before)


def suggest_again(pair: DuplicatePair, *, by: User | None) -> None:
    """Take "not the same" back."""
    before = audit.snapshot(pair)
    pair.dismissed_at, pair.dismissed_by_id = None, None
    audit.record("people.duplicate_suggested_again", pair, by=by, before=before)


def forget_pairs(person: Person, *, by: User | None) -> None:
    """Drop the pairs of a record that is about to be removed: there is nobody left to compare."""
    wanted = sa.select(DuplicatePair).where(
        sa.or_(DuplicatePair.one_id == person.id, DuplicatePair.other_id == person.id)
    )
    for pair in db.session.scalars(wanted):
        audit.record("people.duplicate_forgotten", pair, by=by)
        db.session.delete(pair)
    db.session.flush()


# -- steps -------------------------------------------------------------------------------------------------------


def _everybody() -> sa.Select[int, str, str, str | None]:
    return sa.select(Person.id, Person.search_text, Person.email, Person.home_country).where(
        Person.merged_into_id.is_(None), Person.is_pseudonymous.is_(False)
    )


def _all_traits() -> dict[int, Traits]:
    handles: dict[int, set[str]] = defaultdict(set)
    for person_id, handle in db.session.execute(sa.select(Channel.person_id, Channel.handle)):
        handles[person_id].add(fold(handle))
    # The first line of the search text is the folded name: nothing is folded again for 100,000 people.
    rows = db.session.execute(_everybody().order_by(Person.id))
    return traits_of(
        ((id, text.partition("\n")[0], mail, country) for id, text, mail, country in rows), handles
    )


def _traits(person: Person, handles: list[str]) -> Traits:
    folded = frozenset(fold(handle) for handle in handles)
    return Traits(fold(person.name), person.email.lower(), person.home_country or "", folded)


def _keep(found: Mapping[tuple[int, int], Likeness]) -> None:
    """Exactly these pairs are suggested from now on; what was dismissed stays dismissed."""
    known = {(row.one_id, row.other_id): row for row in db.session.scalars(sa.select(DuplicatePair))}
    for key, row in known.items():
        if row.dismissed_at is not None:
            continue
        if key in found:
            row.why, row.doubt = found[key].why, found[key].doubt
        else:
            db.session.delete(row)
    _add({key: alike for key, alike in found.items() if key not in known})


def _add(found: Mapping[tuple[int, int], Likeness]) -> int:
    ids = {id for pair in found for id in pair}
    wanted = sa.select(DuplicatePair.one_id, DuplicatePair.other_id)
    few = wanted.where(DuplicatePair.one_id.in_(ids)) if len(ids) < 200 else wanted
    known = {(one, other) for one, other in db.session.execute(few)}
    fresh = [
        DuplicatePair(one_id=one, other_id=other, why=alike.why, doubt=alike.doubt, found_at=clock.now())
        for (one, other), alike in found.items()
        if (one, other) not in known
    ]
    db.session.add_all(fresh)
    db.session.flush()
    return len(fresh)
