"""The report on the screen: figures with links to their rows, files, the audit line, bad moments, roles."""

import json
import re
from collections.abc import Callable
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import AuditEvent, Role
from app.core.db import db
from app.reports.queries import value_report
from tests.reports.conftest import TOTALS, London

SignIn = Callable[..., FlaskClient]


def _text(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def test_the_page_shows_the_figures_of_the_report(london: London, signed_in: SignIn) -> None:
    page = signed_in(Role.COMPLIANCE).get(f"/reports/value/{london.program.id}").get_data(as_text=True)
    text = _text(page)
    for amount in ("51,972.43", "27,109.53", "21,800.00", "1,680.00", "1,382.90", "405", "4,384.80"):
        assert amount in text
    for minor in TOTALS.values():
        assert f"{minor // 100:,}.{minor % 100:02}" in text


def test_every_figure_opens_its_rows(london: London, signed_in: SignIn) -> None:
    """O6: the link of a figure narrows the ledger as the figure is."""
    browser = signed_in(Role.COMPLIANCE)
    page = browser.get(f"/reports/value/{london.program.id}").get_data(as_text=True)
    found = re.findall(
        r'href="(/ledger/[^"]+)"><span class="money[^>]*><span class="num" dir="ltr">([\d,.]+)<', page
    )
    links = {unescape(url): figure for url, figure in found}
    jack, program = str(london.people["Jack"].id), str(london.program.id)
    wanted = {"program_id": [program], "person_id": [jack], "line": ["travel"], "leg": ["non_cash"]}
    url = next(url for url in links if parse_qs(urlsplit(url).query) == wanted)
    assert links[url] == "5,038.08"
    rows = browser.get(url).get_data(as_text=True)
    assert "9,840.00" in rows
    assert "2,080.00" not in rows


def test_the_page_of_a_past_moment_says_so_and_passes_it_on(london: London, signed_in: SignIn) -> None:
    page = (
        signed_in(Role.COMPLIANCE)
        .get(f"/reports/value/{london.program.id}?as_of=2026-10-10")
        .get_data(as_text=True)
    )
    assert "as of 10 Oct 2026" in _text(page)
    assert "Nothing in the book" in page


@pytest.mark.parametrize(
    "asked", ["tomorrow", "2026-13-01", "2031-01-01", "2026-11-22T23:59", "0000", "2026-03-29T01:30"]
)
def test_a_moment_that_cannot_be_used_is_refused_and_kept(
    london: London, signed_in: SignIn, asked: str
) -> None:
    response = signed_in(Role.COMPLIANCE).get(
        f"/reports/value/{london.program.id}", query_string={"as_of": asked}
    )
    assert response.status_code == 422
    assert "This moment cannot be used" in response.get_data(as_text=True)


@pytest.mark.parametrize("format", ["csv", "xlsx", "json"])
def test_an_export_is_written_into_the_audit_trail(london: London, signed_in: SignIn, format: str) -> None:
    """R4: who took which report out, in which format."""
    browser = signed_in(Role.AUDITOR)
    response = browser.get(f"/reports/value/{london.program.id}/export/{format}")
    assert (response.status_code, response.headers["Content-Disposition"]) == (
        200, f'attachment; filename="value-global-kol-2026-11-22.{format}"',
    )  # fmt: skip
    event = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "reports.exported")).one()
    assert (event.subject_kind, event.subject_id, event.reason, event.by and event.by.role) == (
        "report_value", str(london.program.id), format, Role.AUDITOR,
    )  # fmt: skip


def test_the_exported_document_is_that_of_the_page(london: London, signed_in: SignIn) -> None:
    response = signed_in(Role.COMPLIANCE).get(f"/reports/value/{london.program.id}/export/json")
    assert json.loads(response.data)["non_cash"] == f"{value_report(london.program).non_cash.amount:f}"


def test_a_pdf_that_cannot_be_made_is_a_clear_page(
    app: Flask, london: London, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "IS_PDF_ON", False)
    response = signed_in(Role.COMPLIANCE).get(f"/reports/value/{london.program.id}/export/pdf")
    assert response.status_code == 503
    assert "switched off on this server" in response.get_data(as_text=True)
    assert db.session.scalar(sa.select(sa.func.count()).where(AuditEvent.action == "reports.exported")) == 0


def test_an_export_of_a_moment_that_cannot_be_used_is_refused(london: London, signed_in: SignIn) -> None:
    response = signed_in(Role.COMPLIANCE).get(f"/reports/value/{london.program.id}/export/csv?as_of=soon")
    assert response.status_code == 422


@pytest.mark.parametrize(
    ("role", "status"), [(Role.ASSISTANT, 403), (Role.PARTNER, 403), (Role.ADMIN, 403), (Role.RELATIONS, 200)]
)
def test_roles_without_amounts_see_no_report(
    london: London, signed_in: SignIn, role: Role, status: int
) -> None:
    """R3: page and files alike."""
    browser = signed_in(role)
    paths = (
        "/reports/",
        f"/reports/value/{london.program.id}",
        f"/reports/value/{london.program.id}/export/csv",
    )
    assert [browser.get(path).status_code for path in paths] == [status] * 3


def test_the_gallery_lists_each_program_with_its_sums(london: London, signed_in: SignIn) -> None:
    page = signed_in(Role.COMPLIANCE).get("/reports/").get_data(as_text=True)
    assert "51,972.43" in _text(page)
    assert f"/reports/value/{london.program.id}/export/pdf" in page


def test_an_unknown_program_has_no_report(app: Flask, signed_in: SignIn) -> None:
    assert signed_in(Role.COMPLIANCE).get("/reports/value/77").status_code == 404


@pytest.mark.parametrize("order", ["name", "-name", "cash", "-minutes", "nonsense"])
def test_the_people_are_sorted_as_asked(london: London, signed_in: SignIn, order: str) -> None:
    response = signed_in(Role.COMPLIANCE).get(f"/reports/value/{london.program.id}?order={order}")
    assert response.status_code == 200
