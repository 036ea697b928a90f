"""Finding the sentences of the code for the catalogues (`make words`): Babel's own reading of Python, and more.

Labels, hints and choices of forms are plain literals, said in the reader's language when the form is made (`core/forms.py`);
the members of an enumeration become words by `core/i18n.py: words`.
"""

import ast
import io
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from babel.messages.extract import extract_python

from app.core.extracting_trail import sentences_of_trail
from app.core.i18n import in_english

#: (line, name of the function, sentence or its plural forms, comments), as Babel wants it; its own has a context too.
Found = tuple[Any, ...]


def sentences(
    file: IO[bytes], keywords: Mapping[str, Any], comment_tags: Collection[str], options: Any
) -> Iterable[Found]:
    """Every sentence of one module; Babel finds this function by its name in pyproject.toml."""
    source = file.read()
    yield from extract_python(io.BytesIO(source), keywords, comment_tags, options)
    tree = ast.parse(source)
    for look in (_members, _tables, _nouns, _declared):
        yield from look(tree)
    name = getattr(file, "name", "").rsplit("/", 1)[-1]
    if name == "permissions.py":
        yield from _rooms(tree)
    if getattr(file, "name", "").endswith("app/accounts/audit.py"):
        yield from sentences_of_trail(tree, Path(file.name).parents[1])
    is_all = name.startswith(("forms", "fields"))
    for part in [tree] if is_all else _forms(tree):
        yield from _labels(part)


def _members(tree: ast.AST) -> Iterator[Found]:
    for kind in ast.walk(tree):
        if isinstance(kind, ast.ClassDef) and any("Enum" in ast.unparse(base) for base in kind.bases):
            for line in kind.body:
                value = line.value if isinstance(line, ast.Assign) else None
                if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value:
                    yield line.lineno, "_", in_english(value.value), []


def _rooms(tree: ast.AST) -> Iterator[Found]:
    """The first halves of rights ("people:read") are shown as words."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            room, colon, right = node.value.partition(":")
            if colon and room.isidentifier() and right.isidentifier():
                yield node.lineno, "_", in_english(room), []


def _tables(tree: ast.AST) -> Iterator[Found]:
    """The values of the tables in `all_marked()`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "all_marked":
            table = node.args[0]
            values = table.values if isinstance(table, ast.Dict) else ast.walk(table)
            for value in values:
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    yield value.lineno, "_", value.value, []


#: Declarations whose first so many words are shown: of the places where data is kept, of the rules how long it is kept.
_DECLARED = {"Place": 2, "Policy": 3}


def _declared(tree: ast.AST) -> Iterator[Found]:
    for node in ast.walk(tree):
        n_words = _DECLARED.get(ast.unparse(node.func), 0) if isinstance(node, ast.Call) else 0
        if n_words and isinstance(node, ast.Call):
            for word in node.args[:n_words]:
                if isinstance(word, ast.Constant) and isinstance(word.value, str):
                    yield word.lineno, "_", word.value, []


def _nouns(tree: ast.AST) -> Iterator[Found]:
    """What is counted: `nouns("thing lent", "things lent")`, and the rows that move when records are merged."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"nouns", "Moves"}:
            one, many = (ast.literal_eval(word) for word in node.args[:2])
            yield node.lineno, "ngettext", (f"%(num)s {one}", f"%(num)s {many}"), []
            if len(node.args) > 2:  # of which somebody can have one only, so that one of two is spoken of
                yield from ((node.lineno, "_", said, []) for said in (one, one.capitalize()))


def _forms(tree: ast.AST) -> list[ast.ClassDef]:
    """The forms that stand beside what they are for."""
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    return [kind for kind in classes if any(ast.unparse(base).endswith("Form") for base in kind.bases)]


#: "1 is wished most."
_NUMBERED = re.compile(r"\d+ [a-z]")


def _labels(tree: ast.AST) -> Iterator[Found]:
    """Literals that begin and end like a sentence, but for those that go through gettext already or only describe the code."""
    passed = {
        id(note)
        for node in ast.walk(tree)
        if isinstance(node, ast.AnnAssign | ast.arg) and (note := node.annotation)
    }
    passed |= {id(node.returns) for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {
            "_",
            "_l",
            "ngettext",
            "plural",
            "marked",
            "all_marked",
        }:
            passed |= {id(one) for one in ast.walk(node)}
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            passed.add(id(node.value))
        elif isinstance(node, ast.JoinedStr):
            passed |= {id(one) for one in ast.walk(node) if isinstance(one, ast.Constant)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in passed:
            text = node.value
            is_name = text.isidentifier() and any(letter.isupper() for letter in text[1:])
            begins = text[:1].isupper() or _NUMBERED.match(text)
            if begins and text == text.rstrip() and not is_name and "%(" not in text:
                yield node.lineno, "_", text, []
