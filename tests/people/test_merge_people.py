"""Merging two records: totals, asks, opt-outs, seats and touches before, after, after undo and merged again (P3, P4)."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale

from app.accounts.models import AuditEvent, Role
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import Conflict, DomainError, NotFound
from app.core.money import Money
from app.events.models import Event, Invitation, InvitationStep
from app.events.models_day import Seat
from app.ledger.models import Basis, Category, Form, Unit
from app.ledger.queries import By, Scope, entries_in, totals
from app.outreach import queries as contacts
from app.outreach.models import Touch, TouchKind
from app.outreach.policies import ContactStopped
from app.people import (
    operations,
    operations_merges,
    policies_merges,
    queries,
    queries_duplicates,
    queries_history,
    queries_listing,
    queries_merges,
)
from app.people.details import MayAcceptDetails, MergeDetails, PersonDetails, WishDetails
from app.people.models import AcceptAnswer, OfficialStatus, OrganisationKind, Person
from app.people.models_merges import MergeChange, PersonMerge
from app.programs.models import Enrolment
from app.travel.models import Trip
from tests.factories import accounts, disclosures, events, people, programs, travel
from tests.factories import ledger as book
from tests.factories import outreach as talk

_NOW = datetime(2026, 9, 1, 9, tzinfo=UTC)


def merge(kept: Person, gone: Person, **more: Any) -> PersonMerge:
    return merge_by_id(kept.id, gone.id, **more)


def merge_by_id(kept_id: int, gone_id: int, **more: Any) -> PersonMerge:
    with transaction():
        return operations_merges.merge_people(
            db.session.get_one(Person, kept_id), db.session.get_one(Person, gone_id),
            MergeDetails(reason="They told us.", **more), by=accounts.user(),
        )  # fmt: skip


def undo(made: PersonMerge) -> list[str]:
    with transaction():
        return operations_merges.undo_merge(
            db.session.get_one(PersonMerge, made.id), "Sisters.", by=accounts.user()
        )


def again(row: Person) -> Person:
    return db.session.get_one(Person, row.id, populate_existing=True)


@dataclass
class Couple:
    """Ines, who stays, and Dr I. Moreau, who turns out to be her; the event both could be at."""

    kept: Person
    gone: Person
    event: Event


@pytest.fixture
def couple(app: Flask) -> Couple:
    """Two records with rows in many rooms; those of the second are an ask, an opt-out, a seat and 85.00 of value."""
    cast = talk.cast()
    event = events.event()
    kept = events.enrolled(event, "Ines Moreau", owner=cast["Mei"], home_country="FR")
    gone = people.person("Dr I. Moreau", owner=cast["Tom"], home_country="FR", notes="Met in Lyon.")
    talk.rule(n_touches=5, n_open_asks=2)
    talk.touch(kept, cast["Mei"], kind=TouchKind.UNSOLICITED)
    talk.touch(gone, cast["Tom"], kind=TouchKind.UNSOLICITED, is_ask=True)
    talk.touch(gone, cast["Tom"], kind=TouchKind.REPLY)
    talk.touch(gone, cast["Pia"], kind=TouchKind.TRANSACTIONAL)
    program = event.program
    book.post(book.stay(kept, program, money=book.gbp("500")))
    gift = {"category": Category.GIFT, "basis": Basis.ACTUAL_COST}
    book.post(book.stay(gone, program, money=book.gbp("85"), external_ref="R-1", **gift))
    book.post(
        book.stay(
            gone,
            programs.program("Second"),
            money=book.gbp("300"),
            category=Category.SPEAKING_FEE,
            form=Form.REIMBURSEMENT,
            external_ref="F-1",
        )
    )
    book.post(
        book.stay(
            gone,
            program,
            category=Category.EXEC_ACCESS,
            form=Form.ACCESS,
            basis=Basis.NOT_VALUED,
            money=None,
            unit=Unit.EXECUTIVE_MINUTE,
            quantity=30,
            context="Executive minutes are never priced",
        )
    )
    with transaction():
        for number, who in enumerate((None, gone.id), 1):
            db.session.add(Seat(event_id=event.id, row="A", number=number, is_front=True, person_id=who))
        operations.set_wishes(
            db.session.get_one(Person, gone.id),
            WishDetails(is_opted_out=True, quiet_until_on=date(2027, 1, 1)),
            by=cast["Tom"],
        )
    return Couple(kept, gone, event)


def figures(couple: Couple) -> dict[str, Any]:
    """What must be the same whichever record the rows are under: over both records together."""
    ids = [couple.kept.id, couple.gone.id]
    alive = [id for id in ids if again(db.session.get_one(Person, id)).merged_into_id is None]
    limit = contacts.limit_in_force(clock.now())
    facts = contacts.contact_facts(alive, limit, clock.now())
    return {
        "programs": [(row.keys[By.PROGRAM], row.keys[By.LEG], row.keys[By.UNIT], row.n, row.quantity, row.reporting_minor)
                     for row in totals([By.PROGRAM, By.LEG, By.UNIT])],
        "overall": [(row.currency, row.n, row.reporting_minor) for row in totals([])],
        "people": sorted(sum(getattr(row, name) for id in alive for row in totals([], Scope(person_id=id))) for name in ("n", "reporting_minor", "quantity")),
        "asks": sum(len(facts[id].open_asks) for id in alive),
        "opted out": any(facts[id].is_opted_out for id in alive),
        "quiet": max(facts[id].quiet_until_on for id in alive if facts[id].quiet_until_on),
        "touches": sum(contacts.list_touches(None, contacts.TouchFilter(person_id=id)).total.number for id in alive),
        "seats": db.session.scalar(sa.select(sa.func.count(Seat.id)).where(Seat.person_id.in_(alive))),
        "enrolments": db.session.scalar(sa.select(sa.func.count(Enrolment.id)).where(Enrolment.person_id.in_(alive))),
    }  # fmt: skip


def test_figures_are_equal_before_after_undone_and_merged_again(couple: Couple) -> None:
    """P3: ledger totals per program and overall, both legs, units, asks, opt-outs, seats and touches."""
    before = figures(couple)
    assert (before["asks"], before["touches"], before["seats"]) == (1, 4, 1)
    made = merge(couple.kept, couple.gone)
    assert figures(couple) == before
    assert undo(made) == []
    assert figures(couple) == before
    merge(couple.kept, couple.gone)
    assert figures(couple) == before


def test_the_survivor_has_it_all(couple: Couple) -> None:
    """P3, P4: one person, the stricter wishes, both notes, every entry behind the figures."""
    merge(couple.kept, couple.gone)
    kept = again(couple.kept)
    assert (kept.is_opted_out, kept.quiet_until_on, kept.notes) == (True, date(2027, 1, 1), "Met in Lyon.")
    assert sum(row.n for row in totals([By.PERSON])) == 4
    assert {row.keys[By.PERSON] for row in totals([By.PERSON])} == {kept.id}
    assert len(db.session.scalars(entries_in(Scope(person_id=kept.id))).all()) == 4
    assert [one.id for one in queries_listing.find_by_name(None, "moreau")] == [kept.id]
    assert [one.id for one in queries_listing.find_by_name(None, "dr i. moreau")] == [kept.id]
    assert queries.get_person(couple.gone.id, None).id == kept.id


def test_undo_restores_the_fields_too(couple: Couple) -> None:
    """P3: what was chosen from the other record, its owner and the notes go back; wishes were the other's alone."""
    tom = queries.owner_of(couple.gone)
    before = {
        name: getattr(again(couple.kept), name)
        for name in ("name", "sort_name", "email", "notes", "is_opted_out", "search_text")
    }
    made = merge(couple.kept, couple.gone, from_gone=frozenset({"name", "email", "owner"}))
    assert (again(couple.kept).name, queries.owner_of(couple.kept)) == ("Dr I. Moreau", tom)
    assert undo(made) == []
    assert {name: getattr(again(couple.kept), name) for name in before} == before
    owner = queries.owner_of(couple.kept)
    assert owner is not None
    assert owner.name == "Mei"
    assert (again(couple.gone).merged_into_id, again(couple.gone).is_opted_out) == (None, True)


