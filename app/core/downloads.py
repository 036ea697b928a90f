"""Files to keep: bytes that were made here, with the name they are saved under."""

from typing import Final

from flask import Response

from app.core.ics import CONTENT_TYPE as CALENDAR

_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "ics": CALENDAR,
    "json": "application/json",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def media_type(name: str) -> str:
    """What a file of ours is, by the ending of its name, without parameters: as mails name it. KeyError for other endings."""
    return _TYPES[name.rpartition(".")[2]].partition(";")[0]


def download(content: bytes, name: str) -> Response:
    """An answer the browser saves under `name`, which is ours and ASCII; its ending says what the bytes are.

    KeyError for an ending that is none of csv, ics, json, pdf, xlsx.
    """
    response = Response(content, content_type=_TYPES[name.rpartition(".")[2]])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
