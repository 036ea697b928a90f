"""J7: Daniel decides nine requests for four slots, the executive is replaced, and both sides are briefed."""

import io
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pypdf
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Role
from app.core import clock
from app.core.db import db, transaction
from app.core.mail import parts_of
from app.core.models import OutboxMail
from app.events.models import Event
from app.executives import operations, operations_holds, queries, queries_minutes
from app.executives.details import PromiseDetails
from app.executives.models import Executive, Meeting, RequestState
from app.executives.models_access import HoldEnd, SlotHold
from app.executives.policies_access import ReplaceRefused
from app.notices.models import Notice
from app.people.models import Person
from tests.conftest import fresh
from tests.factories import accounts, events, ledger, people, portal
from tests.factories import executives as make

#: Who asks for which of the four slots, in the order of asking; the first of each is accepted.
ASKED = (
    ("Jack", 0), ("Nneka", 0), ("Hana", 0), ("Priya", 0), ("Carla", 1), ("Dana", 1), ("Ines", 2), ("Marta", 2), ("Sara", 3),
)  # fmt: skip
COUNTRIES = {"Priya": "IN", "Carla": "US", "Dana": "US", "Marta": "PL", "Sara": "SE"}
#: Minutes of this year before the show.
MINUTES = {"Priya": 45, "Dana": 15, "Marta": 30}


class Scene:
    """The day at the assistant's desk: an event, the chief executive, nine requests for four slots."""

    def __init__(self) -> None:
        self.show: Event = events.event()
        self.ceo: Executive = make.executive(
            "Grace", bio="Runs the company since 2021.", topics="Strategy, energy"
        )
        self.cto: Executive = make.executive(
            "Liang", title="Chief Technology Officer", bio="Builds the radios.", languages=["zh"]
        )
        make.lunch(self.ceo)
        self.slots = make.stretch(self.ceo, self.show)
        self.people: dict[str, Person] = {}
        drafts = []
        for name, _slot in ASKED:
            changes = {"home_country": COUNTRIES[name]} if name in COUNTRIES else {"languages": ("en",)}
            self.people[name] = events.enrolled(self.show, name, owner=make.mei(), **changes)
            drafts.append(events.draft(self.show, person=self.people[name]))
        events.send(self.show, drafts)
        for one in drafts:
            events.answer(one)
        for name, n_minutes in MINUTES.items():
            make.minutes_before(self.people[name], self.show, n_minutes)
        self.requests = {name: make.request(self.slots[slot], self.people[name]) for name, slot in ASKED}

    def accept_four(self) -> list[Meeting]:
        """Jack at 10:30, while Priya is kept waiting; then Carla, Ines, Sara."""
        first = make.accept(
            self.requests["Jack"], keep_waiting_id=self.requests["Priya"].id, is_written_to=True
        )
        return [first, *(make.accept(self.requests[name]) for name in ("Carla", "Ines", "Sara"))]

    def states(self) -> dict[str, RequestState]:
        return {name: fresh(row).state for name, row in self.requests.items()}


@pytest.fixture
def scene(app: Flask) -> Iterator[Scene]:
    with clock.fixed_at(make.BEFORE):
        yield Scene()


def test_nine_requests_for_four_slots(scene: Scene, signed_in: Callable[..., FlaskClient]) -> None:
    """J7.1 to J7.3, X1: nothing blocks; accepting Jack declines two with alternatives, one waits; nothing in the break."""
    begins = [f"{slot.starts_at + timedelta(hours=1):%H:%M}" for slot in scene.slots]
    assert begins == ["10:30", "11:10", "13:10", "13:50"]
    assert len(queries.list_requests(make.daniel())) == 9
    assert queries_minutes.accepted_hint(scene.ceo, scene.show, make.daniel(), 2026) == ""
    page = signed_in(make.daniel()).get(f"/executives/{scene.ceo.id}").get_data(as_text=True)
    for words in ("9 requests wait", "Priya", "45", "Sydney", "Requests block nothing"):
        assert words in page
    make.accept(scene.requests["Jack"], keep_waiting_id=scene.requests["Priya"].id)
    states = scene.states()
    assert {name for name, state in states.items() if state is RequestState.DECLINED} == {"Nneka", "Hana"}
    assert states["Priya"] is RequestState.WAITING
    still = "Still free: 14 Oct, 11:10–11:40 London; 14 Oct, 13:10–13:40 London; 14 Oct, 13:50–14:20 London."
    assert fresh(scene.requests["Nneka"]).answer == f"The window went to somebody else. {still}"
    assert fresh(scene.requests["Priya"]).answer.startswith(
        "Kept waiting: the window comes to you if it becomes free."
    )

    # J7.3, X3, P7: the hint comes out of markets and minutes, and nothing else.
    for name in ("Carla", "Ines", "Sara"):
        make.accept(scene.requests[name])
    hint = queries_minutes.accepted_hint(scene.ceo, scene.show, make.daniel(), 2026)
    assert hint == "all 4 accepted come from Europe, the US or Australia; Nneka and Hana have 0 minutes"
    assert hint in signed_in(make.daniel()).get(f"/executives/{scene.ceo.id}").get_data(as_text=True)


