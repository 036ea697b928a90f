"""Cohort rules: every comparison, what is not known, groups, sentences (P5)."""

from typing import Any

import pytest
from pydantic import ValidationError

from app.programs.policies_rules import (
    OPS,
    SHAPES,
    CohortRule,
    Condition,
    Reason,
    RuleField,
    RuleOp,
    explain,
    fits,
    matching,
)
from app.programs.words_rules import words_of_explanation, words_of_reason, words_of_rule

AMAL = {
    RuleField.HOME_COUNTRY: frozenset({"AE"}),
    RuleField.LANGUAGE: frozenset({"ar", "en"}),
    RuleField.KIND: frozenset({"Video blogger"}),
    RuleField.INDEPENDENT: frozenset({"yes"}),
    RuleField.OFFICIAL: frozenset({"no"}),
    RuleField.CHANNEL_PLATFORM: frozenset({"YouTube"}),
    RuleField.AUDIENCE_COUNTRY: frozenset({"AE", "SA"}),
}


def rule(*lines: tuple[str, str, tuple[str, ...]]) -> CohortRule:
    return CohortRule.model_validate(
        {"all": [{"field": about, "op": op, "values": values} for about, op, values in lines]}
    )


@pytest.mark.parametrize(
    ("about", "op", "values", "holds"),
    [
        ("home_country", "is_not", ("CN",), True),
        ("home_country", "is", ("ae",), True),
        ("home_country", "is_not", ("AE", "CN"), False),
        ("language", "any_of", ("fr", "ar"), True),
        ("language", "is", ("fr",), False),
        ("kind", "is", ("video BLOGGER",), True),
        ("independent", "is", ("Yes",), True),
        ("official", "is", ("yes",), False),
        ("channel_platform", "any_of", ("Naver", "YouTube"), True),
        ("audience_country", "any_of", ("PK", "IN"), False),
    ],
)
def test_rule_is_explained_line_by_line(about: str, op: str, values: tuple[str, ...], holds: bool) -> None:
    """P5."""
    reasons = list(explain(rule((about, op, values)), AMAL))
    assert [(reason.condition.field.value, reason.holds) for reason in reasons] == [(about, holds)]


def test_unknown_fact_fails_is_and_passes_is_not() -> None:
    """P5."""
    lines = rule(("home_country", "is", ("AE",)), ("home_country", "is_not", ("CN",)))
    assert [reason.holds for reason in explain(lines, {})] == [False, True]


def test_rule_without_lines_lets_everybody_in() -> None:
    assert (list(explain(CohortRule(), AMAL)), fits(CohortRule(), {})) == ([], True)


