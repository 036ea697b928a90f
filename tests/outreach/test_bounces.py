"""Mail that comes back: at once from the server, or in a report afterwards (G5, RFC 3464)."""

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import AuditEvent, Role, User
from app.core import incoming, outbox
from app.core.db import db, transaction
from app.core.models import MailState
from app.notices.models import Notice
from app.outreach import operations, operations_mail, policies_outbox, queries_outbox, queries_sent
from app.outreach.details import LetterDetails, TouchDetails
from app.outreach.models import Letter, Touch, TouchChannel, TouchKind
from app.outreach.models_outbox import Bounce
from app.people import operations as person_operations
from app.people.details import PersonDetails
from app.people.models import Person
from tests.conftest import fresh
from tests.core.test_outbox import Mailbox, Server
from tests.factories import messages, outreach, people

SignIn = Callable[..., FlaskClient]


@pytest.fixture
def users(app: Flask) -> dict[str, User]:
    return outreach.cast()


@pytest.fixture
def amal(users: dict[str, User]) -> Person:
    return people.person("Amal", owner=users["Mei"], email="amal@experts.example", languages=("en",))


@pytest.fixture
def mailbox(app: Flask) -> Iterator[Mailbox]:
    running = Server()
    app.config["SMTP_URL"] = f"smtp://127.0.0.1:{running.port}"
    yield running.mailbox
    app.config["SMTP_URL"] = ""
    running.stop()


def letter(to: Person, by: User, batch: str = "notes") -> Letter:
    outreach.letter_template(key="note", body=outreach.NOTE, subject="News")
    details = LetterDetails(
        person_id=to.id, key="note", kind=TouchKind.TRANSACTIONAL, fields={"message": "See you."}, batch=batch,
        batch_title="Notes",
    )  # fmt: skip
    with transaction():
        return operations.write_letter(details, by=db.session.merge(by))


def sent(one: Letter, by: User) -> Letter:
    with transaction():
        operations.release_letter(db.session.merge(one), by=by)
    assert outbox.deliver_due() == 1
    return fresh(one)


def reported(one: Letter, **more: object) -> Bounce | None:
    """A server reports about a letter, as bytes."""
    raw = messages.report(one.mail.raw, **more)  # type: ignore[union-attr,arg-type]
    report = incoming.read(raw).report
    assert report is not None
    with transaction():
        return operations.note_report(report)


def notices() -> list[tuple[int | None, str]]:
    rows = db.session.scalars(sa.select(Notice).where(Notice.user_id.is_not(None)).order_by(Notice.id))
    return [(one.user_id, one.message) for one in rows]


@pytest.mark.parametrize("is_whole", [True, False])
def test_a_permanent_report_comes_back_to_mail_letter_and_person(
    mailbox: Mailbox, users: dict[str, User], amal: Person, is_whole: bool
) -> None:
    """G5: noted with the reason, told to the owner, the address stopped with what to do; never an opt-out."""
    gone = sent(letter(amal, users["Mei"]), users["Mei"])
    bounce = reported(gone, is_whole=is_whole)
    assert bounce is not None
    assert (bounce.letter_id, bounce.status, bounce.reason, bounce.is_final, bounce.is_permanent) == (
        gone.id, "5.1.1", "550 5.1.1 no such mailbox here", True, True,
    )  # fmt: skip
    [(user_id, said)] = notices()
    assert (user_id, "takes no mail: ask for another address" in said) == (users["Mei"].id, True)
    assert fresh(amal).is_opted_out is False
    second = letter(amal, users["Mei"])
    found = queries_outbox.get_batch("notes")
    assert (found.restated, found.can_send) == ("1 mail, 1 language, 1 to a dead address", False)
    with pytest.raises(policies_outbox.AddressIsDead, match="Ask Amal for another address"), transaction():
        operations.release_letter(db.session.merge(second), by=users["Mei"])
    assert db.session.scalar(sa.select(sa.func.count(Touch.id))) == 1
    with transaction():
        sending = operations.release_batch("notes", by=users["Mei"])
    assert (sending.n_sent, [one.person.name for one, _ in sending.stopped]) == (0, ["Amal"])
    lines = db.session.scalars(
        sa.select(AuditEvent.by_id).where(AuditEvent.action == "outreach.bounce_noted")
    ).all()
    assert lines == [None]


def test_another_address_lets_what_waits_leave_there(
    mailbox: Mailbox, users: dict[str, User], amal: Person
) -> None:
    """G5: until the address changes; the letter in the outbox goes to the new one."""
    reported(sent(letter(amal, users["Mei"]), users["Mei"]))
    waiting = letter(amal, users["Mei"])
    with transaction():
        details = PersonDetails(
            name="Amal", email="amal@new.example", known_for="x", known_among="y", languages=("en",)
        )
        person_operations.edit_person(db.session.merge(amal), details, by=users["Mei"])
    assert queries_outbox.get_batch("notes").restated == "1 mail, 1 language"
    gone = sent(waiting, users["Mei"])
    assert mailbox.taken[-1].rcpt_tos == ["amal@new.example"]
    assert str(mailbox.messages()[-1]["To"]) == "amal@new.example"
    assert gone.mail is not None
    assert str(mailbox.messages()[-1]["Message-ID"]) == gone.mail.message_id


def test_whoever_knows_better_lifts_it(
    signed_in: SignIn, mailbox: Mailbox, users: dict[str, User], amal: Person
) -> None:
    reported(sent(letter(amal, users["Mei"]), users["Mei"]))
    browser = signed_in(users["Mei"])
    page = browser.get(f"/outreach/person/{amal.id}").text
    assert ("Mail to amal@experts.example came back" in page, "It works again" in page) == (True, True)
    assert browser.post(f"/outreach/person/{amal.id}/address-works").status_code == 303
    assert "came back" not in browser.get(f"/outreach/person/{amal.id}").text
    sent(letter(amal, users["Mei"]), users["Mei"])
    assert (
        "are not stopped"
        in browser.post(f"/outreach/person/{amal.id}/address-works", follow_redirects=True).text
    )
    assert signed_in(Role.AUDITOR).post(f"/outreach/person/{amal.id}/address-works").status_code == 403


