"""Giving notice and dealing with it."""

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_babel import lazy_gettext as _l

from app.accounts.models import AuditEvent, Role
from app.core import clock, outbox
from app.core.db import db, transaction
from app.core.models import MailState, OutboxMail
from app.notices import operations, queries
from app.notices.models import Notice, Urgency
from tests.factories import accounts as make
from tests.factories.notices import notice


def actions() -> list[str]:
    rows = (
        sa.select(AuditEvent.action).where(AuditEvent.action.startswith("notices.")).order_by(AuditEvent.id)
    )
    return list(db.session.scalars(rows))


def test_notify_tells_one_user_or_one_role(app: Flask) -> None:
    mei, helga = make.user(name="Mei"), make.user(role=Role.COMPLIANCE, name="Helga")
    to_mei, to_role = (
        notice("Call Jack.", user=mei),
        notice("A cap was crossed.", role=Role.COMPLIANCE, source=("ledger", 7)),
    )
    assert [one.id for one in queries.list_notices(mei)] == [to_mei.id]
    assert [one.id for one in queries.list_notices(helga)] == [to_role.id]
    assert actions() == ["notices.notice_given", "notices.notice_given"]


def test_a_notice_is_kept_in_the_language_of_whoever_reads_it(app: Flask) -> None:
    """`Save` is a sentence that every catalogue knows. A role whose people read several languages gets English."""
    claire, tom = make.user(name="Claire", role=Role.COMPLIANCE), make.user(name="Tom")
    with transaction():
        claire.locale = "fr"
    with transaction():
        found = [
            operations.notify(_l("Save"), user=claire), operations.notify(_l("Save"), user=tom),
            operations.notify(_l("Save"), role=Role.COMPLIANCE), operations.notify("Save", user=claire),
        ]  # fmt: skip
        said = [one.message for one in found]
    make.user(role=Role.COMPLIANCE, name="Helga")
    with transaction():
        said.append(operations.notify(_l("Save"), role=Role.COMPLIANCE).message)
    assert said == ["Enregistrer", "Save", "Enregistrer", "Save", "Save"]


@pytest.mark.parametrize("both", [True, False])
def test_notify_wants_exactly_one_reader(app: Flask, both: bool) -> None:
    user = make.user()
    with pytest.raises(ValueError, match="one user or to one role"), transaction():
        operations.notify("x", role=Role.ADMIN if both else None, user=user if both else None)


def test_the_same_open_notice_is_not_given_twice_but_may_get_urgent(app: Flask) -> None:
    first = notice(source=("ledger", 7), urgency=Urgency.SOON)
    again = notice(source=("ledger", 7), urgency=Urgency.INFO)
    assert (again.id, again.urgency) == (first.id, Urgency.SOON)
    assert notice(source=("ledger", 7), urgency=Urgency.NOW).urgency == Urgency.NOW
    others = [
        notice(source=("ledger", 8)),
        notice("Other words", source=("ledger", 7)),
        notice(source=("ledger", 7), role=Role.ADMIN),
        notice(),
    ]
    assert len({first.id, *(other.id for other in others)}) == 5


def test_a_finished_notice_may_be_given_again(app: Flask) -> None:
    first, helga = notice(), make.user(role=Role.COMPLIANCE)
    with transaction():
        operations.finish(first, by=helga)
        operations.finish(first, by=make.user(role=Role.ADMIN))
    assert first.done_by_id == helga.id
    assert notice().id != first.id
    assert actions().count("notices.notice_finished") == 1


def test_finish_about_closes_every_notice_of_a_source(app: Flask) -> None:
    helga = make.user(role=Role.COMPLIANCE)
    for role in (Role.COMPLIANCE, Role.ADMIN):
        notice(source=("ledger", 7), role=role)
    other = notice(source=("ledger", 8))
    with transaction():
        assert operations.finish_about(("ledger", 7), by=helga) == 2
        assert operations.finish_about(("ledger", 7), by=helga) == 0
    assert [one.id for one in queries.list_notices(helga)] == [other.id]


def test_a_mail_that_is_given_up_tells_administrators_until_it_is_sent_again(app: Flask) -> None:
    admin = make.user(role=Role.ADMIN)
    with transaction():
        mail = outbox.queue_mail(
            kind="letter", recipient="amal@example.com", subject="x", text="x", dedup_key="x"
        )
    app.config["SMTP_URL"] = "smtp://127.0.0.1:1"
    try:
        claim = outbox._claim_next()
        assert claim is not None
        outbox._settle(claim, MailState.DEAD, "550 no such mailbox")
        (told,) = queries.list_notices(admin)
        assert "A mail to amal@example.com could not be delivered: 550 no such mailbox." in told.message
        assert told.urgency == Urgency.NOW
        with transaction():
            operations.send_again(mail, by=admin)
    finally:
        app.config["SMTP_URL"] = ""
    assert queries.count_open(admin) == 0
    assert db.session.get_one(OutboxMail, mail.id).state == MailState.NEW


def test_the_database_refuses_a_notice_to_nobody(app: Flask) -> None:
    with pytest.raises(sa.exc.IntegrityError), transaction():
        db.session.add(Notice(message="x", made_at=clock.now()))
        db.session.flush()
