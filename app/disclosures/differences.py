"""What changed between two texts, word by word."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Final, Literal

from msgspec import Struct

#: Words compared one by one; beyond it the texts are shown as one exchange, so that no text can stop the page.
MOST_WORDS: Final = 4_000


class Piece(Struct, frozen=True):
    """Words that stayed, went or came."""

    kind: Literal["same", "gone", "new"]
    text: str


def word_difference(before: str, after: str) -> list[Piece]:
    """The words of both texts in reading order, with what went before what came in its place."""
    if before == after:
        return [Piece("same", after)] if after else []
    old, new = _words(before), _words(after)
    if len(old) > MOST_WORDS or len(new) > MOST_WORDS:
        return [Piece("gone", before), Piece("new", after)]
    return list(_pieces(old, new))


def _pieces(old: list[str], new: list[str]) -> Iterator[Piece]:
    for tag, i, j, k, n in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Piece("same", "".join(new[k:n]))
            continue
        if i < j:
            yield Piece("gone", "".join(old[i:j]))
        if k < n:
            yield Piece("new", "".join(new[k:n]))


def _words(text: str) -> list[str]:
    """Words with the space behind them; of scripts without spaces, sign by sign."""
    return re.findall(r"[　-鿿가-힣]|[^\s　-鿿가-힣]+\s*|\s+", text)
