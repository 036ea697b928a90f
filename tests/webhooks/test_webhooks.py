"""Webhooks: events come into being with what they tell of, leave signed, come again until they are taken, and say too much to nobody."""

import base64
import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.accounts import audit, permissions
from app.accounts import operations as accounts_operations
from app.accounts.details import UserDetails
from app.accounts.models import AuditDetail, AuditEvent, Role, User
from app.api.docs import WEBHOOK_CHECK
from app.core import fetching, jobs, sending
from app.core.db import db, transaction
from app.core.errors import DomainError
from app.core.fetching import BadAddress, Door, FetchFailed, checked_receiver, post
from app.notices.models import Notice
from app.people import operations as people_operations
from app.people.details import PersonDetails
from app.people.models import Person
from app.privacy import retention
from app.privacy.retention_kinds import Kind
from app.upkeep import operations as upkeep
from app.webhooks import delivering, operations, policies, queries
from app.webhooks.catalogue import BY_ACTION, KINDS
from app.webhooks.details import SpanDetails
from app.webhooks.models import DeliveryState, Webhook, WebhookDelivery, WebhookState
from tests.factories import accounts, programs, webhooks
from tests.factories import events as make_events
from tests.factories import ledger as make_ledger
from tests.factories import people as make_people
from tests.web import NAME, Receiver, webhook_server

NOW = datetime(2026, 9, 17, 9, 0, tzinfo=UTC)
At = Callable[[datetime], Any]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    with webhook_server(tmp_path_factory.mktemp("tls")) as found:
        yield found


@pytest.fixture
def receiver(running: Receiver) -> Receiver:
    running.answers, running.pause, running.drip = [(204, {})], 0.0, 0.0
    running.taken, running.paths, running.most_at_once = [], [], 0
    return running


def deliver(receiver: Receiver, limit: int = 50) -> int:
    return delivering.deliver_due(limit, receiver.door)


# -- coming into being ------------------------------------------------------------------------------------------------


def test_every_kind_is_made_by_actions_that_operations_write(app: Flask) -> None:
    """A renamed action would silence a kind without anybody noticing."""
    text = "".join(path.read_text() for path in (Path(__file__).parents[2] / "app").glob("*/operations*.py"))
    assert [action for action in BY_ACTION if f'"{action}"' not in text] == []
    assert [kind.name for kind in KINDS.values() if kind.permission not in permissions.ALL] == []


def test_the_addresses_of_kinds_are_those_of_the_interface(app: Flask) -> None:
    """With the right that is asked for there."""
    found = {
        rule.rule.replace("<int(max=2147483647):id>", "{id}"): app.view_functions[rule.endpoint].permission  # type: ignore[attr-defined]
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("api.get_")
    }
    assert {
        f"/api/v1{kind.path}": kind.permission for kind in KINDS.values() if kind.path
    }.items() <= found.items()


def test_an_event_is_there_with_its_change_and_not_without(app: Flask) -> None:
    hook = webhooks.made(["person.created", "person.changed"]).webhook
    amal = make_people.person()
    assert [(row.kind, row.object_kind, row.object_id) for row in webhooks.told(hook)] == [
        ("person.created", "person", amal.id)
    ]
    with pytest.raises(DomainError), transaction():
        make_people.person("Kerem")
        raise DomainError("No.")
    assert len(webhooks.told(hook)) == 1
    details = PersonDetails(name="Amal Haddad", known_for="private 5G", known_among="engineers")
    with transaction():
        people_operations.edit_person(amal, details, by=accounts.user())
    assert [row.kind for row in webhooks.told(hook)] == ["person.created", "person.changed"]
    assert webhooks.told(hook)[1].object_version == amal.version


def test_a_change_is_told_once_in_a_transaction_and_again_when_a_savepoint_took_it_back(app: Flask) -> None:
    amal = make_people.person()
    hook = webhooks.made(["person.changed"]).webhook
    details = PersonDetails(name="Amal", known_for="private 5G", known_among="engineers")
    by = accounts.user()
    with transaction():
        people_operations.edit_person(amal, details, by=by)
        people_operations.edit_person(amal, details.model_copy(update={"name": "Amal H."}), by=by)
    assert len(webhooks.told(hook)) == 1
    with transaction():
        with pytest.raises(DomainError), db.session.begin_nested():
            people_operations.edit_person(amal, details, by=by)
            raise DomainError("No.")
        people_operations.edit_person(amal, details, by=by)
    assert len(webhooks.told(hook)) == 2


