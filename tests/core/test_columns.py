"""What the columns of a table are written as."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from flask import Flask
from flask_babel import force_locale, lazy_gettext
from markupsafe import Markup

from app.core.columns import Written, written
from app.core.i18n import day


@pytest.fixture(autouse=True)
def _request(app: Flask) -> Iterator[None]:
    with app.test_request_context():
        yield


def one(**column: object) -> Written:
    return written([{"key": "name", "label": "Name"} | column])[0]


def test_a_cell_carries_the_name_of_its_column_for_phones() -> None:
    column = one(num=True, hide="phone", kind="non_cash")
    assert column.opens == '<td role="cell" class="c-num hide-phone kind-non-cash" data-label="Name">'
    assert column.closes == "</td>"
    assert column.head == '<th role="columnheader" scope="col" class="c-num hide-phone kind-non-cash"'
    assert column.words == '<span class="kind-mark" aria-hidden="true"></span>Name'


def test_the_cell_that_names_its_row_is_a_heading() -> None:
    column = one(head=True, wrap=True)
    assert column.opens == '<th role="rowheader" scope="row" class="c-wrap c-head">'
    assert (column.closes, column.mark) == ("</th>", "")


def test_a_column_without_words_has_some_for_those_who_listen() -> None:
    assert one(label="").words == '<span class="visually-hidden">Actions</span>'
    assert one(label="", abbr="Files").words == '<span class="visually-hidden">Files</span>'
    with force_locale("fr"):
        assert "Actions" in one(label="").words
    assert "data-label" not in one(label="").opens


def test_words_of_users_are_escaped_and_markup_of_the_same_letters_is_not() -> None:
    assert one(label="<b>").words == "&lt;b&gt;"
    assert one(label=Markup("<b>")).words == "<b>"
    assert one(label="<b>").words == "&lt;b&gt;"
    assert 'data-label="&#34;"' in one(label='"').opens


def test_a_sentence_is_said_in_the_language_of_whoever_reads() -> None:
    label = lazy_gettext("Name")
    with force_locale("fr"):
        french = one(label=label).words
    assert (french, one(label=label).words) == ("Nom", "Name")


def test_instants_that_are_equal_may_be_of_two_days() -> None:
    """What a day is written as is kept, and so is not asked by the instant."""
    instant = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    there = instant.astimezone(timezone(timedelta(hours=9)))
    assert (instant, day(instant), day(there)) == (there, "1 Mar 2026", "2 Mar 2026")
    assert re.fullmatch("2026年3月2日", day(date(2026, 3, 2), "zh"))


def test_totals_have_labels_where_there_is_a_total(app: Flask) -> None:
    source = """{% from "components/table.html" import table %}
    {{ table([{"key": "n", "label": "Number"}, {"key": "m", "label": "More"}], [{"n": 1, "m": ""}], "T", foot={"n": 7}) }}"""
    page = app.jinja_env.from_string(source).render()
    assert '<td role="cell" data-label="Number">1</td>' in page
    assert '<td role="cell" data-label="More"><span class="none">–</span></td>' in page
    assert '<td role="cell" data-label="Number">7</td><td role="cell"></td></tr></tfoot>' in page
