"""Words of others on one line: the one cleaner of what stands in headers, lists and titles."""

import re

_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
#: Marks that turn the direction of whatever follows, beyond their own line.
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]+")

#: What a cell with an empty text comes to.
_NOTHING = frozenset({"", "<bdi></bdi>"})


def one_line(text: str, longest: int | None = None) -> str:
    """The text on one line, without anything that could end a header or turn what follows; at most `longest` characters."""
    if not text.isprintable():
        text = _BREAKS.sub(" ", _TURNS.sub("", text))
    words = " ".join(text.split())
    return words if longest is None or len(words) <= longest else words[:longest].rstrip()


def is_blank(cell: object) -> bool:
    """Whether a cell of a table says nothing: neither words nor a picture."""
    return str(cell).strip() in _NOTHING
