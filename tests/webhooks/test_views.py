"""Settings, Webhooks: what is seen and done there, and by whom; the same by the interface."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Role
from app.core import clock
from app.core.db import db, transaction
from app.webhooks import operations
from app.webhooks.models import DeliveryState, Webhook, WebhookDelivery, WebhookState
from tests.factories import accounts, people, webhooks
from tests.factories.api import headers as headers_of
from tests.webhooks.test_webhooks import BAD_ADDRESSES

Sign = Callable[..., FlaskClient]
NOW = datetime(2026, 9, 17, 9, 0, tzinfo=UTC)
FORM: dict[str, Any] = {
    "name": "Warehouse",
    "address": webhooks.ADDRESS,
    "kinds": ["person.created", "person.changed"],
}


@pytest.fixture
def ada(app: Flask, signed_in: Sign) -> FlaskClient:
    return signed_in(webhooks.admin())


def only() -> Webhook:
    db.session.expire_all()
    return db.session.scalars(sa.select(Webhook)).one()


def set_all(**values: Any) -> None:
    """How deliveries stand, as a worker might have left them."""
    with transaction():
        db.session.execute(sa.update(WebhookDelivery).values(**values), execution_options={"audited": True})


def test_an_administrator_makes_one_and_sees_its_secret_once(ada: FlaskClient) -> None:
    assert "No webhooks" in ada.get("/settings/webhooks/").text
    assert ada.get("/settings/webhooks/new").status_code == 200
    answer = ada.post("/settings/webhooks/new", data=FORM)
    shown = re.search(r'<code id="secret" dir="auto">(whsec_[A-Za-z0-9+/]{43}=)</code>', answer.text)
    assert shown is not None
    hook = only()
    assert (hook.secret, hook.secret_address, hook.host) == (
        shown[1],
        webhooks.ADDRESS,
        "hooks.lumen.example",
    )
    for path in (
        "/settings/webhooks/",
        f"/settings/webhooks/{hook.id}",
        f"/settings/webhooks/{hook.id}/edit",
    ):
        page = ada.get(path).text
        assert "Warehouse" in page
        assert shown[1] not in page
        assert "s3cret" not in page


@pytest.mark.parametrize("address", ["", *BAD_ADDRESSES])
def test_an_address_that_is_not_called_is_refused_with_all_that_was_typed(
    ada: FlaskClient, address: str
) -> None:
    answer = ada.post("/settings/webhooks/new", data={**FORM, "address": address})
    assert answer.status_code == 422
    assert 'value="Warehouse"' in answer.text
    assert 'value="person.created" checked' in answer.text
    assert db.session.scalars(sa.select(Webhook)).all() == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": ""}, "This is needed"), ({"name": "x" * 121}, "At most 120"), ({"kinds": []}, "This is needed"),
        ({"kinds": ["ledger.entry_posted"]}, "not a valid choice"), ({"kinds": ["person.made_up"]}, "not a valid choice"),
        ({"kinds": ["webhook.ping"]}, "not a valid choice"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_words(ada: FlaskClient, change: dict[str, Any], words: str) -> None:
    answer = ada.post("/settings/webhooks/new", data=FORM | change)
    assert answer.status_code == 422
    assert words in answer.text


def test_only_kinds_the_owner_may_read_are_offered(ada: FlaskClient) -> None:
    helga = accounts.user(role=Role.COMPLIANCE, name="Helga")
    paula = accounts.user(role=Role.PARTNER, name="Paula")
    assert "ledger.entry_posted" not in ada.get("/settings/webhooks/new").text
    page = ada.get(f"/settings/webhooks/new?owner={helga.id}").text
    assert "ledger.entry_posted" in page
    assert f'<option value="{paula.id}"' not in page
    sent = FORM | {"kinds": ["ledger.entry_posted"]}
    assert ada.post(f"/settings/webhooks/new?owner={helga.id}", data=sent).status_code == 200
    assert (only().owner_id, only().made_by_id) == (helga.id, webhooks.admin().id)
    assert ada.post(f"/settings/webhooks/new?owner={paula.id}", data=FORM).status_code == 422
    assert ada.get("/settings/webhooks/new?owner=999999999").status_code == 404
    assert ada.get("/settings/webhooks/new?owner=me").status_code == 200


def test_changing_one_keeps_its_address_and_its_secret(ada: FlaskClient) -> None:
    made = webhooks.made()
    path, version = f"/settings/webhooks/{made.webhook.id}", made.webhook.version
    data = {"name": "Lake", "address": "", "kinds": ["event.created"], "version": str(version)}
    assert ada.post(f"{path}/edit", data=data).status_code == 303
    hook = only()
    assert (hook.name, hook.kinds, hook.secret_address, hook.secret) == (
        "Lake",
        ["event.created"],
        webhooks.ADDRESS,
        made.secret,
    )
    assert ada.post(f"{path}/edit", data=data).status_code == 409
    data |= {"version": str(hook.version), "address": "https://other.example.org/x"}
    assert ada.post(f"{path}/edit", data=data).status_code == 303
    assert (only().secret_address, only().host) == ("https://other.example.org/x", "other.example.org")


def test_pausing_going_on_a_new_secret_and_the_end(ada: FlaskClient) -> None:
    made = webhooks.made()
    path = f"/settings/webhooks/{made.webhook.id}"
    assert ada.post(f"{path}/pause").status_code == 303
    assert only().state is WebhookState.PAUSED
    assert "Paused by Ada Lovelace." in ada.get(path).text
    assert ada.post(f"{path}/test").status_code == 409
    people.person()
    assert len(webhooks.told()) == 1
    assert ada.post(f"{path}/resume").status_code == 303
    assert ada.post(f"{path}/test").status_code == 303
    assert ada.get(f"{path}/secret").status_code == 200
    answer = ada.post(f"{path}/secret")
    assert "whsec_" in answer.text
    assert made.secret not in answer.text
    assert "The secret before signs too until" in ada.get(path).text
    assert ada.get(f"{path}/end").status_code == 200
    assert ada.post(f"{path}/end").status_code == 303
    assert (only().state, only().secret, only().former_secret) == (WebhookState.ENDED, "", "")
    assert webhooks.states() == [DeliveryState.WITHHELD] * 2
    for what in ("pause", "resume", "test", "secret", "end"):
        assert ada.post(f"{path}/{what}").status_code == 409, what
    people.person("Kerem")
    assert len(webhooks.told()) == 2


def test_dead_letters_are_shown_and_sent_again(ada: FlaskClient) -> None:
    hook = webhooks.made().webhook
    with clock.fixed_at(NOW):
        people.person("Amal")
        people.person("Kerem")
    set_all(state=DeliveryState.DEAD, n_attempts=10, last_status=503, last_error="The server answered 503.")
    first = webhooks.told()[0]
    page = ada.get(f"/settings/webhooks/{hook.id}?state=dead").text
    assert page.count("Dead letter</span></span>") == 2
    assert "The server answered 503." in page
    assert ">2</a>" in ada.get("/settings/webhooks/").text
    assert ada.post(f"/settings/webhooks/events/{first.id}/again").status_code == 303
    assert webhooks.states() == [DeliveryState.WAITING, DeliveryState.DEAD]
    assert ada.post(f"/settings/webhooks/events/{first.id}/again").status_code == 409
    span = {"from_at": "2026-09-17T00:00", "to_at": "2026-09-18T00:00"}
    assert ada.get(f"/settings/webhooks/{hook.id}/again").status_code == 200
    assert ada.post(f"/settings/webhooks/{hook.id}/again", data=span).status_code == 303
    assert webhooks.states() == [DeliveryState.WAITING] * 2
    for wrong in (
        span,
        span | {"to_at": "2026-09-16T00:00"},
        {},
        span | {"from_at": "0001-01-01T00:00"},
        {"from_at": "x", "to_at": "y"},
    ):
        assert ada.post(f"/settings/webhooks/{hook.id}/again", data=wrong).status_code == 422


def test_others_see_their_own_and_change_none(app: Flask, signed_in: Sign) -> None:
    helga, ruth = (
        accounts.user(role=Role.COMPLIANCE, name="Helga"),
        accounts.user(role=Role.COORDINATOR, name="Ruth"),
    )
    mine, hers = (
        webhooks.made(owner=helga, name="Mine").webhook,
        webhooks.made(owner=ruth, name="Hers").webhook,
    )
    people.person()
    delivery = webhooks.told(mine)[0]
    browser = signed_in(helga)
    page = browser.get("/settings/webhooks/").text
    assert ("Mine" in page, "Hers" in page, "New webhook" in page) == (True, False, False)
    assert browser.get(f"/settings/webhooks/{mine.id}").status_code == 200
    assert browser.get(f"/settings/webhooks/{hers.id}").status_code == 404
    for path in ("new", f"{mine.id}/edit", f"{mine.id}/secret", f"{mine.id}/end", f"{mine.id}/again"):
        assert browser.get(f"/settings/webhooks/{path}").status_code == 403, path
    for path in ("pause", "resume", "test", "secret", "end", "again"):
        assert browser.post(f"/settings/webhooks/{mine.id}/{path}").status_code == 403, path
    assert browser.post(f"/settings/webhooks/events/{delivery.id}/again").status_code == 403


@pytest.mark.parametrize("role", [Role.ASSISTANT, Role.PARTNER, Role.DOOR])
def test_who_sees_only_a_part_has_no_webhooks(signed_in: Sign, role: Role) -> None:
    assert signed_in(role).get("/settings/webhooks/").status_code == 403


def test_lists_cost_the_same_with_many_rows(ada: FlaskClient, count_queries: Callable[[], int]) -> None:
    owners = [accounts.user(role=Role.COORDINATOR, name=f"Owner {n}") for n in range(6)]
    hook = webhooks.made(name="First").webhook
    people.person("Amal")
    paths = ("/settings/webhooks/", f"/settings/webhooks/{hook.id}")

    def cost() -> list[int]:
        found = []
        for path in paths:
            ada.get(path)
            count_queries()
            ada.get(path)
            found.append(count_queries())
        return found

    few = cost()
    for n, owner in enumerate(owners):
        webhooks.made(owner=owner, name=f"Webhook {n}")
        people.person(f"Person {n}")
    assert cost() == few


def test_a_long_list_turns_pages(ada: FlaskClient) -> None:
    hook = webhooks.made().webhook
    with transaction():
        for n in range(120):
            db.session.add(
                WebhookDelivery(
                    webhook_id=hook.id, ref=f"msg_{n}", kind="person.created", occurred_at=NOW + timedelta(minutes=n),
                    object_kind="person", object_id=n + 1, next_at=NOW,
                )
            )  # fmt: skip
    path, seen = f"/settings/webhooks/{hook.id}", []
    while path:
        page = ada.get(path).text
        seen += re.findall(r'title="(msg_\d+)"', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        path = following[1].replace("&amp;", "&") if following else ""
    assert seen == [f"msg_{n}" for n in reversed(range(120))]


# -- the interface ---------------------------------------------------------------------------------------------------


def test_the_interface_shows_ones_own_and_no_key(app: Flask) -> None:
    helga, ada = accounts.user(role=Role.COMPLIANCE, name="Helga"), webhooks.admin()
    mine = webhooks.made(owner=helga, name="Mine").webhook
    hers = webhooks.made(name="Hers").webhook
    amal = people.person()
    set_all(state=DeliveryState.DEAD, n_attempts=10, last_status=503, last_error="The server answered 503.")

    def get(path: str, who: Any = helga) -> Any:
        return app.test_client().get(f"/api/v1{path}", headers=headers_of(who))

    assert [row["name"] for row in get("/webhooks").get_json()["items"]] == ["Mine"]
    assert [row["name"] for row in get("/webhooks", ada).get_json()["items"]] == ["Mine", "Hers"]
    assert get(f"/webhooks/{hers.id}").status_code == 404
    shown = get(f"/webhooks/{mine.id}")
    assert set(shown.get_json()) == {
        "id", "name", "host", "kinds", "owner", "state", "why", "made_at", "failing_since_at", "ended_at",
    }  # fmt: skip
    assert "s3cret" not in shown.text
    [row] = get(f"/webhooks/{mine.id}/events?state=dead").get_json()["items"]
    assert (row["type"], row["object_id"], row["state"], row["last_status"], row["next_at"]) == (
        "person.created", amal.id, "dead", 503, None,
    )  # fmt: skip
    assert row["event_id"].startswith("msg_")
    assert get(f"/webhooks/{mine.id}/events?state=waiting").get_json()["items"] == []
    assert get(f"/webhooks/{hers.id}/events").status_code == 404
    assert get("/webhooks", accounts.user(role=Role.PARTNER, name="Paula")).status_code == 403


def test_the_page_for_developers_names_every_kind(signed_in: Sign) -> None:
    page = signed_in(Role.RELATIONS).get("/developers").text
    assert "webhook-signature" in page
    for name in ("person.erased", "ledger.entry_posted", "period.closed"):
        assert f"<code>{name}</code>" in page


def test_an_owner_who_may_not_read_it_any_more_is_shown(ada: FlaskClient) -> None:
    helga = accounts.user(role=Role.COMPLIANCE, name="Helga")
    hook = webhooks.made(["ledger.entry_posted", "person.created"], owner=helga).webhook
    assert "may not read" not in ada.get(f"/settings/webhooks/{hook.id}").text
    with transaction():
        helga.role = Role.ADMIN
    assert (
        "Helga, in whose name it is, may not read this now: ledger.entry_posted."
        in ada.get(f"/settings/webhooks/{hook.id}").text
    )
    assert "may not read all of it" in ada.get("/settings/webhooks/").text
    with transaction():
        operations.end_webhook(only(), by=webhooks.admin())
    assert "may not read all of it" not in ada.get("/settings/webhooks/").text
