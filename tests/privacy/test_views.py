"""Pages of privacy: who may open them, what they refuse with everything typed kept, the whole way of a request."""

import html
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import AuditEvent, Role
from app.core import clock
from app.core.db import db, transaction
from app.people import operations_merges
from app.people.details import MergeDetails
from app.people.models_consents import Consent
from app.privacy.models import (
    PrivacyHold,
    PrivacyRequest,
    RequestKind,
    RequestState,
    RetentionItem,
    RetentionRule,
    RetentionRun,
)
from tests.conftest import fresh
from tests.factories import people
from tests.factories import privacy as make
from tests.journeys.walking import Walker

pytestmark = pytest.mark.usefixtures("app")
Sign = Callable[..., FlaskClient]


@pytest.mark.parametrize(
    ("role", "reads", "writes", "decides"),
    [
        (Role.RELATIONS, True, True, False), (Role.COORDINATOR, True, True, False), (Role.COMPLIANCE, True, True, True),
        (Role.ADMIN, True, True, True), (Role.AUDITOR, True, False, False), (Role.ASSISTANT, False, False, False),
        (Role.PARTNER, False, False, False),
    ],
)  # fmt: skip
def test_who_may_open_the_pages(
    signed_in: Sign, role: Role, reads: bool, writes: bool, decides: bool
) -> None:
    """R3: a request is seen by those who answer for people, decided by compliance and administration only."""
    who = people.person("Ada Brandt")
    asked = make.request(who)
    browser = signed_in(role)
    for path in (
        "/privacy/",
        f"/privacy/{asked.id}",
        f"/privacy/of/{who.id}",
        "/privacy/retention/",
        "/privacy/retention/due",
    ):
        assert (path, browser.get(path).status_code == 200) == (path, reads)
    for path in (
        f"/privacy/of/{who.id}/new",
        f"/privacy/of/{who.id}/consent",
        f"/privacy/{asked.id}/withdraw",
    ):
        assert (path, browser.get(path).status_code == 200) == (path, writes)
    for path in (f"/privacy/{asked.id}/erase", f"/privacy/{asked.id}/refuse", f"/privacy/of/{who.id}/hold",
                 "/privacy/retention/rules/trips", "/privacy/retention/rules/wait", "/privacy/retention/approve",
                 "/privacy/retention/withdraw"):  # fmt: skip
        assert (path, browser.get(path).status_code == 200) == (path, decides)
    for path in ("copy", "download", "handed-over"):
        assert (browser.post(f"/privacy/{asked.id}/{path}").status_code != 403) is decides


def test_the_whole_way_of_an_erasure(signed_in: Sign) -> None:
    """P8: Mei writes it down, cannot confirm; Helga looks, confirms; the answer says what was kept and why."""
    who = people.person("Ada Brandtwerk", email="ada@brandtwerk.example")
    mei, helga = Walker(signed_in(make.mei())), Walker(signed_in(make.helga()))
    mei.fill(
        f"/privacy/of/{who.id}/new?kind=erasure", action=f"/privacy/of/{who.id}/new", handler_id=str(make.helga().id),
        identity="Called back.", words="Please.",
    )  # fmt: skip
    asked = db.session.scalars(sa.select(PrivacyRequest)).one()
    assert (asked.kind, asked.state, asked.made_by_id) == (
        RequestKind.ERASURE,
        RequestState.OPEN,
        make.mei().id,
    )
    assert "Ada Brandtwerk" in helga.open(f"/privacy/{asked.id}/erase")
    helga.fill(f"/privacy/{asked.id}/erase", action=f"/privacy/{asked.id}/erase")
    assert fresh(asked).state is RequestState.DONE
    answer = helga.open(f"/privacy/{asked.id}")
    for words in (fresh(asked).surrogate, "You asked us on", "Kept, without your name, and why"):
        assert words in answer
    for path in (
        f"/privacy/{asked.id}",
        f"/people/{who.id}",
        f"/privacy/of/{who.id}",
        "/privacy/?state=done",
        "/notices/",
    ):
        assert "Brandtwerk" not in helga.open(path)