@pytest.mark.parametrize(
    ("said", "is_final", "is_permanent", "n_told"),
    [
        ({"action": "delayed", "status": "4.4.1", "said": "smtp; 451 4.4.1 busy"}, False, False, 0),
        ({"action": "failed", "status": "4.4.7", "said": "smtp; 4.4.7 expired"}, True, False, 1),
        ({"action": "failed", "status": "5.2.2", "said": "x; mailbox full"}, True, True, 1),
        ({"action": "failed", "status": "", "said": "smtp; 550 who?"}, True, True, 1),
        ({"action": "failed", "status": "broken", "said": ""}, True, False, 1),
        ({"action": "delivered", "status": "2.0.0", "said": ""}, False, False, 0),
    ],
)
def test_transient_and_permanent_are_told_apart(
    mailbox: Mailbox, users: dict[str, User], amal: Person, said: dict[str, str], is_final: bool, is_permanent: bool, n_told: int
) -> None:  # fmt: skip
    bounce = reported(sent(letter(amal, users["Mei"]), users["Mei"]), **said)
    assert bounce is not None
    assert (bounce.is_final, bounce.is_permanent, len(notices())) == (is_final, is_permanent, n_told)
    following = letter(amal, users["Mei"])
    if is_permanent:
        with pytest.raises(policies_outbox.AddressIsDead), transaction():
            operations.release_letter(db.session.merge(following), by=users["Mei"])
    else:
        sent(following, users["Mei"])


def test_a_refusal_at_the_door_counts_like_a_report(mailbox: Mailbox, users: dict[str, User]) -> None:
    """G5: "550" at RCPT: the mail is given up, the address stopped, another try is answered with what to do."""
    nobody = people.person("Kim", owner=users["Mei"], email="nobody@experts.example", languages=("en",))
    gone = sent(letter(nobody, users["Mei"]), users["Mei"])
    bounce = db.session.scalars(sa.select(Bounce)).one()
    assert (bounce.letter_id, bounce.status, bounce.reason, bounce.is_permanent) == (
        gone.id, "550", "550 no such mailbox here", True,
    )  # fmt: skip
    assert gone.mail is not None
    assert gone.mail.state is MailState.DEAD
    assert [user_id for user_id, _ in notices()] == [users["Mei"].id]
    with pytest.raises(policies_outbox.AddressIsDead), transaction():
        operations.release_mail(db.session.merge(gone.mail), by=users["Mei"])


def test_a_delay_at_the_door_is_no_bounce(mailbox: Mailbox, users: dict[str, User], amal: Person) -> None:
    mailbox.answer = "451 4.3.0 later"
    gone = sent(letter(amal, users["Mei"]), users["Mei"])
    assert gone.mail is not None
    assert (gone.mail.state, db.session.scalars(sa.select(Bounce)).all()) == (MailState.FAILED, [])


def test_a_shared_address_is_dead_for_both(mailbox: Mailbox, users: dict[str, User], amal: Person) -> None:
    twin = people.person("Nneka", owner=users["Tom"], email="Amal@Experts.example", languages=("en",))
    reported(sent(letter(amal, users["Mei"]), users["Mei"]))
    with pytest.raises(policies_outbox.AddressIsDead), transaction():
        operations.release_letter(db.session.merge(letter(twin, users["Tom"])), by=users["Tom"])


def test_a_report_about_a_foreign_mail_changes_nothing(app: Flask, amal: Person) -> None:
    raw = messages.report(messages.message(message_id="<foreign@elsewhere.example>"))
    report = incoming.read(raw).report
    assert report is not None
    with transaction():
        assert operations.note_report(report) is None
    assert db.session.scalars(sa.select(Bounce)).all() == []


def test_mail_of_other_rooms_is_stopped_too(mailbox: Mailbox, users: dict[str, User], amal: Person) -> None:
    reported(sent(letter(amal, users["Mei"]), users["Mei"]))
    mail = operations_mail.PersonMail(
        kind="x", recipient="amal@experts.example", subject="x", text="x", dedup_key="x", sender_name="Mei",
        reply_to="mei@lumen.example",
    )  # fmt: skip
    contact = TouchDetails(
        person_id=amal.id, channel=TouchChannel.MAIL, kind=TouchKind.TRANSACTIONAL, subject="x"
    )
    with pytest.raises(policies_outbox.AddressIsDead), transaction():
        operations.mail_person(contact, mail, by=users["Mei"])
    assert db.session.scalar(sa.select(sa.func.count(Touch.id))) == 1


def test_what_came_back_is_shown_with_its_reason(
    signed_in: SignIn, mailbox: Mailbox, users: dict[str, User], amal: Person
) -> None:
    gone = sent(letter(amal, users["Mei"]), users["Mei"])
    reported(gone)
    browser = signed_in(users["Mei"])
    for address in (f"/outreach/outbox/{gone.mail_id}", "/outreach/sent", "/outreach/sent?state=bounced"):
        page = browser.get(address).text
        assert ("Bounced" in page, "550 5.1.1 no such mailbox here" in page) == (True, True), address
    assert [row.letter.id for row in queries_sent.list_departed(is_bounced=True).rows] == [gone.id]  # type: ignore[union-attr]
    assert "Bounced" in browser.get(f"/outreach/person/{amal.id}").text
