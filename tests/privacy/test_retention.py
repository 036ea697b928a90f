"""Retention: reported first, deleted only days later, never while somebody holds it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.accounts.models import AuditEvent
from app.core import clock, files
from app.core.db import db, transaction
from app.core.models import OutboxMail, StoredFile
from app.imports.models import ImportRun
from app.notices.models import Notice
from app.people import operations_hospitality
from app.people.details import HospitalityDetails
from app.people.models import Person
from app.people.models_kept import Hospitality
from app.privacy import operations, operations_files, operations_retention, policies, queries_retention
from app.privacy.details import RuleDetails
from app.privacy.models import RetentionItem, RetentionRun
from app.privacy.retention import POLICIES
from app.privacy.retention_kinds import WAIT, Kind
from app.programs.models_declared import Declaration
from app.travel.models import Leg, Trip
from tests.conftest import fresh
from tests.factories import people
from tests.factories import privacy as make
from tests.factories import travel as make_travel

Filled = tuple[Person, make.Filler]
#: The filler's trip ended on this day; its data are kept for 30 days after it.
TRIP_ENDED = date(2026, 5, 4)


@pytest.fixture
def filled(app: Flask) -> Person:
    with clock.fixed_at(make.NOW):
        return make.live_everywhere(
            "Ada Brandtwerk",
            "ada@brandtwerk.example",
            "@brandtwerk_tv",
            former="A. Brandtwerk",
            fill=make.Filler(),
        )


def on(day: date) -> Any:
    return clock.fixed_at(datetime(day.year, day.month, day.day, 3, tzinfo=UTC))


def run(day: date, *, is_approved: bool = True) -> RetentionRun:
    """One day's work; what was reported before is approved beforehand, unless the test is about that."""
    with on(day):
        n_waiting = len(db.session.scalars(queries_retention.unapproved()).all())
        if is_approved and n_waiting:
            with transaction():
                assert operations_retention.approve("", n_waiting, by=make.helga()) == n_waiting
        db.session.rollback()
        n_done = operations_retention.run_daily()
        assert operations_retention.run_daily() == 0
    found = db.session.scalars(sa.select(RetentionRun).where(RetentionRun.on == day)).one()
    assert n_done == sum(count["reported"] + count["deleted"] for count in found.counts.values())
    return db.session.scalars(sa.select(RetentionRun).where(RetentionRun.on == day)).one()


def items(kind: Kind) -> list[RetentionItem]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(RetentionItem).where(RetentionItem.kind == kind.value)))


def trip_words() -> tuple[str, str]:
    db.session.rollback()
    return db.session.scalars(sa.select(Trip)).one().wish, db.session.scalars(
        sa.select(Leg.booking_reference)
    ).one()


def test_reported_days_before_and_deleted_on_time(filled: Person) -> None:
    """c48: the report comes early enough for the deletion not to be late."""
    with transaction():
        db.session.scalars(sa.select(Leg)).one().booking_reference = "QK7ZPD"
    due = TRIP_ENDED + timedelta(days=30)
    early = run(due - timedelta(days=8))
    assert early.counts["trips"] == {"reported": 0, "deleted": 0, "held": 0}
    reported = run(due - timedelta(days=7))
    assert reported.counts["trips"] == {"reported": 1, "deleted": 0, "held": 0}
    (item,) = items(Kind.TRIPS)
    assert (item.due_on, item.deleted_on, item.person_id) == (due, None, filled.id)
    assert run(due - timedelta(days=1)).counts["trips"] == {"reported": 0, "deleted": 0, "held": 0}
    assert trip_words()[1] == "QK7ZPD"
    assert run(due).counts["trips"] == {"reported": 0, "deleted": 1, "held": 0}
    assert trip_words() == ("", "")
    assert fresh(item).deleted_on == due
    told = db.session.scalars(sa.select(Notice).where(Notice.source_kind == "privacy.retention")).all()
    assert {notice.source_id for notice in told} >= {reported.id}


def test_what_was_overdue_already_still_waits_for_its_report(filled: Person) -> None:
    """Nothing goes on the day it is first told."""
    late = TRIP_ENDED + timedelta(days=200)
    assert run(late).counts["trips"]["deleted"] == 0
    assert run(late + timedelta(days=6)).counts["trips"]["deleted"] == 0
    assert run(late + timedelta(days=7)).counts["trips"]["deleted"] == 1


