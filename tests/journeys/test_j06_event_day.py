"""J6: the day of Connect London and its close: the door, respect, the dinner, the figures, thanks and promises."""

import json
import re
from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import User
from app.core import clock
from app.core.db import db, transaction
from app.core.mail import parts_of
from app.core.models import OutboxMail
from app.core.vtimezone import local_instant
from app.events import (
    operations,
    operations_badges,
    queries,
    queries_close,
    queries_promises,
    queries_respect,
    queries_tasks,
)
from app.events.models import Event, Invitation
from app.events.models_day import DoorReport, PromiseAnswer, TaskOrigin
from app.ledger import queries as ledger
from app.ledger.models import EntryKind, Form, SharedHead
from app.outreach.models import Letter
from app.people.models import Person
from tests.factories import portal
from tests.journeys.walking import Walker, last_line, trail_since

As = Callable[[str], FlaskClient]


def _event() -> Event:
    event = queries.find_event("Connect London")
    assert event is not None
    return event


def _guests() -> Sequence[Invitation]:
    return queries.list_accepted(_event())


def _ruth() -> User:
    return db.session.scalars(sa.select(User).filter_by(email="ruth@lumen.example")).one()


def _units() -> dict[str, tuple[int, int]]:
    rows = ledger.totals(["unit"], ledger.Scope(event_id=_event().id, form=Form.ACCESS))
    return {row.keys["unit"].value: (row.n, row.quantity) for row in rows}


def _early_door() -> datetime:
    """08:30 on the second day, by the clock of the venue; the opening is at 09:00."""
    day = (_event().starts_at + timedelta(days=1)).date()
    return local_instant(datetime.combine(day, time(8, 30)), "Europe/London")


def test_the_door_counts_what_a_phone_saw_without_a_connection(london: Flask, london_as: As) -> None:
    """J6.1, E3, L4: twelve badges, sent twice, counted once; the phone's time, and the server's beside it; A1 to A12."""
    with transaction():
        for guest in _guests():
            operations.undo_check_in(guest, "The rehearsal.", by=_ruth())
    assert (queries.funnel(_event()).attended, _units()["front_seat"], _units()["early_minute"]) == (
        0,
        (0, 0),
        (0, 0),
    )
    with transaction():
        ids = [guest.key for guest in _guests()]
        printed = operations_badges.print_badges(_event(), ids, by=_ruth())
    at = _early_door()
    reports = [
        {"client_key": f"phone-a-{n:04}", "at": (at + timedelta(seconds=n)).isoformat(), "n_early_minutes": 30}
        | ({"code": one.code} if n % 2 else {"invitation_id": one.row.comer.id})
        for n, one in enumerate(printed)
    ]  # fmt: skip
    ruth = london_as("ruth")
    url = f"/events/{_event().id}/door/reports"
    first, second = (ruth.post(url, json={"reports": reports}).get_json()["answers"] for _ in range(2))
    assert [one["outcome"] for one in first] == ["counted"] * 12
    assert second == first
    db.session.rollback()
    assert queries.funnel(_event()).attended == 12
    assert (_units()["front_seat"], _units()["early_minute"]) == ((12, 12), (12, 360))
    rows = db.session.scalars(sa.select(DoorReport).order_by(DoorReport.at)).all()
    assert [(row.at - at).seconds for row in rows] == list(range(12))
    assert min(row.received_at - row.at for row in rows) > timedelta(days=100)
    assert sorted(guest.checked_in_at for guest in _guests() if guest.checked_in_at) == [
        row.at for row in rows
    ]
    taken = [seat for seat in queries.list_seats(_event()) if seat.person_id]
    assert [seat.label for seat in taken] == [f"A{n}" for n in range(1, 13)]
    assert [seat.label for seat in taken if seat.is_accessible] == ["A1"]


def test_every_miss_of_the_respect_checklist_has_a_task(london: Flask, london_as: As) -> None:
    """J6.2, E3: 12 x 5 = 60: 57 kept, 3 missed with a cause and a task each, nothing open; one is taken back and missed anew."""
    found = queries_respect.respect_of(_event())
    assert (found.n_expected, found.n_kept, len(found.misses), found.n_open) == (60, 57, 3, 0)
    assert all(miss.cause and miss.task is not None and miss.task.how for miss in found.misses)
    owners = {miss.task.owner.name.split()[0] for miss in found.misses if miss.task}
    assert owners == {"Mei", "Ruth", "Omar"}
    ruth, item = Walker(london_as("ruth")), found.misses[0].item_id
    page = f"/events/invitations/{found.misses[0].invitation_id}/respect"
    ruth.press(page, f"{page}/{item}/undo")
    db.session.rollback()
    assert queries_respect.respect_of(_event()).n_open == 1
    ruth.fill(f"{page}/{item}/miss", cause="The driver was late again.")
    db.session.rollback()
    again = queries_respect.respect_of(_event())
    assert (again.n_kept, len(again.misses), again.n_open) == (57, 3, 0)
    open_tasks = [task for task in queries_tasks.list_tasks(_event()) if task.done_at is None]
    assert [(task.cause, task.origin) for task in open_tasks] == [
        ("The driver was late again.", TaskOrigin.RESPECT)
    ]
    assert open_tasks[0].what in ruth.open("/")  # it waits on the home page of its owner


