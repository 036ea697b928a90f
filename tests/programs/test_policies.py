"""Decisions about programs, without a database."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from app.programs import policies
from app.programs.models import Stage
from app.programs.policies import AdmissionFacts, CohortRule, Condition, Reason, RuleField, RuleOp, StageFacts

AMAL = {
    RuleField.HOME_COUNTRY: frozenset({"AE"}),
    RuleField.LANGUAGE: frozenset({"ar", "en"}),
    RuleField.KIND: frozenset({"Video blogger"}),
    RuleField.INDEPENDENT: frozenset({"yes"}),
    RuleField.OFFICIAL: frozenset({"no"}),
    RuleField.CHANNEL_PLATFORM: frozenset({"YouTube"}),
    RuleField.AUDIENCE_COUNTRY: frozenset({"AE", "SA"}),
}
READY = AdmissionFacts(n_goals=1, known_for="private 5G", known_among="engineers", n_evidence=2)


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
    reasons = policies.explain(rule((about, op, values)), AMAL)
    assert [(reason.condition.field.value, reason.holds) for reason in reasons] == [(about, holds)]


def test_unknown_fact_fails_is_and_passes_is_not() -> None:
    """P5."""
    lines = rule(("home_country", "is", ("AE",)), ("home_country", "is_not", ("CN",)))
    assert [reason.holds for reason in policies.explain(lines, {})] == [False, True]


def test_rule_without_lines_lets_everybody_in() -> None:
    assert (policies.explain(CohortRule(), AMAL), policies.fits(CohortRule(), {})) == ([], True)


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
    assert policies.words_of_reason(Reason(condition, ("CN",), False)) == "home country is not CN (here CN)"
    assert policies.words_of_reason(Reason(condition, (), True)) == "home country is not CN (here not known)"


@pytest.mark.parametrize(
    ("refused", "words"),
    [
        ([], "0 of 12"),
        ([("Wei", "CN")], "0 of 12; 1 refused (Wei, CN), override needs a reason"),
        ([("A", "CN")] * 4, "0 of 12; 4 refused (A, CN; A, CN; A, CN …), override needs a reason"),
    ],
)
def test_places_read_as_in_the_journey(refused: list[tuple[str, str]], words: str) -> None:
    """J1.2."""
    assert policies.words_of_places(0, 12, refused) == words


NOT_CHINA = Condition(field=RuleField.HOME_COUNTRY, op=RuleOp.IS_NOT, values=("CN",))
BROKEN = [Reason(NOT_CHINA, ("CN",), False)]


@pytest.mark.parametrize(
    ("broken", "n_members", "reason", "error"),
    [
        ([], 11, "", None),
        ([], 12, "", policies.CohortIsFull),
        ([], 12, "   ", policies.CohortIsFull),
        ([], 12, "The thirteenth speaks Korean", None),
        (BROKEN, 0, "", policies.RuleSaysNo),
        (BROKEN, 0, "Lives in both places", None),
        (BROKEN, 12, "", policies.RuleSaysNo),
    ],
)
def test_place_needs_the_rule_the_capacity_or_a_reason(
    broken: list[Reason], n_members: int, reason: str, error: type[Exception] | None
) -> None:
    """P5."""
    if error is None:
        policies.require_place("Wei", broken, n_members, 12, reason)
        return
    with pytest.raises(error):
        policies.require_place("Wei", broken, n_members, 12, reason)


@pytest.mark.parametrize(
    ("facts", "missing"),
    [
        (READY, []),
        (
            AdmissionFacts(0, "", "", 0),
            ["The program has a goal", "Known for something, among somebody", "Two dated pieces of evidence"],
        ),
        (AdmissionFacts(1, "5G", "  ", 2), ["Known for something, among somebody"]),
        (AdmissionFacts(1, "5G", "engineers", 1), ["Two dated pieces of evidence"]),
    ],
)
def test_admission_names_everything_that_is_missing(facts: AdmissionFacts, missing: list[str]) -> None:
    """G1."""
    assert [test.label for test in policies.admission_tests(facts) if not test.is_done] == missing


def test_admission_needs_a_rationale() -> None:
    """G1."""
    policies.require_admissible("Amal", READY, "Teaches engineers")
    with pytest.raises(policies.NotAdmitted) as refusal:
        policies.require_admissible("Amal", READY, "  ")
    assert refusal.value.field == "fit_rationale"


def facts(**changes: Any) -> StageFacts:
    known: dict[str, Any] = {
        "admission": READY, "is_opted_out": False, "is_official": False, "official_reason": "", "has_contact_route": True,
    }  # fmt: skip
    return StageFacts(**(known | changes))


@pytest.mark.parametrize(
    ("current", "wanted", "known", "reason", "n_problems"),
    [
        (Stage.IDENTIFIED, Stage.VETTED, facts(), "", 0),
        (Stage.IDENTIFIED, Stage.VETTED, facts(admission=AdmissionFacts(1, "5G", "engineers", 1)), "", 1),
        (Stage.IDENTIFIED, Stage.VETTED, facts(is_official=True), "", 1),
        (Stage.IDENTIFIED, Stage.VETTED, facts(is_official=True, official_reason="state university"), "", 0),
        (Stage.IDENTIFIED, Stage.ACTIVE, facts(), "", 1),
        (Stage.IDENTIFIED, Stage.IDENTIFIED, facts(), "", 1),
        (Stage.VETTED, Stage.INVITED, facts(), "", 0),
        (Stage.VETTED, Stage.INVITED, facts(is_opted_out=True, has_contact_route=False), "", 2),
        (Stage.INVITED, Stage.ACTIVE, facts(), "", 0),
        (Stage.ACTIVE, Stage.DORMANT, facts(), "", 1),
        (Stage.ACTIVE, Stage.DORMANT, facts(), "No answer for a year", 0),
        (Stage.DECLINED, Stage.VETTED, facts(), "", 0),
    ],
)
def test_stage_is_entered_when_its_tests_hold(
    current: Stage, wanted: Stage, known: StageFacts, reason: str, n_problems: int
) -> None:
    assert len(policies.stage_problems(current, wanted, known, reason)) == n_problems


def test_every_stage_can_be_left() -> None:
    assert set(policies.NEXT_STAGES) == set(Stage)
    assert all(policies.NEXT_STAGES.values())


def test_goal_is_after_names_only_when_written_later() -> None:
    """G1."""
    noon, one = datetime(2026, 9, 1, 12, tzinfo=UTC), datetime(2026, 9, 1, 13, tzinfo=UTC)
    pairs = ((one, noon), (noon, noon), (noon, one), (noon, None))
    assert [policies.is_after_names(*pair) for pair in pairs] == [True, False, False, False]
