"""The catalogues are complete: French has every sentence, every language those that outsiders meet, with the same placeholders."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.plurals import get_plural
from babel.messages.pofile import read_po
from babel.util import pathmatch
from flask import Flask
from flask_babel import force_locale, gettext, ngettext, pgettext

from app.core import catalogues
from app.core.i18n import LANGUAGES

ROOT = Path(__file__).parents[2]
OTHERS = [language for language in LANGUAGES if language != "en"]
#: What staff read is complete in these; in the others it stands in the catalogue and waits for somebody who translates it.
WHOLE = {"fr"}
_KEYWORDS = DEFAULT_KEYWORDS | {
    "_l": None,
    "lazy_gettext": None,
    "marked": None,
    "plural": (1, 2),
    "lazy_pgettext": ((1, "c"), 2),
}

Id = str | tuple[str, ...]
#: What the sentence is about, where a word means two things, and the sentence or its forms.
Key = tuple[str | None, Id]


@cache
def _settings() -> Any:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]


@cache
def found() -> dict[Key, set[str]]:
    """Every sentence that `make words` finds -> the files it stands in."""
    methods = [
        (pattern, one["method"]) for one in _settings()["babel"]["mappings"] for pattern in one["pattern"]
    ]
    places: dict[Key, set[str]] = defaultdict(set)
    for folder in ("app", "templates"):
        inside = [
            (pattern.removeprefix(f"{folder}/"), method)
            for pattern, method in methods
            if pattern.startswith(folder)
        ]
        for name, _line, message, _comments, context in extract_from_dir(
            ROOT / folder, inside, keywords=_KEYWORDS
        ):
            if message:
                places[context, message].add(f"{folder}/{name}")
    return places


def extracted() -> set[Id]:
    """Every sentence, whatever it is about."""
    return {message for _context, message in found()}


def is_for_outsiders(places: set[str]) -> bool:
    """Whether people outside the company read a sentence that stands in these files."""
    said = _settings()["rapport"]["outsiders"]

    def is_among(patterns: list[str], place: str) -> bool:
        return any(pathmatch(pattern, place) for pattern in patterns)

    return any(is_among(said["read"], one) and not is_among(said["never_read"], one) for one in places)


@cache
def catalogue(language: str) -> Catalog:
    with catalogues.catalogue_of(language).open("rb") as file:
        return read_po(file)


def key_of(message: Message) -> Key:
    return message.context, tuple(message.id) if isinstance(message.id, list | tuple) else message.id


def messages(language: str) -> Iterator[tuple[Message, list[str]]]:
    """Each message with what it is translated by, one for each plural form; what still waits for a translation is left out."""
    for message in catalogue(language):
        if message.id and (language in WHOLE or is_for_outsiders(found()[key_of(message)])):
            said = message.string
            yield message, list(said) if isinstance(said, tuple | list) else [said]


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)s|%(?!\()[^ ]?|\{\w*\}|<[^>]+>", text))


def test_something_is_extracted_from_every_place_that_is_named() -> None:
    """A pattern that matches nothing hides a file that moved."""
    outsiders = _settings()["rapport"]["outsiders"]
    files = [
        str(path.relative_to(ROOT))
        for folder in ("app", "templates")
        for path in (ROOT / folder).rglob("*.*")
    ]
    patterns = [pattern for one in _settings()["babel"]["mappings"] for pattern in one["pattern"]]
    patterns += outsiders["read"] + outsiders["never_read"]
    assert [one for one in patterns if not any(pathmatch(one, name) for name in files)] == []
    assert len(found()) > 9_000
    assert 1_000 < sum(is_for_outsiders(places) for places in found().values()) < 2_000


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_is_in_every_catalogue_and_no_other(language: str) -> None:
    known = {key_of(one) for one in catalogue(language) if one.id}
    assert {one: places for one, places in found().items() if one not in known} == {}
    assert known - set(found()) == set()


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_empty_or_uncertain_and_plurals_agree(language: str) -> None:
    n_forms = get_plural(language).num_plurals
    assert catalogue(language).num_plurals == n_forms
    wrong = [
        one.id
        for one, said in messages(language)
        if one.fuzzy
        or not all(text.strip() for text in said)
        or len(said) != (n_forms if one.pluralizable else 1)
    ]
    assert wrong == []


@pytest.mark.parametrize("language", OTHERS)
def test_placeholders_and_markup_are_those_of_the_sentence(language: str) -> None:
    """In a form for one or two of something the number may be a word."""
    wrong = []
    for one, said in messages(language):
        wanted = placeholders(one.id[-1] if one.pluralizable else one.id)
        spare = {"%(num)s"} if one.pluralizable else set()
        wrong += [(one.id, text) for text in said if placeholders(text) | spare != wanted | spare]
    assert wrong == []


def test_plurals_of_arabic_follow_its_grammar(app: Flask) -> None:
    with app.test_request_context(), force_locale("ar"):
        said = [ngettext("%(num)s minute", "%(num)s minutes", n) for n in (1, 2, 3, 10, 11, 20, 99, 100, 103)]
    assert said == [
        "دقيقة واحدة", "دقيقتان", "3 دقائق", "10 دقائق", "11 دقيقة", "20 دقيقة", "99 دقيقة", "100 دقيقة", "103 دقائق",
    ]  # fmt: skip


def test_french_keeps_its_signs_with_the_word_before() -> None:
    """No line begins with a colon, and no apostrophe is that of a typewriter."""
    loose = [text for _one, said in messages("fr") for text in said if re.search(r" [:;?!»]|« |'", text)]
    assert loose == []


def test_chinese_and_arabic_have_their_own_signs() -> None:
    half_width = [
        text
        for _one, said in messages("zh")
        for text in said
        if re.search(r"[\u4e00-\u9fff] ?[,;?!](\s|$)", text)
    ]
    latin = [
        text for _one, said in messages("ar") for text in said if re.search(r"[\u0600-\u06ff] ?[,;?]", text)
    ]
    assert (half_width, latin) == ([], [])


def test_sentences_without_a_translation_stay_english(app: Flask) -> None:
    with app.test_request_context(), force_locale("fr"):
        assert (gettext("Save"), gettext("No such sentence.")) == ("Enregistrer", "No such sentence.")


def test_one_word_of_english_may_be_two_of_french(app: Flask) -> None:
    with app.test_request_context(), force_locale("fr"):
        assert (gettext("Place"), pgettext("verb", "Place")) == ("Lieu", "Placer")


def test_catalogues_are_compiled_once_and_again_when_they_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = tmp_path / "translations"
    words = sources / "fr" / "LC_MESSAGES" / "messages.po"
    words.parent.mkdir(parents=True)
    words.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Yes"\nmsgstr "Oui"\n'
    )
    monkeypatch.setattr(catalogues, "SOURCES", sources)
    first = catalogues.compiled(tmp_path / "build")
    made = first / "fr" / "LC_MESSAGES" / "messages.mo"
    at = made.stat().st_mtime_ns
    assert (catalogues.compiled(tmp_path / "build"), made.stat().st_mtime_ns) == (first, at)
    words.write_text(words.read_text().replace("Oui", "Si"))
    second = catalogues.compiled(tmp_path / "build")
    assert second != first
    assert b"Si" in (second / "fr" / "LC_MESSAGES" / "messages.mo").read_bytes()
    assert sorted(path.name for path in (tmp_path / "build").iterdir()) == sorted([first.name, second.name])
