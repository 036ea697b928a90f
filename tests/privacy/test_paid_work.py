"""What becomes of paid work when somebody asks for their data or is erased: files, taxes, affiliate shares (P8, P9)."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.advisory import operations, operations_shares, queries_files, queries_shares, queries_tax
from app.advisory.details import TaxDetails
from app.advisory.models import Engagement
from app.advisory.models_files import EngagementFile, FilePart
from app.advisory.policies_files import FileIsGone
from app.core import files
from app.core.db import db, transaction
from app.core.money import Money
from app.disclosures.models import Obligation
from app.ledger.queries import Scope, totals
from app.people.models import Person
from app.privacy import operations_access, operations_files, policies
from app.privacy.models import RequestKind
from app.privacy.queries_open import list_open
from app.privacy.reaching import Whose
from tests.buckets import content_of
from tests.conftest import fresh
from tests.factories import advisory, people, shares
from tests.factories import privacy as make

At = Callable[[datetime], AbstractContextManager[None]]
NOVEMBER = datetime(2026, 11, 20, 9, tzinfo=UTC)
FEBRUARY = datetime(2027, 2, 10, 9, tzinfo=UTC)
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
VAT = TaxDetails(kind="vat", rate=Decimal(20), reference="INV-7")


@pytest.fixture
def paid(app: Flask, at: At) -> Iterator[tuple[Person, Engagement]]:
    """Ines: a workshop with two files and VAT, and a share with a payout; it is 10 February 2027."""
    with at(NOVEMBER):
        ines = people.person("Ines")
        agreed = advisory.contracted(advisory.engagement(who=ines))
        _add(agreed, FilePart.CONTRACT, "contract.pdf", PDF)
        running = shares.running(shares.approved(shares.drafted(ines)))
    with at(FEBRUARY):
        done = advisory.delivered(agreed)
        _add(done, FilePart.DELIVERABLE, "summary.txt", b"What hospitals want")
        advisory.paid(done, taxes=(VAT,))
        shares.payout(running, shares.statement(running), taxes=(VAT,))
        yield ines, agreed


def _add(engagement: Engagement, part: FilePart, name: str, content: bytes) -> None:
    with transaction():
        operations.add_file(
            db.session.merge(engagement), part, content, name, note="Signed by Ines", by=advisory.omar()
        )


def test_the_copy_holds_files_taxes_and_shares(paid: tuple[Person, Engagement]) -> None:
    """P9: amounts are written as amounts, the calculation of each statement is there, and both files are."""
    request = make.request(paid[0], RequestKind.ACCESS)
    with transaction():
        stored = operations_access.make_copy(db.session.merge(request), by=make.helga())
    with zipfile.ZipFile(io.BytesIO(content_of(stored))) as archive:
        copy: dict[str, Any] = {name: archive.read(name) for name in archive.namelist()}
    assert [name for name in copy if name.startswith("files/")] == [
        "files/contract-1-contract.pdf", "files/deliverable-2-summary.txt",
    ]  # fmt: skip
    assert copy["files/contract-1-contract.pdf"] == PDF
    tables = json.loads(copy["everything.json"])["tables"]
    assert [(row["kind"], row["rate"], row["minor"], row["currency"], row["reference"]) for row in tables["payment_tax"]] == [
        ("vat", "20", 130_000, "GBP", "INV-7"), ("vat", "20", 1_863, "GBP", "INV-7"),
    ]  # fmt: skip
    assert (tables["affiliate_share"][0]["link"], tables["share_payout"][0]["amount_minor"]) == (
        "LUMEN-INES",
        9_313,
    )
    assert tables["share_statement"][0]["calculation"]["exact"] == "9312.525"
    page = copy["everything.html"].decode()
    # As Ines writes amounts, in French.
    for shown in ("1\u202f300,00", "6\u202f500,00", "93,13", "18,63"):
        assert shown in page, shown


def test_files_go_and_amounts_stay_when_somebody_is_erased(paid: tuple[Person, Engagement]) -> None:
    """P8: contracts name who signed them, so their content goes; amounts, taxes and dates stay, and that a file was there."""
    ines, engagement = paid
    kept = [row.file.sha256 for row in db.session.scalars(sa.select(EngagementFile)) if row.file]
    share = queries_shares.shares_of(ines)[0]
    with transaction():
        operations_shares.end_share(
            db.session.merge(share),
            last_on=date(2027, 2, 9),
            reason="The shop was closed",
            by=advisory.omar(),
        )
    before = [(row.keys, row.reporting_minor) for row in totals(("leg",), Scope(person_id=ines.id))]
    make.erase(ines)
    operations_files.remove_doomed()
    assert [files.exists(digest) for digest in kept] == [False, False]
    rows = queries_files.files_of(engagement)
    assert [(row.file_id, row.note, row.added_at is not None) for row in rows] == [
        (None, "", True),
        (None, "", True),
    ]
    with pytest.raises(FileIsGone, match="erased with the person it named"):
        queries_files.get_file(rows[0].id, None)
    settled = queries_tax.settled_of(fresh(engagement))
    assert settled is not None
    assert settled.transferred == Money(780_000, "GBP")
    left = fresh(share)
    assert (left.link, left.why, left.contract_party, left.percent) == ("Erased", "Erased", "Erased", "7.5")
    assert [row.amount for row in queries_shares.payouts_of(left)] == [Money(9_313, "GBP")]
    assert [(row.keys, row.reporting_minor) for row in totals(("leg",), Scope(person_id=ines.id))] == before


def test_a_share_that_runs_is_something_open(paid: tuple[Person, Engagement]) -> None:
    """P8: whoever earns a share is not erased without a word; what is owed is counted too."""
    ines, _ = paid
    share = queries_shares.shares_of(ines)[0]
    shares.statement(share, from_on=date(2027, 1, 1), to_on=date(2027, 1, 31))
    said = [one.words for one in list_open(Whose((ines.id,)))]
    assert "an affiliate share that is not ended" in said
    assert "a statement of sales that is not paid" in said
    with pytest.raises(policies.StillNeeded):
        make.erase(ines, reason="")


def test_nothing_opens_a_duty_for_somebody_who_was_erased(paid: tuple[Person, Engagement], at: At) -> None:
    ines, _ = paid
    make.erase(ines)
    with at(datetime(2027, 3, 1, 9, tzinfo=UTC)):
        assert operations_shares.keep_duties() == 0
    assert db.session.scalars(sa.select(Obligation)).all() == []
