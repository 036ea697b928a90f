"""Six years after the last entry, the lines of an erased person lead to no number any more (P8, L1)."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.accounts.models import AuditEvent
from app.core import clock
from app.core.db import Base, db, transaction
from app.disclosures.models import Obligation
from app.ledger import operations as ledger
from app.ledger import verify_ledger
from app.ledger.models import Breach, Entry, RuleException, Subject
from app.people.models import OfficialStatus, Person
from app.periods.models import Confirmation, Dispute
from app.privacy import operations, operations_retention, operations_unlinking, queries_retention
from app.privacy.details import RuleDetails
from app.privacy.models import PrivacyRequest, RetentionItem, RetentionRun
from app.privacy.places import PLACES
from app.privacy.reaching import Whose, count_rows
from app.privacy.registry import Now
from app.privacy.retention_kinds import Kind
from app.travel.models import Trip
from tests.conftest import fresh
from tests.factories import privacy as make
from tests.privacy.test_erasure import FORMER as FORMER_NAME
from tests.privacy.test_erasure import HANDLE, MAIL, NAME, OTHER, sums

#: The last entry is of 2026, so that amounts are under a number until the last day of 2032.
FIRST_DAY = date(2033, 1, 1)


@pytest.fixture
def erased(app: Flask) -> Person:
    """Somebody with a row in every room, and somebody else; the first is erased, and nothing of them is open."""
    fill = make.Filler()
    with clock.fixed_at(make.NOW):
        who = make.live_everywhere(NAME, MAIL, HANDLE, former=FORMER_NAME, fill=fill)
        make.live_everywhere(OTHER[0], OTHER[2], OTHER[3], former=OTHER[1], fill=fill)
        make.erase(who)
        settle(who)
    return fresh(who)


def settle(who: Person) -> None:
    """The filler takes the first of every list of states, and leaves most things open."""
    ids = {
        "engagement": "paid",
        "affiliate_share": "ended",
        "access_request": "declined",
        "rule_exception": "granted",
    }
    with transaction():
        for name, state in ids.items():
            table = Base.metadata.tables[name]
            db.session.execute(
                sa.update(table).where(table.c.person_id == who.id).values(state=state),
                execution_options={"audited": True},
            )
        statements, payouts = (Base.metadata.tables[f"share_{name}"] for name in ("statement", "payout"))
        payout = sa.select(payouts.c.id).where(payouts.c.share_id == statements.c.share_id).scalar_subquery()
        paid = sa.update(statements).values(payout_id=payout)
        db.session.execute(paid, execution_options={"audited": True})
        for name, column in (("breach", "closed_at"), ("lent_resource", "returned_on")):
            table = Base.metadata.tables[name]
            stamp: Any = make.NOW.date() if column.endswith("_on") else make.NOW
            db.session.execute(
                sa.update(table).where(table.c.person_id == who.id).values({column: stamp}),
                execution_options={"audited": True},
            )
        for row in db.session.scalars(sa.select(RuleException).filter_by(person_id=who.id)):
            row.terms = {"travel:leg:1": {"amount": "1.00 GBP", "recipient": str(who.id)}}


def run(day: date) -> dict[str, int]:
    """One day's work; nobody says yes to anything."""
    with clock.fixed_at(datetime(day.year, day.month, day.day, 3, tzinfo=UTC)):
        operations_retention.run_daily()
    found = db.session.scalars(sa.select(RetentionRun).where(RetentionRun.on == day)).one()
    counts: dict[str, int] = found.counts["lines"]
    db.session.rollback()
    return counts


def unlinked() -> Person:
    assert run(FIRST_DAY - timedelta(days=7)) == {"reported": 1, "deleted": 0, "held": 0}
    assert run(FIRST_DAY) == {"reported": 0, "deleted": 1, "held": 0}
    return db.session.scalars(sa.select(Person).where(Person.name == operations_unlinking.NAMELESS)).one()


def test_p8_the_link_goes_by_itself_after_six_years_and_not_a_day_before(erased: Person) -> None:
    """P8: without anybody's yes; reported a week before, like everything that goes."""
    assert run(FIRST_DAY - timedelta(days=8)) == {"reported": 0, "deleted": 0, "held": 0}
    assert run(FIRST_DAY - timedelta(days=7)) == {"reported": 1, "deleted": 0, "held": 0}
    (item,) = db.session.scalars(sa.select(RetentionItem).filter_by(kind="lines"))
    assert (item.person_id, item.label, item.due_on) == (erased.id, erased.name, FIRST_DAY)
    assert run(FIRST_DAY - timedelta(days=1)) == {"reported": 0, "deleted": 0, "held": 0}
    assert db.session.scalars(sa.select(Subject.person_id).order_by(Subject.id)).first() == erased.id
    assert run(FIRST_DAY) == {"reported": 0, "deleted": 1, "held": 0}
    assert erased.id not in db.session.scalars(sa.select(Subject.person_id)).all()
    assert run(FIRST_DAY + timedelta(days=30)) == {"reported": 0, "deleted": 0, "held": 0}


