"""Texts and ready words in the person's language, falling back and saying so (D3, c27), and thresholds (c25)."""

from datetime import date

import pytest

from app.core.db import db, transaction
from app.core.money import Money
from app.disclosures import operations, queries
from app.disclosures.policies import PolicyRefused
from tests.factories import disclosures as make
from tests.factories import people

pytestmark = pytest.mark.usefixtures("app")
ON = date(2026, 9, 1)
WORDS = {"lodging": "They paid for my hotel.", "lodging@ar": "دفعوا ثمن فندقي.", "label@ar": "إعلان"}


@pytest.mark.parametrize(
    ("language", "text", "is_asked"),
    [("ar", "إعلان دفعوا ثمن فندقي.", True), ("ar-AE", "إعلان دفعوا ثمن فندقي.", True), ("en", "Ad They paid for my hotel.", True),
     ("fr", "Ad They paid for my hotel.", False), ("", "Ad They paid for my hotel.", False)],
)  # fmt: skip
def test_ready_text_is_in_the_asked_language_or_says_it_is_not(
    language: str, text: str, is_asked: bool
) -> None:
    """D3, J8.5."""
    make.version("*", statements=WORDS, accepted_labels=("Ad", "إعلان"))
    ready = queries.ready_text(people.person(), "lodging", ON, language)[0]
    assert (ready.text, ready.is_in_asked_language) == (text, is_asked)


def test_the_text_to_accept_is_in_the_first_language_it_has() -> None:
    """c27."""
    version = make.version("*", texts={"ar": "قل من دفع.", "fr": "Dites qui a payé."})
    found = [queries.text_for(version, tags)[0] for tags in (["fr-CH"], ["ja", "ar"], ["ja"], [])]
    assert found == ["fr", "ar", "en", "en"]


@pytest.mark.parametrize(
    "words", [{"hotel": "x"}, {"lodging2@fr": "x"}, {"label": "#never"}, {"label@fr": "Publicité"}]
)
def test_ready_words_are_for_known_value_and_labels_accepted(words: dict[str, str]) -> None:
    with pytest.raises(PolicyRefused):
        make.version("*", statements=words)


@pytest.mark.parametrize(
    ("value", "n"),
    [(Money(999, "GBP"), 0), (Money(1000, "GBP"), 1), (Money(1, "USD"), 1), (None, 1)],
)  # fmt: skip
def test_value_below_the_threshold_opens_no_duty(value: Money | None, n: int) -> None:
    """c25: in another currency than the threshold's nothing can be said, so the duty opens."""
    make.version("*", threshold_minor=1000, threshold_currency="GBP")
    person = people.person()
    with transaction():
        opened = operations.open_obligations(db.session.merge(person), 1, "lodging", ON, value=value)
        assert len(opened) == n