def test_preview_says_what_moves_and_what_stays(couple: Couple) -> None:
    """P3, J2.3: in words with numbers, nothing written."""
    preview = queries_merges.preview_of(couple.kept, couple.gone, {})
    assert list(preview.moves) == ["3 touches", "1 seat", "1 opt-out", "1 quiet time"]
    assert list(preview.stays) == [
        "1 value entry 85.00 GBP kept", "1 cash value entry 300.00 GBP kept", "30 executive minutes kept",
    ]  # fmt: skip


def test_an_entry_of_the_old_record_is_recognised_again(couple: Couple) -> None:
    """P3, L11: the same outside reference twice adds nothing, also when the record was merged in between."""
    merge(couple.kept, couple.gone)
    details = book.stay(
        couple.kept, couple.event.program, money=book.gbp("85"), external_ref="R-1", category=Category.GIFT
    )
    assert book.post(details).was_known is True


def test_what_changed_since_is_left_and_said(couple: Couple) -> None:
    """P3: undo does not throw away what somebody wrote after the merge."""
    made = merge(couple.kept, couple.gone, from_gone=frozenset({"name"}))
    with transaction():
        operations.edit_person(
            again(couple.kept), PersonDetails(name="Inès Moreau", notes="Met in Lyon."), by=accounts.user()
        )
    assert "name" in undo(made)
    assert again(couple.kept).name == "Inès Moreau"