def test_many_rows_at_once_are_told_each(app: Flask) -> None:
    hook = webhooks.made(["person.created"]).webhook
    ids = many(["Amal", "Kerem", "Ines"])
    assert sorted(row.object_id for row in webhooks.told(hook)) == sorted(ids)


def many(names: list[str]) -> list[int]:
    """People written in a few statements, with their lines of the trail, as an import does it."""
    ids = make_people.in_one_go(names)
    columns = sa.inspect(Person).column_attrs.keys()
    with transaction():
        rows = [{name: getattr(db.session.get_one(Person, id), name) for name in columns} for id in ids]
        audit.record_added("people.person_added", Person, rows, by=None)
    return ids


def test_two_webhooks_hear_of_one_event_under_one_id(app: Flask) -> None:
    webhooks.made(name="One")
    webhooks.made(name="Two")
    make_people.person()
    one, two = webhooks.told()
    assert (one.ref, one.webhook_id) == (two.ref, two.webhook_id - 1)


def test_nothing_is_written_where_nobody_wants_to_hear(app: Flask, count_queries: Callable[[], int]) -> None:
    make_people.person("Ines")
    count_queries()
    make_people.person("Hana")
    n_before = count_queries()
    webhooks.made(["trip.created"])
    make_people.person("Wei")
    count_queries()
    make_people.person("Jack")
    assert count_queries() == n_before
    assert webhooks.told() == []


def test_events_of_the_rooms_people_notice(app: Flask) -> None:
    owner = accounts.user(role=Role.COORDINATOR, name="Ruth")
    hook = webhooks.made(list(policies_kinds(owner)), owner=owner).webhook
    something_happens()
    found = {row.kind for row in webhooks.told(hook)}
    assert found >= {
        "event.created", "person.created", "invitation.created", "invitation.sent", "invitation.answered",
        "ledger.entry_posted",
    }  # fmt: skip


def something_happens() -> None:
    """An event is planned, somebody accepts, and nights are paid for."""
    event = make_events.event()
    coming = make_events.accepted(event, "Amal")
    make_ledger.post(make_ledger.stay(coming.person, event.program))


def policies_kinds(owner: User) -> list[str]:
    return [kind.name for kind in policies.kinds_for(owner)]


# -- what is said, and signed --------------------------------------------------------------------------------------------


def is_good(headers: dict[str, str], body: bytes, secret: str) -> bool:
    """Standard Webhooks, written down once more from its description."""
    key = base64.b64decode(secret.split("_", 1)[1])
    text = headers["webhook-id"].encode() + b"." + headers["webhook-timestamp"].encode() + b"." + body
    wanted = "v1," + base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
    return wanted in headers["webhook-signature"].split(" ")


def test_a_message_says_what_happened_to_which_number_and_is_signed(
    app: Flask, receiver: Receiver, at: At
) -> None:
    made = webhooks.made(address=receiver.address)
    with at(NOW):
        amal = make_people.person()
        assert deliver(receiver) == 1
    headers, body = receiver.taken[0]
    [row] = webhooks.told()
    assert json.loads(body) == {
        "id": row.ref, "type": "person.created", "version": 1, "occurred_at": "2026-09-17T09:00:00+00:00",
        "object": {
            "kind": "person", "id": amal.id, "version": 1, "link": f"{app.config['BASE_URL']}/api/v1/people/{amal.id}",
        },
    }  # fmt: skip
    assert receiver.paths == ["/in?key=s3cret"]
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == (row.ref, str(int(NOW.timestamp())))
    assert (headers["content-type"], headers["user-agent"]) == ("application/json", "Rapport webhooks")
    assert is_good(headers, body, made.secret)
    assert not is_good(headers, body + b" ", made.secret)
    assert not is_good({**headers, "webhook-id": "msg_other"}, body, made.secret)
    assert (row.state, row.last_status, row.n_attempts, row.last_error) == (
        DeliveryState.DELIVERED,
        204,
        1,
        "",
    )


