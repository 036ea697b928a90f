"""How an address of the interface is declared: one decorator that reads, guards, answers and describes itself.

The description is OpenAPI 3.1, made from the same pydantic models that read requests and write answers. Errors are
RFC 9457 problem documents; a column a role may not see is absent from its answers (R3).
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, wraps
from http import HTTPStatus
from typing import Any, ClassVar, Final, get_args

from flask import Blueprint, Response, request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.json_schema import models_json_schema

from app.accounts import permissions
from app.accounts.access import acting_user, requires
from app.accounts.models import User

#: Numbers of records fit into 32 bits; greater ones cannot exist.
MAX_ID: Final = 2**31 - 1
_REF: Final = "#/components/schemas/{model}"
_PATH_PART = re.compile(r"<int\(.*?\):(\w+)>")


@dataclass(frozen=True, slots=True)
class Needs:
    """Marks a field of a shape: absent unless the reader's role has this permission."""

    permission: str


class Shape(BaseModel):
    """What an answer may hold: a field that is not listed in a shape stays inside, whatever a table gains."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    media_type: ClassVar[str] = "application/json"

    def seen_by(self, by: User) -> Any:
        """The JSON-able document, without the columns `by` may not see."""
        return self.model_dump(mode="json", exclude=_hidden(type(self), permissions.rights_of(by)))


class Query(BaseModel):
    """What may stand behind the question mark; anything else is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Problem(Shape):
    """An error as RFC 9457 writes it; `errors` names the fields, where there are any."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list["FieldProblem"] = Field(default_factory=list)


class FieldProblem(Shape):
    """One field that was refused, and why."""

    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Created:
    """An answer that tells of something new, and where it is."""

    shape: Shape
    location: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One address with one method, as the description shows it."""

    rule: str
    method: str
    name: str
    summary: str
    permission: str
    out: type[Shape]
    query: type[Query] | None
    body: type[BaseModel] | None
    status: int
    errors: tuple[int, ...]

    @property
    def path(self) -> str:
        """The address with its variables in braces."""
        return _PATH_PART.sub(r"{\1}", self.rule)


OPERATIONS: list[Operation] = []

View = Callable[..., Shape | Created]


def operation(
    bp: Blueprint, rule: str, *, permission: str, out: type[Shape], method: str = "GET", query: type[Query] | None = None,
    body: type[BaseModel] | None = None, errors: Sequence[int] = (),
) -> Callable[[View], View]:  # fmt: skip
    """Put a function under an address: it takes the numbers in the path, and `query=` and `body=` where asked for."""

    def declare(view: View) -> View:
        summary = (view.__doc__ or "").strip().splitlines()[0]
        status = HTTPStatus.CREATED if body is not None else HTTPStatus.OK
        known = {403, 429, *errors, *((404,) if "<" in rule else ()), *((422,) if query or body else ())}
        told = tuple(sorted(known | ({400, 415} if body else set())))
        found = Operation(
            rule, method, view.__name__, summary, permission, out, query, body, int(status), told
        )
        OPERATIONS.append(found)

        @requires(permission)
        @wraps(view)
        def answer(**path: int) -> Response:
            return _answer(found, view, path)

        bp.add_url_rule(rule, endpoint=view.__name__, view_func=answer, methods=[method])
        return view

    return declare


def _answer(operation: Operation, view: View, path: Mapping[str, int]) -> Response:
    given: dict[str, Any] = dict(path)
    try:
        if operation.query is not None:
            given["query"] = operation.query.model_validate(_arguments())
        if operation.body is not None:
            if request.mimetype != "application/json":
                return problem(415, "Send JSON, with the header Content-Type: application/json.")
            given["body"] = operation.body.model_validate_json(request.get_data())
    except ValidationError as error:
        return _refusal(error)
    found = view(**given)
    shape = found.shape if isinstance(found, Created) else found
    response = _json(shape.seen_by(acting_user()), operation.status)
    response.mimetype = shape.media_type
    if isinstance(found, Created):
        response.headers["Location"] = found.location
    response.headers["Vary"] = "Authorization"
    return response


def _arguments() -> dict[str, str | list[str]]:
    """The query string; an argument given twice is a list, which no query takes."""
    return {name: values[0] if len(values) == 1 else values for name, values in request.args.lists()}


