"""Handing over everything in one step, with its refusals and the way back (P1)."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from app.accounts import queries_successions
from app.accounts.models import Role, Succession, User
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import DomainError, NotAllowed
from app.handovers import policies, queries
from app.handovers.details import DraftDecision
from app.handovers.models import HandOver
from app.notices import operations as notices
from app.notices import queries as reading_notices
from app.outreach import operations as outreach
from app.outreach import operations_insights as insights
from app.outreach import queries as reading_outreach
from app.outreach import queries_holdings, queries_insights, queries_outbox
from app.outreach.details import LetterDetails
from app.outreach.details_insights import InsightDetails
from app.outreach.models import Letter, TouchKind
from app.people import operations as people_operations
from app.people import policies_notes, queries_notes, queries_owners
from app.people import queries as people_queries
from app.people.models import OwnerRole, Ownership, Person
from app.people.models_notes import NoteState, PersonNote
from app.people.policies_notes import NoteDecision
from app.programs import operations_initiatives as initiatives
from app.programs.details_initiatives import InitiativeDetails
from app.programs.models import Goal, Program
from tests.conftest import fresh
from tests.factories import accounts, handovers, programs
from tests.factories import outreach as make_outreach
from tests.factories import people as make_people

pytestmark = pytest.mark.usefixtures("app")
At = Callable[[datetime], AbstractContextManager[None]]

TODAY = datetime(2026, 10, 1, 9, tzinfo=UTC)
LATER = datetime(2026, 11, 1, 8, tzinfo=UTC)


@pytest.fixture
def desk(at: At) -> tuple[User, User]:
    """Mei with two people, one open ask, one goal and one notice; Omar, who comes after her."""
    mei, omar = accounts.user(name="Mei"), accounts.user(name="Omar")
    with at(datetime(2026, 9, 1, tzinfo=UTC)):
        amal = make_people.person("Amal", owner=mei, email="amal@voices.example")
        make_people.person("Jack", owner=mei, email="jack@voices.example")
    with at(TODAY):
        make_outreach.touch(amal, mei, is_ask=True)
        programs.goal(programs.program(by=mei), by=mei)
        with transaction():
            notices.notify("Look at Amal", user=db.session.merge(mei), source=("people", amal.id))
    return mei, omar


def held(user: User, at: datetime) -> dict[str, int]:
    with clock.fixed_at(at):
        moved = queries.holdings_of(fresh(user), at).moved
    return {key: number for key, number in moved.items() if number}


ALL = {"people": 2, "asks": 1, "goals": 2, "notices": 1}


def test_everything_moves_in_one_step(at: At, desk: tuple[User, User]) -> None:
    mei, omar = desk
    assert held(mei, TODAY) == ALL
    with at(TODAY):
        step = handovers.hand_over(mei, omar)
    assert {key: step.moved[key] for key in ALL} == ALL
    assert held(mei, TODAY) == {}
    after = held(omar, TODAY)
    assert {key: after[key] for key in ("people", "asks", "goals")} == {"people": 2, "asks": 1, "goals": 2}
    assert db.session.scalars(sa.select(Goal.owner_id)).all() == [omar.id]


def test_a_day_to_come_moves_everything_by_itself(at: At, desk: tuple[User, User]) -> None:
    """P1: until then all is Mei's, from then on all is Omar's; nothing has to run."""
    mei, omar = desk
    with at(TODAY):
        handovers.hand_over(mei, omar, from_on=date(2026, 11, 1))
    assert held(mei, TODAY) == {**ALL, "notices": 1}
    assert held(mei, LATER) == {}
    assert held(omar, LATER) | {"notices": 1, "drafts": 0} == ALL | {"drafts": 0} | {"notices": 1}
    with at(TODAY):
        assert [row.message for row in reading_notices.list_open_to(fresh(mei))] == ["Look at Amal"]
    with at(LATER):
        assert "Look at Amal" in [row.message for row in reading_notices.list_open_to(fresh(omar))]
        assert reading_notices.list_open_to(fresh(mei)) == []
        assert reading_outreach.count_open_asks(None, of=fresh(omar)) == 1


def test_single_people_go_to_others(at: At, desk: tuple[User, User]) -> None:
    mei, omar = desk
    tom = accounts.user(name="Tom")
    with at(TODAY):
        amal, jack = (row.person for row in queries_owners.list_held(fresh(mei), OwnerRole.OWNER, TODAY))
        handovers.hand_over(mei, omar, heirs={amal.id: tom.id})
        owners = people_queries.owners_of([amal.id, jack.id])
        asks = {
            user.name: reading_outreach.count_open_asks(None, of=user) for user in (fresh(omar), fresh(tom))
        }
    assert owners == {amal.id: tom, jack.id: omar}
    assert asks == {"Omar": 0, "Tom": 1}, "the ask goes with its person"


def test_letters_wait_in_each_language_and_a_missing_text_is_flagged(at: At, desk: tuple[User, User]) -> None:
    """G5: drafted in the successor's name, held; nothing is sent while a text is missing."""
    mei, omar = desk
    handovers.letter_text("en")
    with at(TODAY):
        make_people.person("Hana", owner=mei, email="hana@voices.example")
        make_people.person("Ines", owner=mei)  # no mail address
        step = handovers.hand_over(mei, omar, from_on=date(2026, 11, 1))
        batch = queries_outbox.get_batch(f"hand-over-{step.id}")
        assert step.moved["letters"] == 3
        assert (batch.restated, batch.missing) == (
            "3 mails, 1 language, 1 missing translation (ko)",
            {"ko": 1},
        )
        mails = [row.mail for row in batch.rows if row.mail]
        words = queries_outbox.words_of(mails[0]).text
        with pytest.raises(DomainError, match="ko"), transaction():
            outreach.release_batch(f"hand-over-{step.id}", by=db.session.merge(mei))
    assert "from November 1, 2026 I look after you" in words
    assert "Mei has told me much" in words
    assert "Omar, Analyst relations" in words
    assert {row.letter.user_id for row in batch.rows if row.letter} == {omar.id}


