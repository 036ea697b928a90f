"""The shape of the code: budgets, one commit, audited operations, no forbidden words."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

APP = Path(__file__).parents[2] / "app"
ROOMS = sorted(
    path.name
    for path in APP.iterdir()
    if (path / "__init__.py").exists() and path.name not in {"core", "demo"}
)


def _modules() -> Iterator[tuple[Path, ast.Module, str]]:
    for path in sorted(APP.rglob("*.py")):
        text = path.read_text()
        yield path, ast.parse(text), text


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def _length(node: ast.FunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_files_functions_and_views_stay_within_their_budgets() -> None:
    over = []
    for path, tree, text in _modules():
        lines = text.count("\n")
        if lines > 400:
            over.append(f"{path.relative_to(APP)}: {lines} lines")
        for function in _functions(tree):
            limit = 20 if path.name.startswith("views") and _is_route(function) else 60
            if _length(function) > limit:
                over.append(
                    f"{path.relative_to(APP)}:{function.lineno} {function.name}: {_length(function)} lines"
                )
    assert over == []


def _is_route(function: ast.FunctionDef) -> bool:
    return any(
        isinstance(mark, ast.Call)
        and isinstance(mark.func, ast.Attribute)
        and mark.func.attr in {"get", "post", "route"}
        for mark in function.decorator_list
    )


def test_every_module_opens_with_a_sentence() -> None:
    silent = [
        str(path.relative_to(APP))
        for path, tree, _ in _modules()
        if not (ast.get_docstring(tree) or "").strip()
    ]
    assert silent == []


def test_there_is_one_commit_in_the_tree() -> None:
    places = [str(path.relative_to(APP)) for path, _, text in _modules() if ".commit()" in text]
    assert places == ["core/db.py"]


def test_nobody_catches_everything_or_reads_the_wall_clock() -> None:
    wrong = []
    for path, _, text in _modules():
        for number, line in enumerate(text.splitlines(), 1):
            if re.search(r"except (Exception|BaseException)\b|except:", line) and path.name not in {"db.py"}:
                wrong.append(f"{path.relative_to(APP)}:{number} {line.strip()}")
            if re.search(r"datetime\.now\(|date\.today\(|utcnow\(", line) and path.name not in {"clock.py"}:
                wrong.append(f"{path.relative_to(APP)}:{number} {line.strip()}")
    assert wrong == []


def test_imports_stand_at_the_head_of_the_file() -> None:
    inline = [
        f"{path.relative_to(APP)}:{node.lineno}"
        for path, tree, _ in _modules()
        for function in _functions(tree)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
        if path.name not in {"pdf_worker.py"}
    ]
    assert inline == []


def test_every_public_operation_records_itself() -> None:
    """A function named in operations*.py with `by` writes an audit line, itself or through one it calls."""
    silent = []
    for room in ROOMS:
        functions: dict[str, ast.FunctionDef] = {}
        others: set[str] = set()
        for path in sorted((APP / room).glob("operations*.py")):
            body = ast.parse(path.read_text()).body
            functions |= {
                function.name: function for function in body if isinstance(function, ast.FunctionDef)
            }
            others |= _operations_imported(body)
        for name, function in functions.items():
            takes_by = any(argument.arg == "by" for argument in function.args.kwonlyargs)
            if not name.startswith("_") and takes_by and not _records(function, functions, others, set()):
                silent.append(f"{room}.{name}")
    assert silent == []


def _operations_imported(body: list[ast.stmt]) -> set[str]:
    """The names under which a file knows operations of other files: `from app.people import operations as people`."""
    return {
        alias.asname or alias.name
        for node in body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name.startswith("operations")
    }


def _records(
    function: ast.FunctionDef, known: dict[str, ast.FunctionDef], others: set[str], seen: set[str]
) -> bool:
    seen.add(function.name)
    for node in ast.walk(function):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        is_operation = called.partition(".")[0] in others and any(word.arg == "by" for word in node.keywords)
        if called.startswith("audit.record") or is_operation:
            return True
        inner = called.rsplit(".", 1)[-1]
        if inner in known and inner not in seen and _records(known[inner], known, others, seen):
            return True
    return False


def test_relationships_point_down() -> None:
    """No models file reaches into a package on the same floor or above; import-linter proves the rest."""
    for path in sorted(APP.glob("*/models.py")):
        assert "backref" not in path.read_text(), path


def test_no_room_has_a_drawer_for_leftovers() -> None:
    banned = {"utils.py", "helpers.py", "common.py", "manager.py", "data.py", "info.py", "misc.py"}
    assert [str(path.relative_to(APP)) for path in APP.rglob("*.py") if path.name in banned] == []
