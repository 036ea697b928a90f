"""Waves in the outbox: restated, read one by one, held back, sent once (G5)."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import AuditEvent, Role, User
from app.core.db import db, transaction
from app.core.models import MailState, OutboxMail
from app.outreach import operations, operations_drafts, policies, policies_outbox, queries_outbox
from app.outreach.models import Letter
from app.outreach.models_outbox import LetterHold
from tests.conftest import fresh
from tests.factories import accounts, outreach, people
from tests.factories import events as make

SignIn = Callable[..., FlaskClient]


@pytest.fixture
def users(app: Flask) -> dict[str, User]:
    return outreach.cast()


def wave(names: tuple[str, ...]) -> tuple[str, dict[str, Letter]]:
    """A wave of invitations in the outbox, English only: its batch, and the letters by name."""
    outreach.letter_template()
    event = make.event()
    batch = make.prepare(event, [make.draft(event, name) for name in names])
    found = db.session.scalars(sa.select(Letter).where(Letter.batch == batch)).all()
    return batch, {one.person.name: one for one in found}


def hold(letter: Letter, by: User, reason: str = "She is on the road") -> LetterHold:
    with transaction():
        return operations.hold_letter(db.session.merge(letter), reason, by=db.session.merge(by))


def held_names() -> list[str]:
    waiting = sa.select(Letter).join(OutboxMail, OutboxMail.id == Letter.mail_id)
    found = db.session.scalars(waiting.where(OutboxMail.state == MailState.HELD)).all()
    return sorted(one.person.name for one in found)


def test_a_letter_on_hold_stays_behind_with_who_and_why(users: dict[str, User]) -> None:
    """G5: held, named in the numbers, left out of the send, sent once it is off hold."""
    batch, letters = wave(("Amal", "Ines", "Jack"))
    kept = hold(letters["Ines"], users["Mei"])
    found = queries_outbox.get_batch(batch)
    assert (found.restated, found.n_ready) == ("3 mails, 1 language, 1 on hold", 2)
    assert (kept.by.name, kept.reason) == ("Mei", "She is on the road")
    with transaction():
        assert operations.release_batch(batch, by=users["Ruth"]).n_sent == 2
    assert held_names() == ["Ines"]
    with pytest.raises(policies.NothingToSend, match="on hold"), transaction():
        operations.release_batch(batch, by=users["Ruth"])
    with pytest.raises(policies_outbox.LetterOnHold, match="Mei holds this letter back"), transaction():
        operations.release_letter(db.session.merge(letters["Ines"]), by=users["Ruth"])
    with transaction():
        operations.take_off_hold(db.session.merge(letters["Ines"]), by=users["Ruth"])
    with transaction():
        assert operations.release_batch(batch, by=users["Ruth"]).n_sent == 1
    actions = db.session.scalars(
        sa.select(AuditEvent.action).where(AuditEvent.subject_kind == "letter_hold").order_by(AuditEvent.id)
    ).all()
    assert actions == ["outreach.letter_held", "outreach.letter_taken_off_hold"]
    assert (fresh(kept).ended_at is None, kept.ended_by_id) == (False, users["Ruth"].id)


def test_an_untranslated_letter_on_hold_stops_nobody(users: dict[str, User]) -> None:
    """G5: a missing translation stops the send, unless its letter stays behind anyway."""
    batch, letters = wave(("Amal", "Hana"))
    with pytest.raises(policies.MissingTranslation), transaction():
        operations.release_batch(batch, by=users["Ruth"])
    hold(letters["Hana"], users["Mei"])
    assert queries_outbox.get_batch(batch).restated == "2 mails, 1 language, 1 on hold"
    with transaction():
        assert operations.release_batch(batch, by=users["Ruth"]).n_sent == 1


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_hold_needs_a_reason(users: dict[str, User], reason: str) -> None:
    _, letters = wave(("Amal",))
    with pytest.raises(policies.ReasonNeeded):
        hold(letters["Amal"], users["Mei"], reason)


def test_a_letter_is_held_once_and_only_while_it_waits(users: dict[str, User]) -> None:
    batch, letters = wave(("Amal", "Jack"))
    hold(letters["Amal"], users["Mei"])
    with pytest.raises(policies_outbox.LetterOnHold, match="Mei holds"):
        hold(letters["Amal"], users["Tom"])
    with transaction():
        operations.release_batch(batch, by=users["Ruth"])
    with pytest.raises(policies_outbox.LetterGone, match="sent already"):
        hold(letters["Jack"], users["Mei"])


def test_what_nobody_holds_cannot_be_taken_off_hold(users: dict[str, User]) -> None:
    _, letters = wave(("Amal",))
    with pytest.raises(policies.NotOpen, match="Nobody holds"), transaction():
        operations.take_off_hold(db.session.merge(letters["Amal"]), by=users["Mei"])


def test_a_letter_written_again_in_another_name_is_still_on_hold(users: dict[str, User]) -> None:
    _, letters = wave(("Amal",))
    hold(letters["Amal"], users["Mei"])
    with transaction():
        again = operations_drafts.readdress_letter(
            db.session.merge(letters["Amal"]), users["Tom"], by=users["Mei"]
        )
    found = queries_outbox.hold_of(again)
    assert found is not None
    assert found.reason == "She is on the road"


def test_the_letters_are_read_one_by_one(signed_in: SignIn, users: dict[str, User]) -> None:
    """G5: previous and next, in the order of the batch's page, wherever one stands."""
    batch, letters = wave(("Jack", "Amal", "Ines"))
    browser = signed_in(users["Ruth"])
    ids = [letters[name].mail_id for name in ("Amal", "Ines", "Jack")]
    assert f'href="/outreach/outbox/{ids[0]}">Read them one by one' in browser.get(
        f"/outreach/outbox/batch?name={batch}"
    ).text.replace("</span>", "")
    for at, id in enumerate(ids):
        page = browser.get(f"/outreach/outbox/{id}").text
        assert f"{at + 1} of 3 in Connect London, wave 1" in page
        assert ('rel="prev"' in page, 'rel="next"' in page) == (at > 0, at < 2)
    place = queries_outbox.place_of(db.session.get_one(OutboxMail, ids[1]))
    assert (place.before_id, place.after_id) == (ids[0], ids[2])  # type: ignore[union-attr]


