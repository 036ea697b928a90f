"""Every word of every form is one the catalogues can say: a label, a hint or a choice nobody finds stays English."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po
from flask import Flask
from wtforms.fields.core import UnboundField

from app.core import catalogues
from app.core.forms import COMMON_CURRENCIES, BaseForm

ROOT = Path(__file__).parents[2]
#: What is the same in every language: currencies, languages by their own name, kinds of file.
NAMES = {*COMMON_CURRENCIES, "中文", "العربية", "CSV"}
#: What a page tells somebody: the reader's language, so never a bare literal.
TELLING = {"refuse", "flash", "_back", "_told"}


def _kinds(of: type) -> Iterator[type]:
    for kind in of.__subclasses__():
        yield kind
        yield from _kinds(kind)


def _literals(field: Any) -> Iterator[str]:
    """The label, the hint and the choices of a field as they are written; what is lazy speaks for itself."""
    choices = field.kwargs.get("choices") or ()
    labels = [getattr(one, "label", None) or one[1] for one in choices] if isinstance(choices, list) else []
    for text in (*field.args[:1], field.kwargs.get("label"), field.kwargs.get("description"), *labels):
        if type(text) is str and re.search(r"[^\W\d_]", text):
            yield text


def test_every_word_of_every_form_is_in_the_catalogue(app: Flask) -> None:
    with catalogues.catalogue_of("fr").open("rb") as file:
        known = {one for message in read_po(file) for one in _forms_of(message.id)}
    kinds = {kind for kind in _kinds(BaseForm) if kind.__module__.startswith("app.")}
    fields = [getattr(kind, name) for kind in kinds for name in dir(kind)]
    said = {text for field in fields if isinstance(field, UnboundField) for text in _literals(field)}
    assert len(kinds) > 100
    assert len(said) > 500
    assert said - known - NAMES == set()


def _forms_of(sentence: Any) -> tuple[str, ...]:
    return sentence if isinstance(sentence, tuple) else (sentence,)


def test_what_a_page_tells_is_said_in_the_language_of_the_reader() -> None:
    bare = [
        text for path in sorted((ROOT / "app").rglob("*.py")) for text in _bare(ast.parse(path.read_text()))
    ]
    assert bare == []


def _bare(module: ast.AST) -> Iterator[str]:
    for call in ast.walk(module):
        if isinstance(call, ast.Call) and ast.unparse(call.func).rpartition(".")[2] in TELLING:
            texts = [one.value for one in call.args if isinstance(one, ast.Constant)]
            yield from (text for text in texts if isinstance(text, str) and text[:1].isupper())
