"""Decisions about programs, without a database."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app.programs import policies
from app.programs.models import Stage
from app.programs.policies import AdmissionFacts, StageFacts

READY = AdmissionFacts(n_goals=1, known_for="private 5G", known_among="engineers", n_evidence=2)


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


BROKEN = "home country is not China (here China)"


@pytest.mark.parametrize(
    ("against", "n_members", "reason", "error"),
    [
        ("", 11, "", None),
        ("", 12, "", policies.CohortIsFull),
        ("", 12, "   ", policies.CohortIsFull),
        ("", 12, "The thirteenth speaks Korean", None),
        (BROKEN, 0, "", policies.RuleSaysNo),
        (BROKEN, 0, "Lives in both places", None),
        (BROKEN, 12, "", policies.RuleSaysNo),
    ],
)
def test_place_needs_the_rule_the_capacity_or_a_reason(
    against: str, n_members: int, reason: str, error: type[Exception] | None
) -> None:
    """P5."""
    if error is None:
        policies.require_place("Wei", against, n_members, 12, reason)
        return
    with pytest.raises(error):
        policies.require_place("Wei", against, n_members, 12, reason)


def test_opt_out_comes_last_and_no_reason_overrides_it() -> None:
    """P4."""
    with pytest.raises(policies.OptedOut, match="asked not to be contacted"):
        policies.require_place("Wei", "", 0, 12, "They said it was fine", is_opted_out=True)


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