def test_the_answer_is_written_in_the_language_of_whoever_sends_it(signed_in: Sign) -> None:
    """Days, numbers, what was erased and why something stays: nothing in it is left in English."""
    asked = make.request(people.person("Ada Brandt"))
    with transaction():
        row = db.session.merge(asked)
        row.state, row.received_on, row.done_at = (
            RequestState.DONE, date(2026, 8, 9), datetime(2026, 8, 20, 9, tzinfo=UTC),
        )  # fmt: skip
        row.found = {"erased": {"evidence": 1204}, "kept": {"ownership": 2}, "kept_until": "2031-03-05"}
        db.session.merge(make.helga()).locale = "fr"
    page = signed_in(make.helga()).get(f"/privacy/{asked.id}").text
    letter = html.unescape(page)
    for words in (
        "Vous nous avez demandé le 9 août 2026 d’effacer vos données. C’est chose faite depuis le 20 août 2026.",
        "  - justificatifs\u00a0: 1\u202f204", "Conservé, sans votre nom, et pourquoi\u00a0:",
        "- Le journal de qui a fait quoi chez nous reste entier", "    responsables et suppléants\u00a0: 2",
        "Les montants sont conservés sous un numéro jusqu’au 5 mars 2031.",
    ):  # fmt: skip
        assert words in letter
    with transaction():
        db.session.merge(make.helga()).locale = "en"
    letter = html.unescape(signed_in(make.helga()).get(f"/privacy/{asked.id}").text)
    for words in (
        "You asked us on 9 August 2026 to erase your data. This is done since 20 August 2026.",
        "  - pieces of evidence: 1,204", "- The trail of who did what in our house stays whole; the values in it are gone.",
        "    owners and deputies: 2", "Amounts are kept under a number until 5 March 2031. Then",
    ):  # fmt: skip
        assert words in letter


def test_the_one_who_wrote_it_down_is_told_so(signed_in: Sign) -> None:
    asked = make.request(people.person("Ada Brandt"), by=make.helga())
    browser = signed_in(make.helga())
    assert "Somebody else confirms" in browser.get(f"/privacy/{asked.id}/erase").get_data(as_text=True)
    seen = make.look(asked).fingerprint
    refused = browser.post(f"/privacy/{asked.id}/erase", data={"seen": seen})
    assert refused.status_code == 422
    assert fresh(asked).state is RequestState.OPEN


def test_a_stale_look_is_refused(signed_in: Sign) -> None:
    asked = make.request(people.person("Ada Brandt"))
    refused = signed_in(make.helga()).post(f"/privacy/{asked.id}/erase", data={"seen": "0123456789abcdef"})
    assert (refused.status_code, fresh(asked).state) == (422, RequestState.OPEN)
    assert "Something changed since you looked" in refused.get_data(as_text=True)


def test_a_copy_is_made_taken_and_handed_over(signed_in: Sign) -> None:
    """P9: each step is written into the trail."""
    asked = make.request(people.person("Ada Brandt"), RequestKind.ACCESS)
    helga = signed_in(make.helga())
    assert helga.post(f"/privacy/{asked.id}/download").status_code == 404
    assert helga.post(f"/privacy/{asked.id}/copy").status_code == 303
    with helga.post(f"/privacy/{asked.id}/download") as taken:
        assert (taken.status_code, taken.mimetype, taken.data[:2]) == (200, "application/zip", b"PK")
    assert helga.post(f"/privacy/{asked.id}/handed-over").status_code == 303
    assert helga.post(f"/privacy/{asked.id}/handed-over").status_code == 422
    wanted = sa.select(AuditEvent.action).where(AuditEvent.action.like("privacy.%"))
    actions = list(db.session.scalars(wanted.order_by(AuditEvent.id)))
    assert actions == [
        "privacy.request_taken",
        "privacy.copy_made",
        "privacy.copy_downloaded",
        "privacy.copy_handed_over",
    ]