def test_who_waits_gets_the_slot_and_a_hold_ends_with_notice(scene: Scene) -> None:
    """J7.2, J7.4: called off, the slot is held 24 hours for Priya; then it is free again and those who wait are told."""
    meetings = scene.accept_four()
    with transaction():
        operations.cancel_meeting(db.session.merge(meetings[0]), reason="He is ill.", by=make.daniel())
    hold = db.session.scalars(sa.select(SlotHold)).one()
    assert (hold.person.name, hold.expires_at - hold.made_at) == ("Priya", timedelta(hours=24))
    late = make.BEFORE + timedelta(hours=24)
    with clock.fixed_at(late - timedelta(seconds=1)):
        assert operations_holds.run_due() == 0
    with clock.fixed_at(late):
        assert operations_holds.run_due() == 1
        assert operations_holds.run_due() == 0
    assert (fresh(hold).end, fresh(hold).ended_at) == (HoldEnd.EXPIRED, late)
    wanted = "14 Oct, 10:30–11:00 London with Grace is free again: the time it was held for Priya is over."
    for told in (make.mei(), make.daniel()):
        assert any(message.startswith(wanted) for message in _notices(told.id))


def _replace(scene: Scene) -> None:
    with transaction():
        operations.replace_executive(
            db.session.merge(scene.ceo),
            db.session.merge(scene.cto),
            db.session.merge(scene.show),
            reason="Board meeting.",
            by=make.daniel(),
        )


def test_another_executive_steps_in(scene: Scene) -> None:
    """J7.4, C1: refused with a list while the CTO is not free; then one change updates four invitations: UIDs stay, SEQUENCE
    rises, one mail each; minutes count as before."""
    meetings = scene.accept_four()
    other = events.accepted(scene.show, "Kerem").person
    busy = make.accept(make.request(make.slot(scene.cto, scene.show, meetings[1].starts_at), other))
    with pytest.raises(ReplaceRefused) as refused:
        _replace(scene)
    assert "cannot take over 1 of 4 meetings, so nothing was changed." in refused.value.message
    assert "14 Oct, 11:10–11:40 London, Carla: meets Kerem then." in refused.value.message
    assert [(fresh(row).executive_id, fresh(row).sequence) for row in meetings] == [(scene.ceo.id, 0)] * 4
    with transaction():
        operations.cancel_meeting(db.session.merge(busy), reason="For the board", by=make.daniel())
        operations.withdraw_slot(db.session.merge(busy).slot, reason="For the board", by=make.daniel())
    uids = [row.uid for row in meetings]
    n_mails = db.session.scalar(sa.select(sa.func.count(OutboxMail.id)))
    _replace(scene)
    found = [fresh(row) for row in meetings]
    assert [(row.uid, row.sequence, row.executive.name) for row in found] == [
        (uid, 1, "Liang") for uid in uids
    ]
    mails = db.session.scalars(sa.select(OutboxMail).order_by(OutboxMail.id)).all()[n_mails:]
    assert sorted(one.recipient.partition("@")[0] for one in mails) == ["carla", "ines", "jack", "sara"]
    jack = parts_of(next(one.raw for one in mails if one.recipient.startswith("jack")))
    assert "you meet Liang, Chief Technology Officer, instead of Grace" in " ".join(jack.text.split())
    assert jack.calendar is not None
    assert f"UID:{uids[0]}".encode() in jack.calendar
    assert b"SEQUENCE:1" in jack.calendar
    with clock.fixed_at(make.AFTER):
        make.hold(found[0], 20)
    assert queries_minutes.minutes_by_person(event_id=scene.show.id)[scene.people["Jack"].id] == 20