def test_undo_brings_everything_back(at: At, desk: tuple[User, User]) -> None:
    mei, omar = desk
    with at(TODAY):
        step = handovers.hand_over(mei, omar, from_on=date(2026, 11, 1))
        handovers.undo(step, mei)
    assert held(mei, LATER) == ALL
    assert "people" not in held(omar, LATER)
    assert all(letter.discarded_at for letter in db.session.scalars(sa.select(Letter)))
    assert db.session.scalars(sa.select(Succession.withdrawn_at)).all().count(None) == 0
    with at(TODAY), pytest.raises(policies.CannotUndo, match="undone already"):
        handovers.undo(step, mei)


def test_undo_of_what_has_begun_keeps_the_history(at: At, desk: tuple[User, User]) -> None:
    mei, omar = desk
    with at(TODAY):
        step = handovers.hand_over(mei, omar)
    with at(datetime(2026, 10, 3, tzinfo=UTC)):
        handovers.undo(step, mei)
        assert {user.name for user in people_queries.owners_of([1, 2]).values()} == {"Mei"}
        assert {
            user.name for user in people_queries.owners_of([1, 2], datetime(2026, 10, 2, tzinfo=UTC)).values()
        } == {"Omar"}
    assert db.session.scalars(sa.select(Goal.owner_id)).all() == [mei.id]
    assert db.session.scalar(sa.select(sa.func.count(Ownership.id))) == 6


def test_no_undo_once_a_letter_has_left(at: At, desk: tuple[User, User]) -> None:
    mei, omar = desk
    handovers.letter_text("en")
    handovers.letter_text("ar")
    with at(TODAY):
        step = handovers.hand_over(mei, omar)
        letter = queries_holdings.list_letters_of("handovers", step.id)[0]
        with transaction():
            outreach.release_letter(db.session.merge(letter), by=db.session.merge(omar))
        with pytest.raises(policies.CannotUndo, match="A letter has left"):
            handovers.undo(step, mei)
    assert held(omar, TODAY)["people"] == 2


