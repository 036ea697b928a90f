"""One click ends letters (RFC 8058): the headers of the sent message, the page behind them, and what follows (P4)."""

import email.policy
from collections.abc import Iterator
from email.message import EmailMessage
from email.parser import BytesParser

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import AuditEvent, User
from app.core import clock, outbox
from app.core.db import db, transaction
from app.core.models import MailState
from app.notices.models import Notice
from app.outreach import operations, policies, policies_outbox
from app.outreach.details import LetterDetails
from app.outreach.models import Letter, TouchKind
from app.people import operations as person_operations
from app.people.details import PersonDetails
from app.people.models import Person
from tests.conftest import fresh
from tests.core.test_outbox import Mailbox, Server
from tests.factories import outreach, people

CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def users(app: Flask) -> dict[str, User]:
    return outreach.cast()


@pytest.fixture
def amal(users: dict[str, User]) -> Person:
    return people.person("Amal", owner=users["Mei"], email="amal@experts.example", languages=("en",))


@pytest.fixture
def mailbox(app: Flask) -> Iterator[Mailbox]:
    """A real mail server; links in letters begin with https as they do behind a proxy."""
    running, was = Server(), app.config["BASE_URL"]
    app.config |= {
        "SMTP_URL": f"smtp://127.0.0.1:{running.port}",
        "BASE_URL": "https://rapport.lumen.example",
    }
    yield running.mailbox
    app.config |= {"SMTP_URL": "", "BASE_URL": was}
    running.stop()


def written(to: Person, by: User, kind: TouchKind = TouchKind.INVITATION) -> Letter:
    outreach.letter_template(key="note", body=outreach.NOTE, subject="News")
    details = LetterDetails(
        person_id=to.id, key="note", kind=kind, fields={"message": "See you."}, batch="notes", batch_title="Notes"
    )  # fmt: skip
    with transaction():
        return operations.write_letter(details, by=db.session.merge(by))


def sent(letter: Letter, mailbox: Mailbox) -> EmailMessage:
    """The letter as the server took it."""
    with transaction():
        operations.release_letter(db.session.merge(letter), by=outreach.cast()["Mei"])
    assert outbox.deliver_due() == 1
    return BytesParser(policy=email.policy.SMTP).parsebytes(mailbox.taken[-1].original_content)


def path_in(message: EmailMessage) -> str:
    address = str(message["List-Unsubscribe"]).strip("<>")
    assert address.startswith("https://rapport.lumen.example/p/no-more/")
    return address.removeprefix("https://rapport.lumen.example")


def test_the_sent_message_carries_both_headers_on_a_line_each(
    mailbox: Mailbox, users: dict[str, User], amal: Person
) -> None:
    letter = written(amal, users["Mei"])
    message = sent(letter, mailbox)
    assert str(message["List-Unsubscribe-Post"]) == "List-Unsubscribe=One-Click"
    secret = path_in(message).rpartition("/")[2]
    raw = mailbox.taken[-1].original_content
    assert f"List-Unsubscribe: <https://rapport.lumen.example/p/no-more/{secret}>\r\n".encode() in raw
    # What is stored to compare with says nothing about the secret.
    assert len(secret) == 43
    assert secret not in str(fresh(letter).unsubscribe_hash)


def test_words_that_are_changed_keep_the_headers(
    mailbox: Mailbox, users: dict[str, User], amal: Person
) -> None:
    letter = written(amal, users["Mei"])
    with transaction():
        mail = db.session.merge(letter).mail
        assert mail is not None
        operations.rewrite_mail(
            mail, subject="Other", text=f"Mei, Analyst relations, {letter.reference}", by=users["Mei"]
        )
    assert path_in(sent(letter, mailbox))


def test_without_https_one_click_is_not_promised(
    app: Flask, mailbox: Mailbox, users: dict[str, User], amal: Person
) -> None:
    """RFC 8058 wants an https address; RFC 2369 alone does not."""
    app.config["BASE_URL"] = "http://127.0.0.1:8000"
    message = sent(written(amal, users["Mei"]), mailbox)
    assert str(message["List-Unsubscribe"]).startswith("<http://127.0.0.1:8000/p/no-more/")
    assert message["List-Unsubscribe-Post"] is None


@pytest.mark.parametrize("kind", list(TouchKind))
def test_only_letters_an_opt_out_would_stop_offer_it(
    mailbox: Mailbox, users: dict[str, User], amal: Person, kind: TouchKind
) -> None:
    letter = written(amal, users["Mei"], kind)
    message = sent(letter, mailbox)
    is_stopped = policies_outbox.is_stopped_by_opt_out(kind, clock.now())
    assert (message["List-Unsubscribe"] is not None, letter.unsubscribe_hash is not None) == (
        is_stopped,
        is_stopped,
    )
    with transaction():
        person_operations.set_wishes(
            db.session.merge(amal), people_wish(is_opted_out=True), by=db.session.merge(users["Mei"])
        )
    second = written(amal, users["Mei"], kind)
    if is_stopped:
        with pytest.raises(policies.ContactStopped), transaction():
            operations.release_letter(db.session.merge(second), by=users["Mei"])
    else:
        sent(second, mailbox)


def people_wish(**wish: object) -> person_operations.WishDetails:
    return person_operations.WishDetails(**wish)  # type: ignore[arg-type]


