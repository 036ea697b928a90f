"""The words of the audit trail for the catalogues: its actions, columns and kinds of records stand as names all over the code.

They are found when `app/accounts/audit.py` is read, which says what names that are put together can become.
"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from app.core.i18n import action_in_english, column_in_english, in_english

#: What writes into the trail; its first argument is the action.
_RECORDING = {"audit.record", "audit.record_added", "audit.record_event"}
#: What writes into it for other rooms, and where the action stands among what it takes.
_TAKING = {"operations_choices.choose": 2}
#: What a mapped attribute may be without being a column.
_NO_COLUMNS = {"relationship", "composite", "association_proxy", "synonym"}


class Unnamed(Exception):
    """A name of the trail that cannot be read from the code and that `COMPOSED` does not declare."""


class Names(NamedTuple):
    """What the trail can say: actions ("people.person_added"), columns ("kind_id"), kinds of records ("person")."""

    actions: frozenset[str]
    columns: frozenset[str]
    kinds: frozenset[str]


def sentences_of_trail(tree: ast.Module, app: Path) -> Iterator[tuple[int, str, Any, list[str]]]:
    """Every word of the trail as a sentence of `tree`, the module that declares `COMPOSED`."""
    names = names_of_trail(app, tables_of(tree))
    words = {
        "trail": map(action_in_english, names.actions),
        "column": map(column_in_english, names.columns),
        "record": map(in_english, names.kinds),
        "room": (in_english(action.partition(".")[0]) for action in names.actions),
    }
    for about, found in words.items():
        for word in sorted(set(found)):
            yield 1, "pgettext", (about, word), []


def tables_of(tree: ast.Module) -> dict[str, Any]:
    """What the module of the trail declares about its names: `COMPOSED`, and the columns it never writes down."""
    found = {}
    for node in tree.body:
        if isinstance(node, ast.AnnAssign | ast.Assign) and node.value is not None:
            name = ast.unparse(node.target if isinstance(node, ast.AnnAssign) else node.targets[0])
            if name in {"COMPOSED", "_UNTOLD"}:
                value = node.value.args[0] if isinstance(node.value, ast.Call) else node.value
                found[name] = ast.literal_eval(value)
    return found


def names_of_trail(app: Path, declared: Mapping[str, Any]) -> Names:
    """Everything the modules below `app` can write into the trail. Unnamed where they do not say what that is."""
    actions, columns, kinds = set[str](), set[str](), set[str]()
    for file in sorted(app.rglob("*.py")):
        source = file.read_text()
        if not any(one in source for one in ("audit.", "__tablename__", "Mapped[", *_TAKING)):
            continue
        tree = ast.parse(source)
        module = _Module(tree, declared["COMPOSED"], file)
        actions |= module.actions()
        kinds |= module.kinds()
        columns |= set(_columns(tree))
    return Names(frozenset(actions), frozenset(columns - declared["_UNTOLD"]), frozenset(kinds))


class _Module:
    """One module that may write into the trail, itself or through functions of its own that take an `action`."""

    def __init__(self, tree: ast.AST, composed: Mapping[str, tuple[str, ...]], file: Path) -> None:
        self.tree, self.composed, self.file = tree, composed, file
        self.calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        self.functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]

    def actions(self) -> set[str]:
        found = set[str]()
        takers = dict.fromkeys(_RECORDING, 0) | _TAKING | self._own_takers()
        for call in self.calls:
            place = takers.get(ast.unparse(call.func))
            if place is not None:
                found |= self._read(_argument(call, place, "action"))
        return found

    def kinds(self) -> set[str]:
        found = set[str]()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__tablename__":
                found |= self._read(node.value)
        for call in self.calls:
            if ast.unparse(call.func) == "audit.record_event":
                found |= self._read(_argument(call, 1, "kind"))
        return found

    def _own_takers(self) -> dict[str, int]:
        """Functions of the module with an `action` that they record, and where it stands among what they take."""
        found = {}
        for one in self.functions:
            taken = [arg.arg for arg in one.args.args]
            inside = [call for call in ast.walk(one) if isinstance(call, ast.Call)]
            if "action" in taken and any(ast.unparse(call.func) in _RECORDING for call in inside):
                found[one.name] = taken.index("action")
        return found

    def _read(self, value: ast.expr | None) -> set[str]:
        """The names an expression can be; `action` itself is read where the function is called."""
        if isinstance(value, ast.Constant):
            return {str(value.value)}
        if isinstance(value, ast.IfExp):
            return self._read(value.body) | self._read(value.orelse)
        if isinstance(value, ast.Name) and value.id == "action":
            return set()
        pattern = self._pattern(value)
        if pattern not in self.composed:
            raise Unnamed(
                f"{self.file}: say in COMPOSED of app/accounts/audit.py what {pattern!r} can become"
            )
        return {pattern.replace("*", one) if "*" in pattern else one for one in self.composed[pattern]}

    def _pattern(self, value: ast.expr | None) -> str:
        """f"travel.{kind}_exported" as "travel.*_exported"; anything else as it is written, after its room."""
        if isinstance(value, ast.JoinedStr):
            return "".join(str(one.value) if isinstance(one, ast.Constant) else "*" for one in value.values)
        return f"{self.file.parent.name}.{value and ast.unparse(value)}"


def _argument(call: ast.Call, place: int, name: str) -> ast.expr | None:
    named = next((one.value for one in call.keywords if one.arg == name), None)
    return named or (call.args[place] if len(call.args) > place else None)


def _columns(tree: ast.AST) -> Iterator[str]:
    """The columns of every class of a module: annotated, under a name of their own within another, or made for each heir."""
    for kind in ast.walk(tree):
        for line in kind.body if isinstance(kind, ast.ClassDef) else ():
            if isinstance(line, ast.AnnAssign) and ast.unparse(line.annotation).startswith("Mapped["):
                calls = [node for node in ast.walk(line) if isinstance(node, ast.Call)]
                if not calls or ast.unparse(calls[0].func) not in _NO_COLUMNS:
                    yield ast.unparse(line.target)
                yield from (name for call in calls[1:] for name in _named_column(call))
            elif isinstance(line, ast.FunctionDef) and "mapped_column(" in ast.unparse(line):
                yield line.name


def _named_column(call: ast.Call) -> Iterator[str]:
    if ast.unparse(call.func) == "mapped_column" and call.args and isinstance(call.args[0], ast.Constant):
        yield str(call.args[0].value)
