"""Influence and popularity on two axes: each read for itself, "unknown" where nobody has stated a size, no score."""

from datetime import date, timedelta

from flask import Flask

from app.accounts.models import Role
from app.core import clock
from app.core.db import db, transaction
from app.people import operations
from app.people.charts import two_axes
from app.people.models import Person
from tests.conftest import fresh
from tests.factories import people


def _axes(person: Person):
    return two_axes(fresh(person), clock.today())


def test_unknown_size_is_said_and_not_taken_for_zero(app: Flask) -> None:
    amal = people.person("Amal")
    people.channel(amal, handle="@a")
    people.evidence(amal)
    drawn = _axes(amal)
    assert drawn.title == "1 piece of evidence counts today; audience unknown"
    assert drawn.points[0].across is None
    assert drawn.table.rows == (("Amal", "1 piece of evidence counts today", "audience unknown"),)
    assert "unknown" in drawn.svg()


def test_expired_evidence_and_ended_channels_count_no_more(app: Flask) -> None:
    amal, today = people.person("Amal"), clock.today()
    people.evidence(amal, on=today - timedelta(days=9), expires_on=today)
    people.evidence(amal, on=today - timedelta(days=9), expires_on=today + timedelta(days=1))
    people.channel(amal, handle="@small", audience_size=1200, audience_read_on=date(2026, 3, 1))
    people.channel(amal, handle="@large", audience_size=90_000)
    row = next(one for one in fresh(amal).channels if one.handle == "@large")
    assert _axes(amal).points[0].across == 90_000
    with transaction():
        operations.end_channel(db.session.merge(row), today - timedelta(days=1), by=None)
    drawn = _axes(amal)
    assert (drawn.points[0].across, drawn.points[0].up) == (1200, 1)
    assert drawn.title == (
        "1 piece of evidence counts today; largest stated audience 1,200 on YouTube, read 1 Mar 2026"
    )


def test_nothing_is_added_up(app: Flask, signed_in) -> None:
    """Two measures, no score; the page says so and shows the table behind."""
    amal = people.person("Amal")
    people.channel(amal, handle="@a", audience_size=0)
    text = signed_in(Role.RELATIONS).get(f"/people/{amal.id}").text
    assert "nothing is added up, and nobody is ranked by either" in text
    assert "largest stated audience 0 on YouTube" in text
    assert "score" not in text.lower()
