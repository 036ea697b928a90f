"""Every list of the interface, as one user sees it: what `rapport export` writes into open files."""

import json
import re
from collections.abc import Iterator
from typing import Any, get_args

from flask import current_app, g
from msgspec import Struct

from app.accounts import permissions
from app.accounts import queries as accounts
from app.accounts.models import User
from app.api.layer import OPERATIONS, Operation
from app.api.shape import N_MOST, PageQuery, Shape, columns_seen
from app.core.db import db

#: "/events/<int(max=2147483647):id>/sessions": a list below each record of another list.
_BELOW = re.compile(r"(?P<parent>/[a-z/-]+)/<int\([^)]*\):id>/[a-z-]+")
_NUMBER = re.compile(r"<int\([^)]*\):id>")


class Listed(Struct, frozen=True):
    """A list, and whose number it wants to be told: "events-sessions" that of each event."""

    name: str
    operation: Operation
    columns: tuple[str, ...]
    #: The list whose records it is read below, and how that number is called in its lines.
    parent: str = ""
    key: str = ""


class ListRefused(RuntimeError):
    """A list that did not answer as it does over the network: a fault of ours."""


def lists_for(by: User) -> tuple[list[Listed], list[str]]:
    """What a user may read, parents before what lies below them; and the names of what their role may not read."""
    found, refused = [], []
    for operation in OPERATIONS:
        listed = _listed(operation, by)
        if listed is None:
            continue
        if permissions.may(by, operation.permission):
            found.append(listed)
        else:
            refused.append(listed.name)
    ordered: list[Listed] = []
    left = sorted(found, key=lambda one: one.name)
    while ready := [one for one in left if not one.parent or one.parent in {known.name for known in ordered}]:
        ordered += ready
        left = [one for one in left if one not in ready]
    return ordered, sorted([*refused, *(one.name for one in left)])


def _listed(operation: Operation, by: User) -> Listed | None:
    """None for what is no list, or hangs on more than a number (the runs of one report)."""
    if operation.method != "GET" or operation.query is None or not issubclass(operation.query, PageQuery):
        return None
    name = "-".join(part for part in operation.rule.split("/") if part and "<" not in part)
    needed = {key for key, field in operation.query.model_fields.items() if field.is_required()}
    below = _BELOW.fullmatch(operation.rule)
    columns = tuple(columns_seen(_item_of(operation.out), by))
    if below:
        parent = below["parent"].strip("/").replace("/", "-")
        return Listed(name, operation, columns, parent, f"{parent.removesuffix('s')}_id")
    if needed == {"program_id"}:
        return Listed(name, operation, columns, "programs", "program_id")
    return None if needed else Listed(name, operation, columns)


def _item_of(page: type[Shape]) -> type[Shape]:
    item: type[Shape] = get_args(page.model_fields["items"].annotation)[0]
    return item


def rows_of(listed: Listed, user_id: int, parent_id: int | None = None) -> Iterator[dict[str, Any]]:
    """The lines of a list, asked for page by page as over the network: the same code, the same rights."""
    rule, query = listed.operation.rule, {"limit": str(N_MOST)}
    path: dict[str, int] = {}
    if parent_id is not None and _NUMBER.search(rule):
        path, rule = {"id": parent_id}, _NUMBER.sub(str(parent_id), rule)
    elif parent_id is not None:
        query[listed.key] = str(parent_id)
    while True:
        page = _page(listed, f"/api/v1{rule}", query, path, user_id)
        for item in page["items"]:
            yield item if parent_id is None else {listed.key: parent_id, **item}
        if not page["next"]:
            return
        query["after"] = page["next"]


def _page(
    listed: Listed, path: str, query: dict[str, str], numbers: dict[str, int], user_id: int
) -> dict[str, Any]:
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    with app.test_request_context(path, query_string=query):
        g._login_user = accounts.get_user(user_id)
        answer = app.view_functions[f"api.{listed.operation.name}"](**numbers)
        if answer.status_code != 200:
            raise ListRefused(f"{path}: {answer.status_code}")
        found: dict[str, Any] = json.loads(answer.get_data())
        db.session.rollback()  # nothing that was read stays in memory
    return found