def test_both_sides_are_briefed(scene: Scene, signed_in: Callable[..., FlaskClient], app: Flask) -> None:
    """J7.5, X4: the day on one page, the book of four, three works as links, what was promised; no amount, no private note."""
    meetings = scene.accept_four()
    jack = scene.people["Jack"]
    for number in range(4):
        people.evidence(
            jack,
            on=date(2026, 4 + number, 3),
            summary=f"Episode {number} on mines",
            url=f"https://mines.example/{number}",
        )
    ledger.post(ledger.stay(jack, scene.show.program))
    with transaction():
        db.session.get_one(Person, jack.id).notes = "Argued with our chairman"
    _promise_earlier(scene, jack)
    with transaction():
        book = operations.make_book(
            db.session.merge(scene.ceo), db.session.merge(scene.show), date(2026, 10, 14), by=make.daniel()
        )
    daniel, mei = signed_in(make.daniel()), signed_in(make.mei())
    assert (
        daniel.get(f"/executives/books/{book.id}.pdf").status_code == 403
    )  # it waits for whoever looks after them
    assert daniel.post(f"/executives/books/{book.id}/release").status_code == 403
    assert mei.post(f"/executives/books/{book.id}/release").status_code == 303
    page = daniel.get(f"/executives/books/{book.id}").get_data(as_text=True)
    paper = daniel.get(f"/executives/books/{book.id}.pdf")
    read = pypdf.PdfReader(io.BytesIO(paper.data))
    text = " ".join(" ".join(one.extract_text() for one in read.pages).split())
    assert (paper.status_code, len(read.pages), fresh(book).number) == (200, 4, 1)
    links = {
        note.get_object()["/A"]["/URI"]
        for note in read.pages[0].get("/Annots", [])
        if "/URI" in note.get_object().get("/A", {})
    }
    assert links == {f"https://mines.example/{number}" for number in (1, 2, 3)}
    for words in (
        "Send the mine study",
        "We will publish the energy figures",
        "On the record",
        "Version 1",
        "Valid at",
        "Jack",
    ):
        assert words.lower() in text.lower(), words
        if words != "Valid at":
            assert words.lower() in page.lower(), words
    for secret in ("2,080", "520.00", "GBP", "Argued"):
        assert secret not in text, secret
        assert secret not in page, secret
    one_page = daniel.get(f"/executives/{scene.ceo.id}/day.pdf?event={scene.show.id}&on=2026-10-14")
    assert len(pypdf.PdfReader(io.BytesIO(one_page.data)).pages) == 1
    his = portal.browser_of(app, jack)
    brief = his.get(f"/p/meetings/{meetings[0].id}").get_data(as_text=True)
    for words in ("Runs the company since 2021.", "10:30", "20:30", "On the record", "Suite 5"):
        assert words in brief
    own = his.get(f"/p/meetings/{meetings[0].id}.pdf")
    assert "Runs the company" in pypdf.PdfReader(io.BytesIO(own.data)).pages[0].extract_text()
    assert his.get(f"/p/meetings/{meetings[1].id}").status_code == 404  # somebody else's
    # X4: a promise stays on the page of whoever keeps it; R3: the book is not for every assistant, and for no partner.
    assert "Send the mine study" in mei.get("/").get_data(as_text=True)
    dora = accounts.user(name="Dora", role=Role.ASSISTANT)
    assert signed_in(dora).get(f"/executives/books/{book.id}").status_code == 404
    assert signed_in(Role.PARTNER).get(f"/executives/books/{book.id}").status_code == 403


def _promise_earlier(scene: Scene, jack: Person) -> None:
    """A meeting before this one, with what was told and a promise that is not kept yet."""
    earlier = make.slot(scene.cto, scene.show, make.HALF_PAST_TEN - timedelta(days=1))
    meeting = make.accept(make.request(earlier, jack))
    with clock.fixed_at(make.HALF_PAST_TEN - timedelta(hours=20)), transaction():
        row = db.session.merge(meeting)
        operations.note_told(row, "We will publish the energy figures.", by=make.daniel())
        details = PromiseDetails(
            what="Send the mine study", owner_id=make.mei().id, due_on=date(2026, 10, 20)
        )
        operations.promise(row, details, by=make.daniel())


def _notices(user_id: int) -> list[str]:
    return list(db.session.scalars(sa.select(Notice.message).filter_by(user_id=user_id)))
