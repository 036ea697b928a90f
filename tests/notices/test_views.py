"""Pages of notices and of mail that stayed here."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts import operations as accounts
from app.accounts.models import Role
from app.core import clock, outbox
from app.core.db import db, transaction
from app.core.models import MailState, OutboxMail
from app.notices import operations, queries
from app.notices.models import Notice, Urgency
from tests.conftest import fresh
from tests.factories import accounts as make
from tests.factories.notices import notice

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SignIn = Callable[..., FlaskClient]


def test_a_sentence_that_begins_with_an_arabic_name_reads_in_the_direction_of_the_page(
    signed_in: SignIn,
) -> None:
    notice("أمل signed the covenant; our signature is missing.", urgency=Urgency.SOON)
    page = signed_in(make.user(role=Role.COMPLIANCE)).get("/notices/").text
    assert '<bdi dir="ltr">أمل signed the covenant; our signature is missing.</bdi>' in page


def test_the_list_shows_the_urgent_first_and_then_the_newest(signed_in: SignIn) -> None:
    helga = make.user(role=Role.COMPLIANCE)
    words = [
        ("to know", Urgency.INFO),
        ("old and soon", Urgency.SOON),
        ("new and soon", Urgency.SOON),
        ("at once", Urgency.NOW),
    ]
    for minute, (message, urgency) in enumerate(words):
        with clock.fixed_at(NOW + timedelta(minutes=minute)):
            notice(f"This is {message}.", urgency=urgency)
    page = signed_in(helga).get("/notices/").text
    places = [
        page.index(f"This is {message}.")
        for message in ("at once", "new and soon", "old and soon", "to know")
    ]
    assert places == sorted(places)
    assert 'aria-label="Notices, 4 unread"' in page


def test_marking_done_closes_it_for_the_whole_role(signed_in: SignIn) -> None:
    given, helga, sam = (
        notice(),
        make.user(role=Role.COMPLIANCE, name="Helga"),
        make.user(role=Role.COMPLIANCE, name="Sam"),
    )
    assert signed_in(helga).post(f"/notices/{given.id}/done").location == f"/notices/?undo={given.id}"
    browser = signed_in(sam)
    assert "Nothing waits for you" in browser.get("/notices/").text
    assert given.message in browser.get("/notices/?state=done").text


@pytest.mark.parametrize("role", [Role.RELATIONS, Role.ADMIN, Role.PARTNER])
def test_notices_of_others_are_not_found(signed_in: SignIn, role: Role) -> None:
    given, browser = notice(), signed_in(role)
    assert given.message not in browser.get("/notices/").text
    assert browser.get(f"/notices/{given.id}").status_code == 404
    assert browser.post(f"/notices/{given.id}/done").status_code == 404
    assert fresh(given).done_at is None


def test_a_notice_leads_to_what_it_is_about(signed_in: SignIn) -> None:
    helga = make.user(role=Role.COMPLIANCE)
    about, nothing, strange = (
        notice(source=("people", 7)),
        notice("Other."),
        notice("Third.", source=("attic", 1)),
    )
    browser = signed_in(helga)
    assert browser.get(f"/notices/{about.id}").location == "/people/7"
    assert browser.get(f"/notices/{nothing.id}").location == "/notices/"
    assert browser.get(f"/notices/{strange.id}").location == "/notices/"
    page = browser.get("/notices/").text
    assert f'href="/notices/{about.id}"' in page
    assert f'href="/notices/{strange.id}"' not in page


def test_the_message_of_a_notice_is_text(signed_in: SignIn) -> None:
    notice("<script>alert(1)</script>")
    assert "<script>alert" not in signed_in(Role.COMPLIANCE).get("/notices/").text


def test_the_list_comes_in_pages_with_the_same_number_of_questions(
    signed_in: SignIn, count_queries: Callable[[], int]
) -> None:
    browser = signed_in(Role.COMPLIANCE)

    def questions() -> int:
        browser.get("/notices/")
        count_queries()
        browser.get("/notices/")
        return count_queries()

    notice()
    few = questions()
    for number in range(queries.PAGE_SIZE):
        notice(f"Number {number}.")
    assert questions() == few
    assert f"{queries.PAGE_SIZE} of {queries.PAGE_SIZE + 1} notices" in browser.get("/notices/").text
    assert f"1 of {queries.PAGE_SIZE + 1} notices" in browser.get("/notices/?page=2").text
    for bad in ("0", "-1", "x", "9" * 30):
        assert browser.get(f"/notices/?page={bad}").status_code == 200


# -- mail that stayed here -------------------------------------------------------------------------


@pytest.fixture
def demo(app: Flask) -> None:
    with transaction():
        accounts.mark_demo(by=None)


@pytest.fixture
def with_server(app: Flask) -> Iterator[None]:
    app.config["SMTP_URL"] = "smtp://127.0.0.1:1"
    yield
    app.config["SMTP_URL"] = ""


def letter(key: str = "letter:1") -> OutboxMail:
    with transaction():
        return outbox.queue_mail(
            kind="letter", recipient="amal@example.com", subject="Your seat", text="Dear Amal,\nA1 <b>is</b> yours.\n",
            html="<p>Dear Amal</p>", dedup_key=key,
        )  # fmt: skip


def test_the_local_mailbox_shows_what_would_have_been_sent_and_says_so(signed_in: SignIn, demo: None) -> None:
    mail, browser = letter(), signed_in(Role.RELATIONS)
    outbox.deliver_due()
    page = browser.get("/notices/mailbox").text
    assert "Nothing leaves this machine" in page
    assert "Your seat" in page
    shown = browser.get(f"/notices/mailbox/{mail.id}").text
    assert "A1 &lt;b&gt;is&lt;/b&gt; yours." in shown
    assert "Nobody has received this" in shown
    exact = browser.get(f"/notices/mailbox/{mail.id}.eml")
    assert (exact.data, exact.mimetype) == (mail.raw, "message/rfc822")
    assert exact.headers["Content-Disposition"] == f'attachment; filename="mail-{mail.id}.eml"'


def test_held_letters_are_not_in_the_mailbox(signed_in: SignIn, demo: None) -> None:
    with transaction():
        mail = outbox.queue_mail(
            kind="letter",
            recipient="amal@example.com",
            subject="Draft",
            text="x",
            dedup_key="x",
            is_held=True,
        )
    assert signed_in(Role.ADMIN).get(f"/notices/mailbox/{mail.id}").status_code == 404


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMIN])
def test_r3_nobody_but_administrators_reads_mail_outside_a_demo(signed_in: SignIn, role: Role) -> None:
    mail, browser = letter(), signed_in(role)
    for path in ("/notices/mailbox", f"/notices/mailbox/{mail.id}", f"/notices/mailbox/{mail.id}.eml"):
        assert browser.get(path).status_code == (403 if role is Role.DOOR else 404)
    assert "/notices/mailbox" not in browser.get("/notices/").text


def test_r3_a_partner_reads_no_mail_even_in_a_demo(signed_in: SignIn, demo: None) -> None:
    assert signed_in(Role.PARTNER).get("/notices/mailbox").status_code == 404


def test_with_a_server_administrators_see_addresses_and_reasons_but_no_letters(
    app: Flask, signed_in: SignIn, with_server: None
) -> None:
    mail, browser = letter(), signed_in(Role.ADMIN)
    outbox.deliver_due()
    page = browser.get("/notices/mailbox").text
    assert "Undelivered mail" in page
    assert "amal@example.com" in page
    assert "will be tried again" in page
    for path in (f"/notices/mailbox/{mail.id}", f"/notices/mailbox/{mail.id}.eml"):
        assert browser.get(path).status_code == 404


def test_an_administrator_sends_a_given_up_mail_again(signed_in: SignIn, with_server: None) -> None:
    mail, admin = letter(), make.user(role=Role.ADMIN)
    claim = outbox._claim_next()
    assert claim is not None
    outbox._settle(claim, MailState.DEAD, "550 no such mailbox")
    browser = signed_in(admin)
    assert "given up" in browser.get("/notices/mailbox").text
    assert browser.post(f"/notices/mailbox/{mail.id}/again").location == "/notices/mailbox"
    assert fresh(mail).state == MailState.NEW
    assert queries.count_open(admin) == 0
    assert signed_in(Role.RELATIONS).post(f"/notices/mailbox/{mail.id}/again").status_code == 403


def test_finishing_twice_is_harmless(signed_in: SignIn) -> None:
    given, browser = notice(), signed_in(Role.COMPLIANCE)
    for _ in range(2):
        assert browser.post(f"/notices/{given.id}/done").status_code == 303
    with transaction():
        operations.finish(given, by=None)
    assert fresh(given).done_by_id is not None


def test_marking_done_offers_the_way_back(signed_in: SignIn) -> None:
    with transaction():
        notice_id = operations.notify("Look at this", role=Role.COMPLIANCE).id
    browser = signed_in(Role.COMPLIANCE)
    page = browser.get(browser.post(f"/notices/{notice_id}/done").location).text
    assert ("1 notice is marked done." in page, "Look at this" in page) == (True, False)
    browser.post("/notices/open", data={"ids": [str(notice_id)]})
    assert "Look at this" in browser.get("/notices/").text


def test_all_that_are_shown_are_marked_done_and_brought_back(signed_in: SignIn) -> None:
    with transaction():
        ids = [operations.notify(f"Number {n}", role=Role.COMPLIANCE, urgency=urgency).id
               for n, urgency in enumerate((Urgency.NOW, Urgency.SOON, Urgency.INFO))]  # fmt: skip
        other = operations.notify("Not theirs", role=Role.ADMIN).id
    browser = signed_in(Role.COMPLIANCE)
    assert "Mark these 3 done" in browser.get("/notices/").text
    answer = browser.post("/notices/done", data={"ids": [str(id) for id in (*ids, other)]})
    assert "3 notices are marked done." in browser.get(answer.location).text
    assert db.session.get_one(Notice, other).done_at is None
    browser.post("/notices/open", data={"ids": [str(id) for id in ids]})
    assert queries.count_open(make.user(role=Role.COMPLIANCE)) == 3


def test_what_was_said_again_meanwhile_is_not_there_twice(signed_in: SignIn) -> None:
    with transaction():
        first = operations.notify("Again", role=Role.COMPLIANCE).id
    browser = signed_in(Role.COMPLIANCE)
    browser.post(f"/notices/{first}/done")
    with transaction():
        operations.notify("Again", role=Role.COMPLIANCE)
    browser.post("/notices/open", data={"ids": [str(first)]})
    assert queries.count_open(make.user(role=Role.COMPLIANCE)) == 1


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("urgency=now", ["Mine"]), ("to=me", ["Mine"]), ("to=role", ["Ours"]), ("about=people", ["Ours"]), ("about=people&to=me", []),
        ("urgency=never&to=all&undo=x&undo=-1", ["Mine", "Ours"]), ("about=%00", ["Mine", "Ours"]), ("about=nothing", []),
    ],
)  # fmt: skip
def test_notices_are_filtered_by_the_address(signed_in: SignIn, query: str, shown: list[str]) -> None:
    helga = make.user(role=Role.COMPLIANCE)
    with transaction():
        operations.notify("Mine", user=helga, urgency=Urgency.NOW)
        operations.notify("Ours", role=Role.COMPLIANCE, source=("people", 1))
    page = signed_in(helga).get(f"/notices/?{query}").text
    assert [name for name in ("Mine", "Ours") if f'<bdi dir="ltr">{name}</bdi>' in page] == shown