def test_the_lines_of_the_documentation_check_a_signature(app: Flask, receiver: Receiver) -> None:
    made = webhooks.made(address=receiver.address)
    make_people.person()
    deliver(receiver)
    headers, body = receiver.taken[0]
    place: dict[str, Any] = {}
    exec(WEBHOOK_CHECK, place)
    assert place["is_ours"](headers, body, made.secret)
    assert not place["is_ours"](headers, body, policies.new_secret())
    assert not place["is_ours"]({**headers, "webhook-timestamp": "1600000000"}, body, made.secret)


def test_no_word_of_anybody_leaves(app: Flask, receiver: Receiver) -> None:
    owner = accounts.user(role=Role.COORDINATOR, name="Ruth")
    webhooks.made(policies_kinds(owner), owner=owner, address=receiver.address)
    something_happens()
    deliver(receiver)
    assert len(receiver.taken) > 5
    for _headers, body in receiver.taken:
        said = json.loads(body)
        assert set(said) == {"id", "type", "version", "occurred_at", "object"}
        assert set(said["object"]) == {"kind", "id", "version", "link"}
        assert b"Amal" not in body


def test_after_a_new_secret_both_sign_for_a_day(app: Flask, receiver: Receiver, at: At) -> None:
    first = webhooks.made(address=receiver.address)
    with at(NOW), transaction():
        second = operations.renew_secret(first.webhook, by=webhooks.admin())
    assert second.secret != first.secret
    for number, later in enumerate([timedelta(hours=23), timedelta(hours=25)]):
        with at(NOW + later):
            make_people.person(f"Person {number}")
            deliver(receiver)
    (early, early_body), (late, late_body) = receiver.taken
    assert is_good(early, early_body, first.secret)
    assert is_good(early, early_body, second.secret)
    assert not is_good(late, late_body, first.secret)
    assert is_good(late, late_body, second.secret)


def test_address_and_secrets_stand_sealed_and_in_no_trail(app: Flask) -> None:
    made = webhooks.made()
    with transaction():
        operations.renew_secret(made.webhook, by=webhooks.admin())
    row = db.session.execute(sa.text("SELECT secret, former_secret, secret_address FROM webhook")).one()
    for sealed in row:
        assert bytes(sealed)[:1] == b"\x01"
        assert b"whsec_" not in bytes(sealed)
        assert b"s3cret" not in bytes(sealed)
    trail = str(db.session.scalars(sa.select(AuditDetail.changes)).all())
    assert "whsec_" not in trail
    assert "s3cret" not in trail


# -- trying again -----------------------------------------------------------------------------------------------------------


def test_what_is_not_taken_comes_again_on_the_schedule_and_is_a_dead_letter_then(
    app: Flask, receiver: Receiver, at: At
) -> None:
    hook = webhooks.made(address=receiver.address).webhook
    receiver.answers = [(500, {})]
    now = NOW
    with at(now):
        make_people.person()
    seconds = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]
    for n, pause in enumerate([*seconds, 0], 1):
        with at(now):
            assert deliver(receiver) == 1
        [row] = webhooks.told()
        assert (row.n_attempts, row.last_status, row.last_error) == (n, 500, "The server answered 500.")
        if n <= len(seconds):
            assert row.state is DeliveryState.WAITING
            assert 0.9 * pause <= (row.next_at - now).total_seconds() <= 1.1 * pause
            with at(row.next_at - timedelta(milliseconds=1)):
                assert deliver(receiver) == 0
            now = row.next_at
    assert webhooks.states() == [DeliveryState.DEAD]
    assert len(set(receiver.ids())) == 1
    with at(now + timedelta(days=9)):
        assert deliver(receiver) == 0
    receiver.answers = [(200, {})]
    with at(now), transaction():
        operations.send_again(queries.get_delivery(row.id, webhooks.admin()), by=webhooks.admin())
    with at(now):
        assert deliver(receiver) == 1
    assert webhooks.states() == [DeliveryState.DELIVERED]
    assert (len(receiver.taken), len(set(receiver.ids()))) == (11, 1)
    assert (fresh(hook).n_failures, hook.failing_since_at) == (0, None)


