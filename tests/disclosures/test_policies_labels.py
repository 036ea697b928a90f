"""Labels as people really type them: disguised, in the wrong script, far behind, in any width (D5, c28)."""

import pytest

from app.disclosures.models import EVERYWHERE, Medium
from app.disclosures.policies_labels import N_READ, judge_label
from tests.disclosures.test_policies import LONG, version

LABELS = {
    "full-width hash and letters": ("GB", "＃ＡＤ London", "en", "evidenced"),
    "upper case": ("GB", "#AD London", "en", "evidenced"),
    "behind a mark of direction": ("GB", "\u200f#ad London", "en", "evidenced"),
    "behind an emoji of several signs": ("GB", "👩🏽\u200d💻️ #ad London", "en", "evidenced"),
    "zero width inside": ("GB", "#a\u200bd London", "en", "deficient"),
    "zero width behind the hash": ("GB", "#\u200bad London", "en", "evidenced"),
    "soft hyphen inside": ("GB", "#adver\u00adtisement London", "en", "deficient"),
    "struck through": ("GB", "#a\u0336d\u0336 London", "en", "deficient"),
    "an accent over it": ("GB", "#a\u0301d London", "en", "deficient"),
    "Cyrillic letter that looks Latin": ("GB", "#аd London", "en", "deficient"),
    "a Russian word is no label": ("GB", "адская дорога", "en", "missing"),
    "Arabic where English is read": ("GB", "إعلان London", "en", "deficient"),
    "Chinese label in full": ("CN", "【广告】伦敦之行", "zh", "evidenced"),
    "traditional form in China": ("CN", "廣告 伦敦", "zh", "missing"),
    "English tag in China": ("CN", "#ad 伦敦", "zh", "deficient"),
    "accent left out": ("FR", "Publicite : Londres", "fr", "evidenced"),
    "apart from the accent the same": ("FR", "PUBLICITE\u0301 Londres", "fr", "evidenced"),
    "behind the fold": ("US", LONG + "#ad", "en", "deficient"),
    "behind what anybody reads": ("US", "x " * N_READ + "#ad", "en", "missing"),
    "only signs": ("US", "### ... \x00\x00", "en", "missing"),
    "nothing": ("US", "", "en", "missing"),
    "half a pair": ("US", "\ud800 #ad", "en", "evidenced"),
}  # fmt: skip


@pytest.mark.parametrize(("where", "text", "language", "verdict"), LABELS.values(), ids=LABELS)
def test_judge_label_of_what_people_type(where: str, text: str, language: str, verdict: str) -> None:
    """D5, c28."""
    assert judge_label(version(where), Medium.TEXT, text, language).verdict.value == verdict


@pytest.mark.parametrize(
    ("text", "language", "verdict"),
    [("Ad: London", "en", "evidenced"), ("إعلان لندن", "ar", "evidenced"), ("Ad لندن", "ar", "deficient"),
     ("广告 London", "en", "deficient"), ("广告 Ad London", "en", "deficient"), ("Ad 广告 London", "en", "evidenced")],
)  # fmt: skip
def test_a_policy_for_many_asks_for_the_language_of_the_piece(text: str, language: str, verdict: str) -> None:
    """D5: one list for many readers; each label serves only those who can read it."""
    many = version(EVERYWHERE, accepted_labels=("Ad", "إعلان", "广告"))
    assert judge_label(many, Medium.TEXT, text, language).verdict.value == verdict


def test_a_very_long_post_is_judged_by_its_beginning() -> None:
    """Work that grew with the square of the length would not end."""
    long = "#a#a\u0301 " * 400_000
    assert judge_label(version("GB"), Medium.TEXT, long).verdict.value == "missing"
    assert judge_label(version("GB"), Medium.TEXT, f"#ad {long}").verdict.value == "evidenced"