def test_the_dinner_goes_by_who_was_there(london: Flask, london_as: As) -> None:
    """J6.3, L3: Mateus was absent: 21 heads share 2,640.00; the 22 old shares stay as reversed entries."""
    (bill,) = queries_close.list_bills(_event())
    assert (bill.booked, bill.guests, bill.hosts) == (12, 11, 10)
    absent = [
        head.person.email for head in bill.shared.heads if not head.took_part and head.person is not None
    ]
    assert absent == ["mateus@voices.example"]
    meals = db.session.scalars(ledger.entries_in(ledger.Scope(event_id=_event().id, category="meal"))).all()
    kinds = [entry.kind for entry in meals]
    assert (kinds.count(EntryKind.VALUE), kinds.count(EntryKind.REVERSAL)) == (23, 12)
    assert (
        db.session.scalar(sa.select(sa.func.sum(SharedHead.share_minor)).where(SharedHead.took_part))
        == 264_000
    )
    page = Walker(london_as("ruth")).open(f"/events/{_event().id}/close")
    assert "11 of 12" in page


def test_the_close_has_every_figure_and_each_opens_its_rows(london: Flask, london_as: As) -> None:
    """J6.4, L4, O6: 12 accepted, 12 attended, 11 at dinner; 51,972.43; 12 seats, 360 minutes, 14 interviews of 405 minutes."""
    found = queries_close.close_of(_event(), _ruth())
    assert (found.funnel.accepted, found.funnel.attended, found.dinner) == (12, 12, 11)
    assert [(one.minor, one.currency) for one in found.non_cash] == [(5_197_243, "GBP")]
    assert (found.front_seats, found.early_minutes) == (12, 360)
    minutes = found.minutes
    assert (minutes.n_pieces, minutes.total, minutes.n_people) == (14, 405, 12)
    assert (minutes.least, minutes.most, minutes.middle) == (15, 60, 30)
    assert sum(line.non_cash.minor for line in found.lines if line.non_cash) == 5_197_243
    assert [sum(getattr(line, name) for line in found.lines) for name in _SUMMED] == [12, 360, 405, 11]
    ruth = Walker(london_as("ruth"))
    page = ruth.open(f"/events/{_event().id}/close")
    assert "51,972.43" in page
    links = sorted(set(re.findall(r'href="(/ledger/\?event_id=[^"]+)"', page)))
    assert len(links) == 5 + 12  # two kinds of value, three of access, and each guest's own lines
    for link in links[:2] + [one for one in links if "unit=" in one]:
        rows = ruth.open(link.replace("&amp;", "&"))
        assert "Event" in rows


_SUMMED = ("front_seats", "early_minutes", "executive_minutes", "meals")


def test_thanks_left_and_nine_said_whether_we_kept_our_word(london: Flask, london_as: As) -> None:
    """J6.5, E4: twelve letters with the page of promises; nine answers, one promise not kept (the AR demo) with a task."""
    letters = db.session.scalars(sa.select(Letter).filter_by(key="thank_you", source_id=_event().id)).all()
    mails = db.session.scalars(sa.select(OutboxMail).filter_by(kind="thank_you")).all()
    assert (len(letters), len(mails)) == (12, 12)
    assert sorted(
        re.findall(r"/p/invitations/(\d+)/kept", " ".join(parts_of(mail.raw).text for mail in mails)), key=int
    ) == [str(id) for id in sorted(guest.id for guest in _guests())]
    found = queries_promises.promised_of(_event())
    assert (found.n_asked, found.n_answered, found.n_silent, len(found.misses)) == (12, 9, 3, 1)
    assert "AR maintenance kit" in found.misses[0].promise
    assert found.misses[0].task is not None
    assert found.misses[0].task.origin is TaskOrigin.PROMISE


