"""The person's pages of what they are paid for: their contract, files, payment, shares; and nobody else's (A3, A5)."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask

from app.accounts.models import AuditEvent
from app.advisory import operations, operations_shares
from app.advisory.details import TaxDetails
from app.advisory.models import Engagement
from app.advisory.models_files import FilePart
from app.core.db import db, transaction
from app.core.money import Money
from app.disclosures.models import Medium, Placement
from app.people.models import Person
from app.portal import queries_given, queries_paid
from tests.factories import accounts, advisory, disclosures, people, portal
from tests.factories import shares as make

At = Callable[[datetime], AbstractContextManager[None]]
NOVEMBER = datetime(2026, 11, 20, 9, tzinfo=UTC)
JANUARY = datetime(2027, 1, 14, 17, tzinfo=UTC)
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
VAT = TaxDetails(kind="vat", rate=Decimal(20), reference="INV-7")


@pytest.fixture(autouse=True)
def november(app: Flask, at: At) -> Iterator[None]:
    with at(NOVEMBER):
        yield


def _ines() -> Person:
    return people.person("Ines", languages=("en",))


def _with_file(engagement: Engagement, part: FilePart, name: str) -> int:
    with transaction():
        return operations.add_file(db.session.merge(engagement), part, PDF, name, by=advisory.omar()).id


def _paid_workshop(at: At) -> tuple[Person, int, list[int]]:
    """A workshop of Ines from the contract to the payment, with both files; the numbers of the work and the files."""
    agreed = advisory.contracted(advisory.engagement(who=_ines()))
    ids = [_with_file(agreed, FilePart.CONTRACT, "contract.pdf")]
    with at(JANUARY):
        done = advisory.delivered(agreed)
        ids.append(_with_file(done, FilePart.DELIVERABLE, "summary.pdf"))
        advisory.paid(done, taxes=(VAT,))
    return agreed.person, agreed.id, ids


def test_contract_deliverable_and_payment_are_shown_to_the_person(app: Flask, at: At) -> None:
    """J10.4, A3: the fee with its calculation, the contract, both files, tax apart; the gate and its reasons are not theirs."""
    ines, id, files = _paid_workshop(at)
    with at(JANUARY):
        browser = portal.browser_of(app, ines)
        assert "Private 5G workshop" in browser.get("/p/paid").text
        page = browser.get(f"/p/paid/{id}").text
        for shown in ("LN-2027-004", "Moreau Conseil", "contract.pdf", "summary.pdf", "6,500.00", "1,300.00", "7,800.00", "INV-7",
                      "Transfer 88121", "How many people you reach is no part of it."):  # fmt: skip
            assert shown in page, shown
        for hidden in ("unrelated", "Prof. A. Outside", "Wrote the field guide", "Helga"):
            assert hidden not in page, hidden
        with browser.get(f"/p/paid/files/{files[1]}") as answer:
            assert (answer.status_code, answer.data) == (200, PDF)
    opened = db.session.scalars(
        sa.select(AuditEvent).where(AuditEvent.action == "advisory.file_opened")
    ).one()
    assert (opened.by_id, opened.subject_id) == (None, str(files[1]))


def test_nobody_sees_what_is_not_theirs(app: Flask, at: At) -> None:
    """Another person's number, there or not, is not found."""
    _ines, id, files = _paid_workshop(at)
    share = make.running(make.approved(make.drafted(people.person("Priya"), link="P")))
    with at(JANUARY):
        browser = portal.browser_of(
            app, people.person("Sara", owner=accounts.user(), email="sara@experts.example")
        )
        for path in (
            f"/p/paid/{id}",
            f"/p/paid/files/{files[0]}",
            f"/p/shares/{share.id}",
            "/p/paid/77",
            "/p/shares/77",
        ):
            assert browser.get(path).status_code == 404, path
        assert "Nothing: we pay you for no work and no sales." in browser.get("/p/paid").text


def test_a_thought_of_the_house_is_not_shown(app: Flask) -> None:
    """Before it is cleared nobody has offered anything; what was refused then never was offered."""
    proposed = advisory.engagement()
    ines = proposed.person
    draft = make.drafted(ines)
    assert (queries_paid.list_engagements(ines), queries_paid.list_shares(ines)) == ([], [])
    advisory.cleared(proposed)
    make.approved(draft)
    assert [one.state.value for one in queries_paid.list_engagements(ines)] == ["cleared"]
    assert [one.state.value for one in queries_paid.list_shares(ines)] == ["approved"]
    with transaction():
        operations.decline_engagement(
            db.session.merge(proposed), reason="She had no time for it", by=advisory.omar()
        )
        operations_shares.end_share(
            db.session.merge(draft), last_on=None, reason="She had no time", by=advisory.omar()
        )
    assert (queries_paid.list_engagements(ines), queries_paid.list_shares(ines)) == ([], [])


def test_a_share_shows_terms_each_calculation_and_each_payout(app: Flask, at: At) -> None:
    """Terms, statements with their calculation, corrections, payouts with tax apart."""
    share = make.running(make.approved(make.drafted(_ines())))
    with at(datetime(2027, 2, 10, 9, tzinfo=UTC)):
        december = make.statement(share)
        make.payout(share, december, taxes=(VAT,))
        january = make.statement(
            share, from_on=date(2027, 1, 1), to_on=date(2027, 1, 31), net_sales=Money(100_000, "GBP")
        )
        make.reversed_(january)
        browser = portal.browser_of(app, share.person)
        assert "7.5 % of net sales" in browser.get("/p/paid").text
        page = browser.get(f"/p/shares/{share.id}").text
    for shown in ("LUMEN-INES", "LN-S-1", "= 93.12525", "93.13", "Transfer 4711", "18.63", "111.76",
                  "Two returns were left out", "takes an earlier line back", "Say it in every piece with this link"):  # fmt: skip
        assert shown in page, shown
    assert "She teaches with it" not in page


def test_the_words_to_say_speak_of_the_share_from_its_first_day(at: At) -> None:
    """D3: before anything is paid, and not after the end."""
    disclosures.version(
        "*", accepted_labels=("Ad",), placement={Medium.TEXT: Placement.FIRST_WORDS},
        statements={"affiliate_commission": "I earn a share of what is bought through my link."},
    )  # fmt: skip
    share = make.running(make.approved(make.drafted(_ines())))
    ines = share.person
    assert queries_given.list_sayings(ines, "en") == []
    with at(datetime(2026, 12, 1, 9, tzinfo=UTC)):
        found = queries_given.list_sayings(ines, "en")
        assert [one.text for saying in found for one in saying.texts] == [
            "Ad I earn a share of what is bought through my link."
        ]
        with transaction():
            operations_shares.end_share(
                db.session.merge(share),
                last_on=date(2026, 12, 1),
                reason="The shop was closed",
                by=advisory.omar(),
            )
    with at(datetime(2026, 12, 2, 9, tzinfo=UTC)):
        assert queries_given.list_sayings(ines, "en") == []


def test_a_commission_stands_among_what_was_given(app: Flask, at: At) -> None:
    """L13: one line of the book, to be confirmed or disputed like every other."""
    share = make.running(make.approved(make.drafted(_ines())))
    with at(datetime(2027, 2, 10, 9, tzinfo=UTC)):
        make.payout(share, make.statement(share))
        page = portal.browser_of(app, share.person).get("/p/given").text
    assert "Commission" in page
    assert "93.13" in page