def fresh(hook: Webhook) -> Webhook:
    db.session.refresh(hook)
    return hook


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((302, {"Location": "/in"}), "sends us elsewhere (302)"), ((301, {"Location": "https://169.254.169.254/"}), "elsewhere (301)"),
        ((404, {}), "answered 404"), ((429, {"Retry-After": "7200"}), "answered 429"), ((503, {"Retry-After": "soon"}), "answered 503"),
    ],
)  # fmt: skip
def test_what_is_no_thanks(
    app: Flask, receiver: Receiver, at: At, answer: tuple[int, dict[str, str]], words: str
) -> None:
    hook = webhooks.made(address=receiver.address).webhook
    receiver.answers = [answer]
    with at(NOW):
        make_people.person()
        assert deliver(receiver) == 1
    [row] = webhooks.told()
    assert (row.state, row.last_status) == (DeliveryState.WAITING, answer[0])
    assert words in row.last_error
    assert len(receiver.taken) == 1
    asked = 7200 if answer[1].get("Retry-After") == "7200" else 0
    assert row.next_at - NOW >= timedelta(seconds=max(asked, 4))
    assert fresh(hook).rest_until_at == NOW + timedelta(seconds=max(asked, 2))


def test_a_server_that_does_not_answer_holds_nobody_else_up(app: Flask, receiver: Receiver, at: At) -> None:
    """One event finds out that it is down; the others of that webhook wait, those of other webhooks leave."""
    webhooks.made(address=receiver.address.replace("/in", "/down"), name="Down")
    webhooks.made(address=receiver.address, name="Up")
    receiver.answers = [(500, {}), (204, {})]
    with at(NOW):
        for name in ("Amal", "Kerem", "Ines"):
            make_people.person(name)
        assert deliver(receiver) == 4
    assert [path.partition("?")[0] for path in receiver.paths] == ["/down", "/in", "/in", "/in"]


def test_a_webhook_that_only_fails_is_paused_after_five_days_and_the_administrators_are_told(
    app: Flask, receiver: Receiver, at: At
) -> None:
    hook = webhooks.made(address=receiver.address).webhook
    receiver.answers = [(500, {})]
    for day in range(6):
        with at(NOW + timedelta(days=day)):
            make_people.person(f"Person {day}")
            deliver(receiver)
    assert (fresh(hook).state, hook.why) == (WebhookState.PAUSED, "It took nothing for 5 days.")
    notice = db.session.scalars(sa.select(Notice).where(Notice.source_kind == "webhooks")).one()
    assert (notice.role, notice.source_id, notice.done_at) == ("admin", hook.id, None)
    with at(NOW + timedelta(days=7)):
        make_people.person("Amal")
        assert deliver(receiver) == 0
        with transaction():
            operations.resume_webhook(hook, by=webhooks.admin())
        receiver.answers = [(204, {})]
        deliver(receiver)
    assert set(webhooks.states(hook)) == {DeliveryState.DELIVERED}
    assert fresh(notice).done_at is not None


def test_gone_ends_the_webhook(app: Flask, receiver: Receiver, at: At) -> None:
    hook = webhooks.made(address=receiver.address).webhook
    receiver.answers = [(410, {})]
    with at(NOW):
        make_people.person("Amal")
        make_people.person("Kerem")
        assert deliver(receiver) == 1
        make_people.person("Ines")
        assert deliver(receiver) == 0
    assert fresh(hook).state is WebhookState.ENDED
    assert (hook.secret, hook.secret_address) == ("", "")
    assert webhooks.states() == [DeliveryState.DEAD, DeliveryState.WITHHELD]
    assert db.session.scalars(sa.select(Notice.source_id).where(Notice.source_kind == "webhooks")).all() == [
        hook.id
    ]
    with pytest.raises(DomainError, match="has ended"), transaction():
        operations.send_again(
            queries.get_delivery(webhooks.told()[0].id, webhooks.admin()), by=webhooks.admin()
        )


