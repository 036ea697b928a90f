"""The London demo: every sum of the scenario, whatever day it is loaded on."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from statistics import median

import pytest
import sqlalchemy as sa
from flask import Flask

from app import demo
from app.accounts.models import AuditEvent, Role, User
from app.core import clock
from app.core.db import db
from app.events import queries as events
from app.events.models import InvitationState
from app.events.queries_parity import parity_of
from app.ledger import queries as ledger
from app.ledger.models import Entry, EntryKind, Form, Leg, SharedHead, Unit
from app.people.models import Person
from app.programs import queries as programs

#: Per person: travel, lodging, transfers, dinner, total; in pence (scenario.md).
TABLE = {
    "amal": (310_840, 208_000, 14_000, 12_572, 545_412),
    "kerem": (88_270, 100_000, 14_000, 12_572, 214_842),
    "nneka": (295_460, 208_000, 14_000, 12_572, 530_032),
    "jack": (503_808, 208_000, 14_000, 12_572, 738_380),
    "ines": (59_616, 208_000, 14_000, 12_572, 294_188),
    "lerato": (259_912, 208_000, 14_000, 12_572, 494_484),
    "priya": (0, 0, 14_000, 12_572, 26_572),
    "mateus": (385_020, 208_000, 14_000, 0, 607_020),
    "sara": (58_483, 208_000, 14_000, 12_572, 293_055),
    "bilal": (254_760, 208_000, 14_000, 12_572, 489_332),
    "hana": (346_680, 208_000, 14_000, 12_571, 581_251),
    "carla": (148_104, 208_000, 14_000, 12_571, 382_675),
}
LINES = ("travel", "lodging", "transfers", "meals")


def _by_person() -> dict[str, dict[str, int]]:
    """Pence per person and line, from the counting function."""
    rows = ledger.totals(["person", "line"], ledger.Scope(program_id=_program_id(), leg=Leg.NON_CASH))
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        person = db.session.get(Person, row.keys["person"])
        assert person is not None
        found.setdefault(person.email.split("@")[0], {})[row.keys["line"].value] = row.reporting_minor
    return found


def _program_id() -> int:
    program = programs.find_program("Global KOL")
    assert program is not None
    return program.id


def test_every_person_has_the_amounts_of_the_scenario(london: Flask) -> None:
    counted = _by_person()
    assert {
        key: (*(lines.get(line, 0) for line in LINES), sum(lines.values())) for key, lines in counted.items()
    } == TABLE


def test_the_sums_are_exact(london: Flask) -> None:
    scope = ledger.Scope(program_id=_program_id())
    sums = {
        row.keys["line"].value: row.reporting_minor
        for row in ledger.totals(["line"], scope)
        if row.reporting_minor
    }
    assert sums == {
        "travel": 2_710_953, "lodging": 2_180_000, "transfers": 168_000, "meals": 138_290, "fees": 650_000,
    }  # fmt: skip
    legs = {row.keys["leg"].value: row.reporting_minor for row in ledger.totals(["leg"], scope)}
    assert legs == {"non_cash": 5_197_243, "cash": 650_000}


def test_access_is_counted_and_never_priced(london: Flask) -> None:
    """L4: 14 interviews of 405 minutes, 15 to 60 a person, median 30; 12 front seats; 360 early minutes."""
    rows = ledger.totals(["unit"], ledger.Scope(program_id=_program_id(), form=Form.ACCESS))
    units = {row.keys["unit"].value: (row.n, row.quantity, row.reporting_minor) for row in rows}
    assert units == {
        "executive_minute": (14, 405, 0),
        "front_seat": (12, 12, 0),
        "early_minute": (12, 360, 0),
    }
    scope = ledger.Scope(program_id=_program_id(), unit=Unit.EXECUTIVE_MINUTE)
    minutes = sorted(row.quantity for row in ledger.totals(["person"], scope))
    assert (len(minutes), minutes[0], minutes[-1], median(minutes)) == (12, 15, 60, 30)


def test_declined_offers_are_kept_with_nothing_received(london: Flask) -> None:
    """L5: Priya's flight and hotel, Jack's gift."""
    declined = db.session.scalars(
        sa.select(Entry).filter_by(kind=EntryKind.DECLINED).order_by(Entry.declined_minor)
    ).all()
    assert [(entry.declined_minor, entry.reporting_minor) for entry in declined] == [
        (24_000, 0),
        (208_000, 0),
        (230_480, 0),
    ]


def test_the_dinner_is_shared_by_those_who_came(london: Flask) -> None:
    """L3: 22 booked, 21 heads, nine odd pennies to the first nine; old shares stay as reversed entries."""
    heads = db.session.scalars(sa.select(SharedHead).order_by(SharedHead.id)).all()
    present = [head.share_minor for head in heads if head.took_part]
    assert (len(heads), len(present), sum(present)) == (22, 21, 264_000)
    assert present == [12_572] * 9 + [12_571] * 12
    assert sum(head.share_minor for head in heads if head.took_part and head.person_id) == 138_290
    meals = db.session.scalars(sa.select(Entry).filter_by(category="meal")).all()
    kinds = [entry.kind for entry in meals]
    assert (kinds.count(EntryKind.VALUE), kinds.count(EntryKind.REVERSAL)) == (12 + 11, 12)


def test_the_funnel_adds_up(london: Flask) -> None:
    """E1: 16 invited = 12 accepted + 3 declined + 1 waiting + 0 without an answer."""
    event = events.find_event("Connect London")
    assert event is not None
    counted = events.funnel(event)
    assert (counted.invited, counted.accepted, counted.declined, counted.waiting, counted.silent) == (
        16,
        12,
        3,
        1,
        0,
    )
    assert counted.attended == 12


def test_an_event_with_open_work_lies_ahead(london: Flask) -> None:
    event = events.find_event("Open Lab Lisbon")
    assert event is not None
    assert event.starts_at > clock.now()
    counted = events.funnel(event)
    assert counted.silent > 0
    assert counted.invited == counted.accepted + counted.declined + counted.waiting + counted.silent


def test_nobody_from_the_host_country_was_invited(london: Flask) -> None:
    """The cohort's rule: home country is not CN."""
    wei = db.session.scalars(sa.select(Person).filter_by(home_country="CN")).one()
    assert events.list_invitations_of(wei) == []


