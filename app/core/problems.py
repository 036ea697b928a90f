"""What kinds of refusal there are for programs: a stable name for each, as RFC 9457 wants, explained at /developers."""

from typing import Final

from werkzeug.http import HTTP_STATUS_CODES

#: The page that explains them; `type` is a path on this site, so it holds wherever the site is.
PLACE: Final = "/developers#problem-"

#: The name of a refusal by its status.
NAMES: Final = {
    400: "unreadable",
    401: "no-token",
    403: "not-allowed",
    404: "not-found",
    405: "wrong-method",
    409: "conflict",
    412: "changed-meanwhile",
    413: "too-large",
    415: "wrong-kind",
    422: "refused",
    428: "version-needed",
    429: "too-often",
    500: "fault",
    503: "out-of-reach",
    507: "disk-full",
}

#: Refusals the status alone does not tell apart.
KEY_REUSED: Final = "key-reused"
UNDER_WAY: Final = "under-way"


def type_of(status: int, name: str = "") -> str:
    """The address of the explanation."""
    name = name or NAMES.get(status, "")
    return f"{PLACE}{name}" if name else "about:blank"


def title_of(status: int) -> str:
    """A few words for a status."""
    return HTTP_STATUS_CODES.get(status, "Unknown")
