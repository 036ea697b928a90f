"""Stored codes as the words a person reads."""

from datetime import date

import pytest
from flask import Flask
from flask_babel import force_locale

from app.core import i18n, spoken


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("travel_air", "Air travel"), ("travel_ground", "Ground travel"), ("exec_access", "Executive access"),
        ("in_kind_vendor", "In kind, bought"), ("early_access", "Early access"), ("meal", "Meal"),
    ],
)  # fmt: skip
def test_a_code_is_said_in_the_order_people_say_it(code: str, said: str) -> None:
    assert i18n.words(code) == said


def test_what_is_counted_has_the_separators_of_the_reader(app: Flask) -> None:
    with app.test_request_context(), force_locale("en"):
        said = [i18n.counted(n, *i18n.nouns("thing lent", "things lent")) for n in (1, 2, 1204)]
    assert said == ["1 thing lent", "2 things lent", "1,204 things lent"]


def test_days_are_said_in_the_language_they_are_read_in(app: Flask) -> None:
    on = date(2026, 8, 9)
    lazy = i18n.later(i18n.day_in_full, on)
    with app.test_request_context():
        found = {}
        for language in ("en", "fr", "zh"):
            with force_locale(language):
                found[language] = (str(lazy), spoken.short_day(on))
    assert found == {
        "en": ("9 August 2026", "9 Aug"), "fr": ("9 août 2026", "9 août"), "zh": ("2026年8月9日", "8月9日"),
    }  # fmt: skip


def test_nothing_said_is_nothing(app: Flask) -> None:
    with app.test_request_context(), force_locale("fr"):
        assert (i18n.said(""), i18n.said("Save"), i18n.said("No such sentence.")) == (
            "", "Enregistrer", "No such sentence.",
        )  # fmt: skip


@pytest.mark.parametrize(
    ("language", "marks"), [("en", (": ", "; ")), ("fr", ("\u00a0: ", "\u202f; ")), ("ar", (": ", "؛ "))]
)
def test_halves_of_a_line_are_joined_as_the_reader_writes(
    app: Flask, language: str, marks: tuple[str, str]
) -> None:
    with app.test_request_context(), force_locale(language):
        assert (i18n.colon(), i18n.semicolon()) == marks