def test_private_notes_are_decided_one_by_one(at: At, desk: tuple[User, User]) -> None:
    mei, omar = desk
    with at(TODAY):
        amal, jack = (row.person for row in queries_owners.list_held(fresh(mei), OwnerRole.OWNER, TODAY))
        given, kept, gone = (
            handovers.note(who, mei, text) for who, text in ((amal, "Give"), (jack, "Keep"), (jack, "Drop"))
        )
        with pytest.raises(policies.NoteUndecided, match="Amal, Jack"):
            handovers.hand_over(mei, omar)
        decisions = {
            given.id: NoteDecision.GIVE,
            kept.id: NoteDecision.ARCHIVE,
            gone.id: NoteDecision.DISCARD,
        }
        step = handovers.hand_over(mei, omar, notes=decisions)
        assert [note.text for note in queries_notes.list_notes(amal, fresh(omar))] == ["Give"]
        assert queries_notes.list_notes(jack, fresh(omar)) == []
        assert [note.text for note in queries_notes.list_notes(jack, fresh(mei))] == ["Keep"]
        assert fresh(gone).state is NoteState.DISCARDED
        handovers.undo(step, mei)
        assert {note.text for note in queries_notes.list_private_of(fresh(mei))} == {"Give", "Keep", "Drop"}


def test_words_of_discarded_notes_go_when_the_first_letter_does(at: At, desk: tuple[User, User]) -> None:
    mei, omar = desk
    for language in ("en", "ar"):
        handovers.letter_text(language)
    with at(TODAY):
        note = handovers.note(queries_owners.list_held(fresh(mei), OwnerRole.OWNER, TODAY)[0].person, mei)
        step = handovers.hand_over(mei, omar, notes={note.id: NoteDecision.DISCARD})
        assert fresh(note).text
        letter = queries_holdings.list_letters_of("handovers", step.id)[0]
        with transaction():
            outreach.release_letter(db.session.merge(letter), by=db.session.merge(omar))
        assert fresh(note).text == ""


@pytest.mark.parametrize("decision", list(NoteDecision))
def test_what_was_shared_is_never_discarded(at: At, desk: tuple[User, User], decision: NoteDecision) -> None:
    mei, _ = desk
    with at(TODAY):
        note = handovers.note(queries_owners.list_held(fresh(mei), OwnerRole.OWNER, TODAY)[0].person, mei)
        with transaction():
            people_operations.share_note(db.session.merge(note), by=db.session.merge(mei))
    shared, by = fresh(note), fresh(mei)
    if decision is NoteDecision.DISCARD:
        with pytest.raises(policies_notes.WasShared):
            policies_notes.require_decision(shared, decision, by)
    else:
        policies_notes.require_decision(shared, decision, by)


def test_only_the_author_discards(at: At, desk: tuple[User, User]) -> None:
    mei, omar = desk
    ada = accounts.user(role=Role.ADMIN)
    with at(TODAY):
        note = handovers.note(queries_owners.list_held(fresh(mei), OwnerRole.OWNER, TODAY)[0].person, mei)
        with pytest.raises(policies_notes.NotYourNote, match="Only Mei can discard"):
            handovers.hand_over(mei, omar, by=ada, notes={note.id: NoteDecision.DISCARD})
        assert queries_notes.list_notes(note.person, fresh(ada)) == []
        handovers.hand_over(mei, omar, by=ada, notes={note.id: NoteDecision.GIVE})
    assert fresh(note).holder_id == omar.id


def test_drafts_are_left_written_again_or_discarded(at: At, desk: tuple[User, User]) -> None:
    mei, omar = desk
    make_outreach.letter_template("en", "note", subject="News", body=make_outreach.NOTE)
    drafts = []
    with at(TODAY):
        jack = queries_owners.list_held(fresh(mei), OwnerRole.OWNER, TODAY)[1].person
        for word in ("one", "two", "three"):
            details = LetterDetails(
                person_id=jack.id,
                key="note",
                kind=TouchKind.UNSOLICITED,
                fields={"message": word},
                batch=word,
                batch_title=word,
            )
            with transaction():
                drafts.append(outreach.write_letter(details, by=db.session.merge(mei)).id)
        decided = dict(zip(drafts, DraftDecision, strict=True))  # keep, readdress, discard
        handovers.hand_over(mei, omar, drafts=decided, has_letters=False)
        left = {
            row.fields["message"]: row.user_id
            for user in (mei, omar)
            for row in queries_holdings.list_drafts_of(fresh(user))
        }
    assert left == {"one": mei.id, "two": omar.id}


REFUSED = [
    ({"seen": {"people": 3}}, policies.PlanChanged, "2 people"),
    ({"from_on": date(2026, 9, 1)}, DomainError, "This day is over"),
    ({"from_on": date(2026, 11, 1), "is_login_closed": True}, DomainError, "holds all this until then"),
]