def test_sending_a_span_of_time_again_keeps_the_ids(app: Flask, receiver: Receiver, at: At) -> None:
    hook = webhooks.made(address=receiver.address).webhook
    for day in range(4):
        with at(NOW + timedelta(days=day)):
            make_people.person(f"Person {day}")
            deliver(receiver)
    with transaction():
        db.session.execute(
            sa.update(WebhookDelivery).where(WebhookDelivery.id == webhooks.told()[1].id).values(state=DeliveryState.DEAD),
            execution_options={"audited": True},
        )  # fmt: skip
    first, later = receiver.ids(), NOW + timedelta(days=9)
    span = SpanDetails(from_at=NOW + timedelta(days=1), to_at=NOW + timedelta(days=3))
    with at(later):
        with transaction():
            assert operations.send_span_again(hook, span, by=webhooks.admin()) == 1
        deliver(receiver)
        assert receiver.ids()[4:] == [first[1]]
        with transaction():
            everything = span.model_copy(update={"is_all": True})
            assert operations.send_span_again(hook, everything, by=webhooks.admin()) == 2
        deliver(receiver)
    assert receiver.ids()[5:] == first[1:3]
    line = db.session.scalars(
        sa.select(AuditEvent).where(AuditEvent.action == "webhooks.events_sent_again").order_by(AuditEvent.id.desc())
    ).first()  # fmt: skip
    assert line is not None
    assert line.reason.startswith("2 events from ")
    with pytest.raises(DomainError, match="Nothing of that time"), transaction():
        operations.send_span_again(hook, span, by=webhooks.admin())


def test_a_test_is_sent_whatever_it_hears(app: Flask, receiver: Receiver) -> None:
    hook = webhooks.made(["trip.created"], address=receiver.address).webhook
    with transaction():
        operations.ping(hook, by=webhooks.admin())
    assert deliver(receiver) == 1
    said = json.loads(receiver.taken[0][1])
    assert (said["type"], said["object"]["kind"], said["object"]["id"]) == (
        "webhook.ping",
        "webhook",
        hook.id,
    )
    with transaction():
        operations.pause_webhook(hook, by=webhooks.admin())
    with pytest.raises(DomainError, match="Let it go on first"), transaction():
        operations.ping(hook, by=webhooks.admin())


# -- who may hear what ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "offered", "withheld"),
    [
        (Role.ADMIN, "person.created", "ledger.entry_posted"), (Role.COMPLIANCE, "ledger.entry_posted", "import.applied"),
        (Role.RELATIONS, "import.applied", ""), (Role.AUDITOR, "period.closed", "import.applied"),
        (Role.PARTNER, "", "person.created"), (Role.DOOR, "", "event.created"), (Role.ASSISTANT, "", "meeting.agreed"),
    ],
)  # fmt: skip
def test_only_what_the_owner_may_read_is_offered(app: Flask, role: Role, offered: str, withheld: str) -> None:
    """Roles that see some people or some calendars only own none: a number of another would be told."""
    owner = accounts.user(role=role)
    names = policies_kinds(owner)
    assert (offered in names) is bool(offered)
    assert withheld not in names
    if withheld:
        with pytest.raises(DomainError, match=r"may not read|cannot own"):
            webhooks.made([withheld], owner=owner)


def test_a_changed_role_is_heeded_when_an_event_is_made_and_when_it_is_sent(
    app: Flask, receiver: Receiver
) -> None:
    owner = accounts.user(role=Role.COMPLIANCE, name="Helga")
    hook = webhooks.made(
        ["ledger.entry_posted", "person.created"], owner=owner, address=receiver.address
    ).webhook
    make_ledger.post(make_ledger.stay(make_people.person("Amal")))
    with transaction():
        owner.role = Role.ADMIN
    make_ledger.post(make_ledger.stay(make_people.person("Kerem"), programs.program("Other")))
    deliver(receiver)
    assert [(row.kind, row.state) for row in webhooks.told(hook)] == [
        ("person.created", DeliveryState.DELIVERED), ("ledger.entry_posted", DeliveryState.WITHHELD),
        ("person.created", DeliveryState.DELIVERED),
    ]  # fmt: skip
    assert [json.loads(body)["type"] for _h, body in receiver.taken] == ["person.created"] * 2


def test_nothing_is_told_in_the_name_of_somebody_who_left(app: Flask, receiver: Receiver) -> None:
    owner = accounts.user(role=Role.COORDINATOR, name="Ruth")
    hook = webhooks.made(owner=owner, address=receiver.address).webhook
    make_people.person("Amal")
    with transaction():
        accounts_operations.deactivate_user(owner, by=webhooks.admin())
    make_people.person("Kerem")
    assert deliver(receiver) == 0
    assert (receiver.taken, webhooks.states(hook)) == ([], [DeliveryState.WITHHELD])
    row = webhooks.told()[0]
    assert row.last_error == "The owner of the webhook may not read this, or has no login any more."


