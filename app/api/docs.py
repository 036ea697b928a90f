"""What the page about the interface shows beside its description: examples, and what each refusal means."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

#: Status, name and meaning of every refusal there is; the names stand in `core/problems.py`.
REFUSALS: Final = (
    (400, "unreadable", "The body is not JSON, or a header cannot be read."),
    (401, "no-token", "No token, or one that is not known, revoked or over."),
    (403, "not-allowed", "The role of the owner, or the token, does not carry the permission."),
    (404, "not-found", "There is nothing, or it is not the reader's to see: both look the same."),
    (
        405,
        "wrong-method",
        "This address is not used that way; Allow says how. The book is never changed or deleted.",
    ),
    (409, "conflict", "Somebody else changed the same thing in between."),
    (
        409,
        "under-way",
        "The first request with this Idempotency-Key is not answered yet. Ask again in a moment.",
    ),
    (
        412,
        "changed-meanwhile",
        "The record is not the version that was read; “current” holds it as it is now.",
    ),
    (413, "too-large", "The body is larger than this address takes."),
    (415, "wrong-kind", "Another Content-Type is wanted."),
    (422, "refused", "A field cannot be used, or a rule says no. Nothing was changed."),
    (422, "key-reused", "This Idempotency-Key was used for another request."),
    (428, "version-needed", "A change to this record wants its ETag as If-Match."),
    (429, "too-often", "This token asked too often. Retry-After says how long to wait."),
    (500, "fault", "Something broke on our side. Nothing was saved."),
    (503, "out-of-reach", "The database or a part of the machine does not answer. Nothing was saved."),
    (507, "disk-full", "The disk is full. Nothing was saved."),
)

#: One message of a webhook, as its body.
WEBHOOK_EXAMPLE: Final = """\
{"id":"msg_5f0c8d1b7b1e4a7f9a2c3d4e5f60718a","type":"invitation.answered","version":1,
 "occurred_at":"2026-09-17T09:00:00.123456+00:00",
 "object":{"kind":"invitation","id":42,"version":null,"link":"https://rapport.example/api/v1/invitations/42"}}"""
#: How a receiver knows that a message is ours: nothing but Python.
WEBHOOK_CHECK: Final = """\
import base64, hashlib, hmac, time

def is_ours(headers, body, secret):  # body: the bytes as they came, before any parsing
    key = base64.b64decode(secret.removeprefix("whsec_"))
    covered = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body])
    good = base64.b64encode(hmac.new(key, covered, hashlib.sha256).digest()).decode()
    is_fresh = abs(time.time() - int(headers["webhook-timestamp"])) < 300
    sent = [one.partition(",")[2] for one in headers["webhook-signature"].split() if one.startswith("v1,")]
    return is_fresh and any(hmac.compare_digest(good, one) for one in sent)"""

Member = tuple[str, str, Mapping[str, Any]]


def groups_of(found: Mapping[str, Any]) -> dict[str, list[Member]]:
    """The addresses of a description by what they are about: path, method, operation."""
    groups: dict[str, list[Member]] = defaultdict(list)
    for path, methods in found["paths"].items():
        for method, one in methods.items():
            groups[one["tags"][0]].append((path, method, one))
    return dict(groups)


def example_of(found: Mapping[str, Any], path: str, method: str, one: Mapping[str, Any]) -> str:
    """One request as curl writes it; TOKEN stands for a token, and what is needed is there."""
    url = found["servers"][0]["url"] + path.replace("{id}", "1")
    needed = [part for part in one["parameters"] if part["required"]]
    asked = "&".join(f"{part['name']}={_sample(part['schema'])}" for part in needed if part["in"] == "query")
    lines = [
        f"curl -X {method.upper()} '{url}{'?' + asked if asked else ''}'",
        "-H 'Authorization: Bearer TOKEN'",
    ]
    lines += [f"-H '{part['name']}: \"1-1-0a1b2c3d4e5f6071\"'" for part in needed if part["in"] == "header"]
    if method != "get":
        lines.append(f"-H 'Idempotency-Key: {one['operationId'].replace('_', '-')}-0001'")
    for kind, part in one.get("requestBody", {}).get("content", {}).items():
        lines += [
            f"-H 'Content-Type: {kind}'",
            _sent(found, kind, part["schema"], is_patch=method == "patch"),
        ]
        break
    return " \\\n  ".join(lines)


def _sent(found: Mapping[str, Any], kind: str, schema: Mapping[str, Any], *, is_patch: bool) -> str:
    if kind != "application/json":
        return "--data-binary @people.csv"
    body = _body(found, _resolved(found, schema), is_patch=is_patch)
    return f"-d '{json.dumps(body, ensure_ascii=False)}'"


def _body(found: Mapping[str, Any], schema: Mapping[str, Any], *, is_patch: bool = False) -> dict[str, Any]:
    """What has to be said; of a change, one field."""
    parts = schema.get("properties", {})
    names: Sequence[str] = list(parts)[:1] if is_patch else schema.get("required", [])
    return {name: _value(found, parts[name]) for name in names}


def _value(found: Mapping[str, Any], part: Mapping[str, Any]) -> Any:
    plain = _resolved(found, next(iter(part.get("anyOf", [part]))))
    if plain.get("type") == "object":
        return _body(found, plain)
    return [] if plain.get("type") == "array" else _sample(plain)


def _resolved(found: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    inner: Mapping[str, Any] = found["components"]["schemas"][name] if name else schema
    return inner


def _sample(schema: Mapping[str, Any]) -> Any:
    """A value that fits: the first of a list, the first example, else one of its kind."""
    for known in ("enum", "examples"):
        if schema.get(known):
            return next(value for value in schema[known] if value != "")
    by_format = {"date": "2026-09-17", "date-time": "2026-09-17T09:00:00Z"}
    by_type: dict[str, Any] = {"integer": 1, "boolean": True, "number": 1}
    return by_format.get(schema.get("format", "")) or by_type.get(schema.get("type", ""), "…")