def test_what_is_left_is_named_in_the_language_of_the_reader(app: Flask, couple: Couple) -> None:
    made = merge(couple.kept, couple.gone, from_gone=frozenset({"name"}))
    with transaction():
        operations.edit_person(again(couple.kept), PersonDetails(name="Inès Moreau"), by=accounts.user())
        row = sa.select(MergeChange).where(MergeChange.merge_id == made.id, MergeChange.table_name == "touch")
        moved = db.session.scalars(row.order_by(MergeChange.id).limit(1)).one()
        moved.after = "99"  # as if the row had gone to a third record since
        moved_id = moved.row_id
    with app.test_request_context(), force_locale("fr"):
        left = undo(made)
    assert {"nom", f"contact {moved_id}"} <= set(left)


@pytest.mark.parametrize("wish", [True, False])
def test_a_wish_said_while_merged_holds_for_both_after_undo(couple: Couple, wish: bool) -> None:
    """P4: undoing never makes somebody reachable who asked for silence in the meantime."""
    with transaction():
        operations.set_wishes(again(couple.gone), WishDetails(is_opted_out=not wish), by=None)
    made = merge(couple.kept, couple.gone)
    with transaction():
        operations.set_wishes(again(couple.kept), WishDetails(is_opted_out=True), by=None)
    undo(made)
    assert (again(couple.kept).is_opted_out, again(couple.gone).is_opted_out) == (True, True)


def test_stricter_answers_stand(app: Flask) -> None:
    """P4: no before up to before yes, the lower limit of two, and back again after undo."""
    kept, gone = people.person("Ines"), people.person("Ines M.")
    answers = [
        ("gift", (AcceptAnswer.YES, None), (AcceptAnswer.NO, None)),
        ("meal", (AcceptAnswer.NO, None), (AcceptAnswer.YES, None)),
        ("lodging", (AcceptAnswer.UP_TO, 9000), (AcceptAnswer.UP_TO, 5000)),
    ]
    with transaction():
        for category, *both in answers:
            for who, (answer, minor) in zip((kept, gone), both, strict=True):
                limit = Money(minor, "GBP") if minor else None
                operations.set_may_accept(
                    again(who), MayAcceptDetails(category=category, answer=answer, limit=limit), by=None
                )

    def said() -> dict[str, Any]:
        db.session.expire_all()
        return {
            name: (row.answer, row.limit.minor if row.limit else None)
            for name, row in queries.may_accept(kept).items()
        }

    before = said()
    made = merge(kept, gone)
    assert said() == {"gift": ("no", None), "meal": ("no", None), "lodging": ("up_to", 5000)}
    undo(made)
    assert said() == before