def test_p8_l1_the_book_and_every_sum_stay_as_they_were(erased: Person, tmp_path: Path) -> None:
    """P8, L1, O6: chain, root, head, verdict and every report say the same; the export does, byte for byte."""

    def lines_of(found: Any) -> Any:
        """What the reports say without the numbers of people."""
        reports, *rest = found
        return [(*one[:3], [row[1:] for row in one[3]]) for one in reports], *rest

    before, book, bundle = lines_of(sums()), entries(), exported(tmp_path)
    new = unlinked()
    assert lines_of(sums()) == before
    assert before[1] is True
    assert entries() == book
    theirs = db.session.scalars(sa.select(Subject).where(Subject.person_id == new.id)).all()
    assert [one.wrapped_key for one in theirs] == [None]
    assert exported(tmp_path) == bundle


def exported(folder: Path) -> bytes:
    """The book as outsiders get it, after they verified it with nothing but Python."""
    with transaction(), ledger.export_book(by=None) as made:
        content = made.read()
    (folder / "book.zip").write_bytes(content)
    command = [sys.executable, "-I", "-S", verify_ledger.__file__, str(folder / "book.zip")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return content


def entries() -> list[tuple[Any, ...]]:
    found = db.session.execute(sa.select(Base.metadata.tables["ledger_entry"]).order_by(sa.text("seq")))
    return [tuple(row) for row in found]


def test_p8_everything_beside_the_lines_goes_with_them(erased: Person) -> None:
    """P8: disputes, confirmations, duties, breaches, trips: no row but what was asked of us names the number."""
    before = count_rows(Whose((erased.id,)))
    new = unlinked()
    after, stayed = count_rows(Whose((new.id,))), count_rows(Whose((erased.id,)))
    asked = {
        "person",
        "privacy_request",
        "consent",
        "ownership",
        "person_merge",
        "audit_event",
        "audit_detail",
    }
    for name in PLACES:
        if name not in asked | {"retention_item", "privacy_hold"}:
            assert (name, after[name], stayed[name]) == (name, before[name], 0)
    for model in (Breach, Obligation, Dispute, Confirmation, Trip, RuleException):
        assert db.session.scalars(sa.select(model.person_id).filter_by(person_id=new.id)).all() != [], model
    (exception,) = db.session.scalars(sa.select(RuleException).filter_by(person_id=new.id))
    assert exception.terms["travel:leg:1"] == {"amount": "1.00 GBP", "recipient": str(new.id)}


def test_p8_nothing_says_which_number_it_was(erased: Person) -> None:
    """P8: neither a name, a count, an instant nor the trail leads from one record to the other."""
    (surrogate, done_at) = db.session.execute(
        sa.select(PrivacyRequest.surrogate, PrivacyRequest.done_at)
    ).one()
    assert surrogate == erased.name
    new = unlinked()
    old = fresh(erased)
    assert (old.name, old.home_country, new.home_country, new.is_pseudonymous) == (
        surrogate,
        None,
        "FR",
        True,
    )
    assert db.session.scalars(sa.select(PrivacyRequest.found)).one() == {}
    for item in db.session.scalars(sa.select(RetentionItem)):
        assert item.person_id != old.id
        assert item.kind != "lines" or (item.row_id, item.person_id, item.label) == (0, None, "Erased person")
    for name, place in PLACES.items():
        table = Base.metadata.tables[name]
        if "person_id" not in table.c or name == "ownership":
            continue
        for column in (table.c[one] for one, value in place.clears.items() if value is Now.IF_EMPTY):
            stamps = db.session.scalars(sa.select(column).where(table.c.person_id == new.id)).all()
            assert [one for one in stamps if one in {done_at, done_at.date()}] == [], column
    forgotten = db.session.scalars(
        sa.select(AuditEvent).where(AuditEvent.action == "ledger.subject_forgotten")
    )
    assert {line.subject_id for line in forgotten} == {""}


def test_p8_pages_show_no_number(erased: Person, signed_in: Callable[..., Any]) -> None:
    """P8: what listed the person lists "Erased person", and the way to the lines is theirs."""
    browser = signed_in(make.helga())
    number, new = erased.name, unlinked()
    paths = [
        f"/people/{new.id}", f"/ledger/people/{new.id}", f"/privacy/of/{new.id}", "/ledger/",
        "/ledger/breaches", "/disclosure/obligations", "/privacy/retention/due", "/people/?pseudonymous=yes",
    ]  # fmt: skip
    for path in paths:
        answer = browser.get(path)
        assert (path, answer.status_code) == (path, 200)
        text = answer.get_data(as_text=True)
        assert (path, number in text) == (path, path == "/people/?pseudonymous=yes")
        assert operations_unlinking.NAMELESS in text or "due" in path


def test_p8_a_hold_stops_it_until_it_is_lifted(erased: Person, signed_in: Callable[..., Any]) -> None:
    """P8: a hold can be put on the number as long as lines lead to it."""
    page = signed_in(make.helga()).get(f"/privacy/of/{erased.id}").get_data(as_text=True)
    assert "Hold: delete nothing for now" in page
    with transaction():
        hold = operations.place_hold(
            db.session.merge(erased), "A claim about the fees of 2026.", by=make.ada()
        )
    run(FIRST_DAY - timedelta(days=7))
    assert run(FIRST_DAY) == {"reported": 0, "deleted": 0, "held": 1}
    assert operations_unlinking.has_link(fresh(erased))
    with transaction():
        operations.lift_hold(db.session.merge(hold), "Settled.", by=make.ada())
    assert run(FIRST_DAY + timedelta(days=1)) == {"reported": 0, "deleted": 1, "held": 0}
    assert not operations_unlinking.has_link(fresh(erased))
    page = signed_in(make.helga()).get(f"/privacy/of/{erased.id}").get_data(as_text=True)
    assert "Hold: delete nothing for now" not in page


def test_p8_what_is_open_stops_it(erased: Person) -> None:
    """P8: an unsettled breach still needs to know whose it is."""
    with transaction():
        db.session.scalars(sa.select(Breach).filter_by(person_id=erased.id)).one().closed_at = None
    run(FIRST_DAY - timedelta(days=7))
    assert run(FIRST_DAY) == {"reported": 0, "deleted": 0, "held": 1}


def test_p8_a_rule_may_ask_somebody_first_or_keep_it_longer(erased: Person) -> None:
    """c48: shorter than six years cannot be said."""
    with clock.fixed_at(make.NOW), transaction():
        longer = RuleDetails(
            kind="lines", n_days=10, is_asked=True, from_on=make.NOW.date(), reason="The auditor asked."
        )
        operations_retention.set_rule(longer, by=make.helga())
    assert run(FIRST_DAY) == {"reported": 0, "deleted": 0, "held": 0}
    assert run(FIRST_DAY + timedelta(days=3)) == {"reported": 1, "deleted": 0, "held": 0}
    assert run(FIRST_DAY + timedelta(days=10)) == {"reported": 0, "deleted": 0, "held": 1}
    assert [kind for kind in queries_retention.asked_kinds(FIRST_DAY) if kind == Kind.LINES.value] == [
        "lines"
    ]


def test_p8_people_who_are_not_erased_keep_their_lines(erased: Person) -> None:
    """P8: of the two in this book, one is somebody."""
    new = unlinked()
    other = db.session.scalars(sa.select(Person).where(Person.name == OTHER[0])).one()
    linked = set(db.session.scalars(sa.select(Subject.person_id).join(Entry, Entry.subject_id == Subject.id)))
    assert linked == {new.id, other.id}


def test_p8_p3_merged_records_go_together(app: Flask) -> None:
    """P8, P3: one person with two accounts in the book becomes one record without a number, with two."""
    with clock.fixed_at(make.NOW):
        fill = make.Filler()
        kept = make.live_everywhere(NAME, MAIL, HANDLE, former=FORMER_NAME, fill=fill)
        gone = make.live_everywhere(OTHER[0], OTHER[2], OTHER[3], former=OTHER[1], fill=fill)
        with transaction():
            db.session.get_one(Person, gone.id).merged_into_id = kept.id
            db.session.get_one(Person, kept.id).official_status = OfficialStatus.OFFICIAL
        make.erase(kept)
        settle(kept)
        settle(gone)
    before = sums()[1:]
    assert run(FIRST_DAY - timedelta(days=7))["reported"] == 1
    assert run(FIRST_DAY)["deleted"] == 1
    assert sums()[1:] == before
    new = db.session.scalars(
        sa.select(Person).where(Person.name == "Erased person").order_by(Person.id)
    ).all()
    assert [one.merged_into_id for one in new] == [None, new[0].id]
    assert [one.official_status for one in new] == [OfficialStatus.OFFICIAL, OfficialStatus.NONE]
    assert set(db.session.scalars(sa.select(Subject.person_id))) == {one.id for one in new}