def test_nothing_goes_before_somebody_said_yes(filled: Person) -> None:
    """c48: what is due waits for a yes, however long; a yes taken back makes it wait again."""
    late = TRIP_ENDED + timedelta(days=200)
    run(late, is_approved=False)
    assert run(late + timedelta(days=7), is_approved=False).counts["trips"] == {
        "reported": 0,
        "deleted": 0,
        "held": 1,
    }
    assert items(Kind.TRIPS)[0].held_because == operations_retention.UNAPPROVED
    with on(late + timedelta(days=8)), transaction():
        assert operations_retention.approve("trips", 1, by=make.helga()) == 1
        assert operations_retention.withdraw_approval("trips", 1, by=make.helga()) == 1
    assert run(late + timedelta(days=8), is_approved=False).counts["trips"]["deleted"] == 0
    with on(late + timedelta(days=9)), transaction():
        operations_retention.approve("trips", 1, by=make.helga())
    (item,) = items(Kind.TRIPS)
    assert (item.approved_by_id, item.held_because) == (make.helga().id, "")
    assert run(late + timedelta(days=9), is_approved=False).counts["trips"] == {
        "reported": 0,
        "deleted": 1,
        "held": 0,
    }
    assert trip_words() == ("", "")
    lines = sa.select(AuditEvent.action).where(AuditEvent.action.like("privacy.retention_appr%"))
    assert db.session.scalars(lines.order_by(AuditEvent.id)).all() == [
        "privacy.retention_approved", "privacy.retention_approval_withdrawn", "privacy.retention_approved",
    ]  # fmt: skip


@pytest.mark.parametrize(("kind", "n_seen"), [("trips", 2), ("trips", 0), ("mails", 1), ("declared", 1)])
def test_a_yes_is_to_what_was_seen(filled: Person, kind: str, n_seen: int) -> None:
    """c48: another number than the page restated, or nothing of the kind, is refused."""
    run(TRIP_ENDED + timedelta(days=25), is_approved=False)
    with pytest.raises(policies.RequestRefused, match=r"By now|Nothing waits"), transaction():
        operations_retention.approve(kind, n_seen, by=make.helga())
    assert [item.approved_at for item in items(Kind.TRIPS)] == [None]


def test_a_rule_may_say_that_nobody_is_asked(filled: Person) -> None:
    """c48: the rule is the standing yes, with its reason and its day."""
    late = TRIP_ENDED + timedelta(days=200)
    with on(late), transaction():
        details = RuleDetails(
            kind="trips", n_days=30, is_asked=False, from_on=late, reason="Agreed with the works council."
        )
        operations_retention.set_rule(details, by=make.helga())
    run(late, is_approved=False)
    assert run(late + timedelta(days=7), is_approved=False).counts["trips"]["deleted"] == 1


def test_a_hold_stops_it_and_lifting_lets_it_go(filled: Person) -> None:
    """c48."""
    late = TRIP_ENDED + timedelta(days=200)
    run(late)
    with transaction():
        hold = operations.place_hold(db.session.get_one(Person, filled.id), "A claim.", by=make.ada())
    found = run(late + timedelta(days=7))
    assert found.counts["trips"] == {"reported": 0, "deleted": 0, "held": 1}
    assert items(Kind.TRIPS)[0].held_because == "held"
    assert trip_words()[0] != ""
    with transaction():
        operations.lift_hold(db.session.merge(hold), "Settled.", by=make.ada())
    assert run(late + timedelta(days=8)).counts["trips"]["deleted"] == 1


def test_what_changed_meanwhile_is_dropped(filled: Person) -> None:
    """Somebody emptied it themselves: nothing is deleted, and the report says so."""
    late = TRIP_ENDED + timedelta(days=200)
    run(late)
    with transaction():
        trip = db.session.scalars(sa.select(Trip)).one()
        trip.wish = ""
        for part in trip.parts:
            for name in ("booking_reference", "room", "confirmation", "driver_phone", "driver_email"):
                if hasattr(part, name):
                    setattr(part, name, "")
    assert run(late + timedelta(days=7)).counts["trips"] == {"reported": 0, "deleted": 0, "held": 0}
    assert items(Kind.TRIPS)[0].dropped_on == late + timedelta(days=7)


