"""How an address of the interface is declared: one decorator that reads, guards, answers and describes itself.

What is declared here is what `describing.py` describes: the same pydantic models read requests and write answers. Errors
are RFC 9457 problem documents; a column a role may not see is absent from its answers (R3).
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import wraps
from http import HTTPStatus
from typing import Annotated, Any, Final

from flask import Blueprint, Response, request
from msgspec import Struct
from pydantic import Field, ValidationError, create_model
from pydantic_core import InitErrorDetails, PydanticCustomError

from app.accounts.access import acting_user, requires
from app.api import idempotency, tags
from app.api.shape import (
    MAX_ID,
    Body,
    Created,
    FieldProblem,
    Id,
    Needs,
    Page,
    PageQuery,
    Problem,
    Query,
    Record,
    Shape,
)
from app.core import problems
from app.core.checked import Checked
from app.core.door import SAFE_METHODS, accepts_upload

__all__ = [
    "ID", "MAX_ID", "OPERATIONS", "Body", "Created", "Id", "Needs", "Operation", "Page", "PageQuery", "Problem", "Query",
    "Record", "Shape", "bp", "changed", "operation", "patch_of", "problem",
]  # fmt: skip

bp = Blueprint("api", __name__, url_prefix="/api/v1")
#: The number of a record in an address.
ID: Final = f"<int(max={MAX_ID}):id>"
MULTIPART: Final = "multipart/form-data"
_PATH_PART = re.compile(r"<int\(.*?\):(\w+)>")
#: What may go wrong at any address, and at any change.
_ALWAYS: Final = frozenset({401, 403, 422, 429})
_AT_CHANGES: Final = frozenset({400, 409, 413})


class Operation(Struct, frozen=True):
    """One address with one method, as the description shows it."""

    rule: str
    method: str
    name: str
    summary: str
    more: str
    permission: str
    out: type[Shape]
    query: type[Query] | None
    body: type[Checked] | None
    #: Media types of a body that is a file and not a document.
    upload: tuple[str, ...]
    #: Whether If-Match must name the version that is changed.
    is_versioned: bool
    status: int
    errors: tuple[int, ...]

    @property
    def path(self) -> str:
        """The address with its variables in braces."""
        return _PATH_PART.sub(r"{\1}", self.rule)

    @property
    def path_parts(self) -> list[str]:
        """The variables of the address."""
        return _PATH_PART.findall(self.rule)

    @property
    def tag(self) -> str:
        """What it is about: the first word of the address."""
        return self.rule.split("/")[1].replace("-", " ").capitalize()

    @property
    def is_change(self) -> bool:
        return self.method not in SAFE_METHODS


OPERATIONS: list[Operation] = []

View = Callable[..., Shape | Created]


def operation(
    rule: str, *, permission: str, out: type[Shape], method: str = "GET", query: type[Query] | None = None,
    body: type[Checked] | None = None, upload: tuple[str, ...] = (), n_bytes: int | None = None,
    is_versioned: bool = False, status: int | None = None,
    errors: Sequence[int] = (),
) -> Callable[[View], View]:  # fmt: skip
    """Put a function under an address: it takes the numbers in the path, and `query=`, `body=`, `content=` where asked for."""

    def declare(view: View) -> View:
        summary, _, more = (view.__doc__ or "").strip().partition("\n")
        good = status or (HTTPStatus.CREATED if method == "POST" else HTTPStatus.OK)
        is_paged = query is not None and issubclass(query, PageQuery)
        told = {*_ALWAYS, *errors, *({404} if "<" in rule or is_paged else ())}
        told |= _AT_CHANGES if method not in SAFE_METHODS else set()
        told |= ({415} if body or upload else set()) | ({412, 428} if is_versioned else set())
        found = Operation(
            rule, method, view.__name__, summary, " ".join(more.split()), permission, out, query, body, upload, is_versioned,
            int(good), tuple(sorted(told)),
        )  # fmt: skip
        OPERATIONS.append(found)

        @requires(permission)
        @wraps(view)
        def answer(**path: int) -> Response:
            return _answer(found, view, path)

        if n_bytes is not None:
            accepts_upload(n_bytes)(answer)
        bp.add_url_rule(rule, endpoint=view.__name__, view_func=answer, methods=[method])
        return view

    return declare


class _Refused(Exception):
    """What was asked cannot be, or what was sent cannot be used once it is put beside what is there."""

    def __init__(self, error: ValidationError) -> None:
        super().__init__(str(error))
        self.error = error


def _answer(operation: Operation, view: View, path: Mapping[str, int]) -> Response:
    given: dict[str, Any] = dict(path)
    if operation.is_versioned:
        tags.require_version_named()
    try:
        query = _query(operation.query or Query)
        if operation.query is not None:
            given["query"] = query
        if (operation.body or operation.upload) and request.mimetype not in _accepted(operation):
            return problem(415, f"Send {' or '.join(_accepted(operation))}, and say so in Content-Type.")
        if operation.body is not None:
            given["body"] = _body(operation.body, request.get_data())
        elif operation.upload:
            content = _content_sent()
            if content is None:
                missing = FieldProblem(field="file", message="Send the file in the part called “file”.")
                return problem(
                    422, "Something in the request cannot be used. Nothing was changed.", [missing]
                )
            given["content"] = content
        return _response(operation, view(**given))
    except _Refused as refused:
        return _refusal(refused.error)
    except ValidationError as error:
        if "body" not in given and operation.body:
            return _refusal(error)
        raise


def _body(kind: type[Checked], document: bytes) -> Checked:
    """What was sent; a name that stands twice in an object is refused, for readers differ in which one counts (RFC 7493, 2.3)."""
    body = kind.model_validate_json(document)
    twice: list[str] = []

    def note(pairs: list[tuple[str, Any]]) -> None:
        twice.extend(name for name, n in Counter(name for name, _value in pairs).items() if n > 1)

    json.loads(document, object_pairs_hook=note, parse_int=str, parse_float=str)
    if twice:
        said = PydanticCustomError("twice", "This stands twice, so nobody can tell which is meant.")
        found: list[InitErrorDetails] = [{"type": said, "loc": (name,), "input": None} for name in twice]
        raise ValidationError.from_exception_data(kind.__name__, found)
    return body


def _query(kind: type[Query]) -> Query:
    """What stands behind the question mark; where nothing may, a word there is refused too, for it was meant to do something."""
    try:
        return kind.model_validate(_arguments())
    except ValidationError as error:
        raise _Refused(error) from None


def _content_sent() -> bytes | None:
    """The file: the body itself, or its part called "file" where it is a form; None when that is missing."""
    if request.mimetype != MULTIPART:
        return request.get_data()
    file = request.files.get("file")
    return file.read() if file is not None else None


def _accepted(operation: Operation) -> tuple[str, ...]:
    return ("application/json",) if operation.body is not None else operation.upload


def _response(operation: Operation, found: Shape | Created) -> Response:
    shape = found.shape if isinstance(found, Created) else found
    document = shape.seen_by(acting_user())
    response = _json(document, operation.status)
    response.mimetype = shape.media_type
    response.headers["Vary"] = "Authorization"
    tag = tags.tag_of(document, shape if isinstance(shape, Record) else None)
    response.headers["ETag"] = tag
    if isinstance(found, Created):
        response.headers["Location"] = found.location
    if operation.is_change:
        idempotency.settle(response)
    elif tags.is_known(tag):
        response.status_code = HTTPStatus.NOT_MODIFIED
        response.set_data(b"")
    return response


def _arguments() -> dict[str, str | list[str]]:
    """The query string; an argument given twice is a list, which no query takes."""
    return {name: values[0] if len(values) == 1 else values for name, values in request.args.lists()}


def _refusal(error: ValidationError) -> Response:
    found = [
        FieldProblem(
            field=".".join(map(str, one["loc"])) or "body",
            message=str(one["msg"]).removeprefix("Value error, "),
        )
        for one in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    is_broken = any(one["type"] == "json_invalid" for one in error.errors(include_context=False))
    if is_broken:
        return problem(400, "This is not JSON.", found)
    return problem(422, "Something in the request cannot be used. Nothing was changed.", found)


def problem(status: int, detail: str, errors: Sequence[FieldProblem] = ()) -> Response:
    """An RFC 9457 document; a status of 400 and more keeps nothing that was written."""
    document = Problem(
        type=problems.type_of(status), title=problems.title_of(status), status=status, detail=detail, errors=list(errors)
    )  # fmt: skip
    response = _json(document.model_dump(mode="json", exclude_defaults=True), status)
    response.mimetype = "application/problem+json"
    return response


def _json(document: Any, status: int) -> Response:
    return Response(json.dumps(document, ensure_ascii=False), status, mimetype="application/json")


# -- changing some fields of a record ------------------------------------------------------------------------


def patch_of(details: type[Checked], name: str, about: str, without: Collection[str] = ()) -> type[Body]:
    """The body of a PATCH: any fields of these details and no other; a field that is not sent stays as it is."""
    fields: dict[str, Any] = {
        field: (Annotated[part.annotation, *part.metadata, _WITHOUT_DEFAULT], None)
        for field, part in details.model_fields.items()
        if field not in without
    }
    return create_model(name, __doc__=about, __base__=Body, **fields)


def _drop_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


_WITHOUT_DEFAULT: Final = Field(json_schema_extra=_drop_default)


def changed(details: type[Checked], present: Mapping[str, Any], body: Body) -> Any:
    """The details of a record with what a PATCH says; refused with its fields when both together cannot be."""
    try:
        return details.model_validate({**present, **body.model_dump(exclude_unset=True)})
    except ValidationError as error:
        raise _Refused(error) from None