def test_a_guest_answers_on_their_own_page_and_reading_writes_nothing(london: Flask, london_as: As) -> None:
    """E4, G6: opening the page answers nothing, whoever opens it; a promise not kept becomes Ruth's task; the last word counts."""
    hana = db.session.scalars(sa.select(Person).filter_by(email="hana@voices.example")).one()
    own = next(guest for guest in _guests() if guest.person_id == hana.id)
    other = next(guest for guest in _guests() if guest.person_id != hana.id)
    url, n_before = f"/p/invitations/{own.id}/kept", _n_answers()
    phone = Walker(portal.browser_of(london, hana))
    for _each in range(2):
        phone.open(url)
    assert (_n_answers(), phone.browser.get(f"/p/invitations/{other.id}/kept").status_code) == (n_before, 404)
    assert london.test_client().get(url).status_code == 403
    before = last_line()
    phone.fill(url, kept_1="yes", kept_3="no", note_3="이어폰이 없었습니다.\r\nNo headset.")
    assert trail_since(before, "events") == [
        ("events.promise_answered", ""),
        ("events.task_added", ""),
        ("events.promise_answered", ""),
    ]
    found = queries_promises.promised_of(_event())
    assert (found.n_answered, found.n_silent, len(found.misses)) == (10, 2, 2)
    phone.fill(url, kept_3="yes")
    db.session.rollback()
    assert (_n_answers(), len(queries_promises.promised_of(_event()).misses)) == (n_before + 2, 1)
    mine = [
        task.person_id for task in queries_tasks.list_open_of(_ruth()) if task.origin is TaskOrigin.PROMISE
    ]
    assert mine == [hana.id]
    phone.fill(url, status=422, kept_1="", kept_3="")
    phone.fill(url, status=422, kept_1="perhaps")


def _n_answers() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count(PromiseAnswer.id))) or 0


def test_what_a_phone_sends_is_read_line_by_line(london: Flask, london_as: As) -> None:
    """E3: a code of another event, nonsense, somebody who declined: each is said, and nobody is counted."""
    ruth, event = london_as("ruth"), _event()
    declined = next(one for one in queries.list_invitations(event) if one.state.value == "declined")
    lisbon = queries.find_event("Open Lab Lisbon")
    assert lisbon is not None
    with transaction():
        ids = [one.id for one in queries.list_accepted(lisbon)]
        badge = operations_badges.print_badges(lisbon, [str(ids[0])], by=_ruth())[0]
        again = operations_badges.print_badges(lisbon, [str(ids[0])], by=_ruth())[0]
    now = clock.now().isoformat()
    cases: list[tuple[dict[str, object], str]] = [
        ({"code": again.code}, "This badge is for another event."),
        ({"code": badge.code}, "Nobody has this code: it was mistyped, or a newer badge was printed."),
        ({"code": "K7QM-3XWD-9TRA"}, "Nobody has this code: it was mistyped, or a newer badge was printed."),
        ({"code": "' OR 1=1 --\r\n\x00"}, "Nobody has this code: it was mistyped, or a newer badge was printed."),
        ({"invitation_id": declined.id}, f"{declined.person.name} is not among those who come: declined."),
        ({"invitation_id": ids[0]}, "Nobody invited to this event has this number."),
        ({"invitation_id": -1}, "This could not be read"),
        ({"code": "K7QM-3XWD-9TRA", "invitation_id": 1}, "This could not be read"),
        ({}, "This could not be read"),
        ({"code": "K7QM-3XWD-9TRA", "at": "yesterday"}, "This could not be read"),
        ({"code": "K7QM-3XWD-9TRA", "at": "2026-10-14T08:30:00"}, "This could not be read"),
        ({"code": "K7QM-3XWD-9TRA", "client_key": "a\r\nb"}, "This could not be read"),
        ({"invitation_id": declined.id, "n_early_minutes": 601}, "This could not be read"),
    ]  # fmt: skip
    reports = [{"client_key": f"case-{n:05}", "at": now} | case for n, (case, _said) in enumerate(cases)]
    answers = ruth.post(f"/events/{event.id}/door/reports", json={"reports": reports}).get_json()["answers"]
    said = {one["client_key"]: (one["outcome"], one["message"]) for one in answers}
    for report, (_case, words) in zip(reports, cases, strict=True):
        outcome, message = said[str(report["client_key"])[:64]]
        assert (outcome, message[: len(words)]) == ("refused", words)
    for body in ("[]", '{"reports": 3}', "{", json.dumps({"reports": [{}] * 101})):
        answer = ruth.post(f"/events/{event.id}/door/reports", data=body, content_type="application/json")
        assert answer.status_code == 422
    assert (
        london_as("daniel").post(f"/events/{event.id}/door/reports", json={"reports": []}).status_code == 403
    )
