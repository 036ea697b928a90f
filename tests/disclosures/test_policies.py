"""Labels against the lists and placements of real jurisdictions (D5, c28), and which policies apply (D1)."""

from typing import Any

import pytest

from app.disclosures import policies, policies_labels
from app.disclosures.models import EVERYWHERE, LabelVerdict, Medium, Placement, Policy, PolicyVersion
from tests.factories.disclosures import details

LONG = (
    "We spent four days with the engineers who build the radio, and what surprised me about private 5G in ports is this: "
    "it simply works, every day. "
)


def version(jurisdiction: str, number: int = 1, **changes: object) -> PolicyVersion:
    columns = details(jurisdiction, **changes).model_dump(mode="json")
    return PolicyVersion(
        number=number, policy=Policy(name=jurisdiction, jurisdiction=jurisdiction), **columns
    )


LABELS = {
    "UK: #ad first is fine": ("GB", "#ad My days in London", "evidenced", "#ad", "in the first words"),
    "UK: Ad with a colon is fine": ("GB", "AD: my days in London", "evidenced", "Ad", "in the first words"),
    "UK: after an emoji is still first": ("GB", "✈️ #ad London", "evidenced", "#ad", "in the first words"),
    "UK: #gifted is deficient": ("GB", "#gifted My days in London", "deficient", "#gifted", "in the first words"),
    "UK: #spon is deficient": ("GB", "#spon London", "deficient", "#spon", "in the first words"),
    "UK: #ad at the end is deficient": ("GB", "My days in London #ad", "deficient", "#ad", "before the fold"),
    "UK: a word that begins like it is no label": ("GB", "Advice and adventures in London", "missing", "", ""),
    "UK: nothing is missing": ("GB", "My days in London", "missing", "", ""),
    "US: before the fold is fine": ("US", "London! #ad " + LONG, "evidenced", "#ad", "before the fold"),
    "US: after the fold is deficient": ("US", LONG + "#ad", "deficient", "#ad", "after the fold"),
    "US: #partner is deficient": ("US", "#partner London", "deficient", "#partner", "in the first words"),
    "CN: an English tag is deficient": ("CN", "#ad 伦敦之行", "deficient", "#ad", "in the first words"),
    "CN: the Chinese label is fine": ("CN", "伦敦之行 广告", "evidenced", "广告", "before the fold"),
    "CN: nothing is missing": ("CN", "伦敦之行", "missing", "", ""),
    "FR: accents and case do not matter": ("FR", "PUBLICITÉ - Londres", "evidenced", "Publicité", "in the first words"),
    "FR: among the first three tags": ("FR", LONG + "#londres #publicité #5g", "evidenced", "Publicité", "after the fold"),
    "FR: the fourth tag is too late": ("FR", LONG + "#a #b #c #publicité", "deficient", "Publicité", "after the fold"),
    "FR: an English tag is deficient": ("FR", "#ad Londres", "deficient", "#ad", "in the first words"),
}  # fmt: skip


@pytest.mark.parametrize(("where", "text", "verdict", "label", "position"), LABELS.values(), ids=LABELS)
def test_judge_label(where: str, text: str, verdict: str, label: str, position: str) -> None:
    """D5, c28."""
    judged = policies_labels.judge_label(version(where), Medium.TEXT, text, "en")
    assert (judged.verdict.value, judged.label, judged.position) == (verdict, label, position)


def test_judge_label_says_why() -> None:
    gb = version("GB")
    reasons = [
        policies_labels.judge_label(gb, Medium.TEXT, text).reason
        for text in ("#gifted trip", "London #ad", "London", "#ad")
    ]
    assert reasons == [
        "“#gifted” is not accepted for GB; use “Ad”, “#ad”, “Advert”, “Advertisement”.",
        "“#ad” stands before the fold; for GB it must stand in the first words.",
        "There is no label; for GB use “Ad”, “#ad”, “Advert”, “Advertisement”.",
        "“#ad” stands where it must.",
    ]