def test_an_official_stays_official(app: Flask) -> None:
    """P4: the stricter standing holds, with how it is known."""
    kept, gone = (
        people.person("Kerem"),
        people.person("K.", official_status=OfficialStatus.STATE_BODY, official_reason="A state university"),
    )
    made = merge(kept, gone)
    assert (again(kept).official_status, again(kept).official_reason) == (
        OfficialStatus.STATE_BODY,
        "A state university",
    )
    undo(made)
    assert (again(kept).official_status, again(kept).official_reason) == (OfficialStatus.NONE, "")


# -- clashes -----------------------------------------------------------------------------------------------------


def test_two_invitations_to_one_event_ask_which_counts(app: Flask) -> None:
    """P3, E1: refused with the reason until somebody chooses; the other is withdrawn and comes back."""
    event = events.event()
    ines = events.accepted(event, "Ines Moreau")
    double = events.invited(event, "Ines Marie Moreau")
    kept, gone = ines.person, double.person
    with pytest.raises(
        policies_merges.MergeRefused,
        match="Choose which one counts: Enrolment: Global KOL; Invitation: Connect London",
    ):
        merge(kept, gone)
    clashes = {one.key: "gone" for one in queries_merges.preview_of(kept, gone, {}).clashes}
    made = merge(kept, gone, clashes=clashes)

    def stand() -> list[tuple[int, str, int]]:
        db.session.expire_all()
        rows = db.session.scalars(sa.select(Invitation).order_by(Invitation.id))
        return [(row.id, row.state.value, row.person_id) for row in rows]

    assert stand() == [(ines.id, "withdrawn", gone.id), (double.id, "invited", kept.id)]
    steps = (
        sa.select(InvitationStep.reason)
        .where(InvitationStep.invitation_id == ines.id)
        .order_by(InvitationStep.id.desc())
    )
    assert db.session.scalars(steps).first() == "Another invitation of the same person counts (merged)."
    assert undo(made) == []
    assert stand() == [(ines.id, "accepted", kept.id), (double.id, "invited", gone.id)]
    assert db.session.scalars(steps).first() == "The merge was undone."


def test_two_live_trips_stop_the_merge(app: Flask) -> None:
    """P3, T1: nobody can be on two trips to one event; a cancelled one gives way."""
    event = events.event()
    first, second = (
        travel.trip(events.accepted(event, name)) for name in ("Ines Moreau", "Ines Marie Moreau")
    )
    kept, gone = first.person, second.person
    clashes = {one.key: "kept" for one in queries_merges.preview_of(kept, gone, {}).clashes}
    with pytest.raises(
        policies_merges.MergeRefused,
        match="Both records have a trip to Connect London",
    ):
        merge(kept, gone, clashes=clashes)
    with transaction():
        db.session.execute(
            sa.update(Trip).where(Trip.id == first.id).values(state="cancelled"),
            execution_options={"audited": True},
        )
    made = merge(kept, gone, clashes=clashes)
    whose = sa.select(Trip.id, Trip.person_id).order_by(Trip.id)
    assert [tuple(row) for row in db.session.execute(whose)] == [(first.id, gone.id), (second.id, kept.id)]
    undo(made)
    assert [tuple(row) for row in db.session.execute(whose)] == [(first.id, kept.id), (second.id, gone.id)]


def test_open_asks_count_together_in_the_guard(app: Flask) -> None:
    """P3, G3: one ask at each record are two asks of one person."""
    cast = talk.cast()
    kept, gone = people.person("Ines"), people.person("Ines M.")
    talk.rule(n_touches=9)
    for who, by in ((kept, cast["Mei"]), (gone, cast["Tom"])):
        talk.touch(who, by, kind=TouchKind.UNSOLICITED, is_ask=True)
    merge(kept, gone)
    facts = contacts.contact_facts([kept.id], contacts.limit_in_force(clock.now()), clock.now())
    assert len(facts[kept.id].open_asks) == 2


