"""Every paper that leaves the house is tagged: title, language, headers of tables, and nothing outside the structure (PDF/UA-1)."""

import io
from collections.abc import Callable, Iterator
from datetime import date

import pikepdf
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import User
from app.core import pdf
from app.core.db import db, transaction
from app.disclosures import operations_covenants as covenants
from app.disclosures import queries_covenants
from app.disclosures.models_covenants import Covenant
from app.ledger.models import Entry
from app.people.models import Person
from app.periods import operations as periods
from app.periods.details import PeriodDetails
from app.periods.models import PeriodKind

pytestmark = pytest.mark.skipif(pdf.is_switched_off(), reason="PDF is switched off here")


def _user(key: str) -> User:
    return db.session.scalars(sa.select(User).filter_by(email=f"{key}@lumen.example")).one()


def _papers() -> dict[str, str]:
    """Address of each paper; a period is opened and a covenant signed by both sides so that there is one of each."""
    first = db.session.scalar(sa.select(sa.func.min(Entry.value_on)))
    assert first is not None
    amal = db.session.scalars(sa.select(Person).filter_by(email="amal@voices.example")).one()
    with transaction():
        period = periods.open_period(
            PeriodDetails(kind=PeriodKind.QUARTER, from_on=date(first.year, first.month, 1)),
            by=_user("helga"),
        )
        text = queries_covenants.offered_to(amal)
        assert text is not None
        signed = covenants.sign_as_person(amal, text, is_named=True, by=None)
        covenants.countersign(signed, is_company_named=True, by=_user("helga"))
    covenant = db.session.scalars(sa.select(Covenant)).one()
    days = f"{period.from_on}..{period.to_on}"
    return {
        "value report": "/reports/value/1/export/pdf", "quarter": f"/reports/quarter/export/pdf?program=1&days={days}",
        "period report": f"/periods/{period.id}/report/export/pdf",
        "statement": f"/periods/people/{amal.id}/statement.pdf?period={period.id}",
        "certificate": f"/disclosure/covenant/{covenant.id}/certificate.pdf",
    }  # fmt: skip


def test_every_paper_is_tagged(london: Flask, london_as: Callable[[str], FlaskClient]) -> None:
    """One look at each: PDF/UA-1 claimed, marked, titled, a language, headings from the first level, headed tables."""
    helga = london_as("helga")
    for name, address in _papers().items():
        answer = helga.get(address)
        assert (answer.status_code, answer.mimetype) == (200, "application/pdf"), name
        with pikepdf.open(io.BytesIO(answer.get_data())) as document:
            _check(name, document)


def _check(name: str, document: pikepdf.Pdf) -> None:
    metadata, root = document.open_metadata(), document.Root
    assert metadata["pdfuaid:part"] == "1", name
    assert metadata["dc:title"], name
    assert bool(root.MarkInfo.Marked), name
    assert bool(root.ViewerPreferences.DisplayDocTitle), name
    assert str(root.Lang) == "en", name
    elements = list(_elements(root.StructTreeRoot.K))
    kinds = {str(one.S).removeprefix("/") for one in elements}
    assert {"H1", "P", "Table"} <= kinds, name
    headers = {str(one.ID) for one in elements if one.S == "/TH"}
    named = [{str(id) for id in _headers(one)} for one in elements if one.S == "/TD"]
    # A table that is one for the eye only, or a cell no header names, cannot be read aloud.
    assert named, name
    assert all(one and one <= headers for one in named), name


def _elements(node: pikepdf.Object) -> Iterator[pikepdf.Dictionary]:
    """Every element of a structure, from the top down."""
    if isinstance(node, pikepdf.Array):
        for one in node:
            yield from _elements(one)
    elif isinstance(node, pikepdf.Dictionary) and "/S" in node:
        yield node
        if "/K" in node:
            yield from _elements(node.K)


def _headers(cell: pikepdf.Dictionary) -> list[pikepdf.Object]:
    """The numbers of the headers a cell stands under."""
    attributes = cell.get("/A", pikepdf.Dictionary())
    each = attributes if isinstance(attributes, pikepdf.Array) else [attributes]
    return [id for one in each if "/Headers" in one for id in one.Headers]
