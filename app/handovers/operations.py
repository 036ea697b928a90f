"""Handing over everything somebody holds in one step, and taking that back while nobody was told (P1)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from msgspec import Struct

from app.accounts import audit
from app.accounts import operations as accounts
from app.accounts import operations_successions as successions
from app.accounts import queries as users
from app.accounts.models import Role, User
from app.core import clock
from app.core.db import Base, db
from app.core.i18n import day, later
from app.handovers import letters, policies, queries
from app.handovers.details import HandOverDetails
from app.handovers.models import HandOver
from app.handovers.queries import Holdings
from app.notices import operations as notices
from app.notices.models import Notice, Urgency
from app.outreach import operations_drafts, queries_holdings, queries_outbox
from app.people import operations as people
from app.people import operations_notes, operations_owners, policies_notes, queries_notes
from app.people import policies as people_policies
from app.people import queries as reading_people
from app.people.models import OwnerRole
from app.periods.operations_disputes import SOURCE as DISPUTES
from app.programs import operations_owners as programs

SOURCE = letters.SOURCE


def hand_over(details: HandOverDetails, *, by: User) -> HandOver:
    """Move people, asks, approvals and the rest from a day on, draft the letters, close the login if asked: all or nothing.

    Raises NothingToHandOver, PlanChanged, NoteUndecided, NotNow, CannotOwn, DayIsOver, WasShared, NotYourNote.
    """
    leaver, heir = users.get_user(details.from_user_id), users.get_user(details.to_user_id)
    at = operations_owners.moment_of(details.from_on, leaver.zone)
    held = _require_ready(details, at, by)
    step = HandOver(
        from_user_id=leaver.id, to_user_id=heir.id, from_at=at, from_on=details.from_on, reason=details.reason,
        moved=held.moved, is_login_closed=details.is_login_closed, made_by_id=by.id, made_at=clock.now(),
    )  # fmt: skip
    db.session.add(step)
    db.session.flush()
    move = _Move(step, held, _heirs(details, held, heir), heir, by)
    _move_people(move)
    _move_things(move)
    _decide_notes(move, details)
    step.readdressed_ids = letters.decide_drafts(held.drafts, details.drafts, move.heirs, heir, by=by)
    n_letters = 0
    if details.has_letters:
        persons = [row.person for row in held.owned]
        n_letters = letters.draft_letters(step, persons, move.heirs, by=by)
    step.moved = held.moved | {"letters": n_letters}
    if not n_letters:
        letters.wipe_discarded_notes(step.id, by)
    _tell(move)
    if details.is_login_closed:
        accounts.deactivate_user(leaver, by=by)
    audit.record("handovers.handed_over", step, by=by, reason=details.reason)
    return step


def look_ahead(details: HandOverDetails, *, by: User) -> Holdings:
    """What a hand-over would move, refused as it would be refused; writes nothing but that somebody looked."""
    leaver = users.get_user(details.from_user_id)
    held = _require_ready(details, operations_owners.moment_of(details.from_on, leaver.zone), by)
    audit.record_event("handovers.looked_ahead", kind="user", ref=str(leaver.id), by=by)
    return held


def undo_hand_over(step: HandOver, *, by: User) -> HandOver:
    """Give everything back from now on, and take the letters out of the outbox. CannotUndo once one was sent."""
    refusal = policies.why_not_undo(step, queries_holdings.count_sent_of(SOURCE, step.id), by)
    if refusal:
        raise policies.CannotUndo(refusal)
    before = audit.snapshot(step)
    if step.is_login_closed:
        accounts.reactivate_user(step.from_user, by=by)
    people.take_back_owners(step.id, by=by)
    _take_back_owned_plans(step, by)
    successions.take_back(step.id, by=by)
    for note in queries_notes.list_decided_in(step.id):
        operations_notes.take_back_decision(note, by=by)
    letters.discard_unsent(step, by=by)
    for id in step.readdressed_ids:
        letter = queries_outbox.get_letter(id)
        if letter.touch_id is None and letter.discarded_at is None:
            operations_drafts.readdress_letter(letter, step.from_user, by=by)
    notices.finish_about((SOURCE, step.id), by=by)
    step.undone_at, step.undone_by_id = clock.now(), by.id
    audit.record("handovers.hand_over_undone", step, by=by, before=before)
    return step


def _require_ready(details: HandOverDetails, at: datetime, by: User) -> Holdings:
    """What would move, when it may: refused by the same rules before anything is written as when it is done."""
    leaver = users.get_user(details.from_user_id)
    policies.require_may(by, leaver)
    policies.require_close(details.is_login_closed, by, leaver, at, clock.now())
    held = queries.holdings_of(leaver, at)
    policies.require_unchanged(details.seen, held.moved)
    _require_complete(held, details)
    policies.require_fit(users.get_user(details.to_user_id), held.moved)
    for heir in set(details.heirs.values()):
        user = users.get_user(heir)
        people_policies.require_may_own(user.role, user.is_active, user.name)
    for note in held.notes:
        policies_notes.require_decision(note, details.notes[note.id], by)
    return held


# -- steps -----------------------------------------------------------------------------------------


class _Move(Struct, frozen=True):
    """One hand-over on its way: `heirs` by person, `heir` for what belongs to no person."""

    step: HandOver
    held: Holdings
    heirs: Mapping[int, User]
    heir: User
    by: User

    def heir_for(self, person_id: int | None) -> User:
        return self.heirs.get(person_id, self.heir) if person_id is not None else self.heir


def _require_complete(held: Holdings, details: HandOverDetails) -> None:
    if not any(held.moved.values()):
        raise policies.NothingToHandOver(
            _("There is nothing to hand over: they answer for nobody and nothing.")
        )
    undecided = [note for note in held.notes if note.id not in details.notes]
    if undecided:
        names = ", ".join(dict.fromkeys(note.person.name for note in undecided))
        raise policies.NoteUndecided(
            _("Decide about each private note first: still open for %(names)s.", names=names)
        )


def _heirs(details: HandOverDetails, held: Holdings, heir: User) -> dict[int, User]:
    others = {id: users.get_user(user_id) for id, user_id in details.heirs.items()}
    touched = [row.person_id for row in (*held.owned, *held.deputised)]
    return {person_id: others.get(person_id, heir) for person_id in touched}


def _move_people(move: _Move) -> None:
    at = move.step.from_at
    _give(move, {row.person_id: move.heirs[row.person_id] for row in move.held.owned}, OwnerRole.OWNER)
    owners = reading_people.owners_of([row.person_id for row in move.held.deputised], at)
    deputised = {row.person_id: move.heirs[row.person_id] for row in move.held.deputised}
    # Who owns a person cannot be their deputy: there the deputyship ends with the login of who leaves.
    free = {id: user for id, user in deputised.items() if id not in owners or owners[id].id != user.id}
    _give(move, free, OwnerRole.DEPUTY)


def _give(move: _Move, heirs: Mapping[int, User], role: OwnerRole) -> None:
    step = move.step
    people.hand_over_many(
        heirs, step.from_at, by=move.by, role=role, reason=step.reason, from_on=step.from_on, hand_over_id=step.id
    )  # fmt: skip


def _move_things(move: _Move) -> None:
    """All that is not a person or a note: each thing to the heir of its person, or to the one successor."""
    held, things = move.held, defaultdict[int, list[Base]](list)
    about_people: tuple[Sequence[Any], ...] = (
        held.asks, held.insights, held.put_off, held.planned, held.disputes, held.exceptions, held.engagements, held.shares
    )  # fmt: skip
    for row in chain.from_iterable(about_people):
        things[move.heir_for(row.person_id).id].append(row)
    things[move.heir.id] += [
        *held.goals, *held.programs, *held.initiatives, *held.needs, *held.events, *held.policies, *held.requests
    ]  # fmt: skip
    persons = _persons_by_source(held)
    for notice in held.notices:
        things[move.heir_for(_person_of(notice, persons)).id].append(notice)
    for user_id, rows in things.items():
        to = users.get_user(user_id)
        successions.pass_on(rows, to, move.step.from_at, by=move.by, hand_over_id=move.step.id)
    if move.step.from_at <= clock.now():
        _take_over_plans([*held.goals, *held.programs, *held.initiatives], move.heir, move.by)


def _take_over_plans(plans: Sequence[programs.Plan], to: User, by: User) -> None:
    for plan in plans:
        programs.take_over(plan, to, by=by)


def _persons_by_source(held: Holdings) -> dict[tuple[str, int], int]:
    """Whom the notices about these rows are about."""
    found = {("outreach", ask.id): ask.person_id for ask in held.asks}
    found |= {("outreach", row.other_id): row.person_id for row in held.decisions if row.other_id is not None}
    found |= {("outreach.insight", row.id): row.person_id for row in held.insights}
    found |= {(DISPUTES, row.id): row.person_id for row in held.disputes}
    found |= {("advisory", row.id): row.person_id for row in held.engagements}
    found |= {("advisory.share", row.id): row.person_id for row in held.shares}
    return found | {("ledger.exceptions", row.id): row.person_id for row in held.exceptions}


def _person_of(notice: Notice, persons: Mapping[tuple[str, int], int]) -> int | None:
    if notice.source_id is None:
        return None
    return (
        notice.source_id
        if notice.source_kind == "people"
        else persons.get((notice.source_kind, notice.source_id))
    )


def _decide_notes(move: _Move, details: HandOverDetails) -> None:
    for note in move.held.notes:
        to = move.heir_for(note.person_id)
        operations_notes.decide_note(
            note, details.notes[note.id], by=move.by, to=to, hand_over_id=move.step.id
        )


def _take_back_owned_plans(step: HandOver, by: User) -> None:
    """Plans that changed their owner at once have the old one again, unless somebody else has them by now."""
    if step.from_at <= step.made_at:
        plans = [plan for plan in queries.list_plans_of(step) if plan.owner_id == step.to_user_id]
        _take_over_plans(plans, step.from_user, by)


def _tell(move: _Move) -> None:
    """Every successor hears what comes; administrators hear which login to close when the day has come."""
    step = move.step
    leaver, begins = step.from_user.name, later(day, step.from_on)
    for user, n_people in _count(move.heirs[row.person_id] for row in move.held.owned):
        if user.id != move.by.id:
            said = _l(
                "%(name)s hands %(what)s over to you from %(day)s.",
                name=leaver, what=later(policies.restated, {"people": n_people}), day=begins,
            )  # fmt: skip
            notices.notify(said, user=user, urgency=Urgency.SOON, source=(SOURCE, step.id), by=move.by)
    if step.from_at > clock.now():
        said = _l(
            "%(name)s hands over from %(day)s. If they leave, close the login once that day has come.",
            name=leaver, day=begins,
        )  # fmt: skip
        notices.notify(said, role=Role.ADMIN, urgency=Urgency.INFO, source=(SOURCE, step.id), by=move.by)


def _count(heirs: Iterable[User]) -> Sequence[tuple[User, int]]:
    found: dict[int, list[User]] = defaultdict(list)
    for user in heirs:
        found[user.id].append(user)
    return [(same[0], len(same)) for same in found.values()]