def test_both_accepted_one_policy_version(app: Flask) -> None:
    """P3, D2: the same acknowledgement twice is one, and no crash."""
    kept, gone = people.person("Ines"), people.person("Ines M.")
    version = disclosures.version()
    disclosures.acceptance(kept, version)
    disclosures.acceptance(gone, version)
    undo(merge(kept, gone))
    merge(kept, gone)
    assert again(gone).merged_into_id == kept.id


# -- chains, refusals, concurrency -------------------------------------------------------------------------------


def test_chains_end_at_the_last_survivor_and_undo_backwards(app: Flask) -> None:
    """P3: A into B, B into C: A points to C; the earlier merge is undone after the later only."""
    a, b, c = (people.person(name) for name in ("Ines A", "Ines B", "Ines C"))
    mei = talk.cast()["Mei"]
    talk.touch(a, mei)
    first, second = merge(b, a), merge(c, b)
    assert (again(a).merged_into_id, again(b).merged_into_id) == (c.id, c.id)
    assert queries.get_person(a.id, None).id == c.id
    assert db.session.scalar(sa.select(Touch.person_id)) == c.id
    with pytest.raises(policies_merges.UndoRefused, match="Undo the later merge first"):
        undo(first)
    undo(second)
    assert (again(a).merged_into_id, again(b).merged_into_id) == (b.id, None)
    undo(first)
    assert again(a).merged_into_id is None
    assert db.session.scalar(sa.select(Touch.person_id)) == a.id


def test_cycles_and_nonsense_are_refused(app: Flask) -> None:
    """P3: a record and itself, a merged record, a recipient of imported books."""
    a, b, c = (people.person(name) for name in ("Ines A", "Ines B", "Ines C"))
    with transaction():
        operations.add_pseudonymous("npi", ["1"], by=None)
    nobody = db.session.scalars(sa.select(Person).where(Person.is_pseudonymous)).one()
    merge(b, a)
    for kept, gone in ((a, b), (c, a), (a, c)):
        with pytest.raises(policies_merges.MergedMeanwhile):
            merge(kept, gone)
    for kept, gone in ((b, b), (b, nobody), (nobody, b)):
        with pytest.raises(policies_merges.MergeRefused):
            merge(kept, gone)


def test_a_record_that_was_edited_meanwhile_is_looked_at_again(app: Flask) -> None:
    """P3: whoever merges has seen both records as they are."""
    a, b = people.person("Ines A"), people.person("Ines B")
    seen = b.version
    with transaction():
        operations.edit_person(again(b), PersonDetails(name="Ines Bell"), by=accounts.user())
    with pytest.raises(Conflict):
        merge(a, b, kept_version=a.version, gone_version=seen)


def _at_once(app: Flask, *acts: Callable[[], object]) -> list[type[BaseException] | None]:
    """Run the acts at the same moment, each in its own thread; what each raised."""
    accounts.user()
    db.session.rollback()
    start, ends = threading.Barrier(len(acts)), dict[int, type[BaseException] | None]()

    def run(place: int, act: Callable[[], object]) -> None:
        with app.app_context():
            accounts.user()
            start.wait()
            try:
                act()
                ends[place] = None
            except DomainError as problem:
                ends[place] = type(problem)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    return [ends[place] for place in range(len(acts))]


def test_two_users_merge_the_same_pair(app: Flask) -> None:
    """P3: one of them wins, the other hears of it; the pair is merged once."""
    a, b = people.person("Ines A"), people.person("Ines B")
    one, other = a.id, b.id
    ends = _at_once(app, lambda: merge_by_id(one, other), lambda: merge_by_id(other, one))
    assert sorted(str(end) for end in ends) == sorted([str(None), str(policies_merges.MergedMeanwhile)])
    assert db.session.scalar(sa.select(sa.func.count(PersonMerge.id))) == 1


