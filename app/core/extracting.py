"""Finding the sentences of the code for the catalogues (`make words`): Babel's own reading of Python, and two more kinds.

Labels, hints and choices of forms are plain literals, said in the reader's language when the form is made (`core/forms.py`);
the members of an enumeration become words by `core/i18n.py: words`.
"""

import ast
import io
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import IO, Any

from babel.messages.extract import extract_python

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
    yield from _members(tree)
    name = getattr(file, "name", "").rsplit("/", 1)[-1]
    if name.startswith(("forms", "fields")):
        yield from _labels(tree)


def _members(tree: ast.AST) -> Iterator[Found]:
    for kind in ast.walk(tree):
        if isinstance(kind, ast.ClassDef) and any("Enum" in ast.unparse(base) for base in kind.bases):
            for line in kind.body:
                value = line.value if isinstance(line, ast.Assign) else None
                if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value:
                    yield line.lineno, "_", in_english(value.value), []


def _labels(tree: ast.AST) -> Iterator[Found]:
    """Literals that begin like a sentence, but for those that go through gettext already or only describe the code."""
    passed = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"_", "_l", "ngettext", "marked"}:
            passed |= {id(one) for one in ast.walk(node)}
        elif isinstance(node, ast.Expr | ast.JoinedStr):
            passed |= {id(one) for one in ast.walk(node) if isinstance(one, ast.Constant)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in passed:
            text = node.value
            is_name = text.isidentifier() and any(letter.isupper() for letter in text[1:])
            if text[:1].isupper() and not is_name and "%(" not in text:
                yield node.lineno, "_", text, []
