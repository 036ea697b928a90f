"""Matching runs: asked for and searched by a worker, changed by hand, made real in one step, and taken back (X2)."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm.attributes import flag_modified

from app.accounts import audit
from app.accounts.models import User
from app.core import clock, jobs
from app.core.db import check_version, db
from app.core.errors import DomainError
from app.events.models import Event
from app.executives import matching_optimizer, queries, queries_matching, queries_matching_input
from app.executives.details import RequestDetails
from app.executives.details_matching import MatchingDetails
from app.executives.matching import Pairing, Problem
from app.executives.matching_board import Board, board_with
from app.executives.matching_bound import bound_of
from app.executives.matching_check import faults_of, worth_of
from app.executives.matching_input import RunFacts, agreed_of, chair_of, opening_id, problem_of
from app.executives.matching_reasons import unmet_of
from app.executives.matching_search import solve
from app.executives.matching_words import hurdle_words
from app.executives.models import Executive, MeetingRoom, MeetingState, Slot
from app.executives.models_matching import MatchingMeeting, MatchingRun, MatchingUnmet
from app.executives.operations_meetings import cancel_meeting
from app.executives.operations_requests import accept_request, request_access
from app.people.models import Person

_SEARCH = "executives.match"
#: From so many rounds on OR-Tools goes on from the plan, where it is installed.
THOROUGH = 20_000
#: So many meetings that cannot be made are named.
_MOST_NAMED = 5


class MatchingRefused(DomainError):
    """X2: a run that cannot be started, changed, made real or taken back now; a meeting that a rule forbids."""


def start_run(
    event: Event, details: MatchingDetails, *, by: User, after: MatchingRun | None = None
) -> MatchingRun:
    """Ask for a plan; a worker searches. `after`: pins of that run hold, and as little as possible of it changes."""
    planned = queries_matching_input.list_planned(event, by, clock.now())
    if event.is_cancelled or event.ends_at <= clock.now():
        raise MatchingRefused(_("This event is over or cancelled, so there is nothing to plan."))
    if not planned:
        raise MatchingRefused(_("No executive offers time at this event. Publish windows first, then plan."))
    run = MatchingRun(
        event=event, after_id=after.id if after is not None else None, weights=details.model_dump(mode="json"),
        executive_ids=[one.id for one in planned], by=by, made_at=clock.now(),
    )  # fmt: skip
    db.session.add(run)
    db.session.flush()
    run.job_id = jobs.enqueue(_SEARCH, {"run_id": run.id}, by.id).id
    audit.record("executives.matching_asked", run, by=by)
    return run


@jobs.job(_SEARCH, in_chunks=True)
def _search_job(job: jobs.JobRun, run_id: int) -> dict[str, Any]:
    """Read, search outside any transaction, write; whoever takes it up again begins anew and comes to the same plan."""
    with job.chunk():
        run = db.session.get_one(MatchingRun, run_id)
        run.started_at = clock.now()
        details = queries_matching.details_of(run)
        facts, problem = _read(run)
    plan = solve(problem, seed=details.seed, n_rounds=details.n_rounds, progress=job.progress)
    bound = bound_of(problem)
    if details.n_rounds >= THOROUGH and matching_optimizer.is_installed():
        plan, proved = matching_optimizer.optimise(problem, plan)
        bound = min(bound, proved)
    faults = faults_of(problem, plan)
    if faults:  # a bug of ours: such a plan is never shown
        raise RuntimeError(f"the plan of run {run_id} is wrong: {faults[:3]}")
    with job.chunk():
        run = db.session.get_one(MatchingRun, run_id)
        before = audit.snapshot(run)
        _write(run, facts, problem, plan.pairings)
        run.bound, run.finished_at = bound, clock.now()
        audit.record("executives.matching_found", run, by=run.by, before=before)
        return {"meetings": len(plan.pairings), "points": plan.points, "of at most": run.bound}


def _read(run: MatchingRun) -> tuple[RunFacts, Problem]:
    """How things stand now, as the run looks at them."""
    details = queries_matching.details_of(run)
    facts = queries_matching_input.facts_of(
        run.event, run.executive_ids, details, clock.now(), by=run.by, after_id=run.after_id
    )
    return facts, problem_of(facts, details)


def _write(run: MatchingRun, facts: RunFacts, problem: Problem, pairings: Sequence[Pairing]) -> None:
    agreed = agreed_of(facts)
    by_hand = set(problem.pins) - agreed
    hosts = {one.id: one.host_id for one in problem.openings}
    for table in (MatchingMeeting, MatchingUnmet):  # of an attempt that was cut
        db.session.execute(sa.delete(table).where(table.run_id == run.id).execution_options(audited=True))
    for one in sorted(pairings):
        slot_id, chair = chair_of(one.opening_id)
        db.session.add(
            MatchingMeeting(
                run_id=run.id, slot_id=slot_id, chair=chair, executive_id=hosts[one.opening_id], person_id=one.guest_id,
                is_agreed=one in agreed, is_pinned=one in by_hand,
            )
        )  # fmt: skip
    _weigh(run, problem, pairings)


def _weigh(run: MatchingRun, problem: Problem, pairings: Sequence[Pairing]) -> None:
    """Keep the points of the plan as it stands, and the wishes it does not meet."""
    known = {one.id for one in problem.openings}
    pairings = [
        one for one in pairings if one.opening_id in known
    ]  # a window may be withdrawn, or over, since
    run.points = worth_of(problem, pairings)
    gone = sa.delete(MatchingUnmet).where(MatchingUnmet.run_id == run.id)
    db.session.execute(gone.execution_options(audited=True))  # the line of the caller says why
    for one in unmet_of(problem, pairings):
        db.session.add(
            MatchingUnmet(
                run_id=run.id, executive_id=one.host_id, person_id=one.guest_id, points=one.points, is_must=one.is_must,
                why=one.why.value, n_windows=one.n_openings, counts={why.value: n for why, n in one.counts},
                slot_ids=sorted({chair_of(other.opening_id)[0] for other in one.others}),
            )
        )  # fmt: skip
    db.session.flush()


# -- by hand -------------------------------------------------------------------------------------------------


def pin_meeting(row: MatchingMeeting, *, is_pinned: bool, by: User) -> None:
    """Keep a meeting just so in the next run, or let it go again."""
    run = _open_run(row.run)
    if row.is_agreed:
        raise MatchingRefused(_("This meeting is agreed, so every run keeps it as it is."))
    before = audit.snapshot(row)
    row.is_pinned = is_pinned
    audit.record(
        "executives.matching_pinned" if is_pinned else "executives.matching_unpinned",
        row,
        by=by,
        before=before,
    )
    _touch(run)


def place_meeting(
    run: MatchingRun, person: Person, slot: Slot, *, by: User, row: MatchingMeeting | None = None,
    seen_version: int | None = None,
) -> MatchingMeeting:  # fmt: skip
    """Put a person into a window by hand, `row` being the meeting that moves there; it is pinned.

    MatchingRefused, in the words of the rule, where the search would not put it either.
    """
    check_version(run, seen_version)
    _open_run(run)
    if row is not None and row.is_agreed:
        raise MatchingRefused(
            _("This meeting is agreed. Move it on its own page; a plan does not move what is agreed.")
        )
    if slot.event_id != run.event_id or slot.executive_id not in run.executive_ids:
        raise MatchingRefused(_("This window is not part of the plan. Choose another one."), field="slot_id")
    _facts, problem = _read(run)
    others = [one for one in queries_matching.list_rows(run) if one is not row]
    board = board_with(problem, [_pairing(one) for one in others])
    refusal, chair = _chair_for(board, slot, person)
    if chair is None:
        raise MatchingRefused(refusal, field="slot_id")
    before = audit.snapshot(row) if row is not None else None
    placed = row or MatchingMeeting(run_id=run.id, person_id=person.id)
    placed.slot_id, placed.chair, placed.executive_id, placed.is_pinned = (
        slot.id,
        chair,
        slot.executive_id,
        True,
    )
    db.session.add(placed)
    db.session.flush()
    db.session.refresh(placed)
    audit.record("executives.matching_placed", placed, by=by, before=before)
    _weigh(run, problem, [_pairing(one) for one in (*others, placed)])
    _touch(run)
    return placed


def leave_out(row: MatchingMeeting, *, by: User) -> None:
    """Take a meeting out of a plan; what is agreed stays."""
    run = _open_run(row.run)
    if row.is_agreed:
        raise MatchingRefused(
            _("This meeting is agreed. Cancel it on its own page; a plan does not cancel what is agreed.")
        )
    audit.record("executives.matching_left_out", row, by=by, before=audit.snapshot(row))
    db.session.delete(row)
    db.session.flush()
    _facts, problem = _read(run)
    _weigh(run, problem, [_pairing(one) for one in queries_matching.list_rows(run)])
    _touch(run)


def choices_for(
    run: MatchingRun, person: Person, slots: Sequence[Slot], row: MatchingMeeting | None = None
) -> dict[int, str]:
    """For each of these windows why the person cannot be put there; empty words where they can."""
    _facts, problem = _read(run)
    board = board_with(problem, [_pairing(one) for one in queries_matching.list_rows(run) if one is not row])
    return {slot.id: _chair_for(board, slot, person)[0] for slot in slots}


def _chair_for(board: Board, slot: Slot, person: Person) -> tuple[str, int | None]:
    """The first chair of a window that is free for a person, or the words of the rule that forbids the last one tried."""
    facts, refusal = board.facts, _("This window is over, withdrawn, or not part of the plan.")
    guest = facts.guest_at.get(person.id)
    if guest is None:
        return _("Nobody has noted that these two should meet. Note a wish first, then run again."), None
    for chair in range(1, slot.capacity + 1):
        opening = facts.opening_at.get(opening_id(slot.id, chair))
        if opening is None:
            continue
        hurdle = board.why_not(guest, opening)
        if hurdle is None:
            return "", chair
        refusal = hurdle_words(hurdle)
    return refusal, None


def _pairing(row: MatchingMeeting) -> Pairing:
    return Pairing(opening_id(row.slot_id, row.chair), row.person_id)


def _open_run(run: MatchingRun) -> MatchingRun:
    """The run, locked, while hands may change it."""
    db.session.refresh(run, with_for_update={"of": MatchingRun})
    if run.applied_at is not None:
        raise MatchingRefused(_("This plan was made real already. Run again to go on from it."))
    if run.finished_at is None:
        raise MatchingRefused(_("This run has not come to a plan."))
    return run


def _touch(run: MatchingRun) -> None:
    """A plan that was changed has another version, so that nobody makes real what they have not seen."""
    flag_modified(run, "points")
    db.session.flush()


# -- making it real ------------------------------------------------------------------------------------------


def apply_run(run: MatchingRun, *, by: User, seen_version: int | None = None) -> int:
    """Agree every meeting the plan proposes, all or none, by the operations of a single one; returns how many.

    MatchingRefused with what is gone meanwhile: whoever runs again goes on from this plan.
    """
    check_version(run, seen_version)
    _open_run(run)
    rows = [row for row in queries_matching.list_rows(run) if not row.is_agreed]
    if not rows:
        raise MatchingRefused(
            _("Everything in this plan is agreed already, so there is nothing to make real.")
        )
    _lock_all(
        {row.executive_id for row in rows},
        {row.slot.room_id for row in rows},
        {row.person_id for row in rows},
    )
    purposes = queries_matching.purposes_of(run)
    refused = []
    for row in sorted(rows, key=lambda one: (one.executive_id, one.person_id)):
        try:
            with db.session.begin_nested():
                _agree(row, purposes.get((row.person_id, row.executive_id), ""), by)
        except DomainError as refusal:
            refused.append(
                _(
                    "%(person)s and %(executive)s: %(what)s",
                    person=row.person.name,
                    executive=row.executive.name,
                    what=refusal.message,
                )
            )
    if refused:
        n_more = len(refused) - _MOST_NAMED
        more = _(" And %(n)s more.", n=n_more) if n_more > 0 else ""
        raise MatchingRefused(
            _(
                "%(n)s of %(all)s meetings cannot be agreed any more, so none was. %(refused)s%(more)s "
                "Run again: it goes on from this plan.",
                n=len(refused),
                all=len(rows),
                refused=" ".join(refused[:_MOST_NAMED]),
                more=more,
            )
        )
    before = audit.snapshot(run)
    run.applied_at, run.applied_by_id = clock.now(), by.id
    audit.record("executives.matching_applied", run, by=by, before=before)
    return len(rows)


def _lock_all(executive_ids: set[int], room_ids: set[int | None], person_ids: set[int]) -> None:
    """Everybody a plan touches, before anything of it is written: executives, rooms, people, each in order.

    Whoever decides about one meeting locks them in this order too, so that none ever wait for each other in a ring.
    """
    for table, ids in ((Executive, executive_ids), (MeetingRoom, room_ids - {None}), (Person, person_ids)):
        if ids:
            db.session.execute(
                sa.select(table.id).where(table.id.in_(ids)).order_by(table.id).with_for_update()
            )


def _agree(row: MatchingMeeting, purpose: str, by: User) -> None:
    """As if the person had asked for this window, and the assistant had accepted."""
    asked = queries.open_request(row.slot, row.person) or request_access(
        row.slot,
        row.person,
        RequestDetails(question=purpose or _("Proposed by the matching of wishes.")),
        by=by,
    )
    meeting = accept_request(asked, by=by)
    db.session.flush()
    row.meeting_id, row.meeting_version = meeting.id, meeting.version


def roll_back(run: MatchingRun, *, reason: str, by: User) -> tuple[int, int]:
    """Cancel what a run agreed, as far as it is still as it was left; returns how many, and how many were changed since."""
    db.session.refresh(run, with_for_update={"of": MatchingRun})
    if run.applied_at is None or run.rolled_back_at is not None:
        raise MatchingRefused(_("Only a plan that was made real, and not taken back yet, can be taken back."))
    rows = [row for row in queries_matching.list_rows(run) if row.meeting is not None]
    met = [row.meeting for row in rows if row.meeting is not None]
    _lock_all({one.executive_id for one in met}, set(), {one.person_id for one in met})
    for one in met:
        db.session.refresh(one)
    as_left = [row for row in rows if is_as_left(row)]
    if not as_left:
        raise MatchingRefused(
            _(
                "Every meeting of this plan was changed since, took place, or has begun. Nothing is taken back."
            )
        )
    for row in as_left:
        cancel_meeting(row.meeting, reason=reason, by=by)  # type: ignore[arg-type]
    before = audit.snapshot(run)
    run.rolled_back_at, run.rolled_back_by_id = clock.now(), by.id
    audit.record("executives.matching_rolled_back", run, by=by, before=before, reason=reason)
    return len(as_left), len(rows) - len(as_left)


def is_as_left(row: MatchingMeeting) -> bool:
    """Whether a meeting is still what the run made of it, and lies ahead."""
    met = row.meeting
    return (
        met is not None and met.version == row.meeting_version and met.state is MeetingState.CONFIRMED
        and met.slot_id == row.slot_id and met.starts_at > clock.now()
    )  # fmt: skip
