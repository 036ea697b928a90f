"""Links, visits, and what people say at their own door."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from app.accounts.models import AuditEvent
from app.accounts.signing_in import hash_secret
from app.core import mail
from app.core.db import db, transaction
from app.core.models import MailState, OutboxMail
from app.disclosures.models import Acknowledgement, AcknowledgementHow
from app.events.models import AnswerChannel, InvitationState
from app.notices.models import Notice, Urgency
from app.outreach.models import Touch, TouchKind
from app.outreach.policies import ContactStopped
from app.people import operations as people_operations
from app.people.details import WishDetails
from app.people.models import Person
from app.portal import operations, policies, queries_door
from app.portal.models import PersonLink, PersonSession
from app.portal.policies import CannotAnswer, CannotEnter, LinkIsDead
from tests.conftest import fresh
from tests.factories import accounts, disclosures, events, people

At = Callable[[datetime], AbstractContextManager[None]]
NOW = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)


def shown(to: Person) -> str:
    """The secret of a link that was shown."""
    with transaction():
        return operations.invite_in(db.session.merge(to), by=accounts.user()).rsplit("/", 1)[1]


def mailed(to: Person) -> OutboxMail:
    with transaction():
        return operations.invite_by_mail(db.session.merge(to), by=accounts.user())


def secret_in(letter: OutboxMail) -> str:
    [secret] = set(re.findall(r"/p/enter/([\w-]{43})", mail.parts_of(letter.raw).text))
    return secret


def redeem(secret: str) -> operations.Entered:
    with transaction():
        return operations.redeem(secret)


def renew(secret: str) -> list[OutboxMail]:
    """The mails there are after asking for a new link."""
    with transaction():
        operations.renew(secret)
    return list(db.session.scalars(sa.select(OutboxMail).order_by(OutboxMail.id)))


def count(model: type[PersonLink] | type[PersonSession]) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


# -- links -----------------------------------------------------------------------------------------


def test_link_opens_the_door_once(app: Flask) -> None:
    """ASVS 6.5.1; only hashes are kept, also in the trail; the owner is told."""
    mei = accounts.user(name="Mei")
    amal = people.person(owner=mei)
    secret = shown(amal)
    entered = redeem(secret)
    link, visit = db.session.scalars(sa.select(PersonLink)).one(), fresh(entered.visit)
    assert (link.secret_hash, visit.secret_hash) == (hash_secret(secret), hash_secret(entered.secret))
    found = queries_door.find_visit(entered.secret)
    assert found is not None
    assert queries_door.person_at(found).id == amal.id
    with pytest.raises(LinkIsDead):
        redeem(secret)
    assert count(PersonSession) == 1
    [notice] = db.session.scalars(sa.select(Notice).where(Notice.user_id == mei.id))
    assert (notice.message, notice.urgency) == ("Amal opened their own page.", Urgency.INFO)
    lines = list(
        db.session.scalars(
            sa.select(AuditEvent).where(AuditEvent.action.like("portal.%")).order_by(AuditEvent.id)
        )
    )
    assert [line.action for line in lines] == [
        "portal.link_shown",
        "portal.link_redeemed",
        "portal.visit_begun",
    ]
    assert [line.action for line in lines if "secret_hash" in line.fields] == []


def test_link_grows_old_and_is_replaced(app: Flask, at: At) -> None:
    amal = people.person()
    with at(NOW):
        first = shown(amal)
        second = shown(amal)
        with pytest.raises(LinkIsDead):
            redeem(first)
    with at(NOW + timedelta(minutes=10)), pytest.raises(LinkIsDead):
        redeem(second)
    assert count(PersonSession) == 0


@pytest.mark.parametrize("change", ["x", "", "cut", "other case"])
def test_guessed_and_cut_links_are_dead(app: Flask, change: str) -> None:
    secret = shown(people.person())
    changed = {"x": "x" * 43, "": "", "cut": secret[:-1], "other case": secret.swapcase()}[change]
    with pytest.raises(LinkIsDead):
        redeem(changed)
    assert redeem(secret).visit.id


def test_mailed_link_leaves_at_once_in_the_name_of_the_owner(app: Flask, at: At) -> None:
    """G6: owner, department, reference and where to check it; 72 hours; a contact like any other."""
    with at(NOW):
        amal = people.person(owner=accounts.user(name="Mei"), email="amal@voices.example")
        letter = fresh(mailed(amal))
    parts = mail.parts_of(letter.raw)
    link = db.session.scalars(sa.select(PersonLink)).one()
    assert (letter.state, letter.recipient, parts.sender_name, parts.reply_to) == (
        MailState.NEW, "amal@voices.example", "Mei", "mei@lumen.example",
    )  # fmt: skip
    assert (link.expires_at - link.made_at, letter.language) == (timedelta(hours=72), "ar")
    said = (
        "Mei",
        "Analyst relations",
        "Lumen Networks",
        link.reference,
        f"/p/verify?reference={link.reference}",
        "72",
    )
    assert [word for word in said if word not in parts.text or word not in parts.html] == []
    [touch] = db.session.scalars(sa.select(Touch))
    assert (touch.person_id, touch.kind, touch.subject) == (amal.id, TouchKind.COURTESY, letter.subject)
    with at(NOW + timedelta(hours=71)):
        assert redeem(secret_in(letter)).visit.person_id == amal.id


def test_who_asked_for_silence_gets_no_mail(app: Flask) -> None:
    """G3, P4."""
    amal = people.person(email="amal@voices.example")
    with transaction():
        people_operations.set_wishes(
            db.session.merge(amal), WishDetails(is_opted_out=True, reason="asked"), by=accounts.user()
        )
    with pytest.raises(ContactStopped):
        mailed(fresh(amal))
    assert (count(PersonLink), db.session.scalars(sa.select(OutboxMail)).all()) == (0, [])
    assert redeem(shown(amal)).visit.id


def test_who_has_no_address_or_no_identity_is_not_invited(app: Flask) -> None:
    with pytest.raises(CannotEnter):
        mailed(people.person())
    with transaction():
        recipient = people_operations.add_pseudonymous("npi", ["1"], by=None)["1"]
    with pytest.raises(CannotEnter):
        shown(recipient)
    assert count(PersonLink) == 0


def test_dead_link_brings_a_new_one_to_the_known_address(app: Flask, at: At) -> None:
    """Whoever comes too late waits for the new link, so it lives ten minutes."""
    amal = people.person(owner=accounts.user(name="Mei"), email="amal@voices.example")
    with at(NOW):
        old = secret_in(fresh(mailed(amal)))
    with at(NOW + timedelta(days=9)):
        sent = renew(old)
        assert ([one.recipient for one in sent], secret_in(sent[1]) == old) == (
            ["amal@voices.example"] * 2,
            False,
        )
        newest = db.session.scalars(sa.select(PersonLink).order_by(PersonLink.id.desc())).first()
        assert newest is not None
        assert (newest.expires_at - newest.made_at, newest.made_by_id) == (policies.AWAITED_LIFE, None)
        assert len(renew(old)) == 2  # not again within five minutes
        assert redeem(secret_in(sent[1])).visit.person_id == amal.id


def test_renewing_what_was_never_ours_does_nothing(app: Flask, at: At) -> None:
    with at(NOW):
        without_address = shown(people.person("Kerem"))
        old = secret_in(fresh(mailed(people.person("Amal", email="amal@voices.example"))))
    with at(NOW + timedelta(days=1)):
        assert len(renew("x" * 43)) == len(renew("")) == len(renew(without_address)) == 1
    with at(NOW + timedelta(days=181)):
        assert len(renew(old)) == 1


def test_door_follows_a_merge(app: Flask) -> None:
    double, amal = people.person("Dr Amal"), people.person("Amal")
    secret = shown(double)
    visit = redeem(shown(double)).secret
    with transaction():
        db.session.merge(double).merged_into_id = amal.id
    found = queries_door.find_visit(visit)
    assert found is not None
    assert queries_door.person_at(found).id == amal.id
    with pytest.raises(LinkIsDead):  # the second link took its place
        redeem(secret)


# -- visits ----------------------------------------------------------------------------------------


def test_visit_ends_at_once(app: Flask, at: At) -> None:
    amal = people.person()
    with at(NOW):
        entered = redeem(shown(amal))
        with transaction():
            operations.end_visit(db.session.merge(entered.visit), by=None)
        assert queries_door.find_visit(entered.secret) is None
        other = redeem(shown(amal))
    with at(NOW + timedelta(days=14)):
        assert queries_door.find_visit(other.secret) is None


def test_staff_shut_the_door(app: Flask) -> None:
    amal = people.person()
    entered, kerem = redeem(shown(amal)), redeem(shown(people.person("Kerem")))
    open_link = shown(amal)
    with transaction():
        assert operations.shut(db.session.merge(amal), by=accounts.user()) == 1
    assert queries_door.find_visit(entered.secret) is None
    assert queries_door.find_visit(kerem.secret) is not None
    with pytest.raises(LinkIsDead):
        redeem(open_link)


# -- what people say -------------------------------------------------------------------------------


def test_answer_is_the_persons_own(app: Flask, at: At) -> None:
    """E1: channel portal, nobody of ours in between; the coordinator is told."""
    with at(NOW):
        one = events.invited(events.event())
        with transaction():
            operations.answer(db.session.merge(one), InvitationState.DECLINED, "Another show")
        found = fresh(one)
        assert (found.state, found.answer_channel, found.answer_reason, found.answered_by_name) == (
            InvitationState.DECLINED, AnswerChannel.PORTAL, "Another show", "",
        )  # fmt: skip
        lines = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "events.answer_recorded"))
        assert [line.by_id for line in lines] == [None]


def test_answer_to_a_full_event_waits(app: Flask, at: At) -> None:
    with at(NOW):
        event = events.event(capacity=1)
        events.accepted(event, "Jack")
        one = events.invited(event, "Amal")
        with transaction():
            answered = operations.answer(db.session.merge(one), InvitationState.ACCEPTED, "")
        assert (answered.state, answered.waitlist_place) == (InvitationState.WAITING, 1)


def test_answer_after_the_event_is_refused(app: Flask, at: At) -> None:
    with at(NOW):
        one = events.invited(events.event())
    with at(datetime(2026, 10, 16, 17, 0, tzinfo=UTC)), pytest.raises(CannotAnswer), transaction():
        operations.answer(db.session.merge(one), InvitationState.ACCEPTED, "")
    assert fresh(one).state is InvitationState.INVITED


def test_policy_is_accepted_by_the_person(app: Flask) -> None:
    """D2."""
    amal, version = people.person(home_country="GB"), disclosures.version("GB")
    with transaction():
        operations.accept_policy(db.session.merge(amal), db.session.merge(version), "ar")
    [row] = db.session.scalars(sa.select(Acknowledgement))
    assert (row.person_id, row.version_id, row.how, row.language, row.recorded_by_id) == (
        amal.id, version.id, AcknowledgementHow.PORTAL, "ar", None,
    )  # fmt: skip
