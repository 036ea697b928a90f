"""Decisions about people, without a database."""

from datetime import date

import pytest
from nameparser import HumanName

from app.accounts.models import Role
from app.ledger.models import Category
from app.people import policies
from app.people.names import fold, sort_name_of
from app.people.policies import Traits
from app.travel.models import TravelClass


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Ó Briain", "o briain"),
        ("O'Neil", "oneil"),
        ("O’Neil", "oneil"),
        ("ŁUKASZ Straße", "lukasz strasse"),
        ("İstanbul ışık", "istanbul isik"),
        ("أَمَل", "امل"),
        ("آمِنَة", "امنه"),
        ("王伟", "王伟"),
        ("ＡＭＡＬ", "amal"),
        ("  a\u200f \t b  ", "a b"),
        ("김하나", fold("김하나")),
        ("", ""),
    ],
)
def test_fold_makes_plain_lower_case(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_fold_finds_a_hangul_syllable_inside_a_name() -> None:
    assert fold("하나") in fold("김하나")


@pytest.mark.parametrize("text", ["Ó Briain", "أَمَل الحدّاد", "王伟", "ǅ", "ﬃ", "김하나"])
def test_fold_twice_is_fold_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("name", "is_given_first", "sort_name"),
    [
        ("Ines Moreau", True, "Moreau, Ines"),
        ("Dr I. Moreau", True, "Moreau, I."),
        ("Ludwig van Beethoven", True, "van Beethoven, Ludwig"),
        ("Null", True, "Null"),
        ("Kim Hana", False, "Kim Hana"),
        ("王伟", True, "王伟"),
    ],
)
def test_sort_name_follows_the_order_of_the_name(name: str, is_given_first: bool, sort_name: str) -> None:
    assert sort_name_of(name, is_given_first=is_given_first) == sort_name


@pytest.mark.parametrize(
    "family", ["Moreau", "Ma", "MA", "Jr", "Phd", "Viii", "Ix", "Van", "Müller", "Zöe", "O", "Née"]
)
@pytest.mark.parametrize("given", ["Ines", "Dr", "De", "Van", "Do", "Sheikh", "I", "Åsa", "Abu", "And"])
def test_two_plain_words_are_listed_as_the_parser_would_list_them(given: str, family: str) -> None:
    """The way past the parser for most names gives what the parser gives, with titles, degrees and particles too."""
    parsed = HumanName(f"{given} {family}")
    rest = " ".join(part for part in (parsed.first, parsed.middle, parsed.suffix) if part)
    expected = f"{parsed.last}, {rest}" if parsed.last and parsed.first else f"{given} {family}"
    assert sort_name_of(f"{given} {family}", is_given_first=True) == expected


@pytest.mark.parametrize(
    ("new", "known", "why"),
    [
        (Traits("ines", "i@x.example"), Traits("someone else", "i@x.example"), "same e-mail"),
        (
            Traits("ines", handles=frozenset({"@ines"})),
            Traits("x", handles=frozenset({"@ines"})),
            "same handle @ines",
        ),
        (Traits("ines moreau"), Traits("ines moreau"), "same name"),
        (Traits("moreau ines"), Traits("ines moreau"), "similar name"),
        (
            Traits("ines moreau", country="FR"),
            Traits("inez moreau", country="FR"),
            "similar name, same country",
        ),
        (
            Traits("dr i. moreau", country="FR"),
            Traits("ines moreau", country="FR"),
            "same family name and initial, same country",
        ),
        (Traits("dr i. moreau", country="FR"), Traits("ines moreau", country="CA"), ""),
        (Traits("amal", country="AE"), Traits("kerem", country="AE"), ""),
        (Traits("", ""), Traits("", ""), "same name"),
    ],
)
def test_likeness_says_why_two_may_be_one(new: Traits, known: Traits, why: str) -> None:
    """P3."""
    assert policies.likeness(new, known) == why


@pytest.mark.parametrize(
    ("role", "is_active"),
    [(Role.PARTNER, True), (Role.ASSISTANT, True), (Role.AUDITOR, True), (Role.RELATIONS, False)],
)
def test_owner_must_be_somebody_who_owns_relationships(role: Role, is_active: bool) -> None:
    """P1."""
    with pytest.raises(policies.CannotOwn) as refusal:
        policies.require_may_own(role, is_active, "Sam")
    assert refusal.value.field == "owner_id"


def test_evidence_counts_from_the_day_it_happened_until_it_expires() -> None:
    items = [(date(2026, 1, 1), None), (date(2026, 1, 1), date(2026, 3, 1)), (date(2026, 5, 1), None)]
    days = (date(2025, 12, 31), date(2026, 2, 1), date(2026, 3, 1), date(2026, 5, 1))
    assert [policies.in_force(items, on) for on in days] == [0, 2, 1, 2]


def test_categories_and_classes_are_those_of_the_rooms_above() -> None:
    assert tuple(category.value for category in Category) == policies.VALUE_CATEGORIES
    assert tuple(cls.value for cls in TravelClass) == policies.MAX_CLASSES
