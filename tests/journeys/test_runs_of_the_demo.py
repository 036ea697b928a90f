"""Runs of every report over the demo: each line has a key of its own, and no name is kept (P8)."""

import json

import pytest
import sqlalchemy as sa
from flask import Flask

from app.accounts.models import User
from app.core.db import db
from app.events.models import Event
from app.people.models import Person
from app.reports import queries_runs, runs
from app.reports.asking import require_asked
from app.reports.gallery import Counted
from app.reports.gallery_all import REPORTS
from app.reports.runs import keep


@pytest.mark.parametrize("key", REPORTS)
def test_every_line_of_every_report_has_a_key_of_its_own(key: str, london: Flask) -> None:
    from_demo = _demo(key)
    for grid in from_demo.grids:
        identities = [(line.person_id, line.key) for line in grid.lines]
        assert len(set(identities)) == len(identities), grid.key
        assert all(line.person_id or line.key for line in grid.lines), grid.key
        known = {column.key for column in grid.columns}
        assert grid.prose <= known
        for line in grid.lines:
            assert set(line.named) <= known


@pytest.mark.parametrize("key", REPORTS)
def test_no_run_of_any_report_keeps_a_name(key: str, london: Flask) -> None:
    """P8: every name that stands in a cell is kept as a number; the demo names fourteen people."""
    counted = _demo(key)
    text = json.dumps([runs.head_of(found := keep(counted, queries_runs.print_of)), [
        [row.key, *row.cells] for grid in found.grids for row in grid.rows
    ]], ensure_ascii=False)  # fmt: skip
    names = list(db.session.scalars(sa.select(Person.name)))
    assert len(names) > 10
    assert [name for name in names if name in text] == []


def _demo(key: str) -> Counted:
    helga = db.session.scalars(sa.select(User).filter_by(email="helga@lumen.example")).one()
    from_args = {
        "program": "1", "event": str(db.session.scalar(sa.select(Event.id).where(Event.name.contains("London")))),
        "person": str(db.session.scalar(sa.select(Person.id).where(Person.name.contains("Ines")))), "days": "last-12-months",
    }  # fmt: skip
    report = REPORTS[key]
    asked = {ask.value: from_args[ask.value] for ask in report.asks if ask.value in from_args}
    return report.count(require_asked(report, asked, helga))