@pytest.mark.parametrize("how", ["role", "login"])
def test_the_administrators_are_told_when_an_owner_loses_what_a_webhook_needs(app: Flask, how: str) -> None:
    owner = accounts.user(role=Role.COMPLIANCE, name="Helga")
    hook = webhooks.made(["ledger.entry_posted", "person.created"], owner=owner).webhook
    webhooks.made(["person.created"], owner=accounts.user(role=Role.COORDINATOR, name="Ruth"))
    with transaction():
        if how == "login":
            accounts_operations.deactivate_user(owner, by=webhooks.admin())
        else:
            details = UserDetails(
                name="Helga",
                email=owner.email,
                role=Role.ADMIN,
                department=owner.department.name,
                zone="Europe/London",
            )
            accounts_operations.edit_user(owner, details, by=webhooks.admin())
    [notice] = db.session.scalars(sa.select(Notice).where(Notice.role == "admin"))
    lost = "ledger.entry_posted, person.created" if how == "login" else "ledger.entry_posted"
    assert notice.message == (
        f"The webhook Warehouse is in the name of Helga, who may not read this any more: {lost}. Nothing of it is sent until"
        " the webhook has another owner."
    )
    assert (notice.source_kind, notice.source_id) == ("webhooks", hook.id)


def test_the_owner_is_told_that_somebody_made_one_in_their_name(app: Flask) -> None:
    owner = accounts.user(role=Role.COORDINATOR, name="Ruth")
    hook = webhooks.made(owner=owner).webhook
    notice = db.session.scalars(sa.select(Notice).where(Notice.user_id == owner.id)).one()
    assert "hooks.lumen.example" in notice.message
    assert "s3cret" not in notice.message
    assert (notice.source_kind, notice.source_id) == ("webhooks", hook.id)


# -- addresses -------------------------------------------------------------------------------------------------------------------

BAD_ADDRESSES = [
    "http://hooks.lumen.example/in", "HTTP://hooks.lumen.example", "ftp://hooks.lumen.example/", "webcal://hooks.lumen.example/",
    "file:///etc/passwd", "gopher://hooks.lumen.example/", "//hooks.lumen.example/in", "hooks.lumen.example/in",
    "https://127.0.0.1/", "https://127.1/", "https://0/", "https://2130706433/", "https://0x7f000001/", "https://0x7f.1/",
    "https://0177.0.0.1/", "https://10.0.0.1/", "https://192.168.1.1/", "https://169.254.169.254/latest/meta-data/",
    "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[fd00::1]/", "https://localhost/", "https://localhost./",
    "https://hooks/", "https://me:pw@hooks.lumen.example/", "https://me@hooks.lumen.example/", "https://@hooks.lumen.example/",
    "https://hooks.lumen.example@10.0.0.1/", "https://hooks.lumen.example:8443/", "https://hooks.lumen.example:80/",
    "https://hooks.lumen.example:0/", "https://hooks.lumen.example:99999/", "https://hooks.lumen.example:x/", "https://[::1",
    "https://a b.example.org/", "https://hooks.lumen.example/\r\nX: y", "https://hooks.lumen.example/\u2028x", "https://",
    "https://.", "https://hooks.lumen.example/" + "x" * 2000, "https://１２７.０.０.１/", "https://127。0。0。1/",
]  # fmt: skip


@pytest.mark.parametrize("text", BAD_ADDRESSES)
def test_addresses_that_are_not_called(text: str) -> None:
    """Not at all: the name is not even looked up."""
    asked: list[str] = []

    def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["93.184.216.34"]

    with pytest.raises(FetchFailed):
        post(text, b"{}", {}, door=Door(resolve=resolve))
    assert asked == []