GOOD: dict[str, Any] = {
    "kind": "access", "received_on": "2026-05-04", "channel": "mail", "identity": "Wrote from the address we know.", "words": "Hello",
}  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "everything"), ("kind", ""), ("received_on", "2099-01-01"), ("received_on", "yesterday"), ("received_on", "2026-02-30"),
        ("channel", "pigeon"), ("identity", ""), ("identity", "   "), ("identity", "x" * 10_001), ("words", "x" * 10_001),
        ("handler_id", "0"), ("handler_id", "nobody"), ("handler_id", "-1"), ("handler_id", "99999999999999999999"),
    ],
)  # fmt: skip
def test_bad_requests_keep_what_was_typed(signed_in: Sign, field: str, value: str) -> None:
    who = people.person("Ada Brandt")
    sent = GOOD | {"handler_id": str(make.helga().id)} | {field: value}
    answer = signed_in(make.mei()).post(f"/privacy/of/{who.id}/new", data=sent)
    assert answer.status_code == 422
    assert db.session.scalar(sa.select(sa.func.count(PrivacyRequest.id))) == 0
    if field != "words":
        assert "Hello" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("consent", {"purpose": "everything", "step": "given", "said_on": "2026-05-04", "source": "mail", "wording": "x"}),
        ("consent", {"purpose": "photo", "step": "maybe", "said_on": "2026-05-04", "source": "mail", "wording": "x"}),
        ("consent", {"purpose": "photo", "step": "given", "said_on": "2026-05-04", "source": "mail", "wording": ""}),
        ("consent", {"purpose": "photo", "step": "given", "said_on": "2099-05-04", "source": "mail", "wording": "x"}),
        ("consent", {"purpose": "photo", "step": "given", "said_on": "", "source": "mail", "wording": "x"}),
        ("consent", {"purpose": "photo", "step": "given", "said_on": "2026-05-04", "source": "rumour", "wording": "x"}),
        ("hold", {"reason": ""}), ("hold", {"reason": "  "}), ("hold", {}), ("hold", {"reason": "x" * 10_001}),
    ],
)  # fmt: skip
def test_bad_consents_and_holds_change_nothing(signed_in: Sign, path: str, sent: dict[str, str]) -> None:
    who = people.person("Ada Brandt")
    assert signed_in(make.helga()).post(f"/privacy/of/{who.id}/{path}", data=sent).status_code == 422
    assert db.session.scalar(sa.select(sa.func.count(Consent.id))) == 0
    assert db.session.scalar(sa.select(sa.func.count(PrivacyHold.id))) == 0


@pytest.mark.parametrize(
    ("kind", "sent", "status"),
    [
        ("trips", {"n_days": "-1", "from_on": "2099-01-01", "reason": "x"}, 422), ("trips", {"n_days": "many"}, 422),
        ("trips", {"n_days": "36501", "from_on": "2099-01-01", "reason": "x"}, 422), ("wait", {"n_days": "0", "from_on": "2099-01-01", "reason": "x"}, 422),
        ("trips", {"n_days": "10", "from_on": "2001-01-01", "reason": "x"}, 422), ("trips", {"n_days": "10", "from_on": "2099-01-01", "reason": ""}, 422),
        ("declared", {"n_days": "10", "from_on": "2099-01-01", "reason": "x"}, 422), ("nothing", {}, 404), ("TRIPS", {}, 404),
    ],
)  # fmt: skip
def test_bad_rules_change_nothing(signed_in: Sign, kind: str, sent: dict[str, str], status: int) -> None:
    assert signed_in(make.helga()).post(f"/privacy/retention/rules/{kind}", data=sent).status_code == status
    assert db.session.scalar(sa.select(sa.func.count(RetentionRule.id))) == 0


