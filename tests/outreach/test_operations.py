"""Writing contact down: the guard in the way, asks, rules, letters and what becomes of stops."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from app.accounts.models import AuditEvent, User
from app.core import clock, outbox
from app.core.db import db, transaction
from app.core.errors import NotFound
from app.core.models import MailState, OutboxMail
from app.notices.models import Notice
from app.outreach import operations, policies, queries, queries_outbox, queries_stops
from app.outreach.details import LetterDetails, TouchDetails
from app.outreach.models import Collision, CollisionState, Letter, Touch, TouchChannel, TouchKind
from app.outreach.policies import ContactLevel, ContactStopped
from app.people import operations as person_operations
from app.people.details import WishDetails
from app.people.models import Person
from tests.conftest import fresh
from tests.factories import accounts, outreach, people

At = Callable[[datetime], AbstractContextManager[None]]


def day(number: int, month: int = 9) -> datetime:
    return datetime(2026, month, number, 9, tzinfo=UTC)


@pytest.fixture
def users(app: Flask) -> dict[str, User]:
    return outreach.cast()


@pytest.fixture
def jack(users: dict[str, User]) -> Person:
    with clock.fixed_at(day(1)):  # Mei owns him since before the story
        return people.person("Jack", owner=users["Mei"], email="jack@experts.example")


def wish(person: Person, **wishes: object) -> None:
    with transaction():
        details = WishDetails(**({"is_opted_out": False} | wishes))  # type: ignore[arg-type]
        person_operations.set_wishes(db.session.merge(person), details, by=accounts.user())


# -- touches and the guard -------------------------------------------------------------------------


def test_a_touch_is_written_down_with_who_and_when(users: dict[str, User], jack: Person, at: At) -> None:
    with at(day(3)):
        touch = outreach.touch(jack, users["Mei"], summary="Would you talk to us?", is_ask=True)
    assert (touch.user_id, touch.department_id, touch.at, touch.is_ask, touch.answered_at) == (
        users["Mei"].id, users["Mei"].department_id, day(3), True, None,
    )  # fmt: skip
    action = db.session.scalar(sa.select(AuditEvent.action).where(AuditEvent.subject_kind == "touch"))
    assert action == "outreach.touch_recorded"


def test_three_departments_want_jack(users: dict[str, User], jack: Person, at: At) -> None:
    """J3, G3: one thread under two names, then a hard stop that only the owner releases, both departments on record."""
    mei, tom, pia = users["Mei"], users["Tom"], users["Pia"]
    with at(day(3)):
        ask = outreach.touch(jack, mei, is_ask=True)
    with at(day(9)):
        with pytest.raises(ContactStopped) as soft:
            outreach.touch(jack, tom, channel=TouchChannel.DIRECT_MESSAGE)
        assert (soft.value.verdict.level, soft.value.verdict.free_from) == (ContactLevel.SOFT, day(17))
        joined = outreach.touch(jack, tom, channel=TouchChannel.DIRECT_MESSAGE, is_ask=True, join=ask)
    assert (joined.joined_id, joined.is_ask) == (ask.id, False)
    assert [touch.user.name for touch in queries.list_thread(ask)] == ["Mei", "Tom"]
    with at(day(11)):
        with pytest.raises(ContactStopped) as hard:
            outreach.touch(jack, pia, subject="Product news")
        assert hard.value.verdict.level is ContactLevel.HARD
        with pytest.raises(ContactStopped):
            outreach.touch(jack, pia, join=ask)  # joining is for soft stops
        with pytest.raises(policies.NotTheOwner, match="Only Mei"):
            outreach.touch(jack, pia, release_reason="It is important")
        released = outreach.touch(
            jack, mei, subject="Product news", user_id=pia.id, release_reason="He asked for it"
        )
    assert (released.user_id, released.department_id, released.release_reason) == (
        pia.id,
        pia.department_id,
        "He asked for it",
    )
    assert len(db.session.scalars(sa.select(Touch)).all()) == 3


def test_whoever_joins_is_announced_to_the_other(users: dict[str, User], jack: Person) -> None:
    ask = outreach.touch(jack, users["Mei"], is_ask=True)
    outreach.touch(jack, users["Tom"], join=ask)
    notice = db.session.scalars(sa.select(Notice)).one()
    assert (notice.user_id, notice.message) == (
        users["Mei"].id, "Tom (Social media) joined your message “Interview” to Jack.",
    )  # fmt: skip


def test_the_window_forgets_old_touches(users: dict[str, User], jack: Person, at: At) -> None:
    with at(day(3)):
        outreach.touch(jack, users["Mei"])
    with at(day(17) - timedelta(seconds=1)), pytest.raises(ContactStopped):
        outreach.touch(jack, users["Tom"])
    with at(day(17)):
        assert outreach.touch(jack, users["Tom"]).id


def test_a_new_rule_holds_from_its_instant(users: dict[str, User], jack: Person, at: At) -> None:
    """The rule in force at the moment of contact counts."""
    with at(day(1)):
        outreach.rule(1, 30, effective_from_at=day(10))
    with at(day(3)):
        outreach.touch(jack, users["Mei"])
    with at(day(4)):
        outreach.touch(jack, users["Mei"])
    with at(day(10)), pytest.raises(ContactStopped, match=r"touch 3 of 1;.*at most 1 unsolicited in 30 days"):
        outreach.touch(jack, users["Mei"])


def test_what_they_send_us_is_never_stopped_and_never_counted(users: dict[str, User], jack: Person) -> None:
    for _ in range(3):
        outreach.touch(jack, users["Mei"], is_inbound=True, is_ask=True)
    assert [touch.is_ask for touch in db.session.scalars(sa.select(Touch))] == [False, False, False]
    assert outreach.touch(jack, users["Tom"]).id


def test_history_older_than_the_window_is_written_down_without_weighing(
    users: dict[str, User], jack: Person, at: At
) -> None:
    with at(day(20)):
        outreach.touch(jack, users["Mei"])
        outreach.touch(jack, users["Mei"])
        assert outreach.touch(jack, users["Tom"], at=day(2)).at == day(2)
        with pytest.raises(ContactStopped):
            outreach.touch(jack, users["Tom"], at=day(19))


def test_a_contact_in_the_future_is_refused(users: dict[str, User], jack: Person) -> None:
    with pytest.raises(policies.NotYet):
        outreach.touch(jack, users["Mei"], at=clock.now() + timedelta(days=1))


@pytest.mark.parametrize("wishes", [{"is_opted_out": True}, {"quiet_until_on": date(2100, 1, 1)}])
def test_nobody_overrules_what_the_person_asked_for(
    users: dict[str, User], jack: Person, wishes: dict[str, object]
) -> None:
    """P4, G3: neither the owner nor a courtesy; only news of what they agreed to, and what they asked for."""
    wish(jack, **wishes)
    for kind in set(TouchKind) - {TouchKind.ASKED_FOR, TouchKind.TRANSACTIONAL}:
        with pytest.raises(ContactStopped, match="nobody can release it, not even the owner"):
            outreach.touch(jack, users["Mei"], kind=kind, release_reason="I own this")
    assert db.session.scalars(sa.select(Touch)).all() == []


def test_touches_and_wishes_of_a_merged_record_count(users: dict[str, User], jack: Person, at: At) -> None:
    """P3: opt-outs and asks are equal before and after a merge."""
    twin = people.person("Jack T", owner=users["Mei"])
    outreach.touch(twin, users["Mei"], is_ask=True)
    with transaction():
        db.session.merge(twin).merged_into_id = jack.id
    with pytest.raises(ContactStopped, match="ask is open"):
        outreach.touch(jack, users["Tom"])
    assert [touch.person_id for touch in queries.list_open_asks(None, person=jack)] == [twin.id]
    wish_row = fresh(twin)
    with transaction():
        db.session.merge(wish_row).is_opted_out = True
    with pytest.raises(ContactStopped, match="asked not to be contacted"):
        outreach.touch(jack, users["Mei"])


def test_a_thread_of_somebody_else_cannot_be_joined(users: dict[str, User], jack: Person) -> None:
    other = outreach.touch(people.person("Amal"), users["Mei"])
    with pytest.raises(policies.CannotJoin):
        outreach.touch(jack, users["Tom"], join=other)


def test_an_answer_closes_the_ask_for_everybody(users: dict[str, User], jack: Person) -> None:
    ask = outreach.touch(jack, users["Mei"], is_ask=True)
    with transaction():
        operations.answer_ask(db.session.merge(ask), " Yes, on Friday ", by=users["Tom"])
    assert (fresh(ask).answer, queries.list_open_asks(None)) == ("Yes, on Friday", [])
    with pytest.raises(policies.NotOpen), transaction():
        operations.answer_ask(db.session.merge(ask), "Again", by=users["Tom"])


def test_somebody_unknown_cannot_be_contacted(users: dict[str, User]) -> None:
    with pytest.raises(NotFound), transaction():
        operations.record_touch(
            TouchDetails(person_id=99, channel=TouchChannel.MAIL, subject="x"), by=users["Mei"]
        )


# -- stopped contacts ------------------------------------------------------------------------------


def stopped(person: Person, by: User, **more: object) -> Collision:
    details = {
        "channel": TouchChannel.DIRECT_MESSAGE,
        "subject": "Hello",
        "summary": "A few words",
        "is_ask": True,
    } | more
    with transaction():
        made = operations.try_touch(TouchDetails(person_id=person.id, **details), by=db.session.merge(by))  # type: ignore[arg-type]
    assert isinstance(made, Collision)
    return made


def test_a_stop_keeps_what_was_about_to_be_said(users: dict[str, User], jack: Person) -> None:
    ask = outreach.touch(jack, users["Mei"], is_ask=True)
    stop = stopped(jack, users["Tom"])
    assert (stop.state, stop.level, stop.other_id, stop.subject, stop.summary) == (
        CollisionState.STOPPED, "soft", ask.id, "Hello", "A few words",
    )  # fmt: skip
    assert stopped(jack, users["Tom"], subject="Hello again").id == stop.id
    assert queries_stops.count_collisions() == queries_stops.CollisionCount(1, 0)


def test_a_stop_is_joined(users: dict[str, User], jack: Person) -> None:
    ask = outreach.touch(jack, users["Mei"], is_ask=True)
    stop = stopped(jack, users["Tom"])
    with transaction():
        touch = operations.join_other(db.session.merge(stop), by=users["Tom"])
    assert (touch.joined_id, touch.is_ask, touch.channel) == (ask.id, False, TouchChannel.DIRECT_MESSAGE)
    assert (fresh(stop).state, stop.touch_id) == (CollisionState.JOINED, touch.id)
    with pytest.raises(policies.NotOpen, match="joined"), transaction():
        operations.join_other(db.session.merge(stop), by=users["Tom"])


def test_a_stop_waits(users: dict[str, User], jack: Person) -> None:
    outreach.touch(jack, users["Mei"], is_ask=True)
    stop = stopped(jack, users["Tom"])
    with transaction():
        operations.wait_for_window(db.session.merge(stop), by=users["Tom"])
    assert (fresh(stop).state, db.session.scalar(sa.select(sa.func.count(Touch.id)))) == (
        CollisionState.WAITING,
        1,
    )


def test_the_owner_is_asked_and_releases_with_a_reason(users: dict[str, User], jack: Person) -> None:
    """J3.3: only the owner; both departments in the log."""
    ask = outreach.touch(jack, users["Mei"], is_ask=True)
    outreach.touch(jack, users["Tom"], join=ask)
    stop = stopped(jack, users["Pia"])
    assert stop.level == "hard"
    with transaction():
        operations.ask_owner(db.session.merge(stop), by=users["Pia"])
    asked = db.session.scalars(
        sa.select(Notice).where(Notice.user_id == users["Mei"].id).order_by(Notice.id.desc())
    ).first()
    assert asked is not None
    assert asked.message.startswith("Pia (Product PR) asks to contact Jack")
    for name, reason, refusal in (
        ("Pia", "I want to", policies.NotTheOwner),
        ("Mei", "  ", policies.ReasonNeeded),
    ):
        with pytest.raises(refusal), transaction():
            operations.release_collision(db.session.merge(stop), reason, by=users[name])
    with transaction():
        touch = operations.release_collision(db.session.merge(stop), "He wants it", by=users["Mei"])
    assert (touch.user_id, touch.release_reason) == (users["Pia"].id, "He wants it")
    assert (fresh(stop).state, stop.decided_by_id) == (CollisionState.RELEASED, users["Mei"].id)
    assert queries_stops.count_collisions() == queries_stops.CollisionCount(1, 1)


def test_the_owner_refuses_with_a_reason(users: dict[str, User], jack: Person) -> None:
    outreach.touch(jack, users["Mei"], is_ask=True)
    stop = stopped(jack, users["Tom"])
    with transaction():
        operations.refuse_collision(db.session.merge(stop), "Not before the launch", by=users["Mei"])
    assert (fresh(stop).state, stop.decision_reason) == (CollisionState.REFUSED, "Not before the launch")
    told = db.session.scalars(sa.select(Notice).where(Notice.user_id == users["Tom"].id)).one()
    assert "Not before the launch" in told.message


def test_a_wish_for_quiet_is_put_before_nobody(users: dict[str, User], jack: Person) -> None:
    wish(jack, is_opted_out=True)
    stop = stopped(jack, users["Tom"])
    with pytest.raises(policies.NotOpen, match="asked for quiet"), transaction():
        operations.ask_owner(db.session.merge(stop), by=users["Tom"])
    with pytest.raises(policies.NotOpen), transaction():
        operations.release_collision(db.session.merge(stop), "Because", by=users["Mei"])


# -- letters ---------------------------------------------------------------------------------------


def letter(to: Person, by: User, *, batch: str = "wave", **more: object) -> Letter:
    details = {
        "key": "invitation", "kind": TouchKind.INVITATION, "is_ask": True, "batch": batch, "batch_title": "Wave",
        "fields": {"event": "Connect London", "city": "London", "promise": "A seat in front.", "zone": "Europe/London",
                   "starts_at": "2026-10-13T08:00:00+00:00", "ends_at": "2026-10-16T17:00:00+00:00"},
    } | more  # fmt: skip
    with transaction():
        return operations.write_letter(LetterDetails(person_id=to.id, **details), by=db.session.merge(by))  # type: ignore[arg-type]


def words(of: Letter) -> str:
    assert of.mail is not None
    return queries_outbox.words_of(of.mail).text


def test_a_letter_is_written_in_the_owners_name_and_the_persons_language(users: dict[str, User]) -> None:
    """G6: it names the owner, the department, and where to check it."""
    amal = people.person("Amal", owner=users["Mei"], email="amal@experts.example")
    outreach.letter_template("en")
    outreach.letter_template("ar", subject="دعوة إلى {event}")
    made = letter(amal, users["Ruth"])
    assert made.mail is not None
    parts = queries_outbox.words_of(made.mail)
    assert (made.language, parts.subject, parts.sender_name, parts.reply_to) == (
        "ar", "دعوة إلى Connect London", "Mei", "mei@lumen.example",
    )  # fmt: skip
    assert "Mei, Analyst relations" in parts.text
    assert f"http://127.0.0.1:8000/p/verify?reference={made.reference}" in parts.text
    assert "13–16 أكتوبر 2026" in parts.text
    assert (made.mail.state, queries.find_letter(made.reference)) == (MailState.HELD, None)


def test_a_missing_translation_stops_the_batch_until_it_is_written(users: dict[str, User]) -> None:
    """G5, J4.1: three languages, one missing."""
    outreach.letter_template("en")
    outreach.letter_template("ar")
    outreach.letter_template("fr")
    for name in ("Amal", "Kerem", "Ines", "Hana"):
        letter(people.person(name, owner=users["Mei"], email=f"{name}@experts.example"), users["Ruth"])
    batch = queries_outbox.get_batch("wave")
    assert batch.restated == "4 mails, 3 languages, 1 missing translation (ko)"
    with pytest.raises(policies.MissingTranslation, match="1 in ko"), transaction():
        operations.release_batch("wave", by=users["Ruth"])
    assert db.session.scalars(sa.select(OutboxMail).where(OutboxMail.state != MailState.HELD)).all() == []
    ko = outreach.letter_template("ko")
    assert queries_outbox.get_batch("wave").restated == "4 mails, 4 languages"
    with transaction():
        assert operations.release_batch("wave", by=users["Ruth"]).n_sent == 4
    hana = db.session.scalars(sa.select(Letter).where(Letter.language == "ko")).one()
    assert hana.template_id == ko.id


def test_letting_a_letter_go_is_the_contact(users: dict[str, User], jack: Person) -> None:
    outreach.letter_template()
    made = letter(jack, users["Ruth"])
    with transaction():
        touch = operations.release_letter(db.session.merge(made), by=users["Ruth"])
    assert (touch.user_id, touch.kind, touch.channel, touch.is_ask) == (
        users["Mei"].id, TouchKind.INVITATION, TouchChannel.MAIL, True,
    )  # fmt: skip
    assert fresh(made).mail.state == MailState.NEW
    assert queries.find_letter(f" {made.reference.lower()} ") == made
    with pytest.raises(policies.NotOpen), transaction():
        operations.release_letter(db.session.merge(made), by=users["Ruth"])
    assert db.session.scalar(sa.select(sa.func.count(Touch.id))) == 1
    with pytest.raises(policies.NotOpen), transaction():
        operations.discard_letter(db.session.merge(made), by=users["Ruth"])


def test_the_guard_holds_back_single_letters_of_a_batch(users: dict[str, User], jack: Person) -> None:
    """G3 and G5: the others leave, the stop is on record, and joining lets the letter go."""
    outreach.letter_template()
    amal = people.person("Amal", owner=users["Mei"], email="amal@experts.example", languages=("en",))
    ask = outreach.touch(jack, users["Tom"], is_ask=True)
    waiting = letter(jack, users["Ruth"])
    letter(amal, users["Ruth"])
    batch = queries_outbox.get_batch("wave")
    assert (batch.restated, batch.n_ready) == ("2 mails, 1 language, 1 stopped by the contact guard", 1)
    with transaction():
        sending = operations.release_batch("wave", by=users["Ruth"])
    assert (sending.n_sent, [one.person.name for one, _ in sending.stopped]) == (1, ["Jack"])
    stop = db.session.scalars(sa.select(Collision)).one()
    assert (stop.letter_id, stop.user_id) == (waiting.id, users["Mei"].id)
    with transaction():
        touch = operations.join_other(db.session.merge(stop), by=users["Ruth"])
    assert (touch.joined_id, fresh(waiting).touch_id, waiting.mail.state) == (ask.id, touch.id, MailState.NEW)


def test_a_letter_is_edited_but_keeps_its_sender(users: dict[str, User], jack: Person) -> None:
    outreach.letter_template()
    made = letter(jack, users["Ruth"])
    text = words(made)
    with transaction():
        operations.rewrite_mail(
            db.session.merge(made).mail, subject="Come!", text=text + "\nPS: bring Kim.", by=users["Ruth"]
        )
    assert (fresh(made).mail.subject, words(made).endswith("PS: bring Kim.\n")) == ("Come!", True)
    with pytest.raises(policies.LetterIncomplete, match="“Mei”"), transaction():
        operations.rewrite_mail(db.session.merge(made).mail, subject="x", text="Just come.", by=users["Ruth"])


def test_a_discarded_letter_stays_on_record_and_never_leaves(users: dict[str, User], jack: Person) -> None:
    outreach.letter_template()
    made = letter(jack, users["Ruth"])
    with transaction():
        operations.discard_mail(db.session.merge(made).mail, by=users["Ruth"])
    assert (fresh(made).mail.state, queries_outbox.list_batches()) == (MailState.DISCARDED, [])
    with pytest.raises(policies.NotOpen), transaction():
        operations.release_letter(db.session.merge(made), by=users["Ruth"])
    with pytest.raises(NotFound), transaction():
        operations.release_batch("wave", by=users["Ruth"])


def test_an_untranslated_letter_can_be_discarded(users: dict[str, User]) -> None:
    hana = people.person("Hana", owner=users["Mei"], email="hana@experts.example")
    made = letter(hana, users["Ruth"])
    assert (made.mail, queries_outbox.count_held()) == (None, 1)
    with transaction():
        operations.discard_letter(db.session.merge(made), by=users["Ruth"])
    assert queries_outbox.count_held() == 0
    outreach.letter_template("ko")
    assert fresh(made).mail is None


def test_somebody_without_a_mail_address_gets_no_letter(users: dict[str, User]) -> None:
    kerem = people.person("Kerem", owner=users["Mei"])
    with pytest.raises(policies.NoMailAddress, match="Kerem"):
        letter(kerem, users["Ruth"])


def test_held_mail_of_other_rooms_is_sent_with_its_batch(users: dict[str, User]) -> None:
    with transaction():
        outbox.queue_mail(
            kind="hand_over", recipient="jack@experts.example", subject="Omar looks after you", text="Dear Jack",
            dedup_key="hand-over:1", batch="hand-over", is_held=True,
        )  # fmt: skip
    assert queries_outbox.get_batch("hand-over").restated == "1 mail, 1 language"
    with transaction():
        assert operations.release_batch("hand-over", by=users["Mei"]).n_sent == 1
    assert db.session.scalars(sa.select(OutboxMail.state)).all() == [MailState.NEW]


def test_a_letter_is_rendered_for_other_rooms(app: Flask) -> None:
    outreach.letter_template("en", key="note", subject="About {event}", body=outreach.NOTE)
    fields = {
        "person": "Amal",
        "event": "London",
        "message": "See you.",
        "owner": "Mei",
        "department": "PR",
        "verify_link": "x",
    }
    subject, body = operations.render_letter("note", "en", fields)
    assert (subject, body) == ("About London", "Dear Amal,\n\nSee you.\n\nMei, PR\nx")
    with pytest.raises(policies.MissingTranslation, match="not written in ko"):
        operations.render_letter("note", "ko", fields)


def test_a_new_version_of_a_letter_is_a_new_row(app: Flask) -> None:
    """G4."""
    first = outreach.letter_template("en")
    second = outreach.letter_template("en", subject="Come to {event}")
    assert (first.number, second.number, queries_outbox.template_in_force("invitation", "en")) == (
        1,
        2,
        second,
    )
    assert fresh(first).subject == "Invitation to {event}"