@pytest.mark.parametrize(
    "inside",
    [
        ["127.0.0.1"], ["10.0.0.7"], ["172.31.255.255"], ["192.168.0.1"], ["169.254.169.254"], ["100.64.0.1"], ["0.0.0.0"], ["::1"],
        ["fe80::1"], ["fd00::1"], ["::ffff:127.0.0.1"], ["64:ff9b::7f00:1"], ["2002:7f00:1::"], ["::127.0.0.1"],
        ["93.184.216.34", "10.0.0.7"], ["224.0.0.1"], [],
    ],
)  # fmt: skip
def test_a_name_that_leads_inside_is_not_called(receiver: Receiver, inside: list[str]) -> None:
    door = Door(resolve=lambda _h, _p: inside, ports=receiver.door.ports, ca_file=receiver.door.ca_file)
    with pytest.raises(FetchFailed, match="private network"):
        post(receiver.address, b"{}", {}, door=door)
    assert receiver.taken == []


def test_the_address_that_was_checked_is_the_one_that_is_called(receiver: Receiver) -> None:
    """A name that means another machine a moment later gains nothing: it is looked up once."""
    answers = [["127.0.0.1"], ["10.0.0.7"]]
    door = Door(
        resolve=lambda _h, _p: answers.pop(0), is_allowed=lambda ip: ip == "127.0.0.1", ports=receiver.door.ports,
        ca_file=receiver.door.ca_file,
    )  # fmt: skip
    assert post(receiver.address, b"{}", {}, door=door).status == 204
    assert len(answers) == 1


def test_no_redirect_is_followed_and_no_long_answer_read(receiver: Receiver) -> None:
    receiver.answers = [(302, {"Location": "/in"})]
    assert post(receiver.address, b"{}", {}, door=receiver.door).status == 302
    receiver.answers = [(200, {})]
    assert post(receiver.address, b"{}", {}, door=receiver.door).status == 200
    assert len(receiver.taken) == 2


def test_a_server_that_drips_is_cut_off(receiver: Receiver) -> None:
    """Each letter comes in time, and there is no end of them."""
    receiver.drip = 0.05
    door = Door(
        resolve=receiver.door.resolve, is_allowed=receiver.door.is_allowed, ca_file=receiver.door.ca_file,
        ports=receiver.door.ports, whole_seconds=0.6,
    )  # fmt: skip
    with pytest.raises(FetchFailed, match="did not answer in time"):
        post(receiver.address, b"{}", {}, door=door)


def test_a_certificate_for_another_name_is_not_believed(receiver: Receiver) -> None:
    with pytest.raises(FetchFailed, match="does not prove who it is"):
        post(receiver.address.replace(NAME, "other.example.org"), b"{}", {}, door=receiver.door)
    assert receiver.taken == []


def test_a_good_address_is_kept_as_it_is() -> None:
    assert (
        checked_receiver(" https://hooks.lumen.example/in?key=1 ") == "https://hooks.lumen.example/in?key=1"
    )
    assert checked_receiver("https://münchen.example/in") == "https://münchen.example/in"
    with pytest.raises(BadAddress, match="begins with https://"):
        checked_receiver("webcal://hooks.lumen.example/")


def test_an_address_inside_is_tried_as_any_other_trouble(app: Flask, at: At) -> None:
    """Who runs the network of the other side may have made a mistake that is over in an hour."""
    webhooks.made()
    with at(NOW):
        make_people.person()
        assert delivering.deliver_due(door=Door(resolve=lambda _h, _p: ["10.0.0.7"])) == 1
    [row] = webhooks.told()
    assert (row.state, row.last_status) == (DeliveryState.WAITING, None)
    assert row.last_error == "This address leads into a private network, so it is not called."


# -- workers ---------------------------------------------------------------------------------------------------------------------


def test_a_silent_house_tells_nobody(app: Flask, receiver: Receiver) -> None:
    webhooks.made(address=receiver.address)
    make_people.person("Amal")
    with transaction():
        sending.hold("put back")
    assert deliver(receiver) == 0
    with transaction():
        assert upkeep.release_sending(is_discarding=False, by=None) == 1
    assert deliver(receiver) == 1
    make_people.person("Kerem")
    with transaction():
        sending.hold("put back")
    with transaction():
        assert upkeep.release_sending(is_discarding=True, by=None) == 1
    assert deliver(receiver) == 0
    assert webhooks.states() == [DeliveryState.DELIVERED, DeliveryState.WITHHELD]