def test_holding_at_the_screen_goes_on_to_the_next(signed_in: SignIn, users: dict[str, User]) -> None:
    batch, letters = wave(("Amal", "Jack"))
    browser = signed_in(users["Ruth"])
    address = f"/outreach/outbox/letters/{letters['Amal'].id}"
    assert browser.get(address + "/hold").status_code == 200
    refused = browser.post(address + "/hold", data={"reason": " "})
    assert (refused.status_code, "This is needed" in refused.text) == (422, True)
    answer = browser.post(address + "/hold", data={"reason": "Ask Kim <first>"})
    assert answer.location == f"/outreach/outbox/{letters['Jack'].mail_id}"
    page = browser.get(f"/outreach/outbox/batch?name={batch}").text
    assert ("Ask Kim &lt;first&gt;" in page, "2 mails, 1 language, 1 on hold" in page, "Send 1" in page) == (
        True,
        True,
        True,
    )
    one = browser.get(f"/outreach/outbox/{letters['Amal'].mail_id}").text
    assert ("On hold: Ruth" in one, "Send to Amal" in one) == (True, False)
    assert browser.post(address + "/off-hold").location == f"/outreach/outbox/batch?name={batch}"
    again = browser.post(address + "/off-hold")
    assert (again.status_code, "Nobody holds this letter back" in again.text) == (422, True)
    assert "Send to Amal" in browser.get(f"/outreach/outbox/{letters['Amal'].mail_id}").text


@pytest.mark.parametrize("role", [Role.PARTNER, Role.AUDITOR, Role.COMPLIANCE, Role.ASSISTANT, Role.ADMIN])
def test_who_may_not_write_may_not_hold(signed_in: SignIn, users: dict[str, User], role: Role) -> None:
    """R3."""
    _, letters = wave(("Amal",))
    browser = signed_in(role)
    address = f"/outreach/outbox/letters/{letters['Amal'].id}"
    assert browser.post(address + "/hold", data={"reason": "x"}).status_code == 403
    assert browser.post(address + "/off-hold").status_code == 403


def test_the_pages_of_a_wave_ask_the_same_number_of_questions(
    signed_in: SignIn, users: dict[str, User], count_queries: Callable[[], int]
) -> None:
    outreach.letter_template()
    event = make.event()
    batch = make.prepare(event, [make.draft(event, "Amal")])
    browser = signed_in(users["Ruth"])

    def asked() -> list[int]:
        numbers = []
        mail = db.session.scalars(sa.select(OutboxMail.id).order_by(OutboxMail.id)).first()
        for address in (
            f"/outreach/outbox/batch?name={batch}",
            "/outreach/outbox",
            f"/outreach/outbox/{mail}",
        ):
            db.session.expire_all()
            count_queries()
            assert browser.get(address).status_code == 200
            numbers.append(count_queries())
        return numbers

    asked()
    with_one = asked()
    make.prepare(event, [make.draft(event, f"Person {number}") for number in range(29)])
    for letter in db.session.scalars(sa.select(Letter).limit(10)).all():
        hold(letter, accounts.user(name="Mei"))
    assert asked() == with_one


def test_two_who_press_send_one_after_the_other_send_once(users: dict[str, User]) -> None:
    """G5: the second reads that nothing was sent twice."""
    people.person("Kerem")
    batch, _ = wave(("Amal", "Jack"))
    found = queries_outbox.get_batch(batch)
    with transaction():
        assert operations.release_batch(batch, by=users["Ruth"]).n_sent == 2
    for row in found.rows:
        with pytest.raises(policies_outbox.LetterGone, match="nothing was sent twice"), transaction():
            operations.release_letter(db.session.merge(row.letter), by=users["Mei"])
