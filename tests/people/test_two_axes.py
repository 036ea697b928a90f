"""Influence and popularity on two axes: each read for itself, "unknown" where nobody has stated a size, no score."""

import re
from datetime import date, timedelta

from flask import Flask

from app.accounts.models import Role
from app.core import clock
from app.core.charts import Placed, Tick, TwoAxes
from app.core.charts.text import width_of
from app.core.db import db, transaction
from app.people import operations
from app.people.charts import axes_of_many, two_axes
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


def test_several_stand_side_by_side_in_the_order_given(app: Flask) -> None:
    """Nobody moves by reach; an unknown size stands in the strip, sizes beyond the scale at its ends."""
    names = ("Amal", "Bilal", "Carla", "Dmitri")
    everybody = [people.person(name) for name in names]
    for person, size in zip(everybody[1:], (0, 5_000, 90_000_000), strict=True):
        people.channel(person, handle=f"@{size}", audience_size=size)
    people.evidence(everybody[2])
    drawn = axes_of_many([fresh(one) for one in everybody], clock.today())
    assert drawn.title == "Evidence counts today for 1 of 4; an audience is stated for 3"
    assert tuple(row[0] for row in drawn.table.rows) == names
    assert drawn.table.rows[0][2] == "audience unknown"
    lefts = [float(x) for x in re.findall(r'<circle cx="([\d.]+)"', str(drawn.svg(width=600)))]
    assert len(lefts) == 4
    assert 0 < min(lefts) < max(lefts) <= 600


def test_those_at_the_same_spot_are_one_dot_with_their_number_and_no_name_stands_on_another() -> None:
    ticks = [Tick(value, str(value)) for value in (100, 10_000)]
    cases = [
        Placed(f"Somebody with a long name {n}", 500 + 40 * n, n % 2, "", "", is_named=True)
        for n in range(30)
    ]
    cases += [Placed(f"Unknown {n}", None, 1, "", "", is_named=True) for n in range(3)]
    drawn = TwoAxes(
        title="x", points=cases, across_label="", up_label="", across_ticks=ticks, up_ticks=[Tick(0, "0"), Tick(2, "2")],
        unknown="unknown", height=200,
    )  # fmt: skip
    svg = str(drawn.svg(width=700))
    assert "Unknown 0 +2" in svg
    found = re.findall(r'<text x="([\d.]+)" y="([\d.]+)"[^>]*font-weight="600"[^>]*>(Some[^<]+)<', svg)
    assert 0 < len(found) < 30
    boxes = [(float(x), float(y), width_of(name, 12, bold=True)) for x, y, name in found]
    for at, (x, y, width) in enumerate(boxes):
        assert all(abs(y - v) >= 12 or x + width <= u or u + wide <= x for u, v, wide in boxes[:at])
    assert all(one.label in svg for one in cases)