def test_a_worker_whose_lease_ran_out_notes_nothing(app: Flask, receiver: Receiver, at: At) -> None:
    webhooks.made(address=receiver.address)
    with at(NOW):
        make_people.person()
        slow = delivering._claim_next()
        assert slow is not None
        assert delivering._claim_next() is None
    with at(NOW + delivering.LEASE + timedelta(seconds=1)):
        assert deliver(receiver) == 1
        delivering._settle(slow, None, "too late")
    [row] = webhooks.told()
    assert (row.state, row.n_attempts, row.last_error) == (DeliveryState.DELIVERED, 2, "")
    assert receiver.ids() == [slow.ref]


def test_two_workers_send_each_event_once(app: Flask, receiver: Receiver) -> None:
    webhooks.made(address=receiver.address)
    for n in range(12):
        make_people.person(f"Person {n}")
    receiver.pause = 0.05
    done: list[int] = []

    def work() -> None:
        with app.app_context():
            done.append(deliver(receiver))
            db.session.remove()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(done) == 12
    assert sorted(receiver.ids()) == sorted(row.ref for row in webhooks.told())
    assert receiver.most_at_once > 1


WORKER = """
    import datetime, sys
    from app import create_app
    from app.core import fetching, jobs
    from app.webhooks import delivering
    delivering.LEASE = datetime.timedelta(seconds=float(sys.argv[1]))
    jobs.SWEEP_SECONDS = 0.3
    fetching.WEB = fetching.Door(lambda _h, _p: ["127.0.0.1"], lambda _ip: True, sys.argv[2], frozenset({int(sys.argv[3])}))
    with create_app().app_context():
        jobs.work_forever()
"""


@pytest.fixture
def worker(app: Flask, receiver: Receiver, tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    database = str(app.config["SQLALCHEMY_DATABASE_URI"])
    started: list[subprocess.Popen[bytes]] = []
    environment = os.environ | {
        "DATABASE_URL": database.replace("+psycopg", ""), "RAPPORT_INSTANCE": str(app.config["INSTANCE"]),
        "RAPPORT_JOBS_URL": f"sqlite:///{tmp_path}/jobs.db", "PYTHONPATH": str(Path(__file__).parents[2]),
    }  # fmt: skip
    [port] = receiver.door.ports

    def start() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", textwrap.dedent(WORKER), "1", receiver.ca_file, str(port)]
        process = subprocess.Popen(command, env=environment)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def until(condition: Callable[[], bool], seconds: float = 240) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


@pytest.mark.slow
def test_a_killed_worker_loses_no_event(
    app: Flask, receiver: Receiver, worker: Callable[[], subprocess.Popen[bytes]]
) -> None:
    """kill -9 after the other side has it and before we noted it: sent again after the lease, under the same id."""
    webhooks.made(address=receiver.address)
    make_people.person()
    receiver.pause = 10.0
    first = worker()
    until(lambda: len(receiver.taken) == 1)
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert webhooks.states() == [DeliveryState.SENDING]
    receiver.pause = 0.0
    worker()
    until(lambda: webhooks.states() == [DeliveryState.DELIVERED])
    [row] = webhooks.told()
    assert receiver.ids() == [row.ref, row.ref]
    assert receiver.taken[0][1] == receiver.taken[1][1]


def test_the_worker_knows_the_step(app: Flask, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "WEB", receiver.door)
    webhooks.made(address=receiver.address)
    make_people.person()
    jobs.work_off()
    assert webhooks.states() == [DeliveryState.DELIVERED]


# -- keeping ---------------------------------------------------------------------------------------------------------------------


def test_what_was_told_goes_after_a_month_also_of_a_busy_day(
    app: Flask, at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.privacy.retention_kinds.PER_DAY", 2)
    webhooks.made()
    for day in range(3):
        with at(NOW + timedelta(days=day)):
            many([f"Person {day} {n}" for n in range(5)])
    policy = retention.POLICIES[Kind.WEBHOOK_EVENTS]
    due = policy.find((NOW + timedelta(days=1)).date())
    assert len(due) == 2
    with transaction():
        policy.delete([one.row_id for one in due], None)
    assert len(webhooks.told()) == 10
    assert {row.occurred_at for row in webhooks.told()} == {NOW + timedelta(days=1), NOW + timedelta(days=2)}
    assert (policy.n_days, policy.is_asked) == (30, False)