def test_judge_label_reads_a_latin_label_as_foreign_where_another_script_is_read() -> None:
    """A policy that accepts “Ad” for Chinese readers is a slip; the audience still cannot read it."""
    judged = policies_labels.judge_label(version("CN", accepted_labels=("Ad",)), Medium.TEXT, "Ad 伦敦")
    assert (judged.verdict, judged.reason) == (
        LabelVerdict.DEFICIENT,
        "“Ad” is not a word of the audience, who read zh.",
    )


def test_judge_label_asks_for_the_first_words_where_a_medium_has_no_placement() -> None:
    judged = policies_labels.judge_label(version("CN"), Medium.VIDEO, "伦敦之行 广告")
    assert judged.verdict is LabelVerdict.DEFICIENT


def test_judge_label_of_empty_text_is_missing() -> None:
    assert policies_labels.judge_label(version("GB"), Medium.TEXT, " \n").verdict is LabelVerdict.MISSING


def test_strictest_of_several_wins() -> None:
    """D1."""
    judged = [
        policies_labels.judge_label(version(place), Medium.TEXT, "#ad London") for place in ("GB", "FR")
    ]
    assert policies_labels.strictest(judged) == judged[1]
    assert policies_labels.strictest([]).verdict is LabelVerdict.EVIDENCED


def test_jurisdictions_add_the_union_for_its_members() -> None:
    """D1."""
    assert policies.jurisdictions_of({"fr", "GB"}) == {"FR", "GB", "EU"}
    assert policies.jurisdictions_of({"GB", "AE"}) == {"GB", "AE"}
    assert len(policies.EU_MEMBERS) == 27


def test_applicable_takes_all_specific_policies_or_the_one_for_everywhere() -> None:
    every, gb, old, eu = version(EVERYWHERE), version("GB", 2), version("GB", 1), version("EU")
    assert policies.applicable([every, old, gb, eu], {"FR", "EU", "GB"}) == [eu, gb]
    assert policies.applicable([every, gb], {"AE"}) == [every]
    assert policies.applicable([gb], {"AE"}) == []


UNPUBLISHABLE = {
    "labels": ({"accepted_labels": ()}, "accepted labels"),
    "placement": ({"placement": {}}, "the placement of the label"),
    "language": ({"language": ""}, "the language"),
    "source": ({"sources": ()}, "a source"),
    "triggers": ({"triggers": ()}, "the kinds of value that trigger it"),
    "text": ({"text": " "}, "its text"),
}


@pytest.mark.parametrize(("changes", "words"), UNPUBLISHABLE.values(), ids=UNPUBLISHABLE)
def test_check_publishable_names_what_is_missing(changes: dict[str, Any], words: str) -> None:
    """c26."""
    draft = version("GB", **changes)
    draft.policy.owner_id = 1
    with pytest.raises(policies.PolicyIncomplete) as refused:
        policies.check_publishable(draft)
    assert refused.value.message == f"This version cannot be published yet. It lacks {words}."


def test_check_publishable_names_everything_at_once() -> None:
    """c26: an effective date and an owner as well."""
    draft = version("GB", accepted_labels=(), sources=())
    draft.effective_from_on = None  # type: ignore[assignment]
    with pytest.raises(
        policies.PolicyIncomplete, match="accepted labels; the day it takes effect; an owner; a source"
    ):
        policies.check_publishable(draft)


@pytest.mark.parametrize(
    ("url", "is_fine"),
    [("https://a.example/x", True), ("http://a.example", True), ("javascript:alert(1)", False), ("//a.example", False),
     ("https://", False), ("https://user:pw@a.example", False), ("https://a.example/\x00", False), ("ftp://a.example", False)],
)  # fmt: skip
def test_is_web_address(url: str, is_fine: bool) -> None:
    assert policies.is_web_address(url) is is_fine


def test_every_placement_has_words() -> None:
    assert set(policies_labels.PLACES) == set(Placement)
