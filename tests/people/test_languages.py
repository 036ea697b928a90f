"""Languages by the names their reader gives them."""

import pytest
from flask import Flask
from flask_babel import force_locale

from app.people.languages import known_languages, language_choices, language_words


@pytest.mark.parametrize(
    ("reader", "tag", "told"),
    [
        ("en", "zh-Hans", "Chinese (Simplified)"),
        ("fr", "de", "allemand"),
        ("en", "de", "German"),
        ("en", "xx-nobody", "xx-nobody"),
        ("en", "", ""),
    ],
)
def test_a_language_in_the_words_of_its_reader(app: Flask, reader: str, tag: str, told: str) -> None:
    with app.test_request_context(), force_locale(reader):
        assert language_words(tag) == told


def test_each_reader_chooses_among_the_same_languages_in_the_order_of_their_own_letters(app: Flask) -> None:
    with app.test_request_context():
        english = language_choices()
        with force_locale("fr"):
            french = language_choices()
        assert language_choices() == english
    assert {tag for tag, _name in english} == {tag for tag, _name in french} == set(known_languages())
    assert [tag for tag, _name in english] != [tag for tag, _name in french]
    assert (dict(english)["de"], dict(french)["de"]) == ("German", "allemand")