def test_asked_for_and_unsolicited_lie_on_two_sides(app: Flask) -> None:
    now = clock.now()
    kinds = (TouchKind.UNSOLICITED, TouchKind.INVITATION, TouchKind.ASKED_FOR)
    assert [policies_outbox.is_stopped_by_opt_out(kind, now) for kind in kinds] == [True, True, False]


def test_one_click_opts_out_once_and_tells_the_owner(
    app: Flask, mailbox: Mailbox, users: dict[str, User], amal: Person
) -> None:
    """P4: a POST with nothing but the secret: no cookie, no token, no redirect; a second one changes nothing."""
    waiting, left = written(amal, users["Mei"]), written(amal, users["Mei"])
    path = path_in(sent(left, mailbox))
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        bare = app.test_client(use_cookies=False)
        answers = [bare.post(path, data=CLICK, headers={"User-Agent": "mail program"}) for _ in range(3)]
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
    assert [(one.status_code, "You get no more letters" in one.text) for one in answers] == [(200, True)] * 3
    assert fresh(amal).is_opted_out is True
    line = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "people.wishes_set")).one()
    assert (line.by_id, line.reason) == (None, f"One click in the letter {left.reference}.")
    notice = db.session.scalars(sa.select(Notice)).one()
    assert (notice.user_id, "wants no more letters" in notice.message) == (users["Mei"].id, True)
    with pytest.raises(policies.ContactStopped), transaction():
        operations.release_letter(db.session.merge(waiting), by=users["Mei"])
    assert fresh(waiting).mail.state is MailState.HELD  # type: ignore[union-attr]


def test_editing_the_person_resets_nothing(
    client: FlaskClient, mailbox: Mailbox, users: dict[str, User], amal: Person
) -> None:
    """P4."""
    client.post(path_in(sent(written(amal, users["Mei"]), mailbox)), data=CLICK)
    with transaction():
        details = PersonDetails(name="Amal B.", email="amal@other.example", known_for="x", known_among="y")
        person_operations.edit_person(db.session.merge(amal), details, by=users["Mei"])
    assert (fresh(amal).is_opted_out, amal.name) == (True, "Amal B.")


def test_looking_writes_nothing(
    client: FlaskClient, mailbox: Mailbox, users: dict[str, User], amal: Person
) -> None:
    """Scanners open every address of a message."""
    path = path_in(sent(written(amal, users["Mei"]), mailbox))
    looks = [client.head(path), client.get(path), client.get(path)]
    assert [(one.status_code, one.headers["Referrer-Policy"]) for one in looks] == [(200, "no-referrer")] * 3
    assert "Send me no more letters" in looks[1].text
    assert (fresh(amal).is_opted_out, db.session.scalars(sa.select(Notice)).all()) == (False, [])


@pytest.mark.parametrize(
    "body", [{}, {"List-Unsubscribe": "no"}, {"list-unsubscribe": "One-Click"}, {"List-Unsubscribe": ""}]
)
def test_a_post_that_is_no_click_changes_nothing(
    client: FlaskClient, mailbox: Mailbox, users: dict[str, User], amal: Person, body: dict[str, str]
) -> None:
    path = path_in(sent(written(amal, users["Mei"]), mailbox))
    assert client.post(path, data=body).status_code == 400
    assert fresh(amal).is_opted_out is False


def test_a_click_as_multipart_counts_too(
    client: FlaskClient, mailbox: Mailbox, users: dict[str, User], amal: Person
) -> None:
    path = path_in(sent(written(amal, users["Mei"]), mailbox))
    assert client.post(path, data=CLICK, content_type="multipart/form-data").status_code == 200
    assert fresh(amal).is_opted_out is True


@pytest.mark.parametrize("secret", ["x", "x" * 43, "x" * 5000, "%00", "a%2Fb", "ü" * 43, "-" * 43])
def test_a_wrong_secret_is_nowhere(client: FlaskClient, amal: Person, secret: str) -> None:
    assert client.get(f"/p/no-more/{secret}").status_code == 404
    assert client.post(f"/p/no-more/{secret}", data=CLICK).status_code == 404


def test_a_letter_that_never_left_opens_nothing(
    client: FlaskClient, mailbox: Mailbox, users: dict[str, User], amal: Person
) -> None:
    letter = written(amal, users["Mei"])
    assert letter.mail is not None
    held = BytesParser(policy=email.policy.SMTP).parsebytes(letter.mail.raw)
    assert client.post(path_in(held), data=CLICK).status_code == 404


@pytest.mark.parametrize(
    ("languages", "opening"),
    [(("ar", "en"), '<html lang="ar" dir="rtl">'), (("fr",), '<html lang="fr" dir="ltr">'), (("sv",), '<html lang="en" dir="ltr">')],
)  # fmt: skip
def test_the_page_speaks_the_language_of_whom_the_letter_went_to(
    client: FlaskClient,
    mailbox: Mailbox,
    users: dict[str, User],
    amal: Person,
    languages: tuple[str, ...],
    opening: str,
) -> None:
    """The browser's own language does not count, and right to left is written so, before and after the button."""
    path = path_in(sent(written(amal, users["Mei"]), mailbox))
    with transaction():
        db.session.get_one(Person, amal.id).languages = list(languages)
    assert opening in client.get(path, headers={"Accept-Language": "zh"}).text
    assert opening in client.post(path, data=CLICK, headers={"Accept-Language": "zh"}).text
