"""Finding sentences that stand somewhere else than in gettext."""

import io

import pytest

from app.core.extracting import sentences

KEYWORDS = {"_": None, "marked": None}


@pytest.mark.parametrize(
    ("name", "source", "found"),
    [
        ("policies.py", 'WHY = marked("A reason.")', ["A reason."]),
        ("policies.py", 'WORDS = all_marked({"a": "One", "b": "Two"})', ["One", "Two"]),
        ("policies.py", 'WORDS = all_marked({"a": "One " "and a half"})', ["One and a half"]),
        ("policies.py", 'LENT = nouns("thing lent", "things lent")', [("%(num)s thing lent", "%(num)s things lent")]),
        ("merging.py", 'Moves("seat", "seats", ("event_id",))', [("%(num)s seat", "%(num)s seats"), "seat", "Seat"]),
        ("places.py", 'Place("Person", "notes", (Of("person_id"),))', ["Person", "notes"]),
        ("retention.py", 'Policy("Trips", "Wishes.", "the end", 30)', ["Trips", "Wishes.", "the end"]),
        ("permissions.py", 'ALL = {"people:read", "not a right"}', ["People"]),
        ("listing.py", 'class OwnerForm(BaseForm):\n    to = choice("Owner", [])', ["Owner"]),
        ("listing.py", 'COLUMN = column("Owner", [])', []),
        ("forms.py", 'setattr(CardForm, "a", line("Rank", description="1 is first."))', ["Rank", "1 is first."]),
        ("forms.py", '"""Forms."""\nto = choice("Owner", [])\nwhy = marked("Why")', ["Owner", "Why"]),
    ],
)  # fmt: skip
def test_sentences_are_found_where_they_stand(name: str, source: str, found: list[object]) -> None:
    file = io.BytesIO(source.encode())
    file.name = f"app/people/{name}"
    assert sorted(map(str, (one[2] for one in sentences(file, KEYWORDS, (), {})))) == sorted(map(str, found))
