"""The description of the interface: an OpenAPI 3.1 document made from what was declared."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from pydantic.json_schema import models_json_schema

from app.api.idempotency import HEADER, REPLAYED
from app.api.layer import MULTIPART, OPERATIONS, Operation
from app.api.shape import MAX_ID, Problem
from app.core import problems

_PAGE_NAME: Final = re.compile(r"Page_(\w+?)Shape_")
_REF: Final = "#/components/schemas/{model}"
_ABOUT: Final = (
    "What the screens show, for programs. A token acts in the name and with the rights of its owner, or with fewer; columns "
    "it may not see are absent. Amounts are exact decimal text beside their currency, instants are UTC. Lists are read page "
    "by page: send `next` as `after`. A change may carry an Idempotency-Key: sent again, it acts once. A change to a record "
    "that others change too wants its ETag as If-Match."
)
_FILE: Final = {
    "type": "object", "properties": {"file": {"type": "string", "format": "binary"}}, "required": ["file"],
}  # fmt: skip

#: How often a token may ask (draft-ietf-httpapi-ratelimit-headers); absent where the installation sets no limit.
_PACE: Final = {
    "RateLimit-Policy": "How many requests a token may make (q) in how many seconds (w).",
    "RateLimit": "How many are left (r), and in how many seconds all of them are again (t).",
}

#: Nouns in the order they are read.
_TAGS: Final = (
    "People", "Organisations", "Programs", "Goals", "Cohorts", "Members", "Enrolments", "Touches", "Events", "Sessions",
    "Invitations", "Trips", "Executives", "Slots", "Requests", "Meetings", "Policies", "Obligations", "Ledger", "Engagements",
    "Shares", "Reports", "Saved reports", "Runs", "Imports", "Calendar",
)  # fmt: skip


def describe(title: str, version: str, server: str) -> dict[str, Any]:
    """The interface as an OpenAPI 3.1 document."""
    models: list[tuple[Any, Any]] = [(Problem, "serialization")]
    for one in in_order():
        models += [(one.out, "serialization"), *([(one.body, "validation")] if one.body else [])]
    names, schemas = models_json_schema(list(dict.fromkeys(models)), ref_template=_REF)
    paths: dict[str, dict[str, Any]] = {}
    for one in in_order():
        paths.setdefault(one.path, {})[one.method.lower()] = _described(one, names)
    return _named_plainly(
        {
            "openapi": "3.1.0",
            "info": {"title": title, "version": version, "description": _ABOUT},
            "servers": [{"url": server}],
            "tags": [{"name": name} for name in dict.fromkeys(one.tag for one in in_order())],
            "security": [{"token": []}],
            "paths": paths,
            "components": {
                "schemas": schemas["$defs"],
                "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            },
        }
    )


def _named_plainly(document: dict[str, Any]) -> dict[str, Any]:
    """The names of pages of a list as somebody would give them: TripPage."""
    named: dict[str, Any] = json.loads(_PAGE_NAME.sub(r"\1Page", json.dumps(document)))
    return named


def in_order() -> list[Operation]:
    """Everything that was declared, in the order somebody reads it: by noun, a list before its records."""
    return sorted(OPERATIONS, key=_place_of)


def _place_of(one: Operation) -> tuple[int, int, str, str]:
    noun = _TAGS.index(one.tag) if one.tag in _TAGS else len(_TAGS)
    return noun, one.rule.count("/"), one.rule, one.method


def _described(one: Operation, names: Mapping[Any, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": one.name, "summary": one.summary, "tags": [one.tag],
        "description": " ".join(filter(None, (one.more, f"Needs the permission {one.permission}."))),
        "parameters": [*_path_parameters(one), *_query_parameters(one), *_header_parameters(one)],
        "responses": _responses(one, names),
    }  # fmt: skip
    if one.body is not None:
        content = {"application/json": {"schema": names[one.body, "validation"]}}
        found["requestBody"] = {"required": True, "content": content}
    elif one.upload:
        content = {
            kind: {"schema": _FILE if kind == MULTIPART else {"type": "string"}} for kind in one.upload
        }
        found["requestBody"] = {"required": True, "content": content}
    return found


def _responses(one: Operation, names: Mapping[Any, Any]) -> dict[str, Any]:
    headers = {"ETag": "What If-None-Match and If-Match are compared with.", **_PACE}
    if one.is_change:
        headers[REPLAYED] = "“true” when this is the answer of an earlier request with the same key."
    if one.status in (201, 202):
        headers["Location"] = "Where it is."
    responses: dict[str, Any] = {
        str(one.status): {
            "description": problems.title_of(one.status),
            "headers": _headers(headers),
            "content": {one.out.media_type: {"schema": names[one.out, "serialization"]}},
        }
    }
    if not one.is_change:
        responses["304"] = {"description": "What the reader has is still so.", "headers": _headers(headers)}
    for status in one.errors:
        responses[str(status)] = {
            "description": problems.title_of(status),
            "content": {"application/problem+json": {"schema": names[Problem, "serialization"]}},
        }
        if status == 401:
            responses["401"]["headers"] = _headers({"WWW-Authenticate": "How to send a token."})
        if status == 429:
            responses["429"]["headers"] = _headers({"Retry-After": "Seconds to wait.", **_PACE})
    return responses


def _headers(named: Mapping[str, str]) -> dict[str, Any]:
    return {name: {"description": about, "schema": {"type": "string"}} for name, about in named.items()}


def _path_parameters(one: Operation) -> list[dict[str, Any]]:
    schema = {"type": "integer", "minimum": 0, "maximum": MAX_ID}
    return [{"name": name, "in": "path", "required": True, "schema": schema} for name in one.path_parts]


def _header_parameters(one: Operation) -> list[dict[str, Any]]:
    if not one.is_change:
        return [
            _header("If-None-Match", "The ETag of what you have: nothing is sent again while it is still so.")
        ]
    found = [
        _header(
            HEADER,
            "A word of your own for this change: sent again within a day, it acts once.",
            "^[!-~]{1,255}$",
        )
    ]
    if one.is_versioned:
        found.append(_header("If-Match", "The ETag of the record as you read it.", is_required=True))
    return found


def _header(name: str, about: str, pattern: str = "", *, is_required: bool = False) -> dict[str, Any]:
    schema = {"type": "string", **({"pattern": pattern} if pattern else {})}
    return {"name": name, "in": "header", "required": is_required, "description": about, "schema": schema}


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
            **({"description": part["description"]} if "description" in part else {}),
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
