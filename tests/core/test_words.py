"""Stored codes as the words a person reads."""

import pytest

from app.core import i18n


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("travel_air", "Air travel"), ("travel_ground", "Ground travel"), ("exec_access", "Executive access"),
        ("in_kind_vendor", "In kind, bought"), ("early_access", "Early access"), ("meal", "Meal"),
    ],
)  # fmt: skip
def test_a_code_is_said_in_the_order_people_say_it(code: str, said: str) -> None:
    assert i18n.words(code) == said