@pytest.mark.parametrize("n_seen", ["", "0", "2", "-1", "1e9", "²", "9" * 40, "x\r\ny"])
def test_a_yes_to_another_number_changes_nothing(signed_in: Sign, n_seen: str) -> None:
    """c48: one thing waits; whatever else is sent is refused, and the page restates the one."""
    who = people.person("Ada Brandt")
    run = RetentionRun(on=clock.today(), at=clock.now(), n_wait_days=7)
    with transaction():
        db.session.add(run)
        db.session.flush()
        more = {"run_id": run.id, "reported_on": run.on, "due_on": run.on, "person_id": who.id}
        db.session.add(RetentionItem(kind="trips", row_id=1, label="A trip", **more))
    browser = signed_in(make.helga())
    answer = browser.post("/privacy/retention/approve", data={"n_seen": n_seen})
    assert (answer.status_code, "Approve deleting 1 thing" in answer.text) == (422, True)
    assert db.session.scalars(sa.select(RetentionItem.approved_at)).all() == [None]
    assert browser.post("/privacy/retention/approve?kind=trips", data={"n_seen": "1"}).status_code == 303
    assert "waits for a yes" not in browser.get("/privacy/retention/due").text
    assert browser.post("/privacy/retention/withdraw", data={"n_seen": "1"}).status_code == 303
    assert "waits for a yes" in browser.get("/privacy/retention/due").text


@pytest.mark.parametrize("path", ["/privacy/99", "/privacy/99/erase", "/privacy/99/refuse", "/privacy/of/99", "/privacy/of/99/new",
                                  "/privacy/holds/99/lift", "/privacy/retention/99", "/privacy/retention/rules/x"])  # fmt: skip
def test_what_is_not_there(signed_in: Sign, path: str) -> None:
    assert signed_in(make.helga()).get(path).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "page=0",
        "page=-1",
        "page=999",
        "page=x",
        "page=99999999999999999999999",
        "state=%00",
        "state=done&page=99999",
    ],
)
def test_odd_addresses_of_the_lists(signed_in: Sign, query: str) -> None:
    browser = signed_in(make.helga())
    for path in ("/privacy/", "/privacy/retention/due"):
        assert browser.get(f"{path}?{query}").status_code == 200


def test_a_hold_is_placed_once_and_lifted(signed_in: Sign) -> None:
    who = people.person("Ada Brandt")
    browser = signed_in(make.ada())
    assert browser.post(f"/privacy/of/{who.id}/hold", data={"reason": "A claim."}).status_code == 303
    assert browser.post(f"/privacy/of/{who.id}/hold", data={"reason": "Another."}).status_code == 422
    hold = db.session.scalars(sa.select(PrivacyHold)).one()
    assert "A claim." in browser.get(f"/privacy/of/{who.id}").get_data(as_text=True)
    assert browser.post(f"/privacy/holds/{hold.id}/lift", data={"reason": "Settled."}).status_code == 303
    assert fresh(hold).ended_by_id == make.ada().id


def test_refused_with_a_reason_and_withdrawn_without(signed_in: Sign) -> None:
    browser = signed_in(make.helga())
    one, two = make.request(people.person("Ada Brandt")), make.request(people.person("Bo Lind"))
    assert browser.post(f"/privacy/{one.id}/refuse", data={"reason": ""}).status_code == 422
    assert (
        browser.post(
            f"/privacy/{one.id}/refuse", data={"reason": "We cannot tell that it is you."}
        ).status_code
        == 303
    )
    assert browser.post(f"/privacy/{two.id}/withdraw", data={}).status_code == 303
    assert [fresh(row).state for row in (one, two)] == [RequestState.REFUSED, RequestState.WITHDRAWN]
    assert browser.post(f"/privacy/{one.id}/withdraw", data={}).status_code == 422


def test_a_notice_about_a_request_names_nobody(signed_in: Sign) -> None:
    """P8: the notice outlives the name."""
    who = people.person("Ada Brandtwerk")
    asked = make.request(who)
    page = signed_in(make.helga()).get("/notices/").get_data(as_text=True)
    assert "asks for the erasure of their data" in page
    assert "Brandtwerk" not in page
    assert asked.due_on > asked.received_on


def test_merged_records_have_no_page(app: Flask, signed_in: Sign) -> None:
    kept, gone = people.person("Ada Brandt"), people.person("A. Brandt")
    with transaction():
        operations_merges.merge_people(
            db.session.merge(kept), db.session.merge(gone), MergeDetails(reason="Same."), by=make.mei()
        )
    assert signed_in(make.helga()).get(f"/privacy/of/{gone.id}").status_code == 404