def test_a_into_b_while_b_into_c(app: Flask) -> None:
    """P3: whoever is first, nobody points to a record that points on, and nobody to themself."""
    a, b, c = (people.person(name) for name in ("Ines A", "Ines B", "Ines C"))
    first, second, third = a.id, b.id, c.id
    ends = _at_once(app, lambda: merge_by_id(second, first), lambda: merge_by_id(third, second))
    assert set(ends) <= {None, policies_merges.MergedMeanwhile}
    assert None in ends
    points = {row.id: row.merged_into_id for row in db.session.scalars(sa.select(Person))}
    assert [points[target] for target in points.values() if target is not None] == [
        None for target in points.values() if target is not None
    ]
    assert points[third] is None


def test_undo_ends_after_30_days_and_happens_once(
    app: Flask, at: Callable[[datetime], AbstractContextManager[None]]
) -> None:
    """P3: the last day counts, the day after does not."""
    a, b = people.person("Ines A"), people.person("Ines B")
    with at(_NOW):
        made = merge(a, b)
    with (
        at(_NOW + timedelta(days=30, seconds=1)),
        pytest.raises(policies_merges.UndoRefused, match="within 30 days"),
    ):
        undo(made)
    with at(_NOW + timedelta(days=30)):
        undo(made)
        with pytest.raises(policies_merges.UndoRefused, match="undone already"):
            undo(made)


def test_acts_are_in_the_trail_and_in_the_history_of_both(app: Flask) -> None:
    """P3, R4: one line each for the merge and its undo, with the reason."""
    a, b = people.person("Ines A"), people.person("Ines B")
    undo(merge(a, b))
    lines = db.session.execute(
        sa.select(AuditEvent.action, AuditEvent.reason)
        .where(AuditEvent.subject_kind == "person_merge")
        .order_by(AuditEvent.id)
    )
    assert [tuple(line) for line in lines] == [
        ("people.merged", "They told us."),
        ("people.merge_undone", "Sisters."),
    ]
    for who in (a, b):
        assert [row.action for row in queries_history.list_changes(who)][:2] == [
            "people.merge_undone",
            "people.merged",
        ]


def test_partners_see_nobody_through_a_merge(app: Flask) -> None:
    """P3, R3: the survivor belongs to whoever represents it; a merged record opens no door to it."""
    agency = people.organisation("Bright Agency", kind=OrganisationKind.AGENCY)
    partner = accounts.user(role=Role.PARTNER, name="Paula", organisation_id=agency.id)
    kept, gone = people.person("Ines"), people.person("Ines M.", agency_id=agency.id)
    made = merge(kept, gone)
    for id in (kept.id, gone.id):
        with pytest.raises(NotFound):
            queries.get_person(id, partner)
    with pytest.raises(NotFound):
        queries_merges.get_merge(made.id, partner)
    undo(made)
    assert queries.get_person(gone.id, partner).id == gone.id


def test_the_old_name_and_mail_still_warn_of_a_duplicate(app: Flask) -> None:
    """P3: whoever is added with the mail of a merged record meets the survivor."""
    kept, gone = (
        people.person("Ines Moreau", email="ines@a.example"),
        people.person("I. Moreau", email="ines@old.example"),
    )
    merge(kept, gone)
    found = queries_duplicates.find_possible_duplicates(None, "Somebody Else", email="ines@old.example")
    assert [(one.person.id, one.why) for one in found] == [(kept.id, "same e-mail")]


def test_guards_need_no_stub(couple: Couple) -> None:
    """P4, G3: after the merge the survivor is not written to, because the other record opted out."""
    merge(couple.kept, couple.gone)
    with pytest.raises(ContactStopped):
        talk.touch(again(couple.kept), talk.cast()["Mei"], kind=TouchKind.UNSOLICITED)


def test_a_record_is_not_merged_with_itself(signed_in: Callable[..., FlaskClient]) -> None:
    """P3: the page of choosing the other record opens instead."""
    amal = people.person("Amal")
    browser = signed_in(Role.RELATIONS)
    for answer in (
        browser.get(f"/people/{amal.id}/merge/{amal.id}"),
        browser.post(f"/people/{amal.id}/merge/{amal.id}"),
    ):
        assert (answer.status_code, answer.location) == (303, f"/people/{amal.id}/merge")
