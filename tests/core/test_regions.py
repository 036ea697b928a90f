"""Places: countries and regions by code and by name."""

import pytest
from flask import Flask

from app.core import regions


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("South Asia", "034"), ("southern asia", "034"), ("Sub-Saharan Africa", "202"), ("Africa", "002"), ("EU", "EU"),
        ("PK", "PK"), ("pakistan", "PK"), ("Türkiye", "TR"), ("turkiye", "TR"), ("Western Africa", "011"), ("034", "034"),
        ("Gulf of factories", None), ("", None), ("x" * 5000, None), ("034\x00", None), ("999", None), ("ZZ", None),
    ],
)  # fmt: skip
def test_a_place_is_found_by_code_or_name(app: Flask, typed: str, code: str | None) -> None:
    found = regions.find_place(typed)
    assert (found.code if found else None) == code


def test_a_region_holds_its_countries_through_all_levels() -> None:
    assert regions.countries_of("034") == {"AF", "BD", "BT", "IN", "IR", "LK", "MV", "NP", "PK"}
    assert {"NG", "ZA", "KE", "EG"} <= regions.countries_of("002")
    assert "NG" in regions.countries_of("202")
    assert "EG" not in regions.countries_of("202")
    assert regions.countries_of("PK") == {"PK"}
    assert regions.countries_of("999") == frozenset()


def test_the_nearest_region_of_a_country_comes_first() -> None:
    assert regions.regions_of("IN")[:2] == ("034", "142")
    assert regions.regions_of("NG")[0] == "011"
    assert regions.regions_of("QQ") == ()


@pytest.mark.parametrize(
    ("text", "codes", "unknown"),
    [
        ("Africa, South Asia", ["002", "034"], []),
        ("Africa and South Asia", ["002", "034"], []),
        ("Bosnia and Herzegovina; Kenya", ["BA", "KE"], []),
        ("Trinidad & Tobago", ["TT"], []),
        ("hospitals, Kenya", ["KE"], ["hospitals"]),
        ("Kenya, KE", ["KE"], []),
        ("", [], []),
    ],
)
def test_markets_are_read_from_words(app: Flask, text: str, codes: list[str], unknown: list[str]) -> None:
    places, left = regions.find_places(text)
    assert ([place.code for _, place in places], left) == (codes, unknown)