@pytest.mark.parametrize(("changes", "error", "words"), REFUSED)
def test_refused_with_nothing_moved(
    at: At, desk: tuple[User, User], changes: dict[str, object], error: type[Exception], words: str
) -> None:
    mei, omar = desk
    with at(TODAY), pytest.raises(error, match=words):
        handovers.hand_over(mei, omar, by=accounts.user(role=Role.ADMIN), **changes)
    assert held(mei, TODAY) == ALL
    assert db.session.scalar(sa.select(sa.func.count(HandOver.id))) == 0


def test_others_cannot_hand_over_what_is_not_theirs(at: At, desk: tuple[User, User]) -> None:
    mei, omar = desk
    with at(TODAY), pytest.raises(NotAllowed):
        handovers.hand_over(mei, omar, by=omar)


def test_an_auditor_takes_over_nothing(at: At, desk: tuple[User, User]) -> None:
    mei, _ = desk
    with at(TODAY), pytest.raises(DomainError, match="auditor is not a role"):
        handovers.hand_over(mei, accounts.user(role=Role.AUDITOR))


def test_the_login_is_closed_in_the_same_step_and_opened_by_undo(at: At, desk: tuple[User, User]) -> None:
    mei, omar = desk
    ada = accounts.user(role=Role.ADMIN)
    with at(TODAY):
        step = handovers.hand_over(mei, omar, by=ada, is_login_closed=True)
        assert not fresh(mei).is_active
        with pytest.raises(policies.CannotUndo, match="an administrator can undo it"):
            handovers.undo(step, omar)
        handovers.undo(step, ada)
    assert fresh(mei).is_active
    assert held(mei, TODAY)["people"] == 2


def test_nobody_without_anything_hands_over(at: At) -> None:
    with at(TODAY), pytest.raises(policies.NothingToHandOver):
        handovers.hand_over(accounts.user(name="Tom"), accounts.user(name="Omar"))


def test_a_second_succession_follows_the_first(at: At, desk: tuple[User, User]) -> None:
    """Mei to Omar today, Omar to Tom from November: the ask is Omar's in between."""
    mei, omar = desk
    tom = accounts.user(name="Tom")
    with at(TODAY):
        handovers.hand_over(mei, omar)
        handovers.hand_over(omar, tom, from_on=date(2026, 11, 1), has_letters=False)
    counts = {}
    for instant in (TODAY, LATER):
        with at(instant):
            counts[instant] = [
                reading_outreach.count_open_asks(None, of=fresh(user)) for user in (mei, omar, tom)
            ]
    assert counts == {TODAY: [0, 1, 0], LATER: [0, 0, 1]}
    ask_id = db.session.scalars(
        sa.select(Succession.subject_id).where(Succession.subject_kind == "touch")
    ).first()
    assert queries_successions.list_of_hand_over(1)
    assert ask_id is not None
    assert db.session.scalars(sa.select(PersonNote)).all() == []


def test_insights_and_initiatives_move_too(at: At, desk: tuple[User, User]) -> None:
    """P1, G9: who leaves answers nothing any more; the day it was due stays."""
    mei, omar = desk
    with at(TODAY):
        program = db.session.scalars(sa.select(Program)).one()
        person = db.session.scalars(sa.select(Person).where(Person.name == "Amal")).one()
        with transaction():
            by = db.session.merge(mei)
            insights.note_insight(
                InsightDetails(
                    person_id=person.id, program_id=program.id, advice="Lower the ports.", heard_on=TODAY.date(),
                    department_id=by.department_id, owner_id=by.id, reply_due_on=date(2026, 12, 24),
                ),
                by=by,
            )  # fmt: skip
            details = InitiativeDetails(
                name="Films", framework="Theirs.", country="NG", starts_on=TODAY.date()
            )
            initiatives.start_initiative(db.session.merge(program), details, by=by)
        before = held(mei, TODAY)
        handovers.hand_over(mei, omar)
    after = held(omar, TODAY)
    assert (before["insights"], before["goals"]) == (1, ALL["goals"] + 1)
    assert (after["insights"], after["goals"], held(mei, TODAY)) == (1, ALL["goals"] + 1, {})
    with at(TODAY):
        [row] = queries_insights.list_insights(fresh(omar), owner=fresh(omar))
        assert queries_insights.who_answers([row])[row.id].id == omar.id