@pytest.mark.parametrize(
    "line",
    [
        {"field": "home_country", "op": "is", "values": ["China"]},
        {"field": "home_country", "op": "is", "values": ["CN", "AE"]},
        {"field": "home_country", "op": "is", "values": []},
        {"field": "language", "op": "any_of", "values": ["english"]},
        {"field": "official", "op": "is", "values": ["maybe"]},
        {"field": "shoe_size", "op": "is", "values": ["40"]},
        {"field": "kind", "op": "exec", "values": ["x"]},
    ],
)
def test_rule_line_that_makes_no_sense_is_refused(line: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CohortRule.model_validate({"all": [line]})


def test_reasons_read_as_words() -> None:
    condition = Condition(field=RuleField.HOME_COUNTRY, op=RuleOp.IS_NOT, values=("CN",))
    assert words_of_reason(Reason(condition, ("CN",), False)) == "home country is not China (here China)"
    assert (
        words_of_reason(Reason(condition, (), True))
        == "home country is not China (here not known, which counts as met)"
    )


@pytest.mark.parametrize(
    ("about", "op", "values", "actual", "holds"),
    [
        ("home_country", "any_of", ("034",), {"IN"}, True),
        ("home_country", "is_not", ("034",), {"IN"}, False),
        ("audience_country", "all_of", ("034", "002"), {"PK", "NG"}, True),
        ("audience_country", "all_of", ("034", "002"), {"PK"}, False),
        ("language", "is", ("pt",), {"pt-BR"}, True),
        ("language", "is", ("pt-PT",), {"pt-BR"}, False),
        ("evidence_count", "at_least", ("2",), {"2"}, True),
        ("evidence_count", "at_least", ("2",), {"0"}, False),
        ("silent_days", "at_most", ("30",), {"47"}, False),
        ("known_for", "mentions", ("Private 5G", "mining"), {"private 5g in Mines"}, True),
        ("known_for", "mentions_not", ("mining",), {"private 5G"}, True),
        ("accepts", "all_of", ("gift", "meal"), {"gift", "meal", "lodging"}, True),
        ("stage", "is", ("not_enrolled",), {"not_enrolled"}, True),
        ("owner", "any_of", ("3",), {"3"}, True),
        ("channel_platform", "known", (), {"YouTube"}, True),
        ("channel_platform", "known", (), set(), False),
        ("channel_platform", "not_known", (), set(), True),
    ],
)
def test_every_shape_is_compared_its_own_way(
    about: str, op: str, values: tuple[str, ...], actual: set[str], holds: bool
) -> None:
    facts = {RuleField(about): frozenset(actual)} if actual else {}
    assert fits(rule((about, op, values)), facts) is holds


@pytest.mark.parametrize(
    ("op", "if_unknown", "holds"),
    [
        ("any_of", None, False), ("any_of", "holds", True), ("is_not", None, True), ("is_not", "fails", False),
        ("all_of", None, False), ("known", "holds", False),
    ],
)  # fmt: skip
def test_what_is_not_known_is_said_by_the_line(op: str, if_unknown: str | None, holds: bool) -> None:
    """P5: the default of "is not" is to pass, of everything else to fail; a line may say otherwise."""
    line = Condition.model_validate(
        {"field": "home_country", "op": op, "values": ["CN"], "if_unknown": if_unknown}
    )
    assert fits(CohortRule.of(line), {}) is holds


def test_every_field_has_a_shape_and_every_shape_its_comparisons() -> None:
    assert set(SHAPES) == set(RuleField)
    assert all(OPS[shape] for shape in SHAPES.values())


def test_nothing_declared_can_be_asked_by_a_rule() -> None:
    """P7."""
    assert not {"gender", "declared", "facet", "religion", "disability"} & {
        field.value for field in RuleField
    }


@pytest.mark.parametrize(
    ("top", "countries", "languages", "holds"),
    [
        ("all", {"KE"}, {"ar"}, True), ("all", {"KE"}, {"fr"}, True), ("all", {"KE"}, {"en"}, False),
        ("all", {"CN"}, {"ar"}, False), ("any", {"CN"}, {"ar"}, True), ("any", {"CN"}, {"en"}, False),
    ],
)  # fmt: skip
def test_groups_hold_all_or_any(top: str, countries: set[str], languages: set[str], holds: bool) -> None:
    written = CohortRule.model_validate(
        {
            "match": top,
            "groups": [
                {"lines": [{"field": "home_country", "op": "is_not", "values": ["CN"]}]},
                {
                    "match": "any",
                    "lines": [
                        {"field": "language", "op": "is", "values": ["ar"]},
                        {"field": "language", "op": "is", "values": ["fr"]},
                    ],
                },
            ],
        }
    )
    facts = {RuleField.HOME_COUNTRY: frozenset(countries), RuleField.LANGUAGE: frozenset(languages)}
    found = explain(written, facts)
    assert (found.holds, bool(found.broken), bool(found.carrying)) == (holds, not holds, holds)
    join = " and " if top == "all" else " or "
    assert (
        words_of_rule(written) == f"home country is not China{join}(language is Arabic or language is French)"
    )


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (("home_country", "any_of", ("CN", "JP", "KR")), "home country is China, Japan or South Korea"),
        (("home_country", "is", ("034",)), "home country is Southern Asia"),
        (("evidence_count", "at_least", ("2",)), "pieces of evidence in force: at least 2"),
        (("known_for", "mentions", ("mining",)), "known for mentions mining"),
        (("language", "all_of", ("ar", "en")), "language is Arabic and English"),
        (("official", "is", ("no",)), "public official is no"),
        (("owner", "is", ("7",)), "owner is Mei"),
        (("stage", "is", ("not_enrolled",)), "stage in this program is not enrolled"),
        (("silent_days", "known", ()), "days without a word is known"),
    ],
)
def test_rule_reads_as_a_sentence(line: tuple[str, str, tuple[str, ...]], sentence: str) -> None:
    assert words_of_rule(rule(line), {"7": "Mei"}) == sentence
    assert words_of_rule(CohortRule()) == "everybody"


def test_a_line_says_what_it_makes_of_the_unknown() -> None:
    line = Condition.model_validate(
        {"field": "home_country", "op": "any_of", "values": ["KE"], "if_unknown": "holds"}
    )
    found = explain(CohortRule.of(line), {})
    assert (
        words_of_explanation(found)
        == "home country is Kenya or not known (here not known, which counts as met)"
    )


def test_matching_values_are_those_asked_for() -> None:
    line = Condition(field=RuleField.LANGUAGE, op=RuleOp.ANY_OF, values=("pt",))
    assert matching(Reason(line, ("en", "fr", "pt-BR"), True)) == ("pt-BR",)


@pytest.mark.parametrize(
    "stored",
    [
        {},
        {"all": []},
        {"all": [{"field": "home_country", "op": "is_not", "values": ["CN"]}]},
        {"any": [{"field": "home_country", "op": "is", "values": ["CN"]}]},
        {"match": "all", "groups": []},
    ],
)
def test_rules_stored_as_a_plain_list_are_read(stored: dict[str, Any]) -> None:
    read = CohortRule.model_validate(stored)
    assert CohortRule.model_validate(read.model_dump(mode="json")) == read