def test_everybody_acknowledged_version_three_before_travel(london: Flask) -> None:
    """D2, T3: the acceptance comes before the first booking in the trail."""
    trail = db.session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id)).all()
    accepted = [event.at for event in trail if event.action == "disclosures.policy_acknowledged"]
    booked = [event.at for event in trail if event.action.startswith("travel.") and "booked" in event.action]
    assert len(accepted) >= 12
    assert max(accepted[:12]) < min(booked)


def test_the_trail_names_who_did_what(london: Flask) -> None:
    """R4: every line has an actor, or is the system's own; nothing lies in the future."""
    trail = db.session.scalars(sa.select(AuditEvent)).all()
    assert len(trail) > 300
    assert max(event.at for event in trail) <= clock.now()
    users = {user.id: user for user in db.session.scalars(sa.select(User))}
    creators = {
        users[event.by_id].role for event in trail if event.action == "ledger.entry_posted" and event.by_id
    }
    assert Role.COMPLIANCE not in creators


def test_analysts_get_nine_sessions_and_our_people_seven(london: Flask) -> None:
    """J4.5, E2: two gaps, one made good by a session, one explained."""
    event = events.find_event("Connect London")
    assert event is not None
    parity = parity_of(event)
    assert (parity.n_analysts, parity.n_ours, len(parity.gaps), parity.n_open) == (9, 7, 2, 0)
    closed = [gap.note.closed_by_id is not None for gap in parity.gaps if gap.note is not None]
    assert sorted(closed) == [False, True]


def test_one_user_of_every_role_can_sign_in(london: Flask) -> None:
    assert sorted(role for role, _, _ in demo.sign_ins()) == sorted(role.value for role in Role)


def test_the_chain_is_whole(london: Flask) -> None:
    """L1"""
    found = ledger.verify()
    assert (found.state.value, found.first_broken) == ("ok", None)


@pytest.mark.slow
@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2027, 1, 1), date(2028, 2, 29), date(2026, 10, 25)])
def test_amounts_do_not_depend_on_the_day_it_is_loaded(
    app: Flask, at: Callable[[datetime], object], day: date
) -> None:
    """Daylight saving, year's end, leap day: the same pence."""
    with clock.fixed_at(datetime(day.year, day.month, day.day, 8, tzinfo=UTC)):
        demo.load(lambda _line: None)
        assert {key: sum(lines.values()) for key, lines in _by_person().items()} == {
            key: row[-1] for key, row in TABLE.items()
        }
        event = events.find_event("Connect London")
        assert event is not None
        weeks = (day - event.starts_at.date()).days / 7
        assert 16 <= weeks < 17
        states = {one.state for one in events.list_invitations(event)}
        assert InvitationState.INVITED not in states
