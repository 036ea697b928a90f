"""G3: everything that contacts a person passes one function; nothing else writes a contact down or mails a person."""

import ast
from collections.abc import Iterator
from pathlib import Path

APP = Path(__file__).parents[2] / "app"

#: Who may put a mail into the outbox, and why the guard is not passed by.
MAILS = {
    "accounts/telling.py:_mail": "to users about their own sign-in: the guard is about the people we relate to",
    "outreach/operations_letters.py:_queue": "held; `release_letter` weighs it and is the only way out",
    "outreach/operations_mail.py:mail_person": "records the contact first, which weighs it",
    "outreach/operations_mail.py:mail_helper": "to those who work for us: the guard is about the people we relate to",
}
#: Who may let a held mail go.
RELEASES = {
    "outreach/operations_letters.py:release_letter": "after `record_touch`",
    "outreach/operations_letters.py:release_mail": "hands a letter to `release_letter`; other mail was weighed when written",
    "notices/operations.py:send_again": "a mail that was given up: it was weighed when it first left",
}


def _calls(name: str) -> Iterator[str]:
    """Where something is called, as file:function."""
    for path in sorted(APP.rglob("*.py")):
        if "core" in path.relative_to(APP).parts:
            continue
        for function in ast.walk(ast.parse(path.read_text())):
            if not isinstance(function, ast.FunctionDef):
                continue
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and _called(node) == name:
                    yield f"{path.relative_to(APP)}:{function.name}"


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _outbox_calls(name: str) -> set[str]:
    found = set()
    for place in _calls(name):
        path, function = place.split(":")
        body = next(
            node
            for node in ast.walk(ast.parse((APP / path).read_text()))
            if isinstance(node, ast.FunctionDef) and node.name == function
        )
        said = {ast.unparse(node.func) for node in ast.walk(body) if isinstance(node, ast.Call)}
        if f"outbox.{name}" in said:
            found.add(place)
    return found


def test_mail_to_people_is_queued_in_listed_places_only() -> None:
    assert set(_calls("queue_mail")) == set(MAILS)


def test_held_mail_is_let_go_in_listed_places_only() -> None:
    assert _outbox_calls("release") == set(RELEASES)


def test_only_the_outbox_speaks_to_mail_servers() -> None:
    speakers = [str(path.relative_to(APP)) for path in APP.rglob("*.py") if "smtplib" in path.read_text()]
    assert speakers == ["core/mail.py"]


def test_a_touch_is_made_by_one_function() -> None:
    """No other constructor, and no insert around it; reading an inbound mailbox goes through it too."""
    assert set(_calls("Touch")) == {"outreach/operations_touches.py:record_touch"}
    inserts = [
        str(path.relative_to(APP))
        for path in APP.rglob("*.py")
        if "insert(Touch" in path.read_text() or "insert(touch" in path.read_text()
    ]
    assert inserts == []


def test_the_one_function_weighs_under_lock_before_it_writes() -> None:
    tree = ast.parse((APP / "outreach" / "operations_touches.py").read_text())
    functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    calls = [_called(node) for node in _in_order(functions["record_touch"])]
    assert calls.index("_weighed") < calls.index("_require_contact") < calls.index("Touch")
    weighing = ast.unparse(functions["_weighed"])
    assert "is_locked=True" in weighing
    assert "policies.weigh(" in weighing
    assert "ContactStopped" in ast.unparse(functions["_require_contact"])


def _in_order(function: ast.FunctionDef) -> list[ast.Call]:
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
    return sorted(calls, key=lambda node: (node.lineno, node.col_offset))


def test_there_is_one_verdict() -> None:
    """The verdict is decided in one place, and asked for by the reads and the one write of this room."""
    makers = {place.split(":")[0] for place in _calls("ContactVerdict")}
    assert makers == {"outreach/policies.py"}
    askers = {place.split(":")[0] for place in _calls("weigh") if place.startswith("outreach/")}
    assert askers == {"outreach/operations_touches.py", "outreach/queries.py", "outreach/queries_plans.py"}


def test_only_wishes_change_wishes() -> None:
    """P4: no other code writes the tables of what a person wants."""
    makers = {place.split(":")[0] for name in ("ContactWish", "ChannelWish") for place in _calls(name)}
    assert makers == {"outreach/operations_wishes.py"}