def test_a_rule_changes_from_its_day_on(filled: Person) -> None:
    due = TRIP_ENDED + timedelta(days=30)
    with on(due - timedelta(days=20)), transaction():
        details = RuleDetails(
            kind="trips", n_days=60, from_on=due - timedelta(days=10), reason="The caterer asks later."
        )
        operations_retention.set_rule(details, by=make.helga())
    assert queries_retention.days_in_force(due - timedelta(days=11))["trips"] == 30
    assert queries_retention.days_in_force(due - timedelta(days=10))["trips"] == 60
    assert run(due - timedelta(days=7)).counts["trips"]["reported"] == 0
    assert run(due + timedelta(days=23)).counts["trips"]["reported"] == 1


@pytest.mark.parametrize(
    ("kind", "n_days", "from_on"),
    [("nothing", 5, date(2030, 1, 1)), ("", 5, date(2030, 1, 1)), ("declared", 5, date(2030, 1, 1)), ("hospitality", 5, date(2030, 1, 1)),
     ("trips", 5, date(2020, 1, 1)), (WAIT, 0, date(2030, 1, 1))],
)  # fmt: skip
def test_rules_that_cannot_be(app: Flask, kind: str, n_days: int, from_on: date) -> None:
    with (
        on(date(2026, 5, 4)),
        pytest.raises(Exception, match=r"no such|promised|at least|today"),
        transaction(),
    ):
        operations_retention.set_rule(
            RuleDetails(kind=kind, n_days=n_days, from_on=from_on, reason="x"), by=make.helga()
        )


def test_files_of_lists_go_and_their_receipts_say_numbers_only(filled: Person) -> None:
    late = date(2027, 1, 1)
    stored = db.session.scalars(sa.select(StoredFile)).one()
    digest = stored.sha256
    run(late)
    run(late + timedelta(days=7))
    found = db.session.scalars(sa.select(ImportRun).where(ImportRun.file_name == "list.csv")).one()
    assert (found.file_id, found.lines) == (None, [])
    with on(late + timedelta(days=8)):
        operations_files.remove_doomed()
    assert not files.exists(digest)


def test_every_kind_deletes_what_it_found(filled: Person) -> None:
    """After its deletion, a kind finds none of these rows again."""
    with transaction():
        db.session.execute(
            sa.update(OutboxMail).values(state="sent", sent_at=make.NOW), execution_options={"audited": True}
        )
        db.session.execute(sa.update(Notice).values(done_at=make.NOW), execution_options={"audited": True})
    far = date(2033, 1, 1)
    before = {kind: {due.row_id for due in policy.find(far)} for kind, policy in POLICIES.items()}
    run(far)
    last = run(far + timedelta(days=7))
    with on(far + timedelta(days=7)):
        for kind, policy in POLICIES.items():
            left = {due.row_id for due in policy.find(far)} & before[kind]
            assert (kind, left) == (kind, set())
    expected = {
        Kind.TRIPS,
        Kind.IMPORTS,
        Kind.MAILS,
        Kind.LINKS,
        Kind.VISITS,
        Kind.NOTICES,
        Kind.TRAIL_VALUES,
        Kind.BLOCKS,
        Kind.REPORT_RUNS,
    }
    assert {Kind(name) for name, count in last.counts.items() if count["deleted"]} == expected


def test_declared_facets_go_on_their_own_day_and_nobody_is_named(filled: Person) -> None:
    """P7: a promise: no wait, no hold, no list."""
    day = db.session.scalars(sa.select(Declaration.delete_after_on)).one()
    with transaction():
        operations.place_hold(db.session.get_one(Person, filled.id), "A claim.", by=make.ada())
    assert run(day).counts["declared"] == {"reported": 1, "deleted": 0, "held": 0}
    assert run(day + timedelta(days=1)).counts["declared"]["deleted"] == 1
    assert db.session.scalar(sa.select(sa.func.count(Declaration.id))) == 0
    assert [(item.person_id, item.label) for item in items(Kind.DECLARED)] == [(None, "")]
    assert [item.kind for item in queries_retention.list_items() if item.kind == "declared"] == []