def _refusal(error: ValidationError) -> Response:
    problems = [
        FieldProblem(
            field=".".join(map(str, one["loc"])) or "body",
            message=str(one["msg"]).removeprefix("Value error, "),
        )
        for one in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    is_broken = any(one["type"] == "json_invalid" for one in error.errors(include_context=False))
    if is_broken:
        return problem(400, "This is not JSON.", problems)
    return problem(422, "Something in the request cannot be used. Nothing was changed.", problems)


def problem(status: int, detail: str, errors: Sequence[FieldProblem] = ()) -> Response:
    """An RFC 9457 document; a status of 400 and more keeps nothing that was written."""
    document = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, errors=list(errors))
    response = _json(document.model_dump(mode="json"), status)
    response.mimetype = "application/problem+json"
    return response


def _json(document: Any, status: int) -> Response:
    return Response(json.dumps(document, ensure_ascii=False), status, mimetype="application/json")


# -- columns a role may not see ----------------------------------------------------------------------------


@cache
def _hidden(shape: type[BaseModel], rights: frozenset[str]) -> dict[str, Any]:
    """What `model_dump` leaves out for a reader: fields they lack the permission for, in nested shapes as well."""
    found: dict[str, Any] = {}
    for name, field in shape.model_fields.items():
        needed = [mark.permission for mark in field.metadata if isinstance(mark, Needs)]
        if not rights.issuperset(needed):
            found[name] = True
            continue
        inner, is_list = _shape_in(field.annotation)
        below = _hidden(inner, rights) if inner is not None else {}
        if below:
            found[name] = {"__all__": below} if is_list else below
    return found


def _shape_in(annotation: Any) -> tuple[type[BaseModel] | None, bool]:
    """The shape inside `X`, `X | None` or `list[X]`, and whether it is a list."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, False
    for part in get_args(annotation):
        inner, is_list = _shape_in(part)
        if inner is not None:
            return inner, is_list or getattr(annotation, "__origin__", None) is list
    return None, False


# -- the description ---------------------------------------------------------------------------------------


def describe(title: str, version: str, server: str) -> dict[str, Any]:
    """The interface as an OpenAPI 3.1 document."""
    models: list[tuple[Any, Any]] = [(Problem, "serialization")]
    for one in OPERATIONS:
        models += [(one.out, "serialization"), *([(one.body, "validation")] if one.body else [])]
    names, schemas = models_json_schema(list(dict.fromkeys(models)), ref_template=_REF)
    paths: dict[str, dict[str, Any]] = {}
    for one in OPERATIONS:
        paths.setdefault(one.path, {})[one.method.lower()] = _described(one, names)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version, "description": _ABOUT},
        "servers": [{"url": server}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


_ABOUT: Final = (
    "What the screens show, for programs. A token acts in the name and with the rights of its owner; columns the role "
    "may not see are absent. Amounts are exact decimal text beside their currency, instants are UTC."
)


def _described(one: Operation, names: Mapping[Any, Any]) -> dict[str, Any]:
    responses = {
        str(one.status): {
            "description": HTTPStatus(one.status).phrase,
            "content": {one.out.media_type: {"schema": names[one.out, "serialization"]}},
        }
    }
    for status in one.errors:
        responses[str(status)] = {
            "description": HTTPStatus(status).phrase,
            "content": {"application/problem+json": {"schema": names[Problem, "serialization"]}},
        }
    found: dict[str, Any] = {
        "operationId": one.name, "summary": one.summary, "description": f"Needs the permission {one.permission}.",
        "parameters": [*_path_parameters(one), *_query_parameters(one)], "responses": responses,
    }  # fmt: skip
    if one.body is not None:
        content = {"application/json": {"schema": names[one.body, "validation"]}}
        found["requestBody"] = {"required": True, "content": content}
    return found


def _path_parameters(one: Operation) -> list[dict[str, Any]]:
    schema = {"type": "integer", "minimum": 0, "maximum": MAX_ID}
    return [
        {"name": name, "in": "path", "required": True, "schema": schema}
        for name in _PATH_PART.findall(one.rule)
    ]


def _query_parameters(one: Operation) -> list[dict[str, Any]]:
    if one.query is None:
        return []
    schema = one.query.model_json_schema(ref_template=_REF)
    required = schema.get("required", [])
    return [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            "schema": _inlined(part, schema.get("$defs", {})),
        }
        for name, part in schema["properties"].items()
    ]


def _inlined(part: dict[str, Any], defs: Mapping[str, Any]) -> dict[str, Any]:
    """A parameter's own schema: references resolved, "or null" taken away, for nothing in a URL is null."""
    options = [option for option in part.get("anyOf", []) if option.get("type") != "null"]
    plain = {**part, **options[0]} if len(options) == 1 else dict(part)
    plain.pop("anyOf", None)
    reference = plain.pop("$ref", "")
    if reference:
        plain = {**defs[reference.rsplit("/", 1)[-1]], **plain}
    if plain.get("default", "") is None:
        plain.pop("default")
    return plain