def test_what_those_who_serve_know_goes_on_the_day_agreed(app: Flask) -> None:
    """R4, P8: counted in the report, held by nothing, named nowhere; a day moved on counts as it stands now."""
    day = date(2026, 5, 4)
    amal, jack = people.person("Amal"), people.person("Jack")
    with on(day), transaction():
        for person in (amal, jack):
            details = HospitalityDetails(
                diet="No pork", consented_on=day, consent_source="Her mail", purge_on=day + timedelta(days=7)
            )
            operations_hospitality.set_hospitality(db.session.merge(person), details, by=None)
        operations.place_hold(db.session.merge(amal), "A claim.", by=make.ada())
    assert run(day - timedelta(days=2)).counts["hospitality"] == {"reported": 0, "deleted": 0, "held": 0}
    assert run(day).counts["hospitality"] == {"reported": 2, "deleted": 0, "held": 0}
    with transaction():
        db.session.scalars(sa.select(Hospitality).filter_by(person_id=jack.id)).one().purge_on += timedelta(
            days=3
        )
    assert run(day + timedelta(days=6)).counts["hospitality"]["deleted"] == 0
    assert run(day + timedelta(days=7)).counts["hospitality"] == {"reported": 0, "deleted": 1, "held": 0}
    assert db.session.scalars(sa.select(Hospitality.person_id)).all() == [jack.id]
    assert run(day + timedelta(days=10)).counts["hospitality"]["deleted"] == 1
    assert {(item.person_id, item.label) for item in items(Kind.HOSPITALITY)} == {(None, "")}
    assert [item for item in queries_retention.list_items() if item.kind == "hospitality"] == []
    counted = next(row for row in queries_retention.list_standing(day) if row.kind is Kind.HOSPITALITY)
    assert (counted.n_waiting, counted.n_deleted) == (0, 2)
    purged = sa.select(sa.func.count(AuditEvent.id)).where(AuditEvent.action == "people.hospitality_purged")
    assert db.session.scalar(purged) == 2


def test_strangers_are_erased_as_if_they_had_asked(app: Flask) -> None:
    """People nobody admitted, invited or wrote to for years."""
    with clock.fixed_at(make.NOW):
        stranger, friend = people.person("Ada Brandtwerk"), people.person("Bo Lindenau")
    with clock.fixed_at(make.NOW + timedelta(days=900)), transaction():
        db.session.get_one(Person, friend.id).notes = "Called."
    due = make.NOW.date() + timedelta(days=1095)
    run(due - timedelta(days=7))
    assert fresh(stranger).name == "Ada Brandtwerk"
    assert run(due).counts["not_admitted"] == {"reported": 0, "deleted": 1, "held": 0}
    assert fresh(stranger).name.startswith("Erased person ")
    assert fresh(friend).name == "Bo Lindenau"
    assert [item.label for item in items(Kind.NOT_ADMITTED)] == ["Erased"]


def test_lists_take_the_same_queries_with_one_row_and_thirty(
    app: Flask, count_queries: Callable[[], int], signed_in: Callable[..., Any]
) -> None:
    browser = signed_in(make.helga())
    fill, numbers = make.Filler(), []
    for day, names in ((1, ["Ada"]), (2, [f"Person {i}" for i in range(30)])):
        with on(date(2026, 12, day)):
            for name in names:
                who = people.person(name)
                make.request(who)
                with transaction():
                    fill.own = {"person": who.id}
                    fill.own["event"] = fill.row("event", "")
                    fill.row("trip", "A window.", person_id=who.id)
        report = run(date(2026, 12, day)).id
        paths = (
            "/privacy/",
            "/privacy/?state=done",
            "/privacy/retention/",
            "/privacy/retention/due",
            f"/privacy/retention/{report}",
        )
        counted = []
        for path in (paths[0], *paths):  # the first visit also notes that the session was seen
            count_queries()
            assert browser.get(path).status_code == 200
            counted.append(count_queries())
        numbers.append(counted[1:])
    assert numbers[0] == numbers[1]
    assert len(queries_retention.list_items(is_open=True)) == 31


def test_nothing_of_this_is_reached_by_the_open_trip(app: Flask) -> None:
    """A trip that is not over keeps its details."""
    assert make_travel.trip().wish == ""
    assert POLICIES[Kind.TRIPS].find(date(2026, 10, 17)) == []


def test_nobody_may_ask_for_what_is_not_theirs(app: Flask) -> None:
    with pytest.raises(policies.RequestRefused), transaction():
        operations.place_hold(people.person("Ada Brandt"), " ", by=make.ada())
