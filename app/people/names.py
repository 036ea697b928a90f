"""Names as text: folding them for search in any script, and the order they are listed in."""

import re
import unicodedata
from dataclasses import fields
from functools import lru_cache

from nameparser import HumanName, Lexicon
from nameparser.config.titles import TITLES

#: Letters that Unicode does not take apart, as people type them without the right keyboard.
_PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŋ": "n",
     "ى": "ي", "ة": "ه", "ـ": None, "'": None, "’": None, "‘": None, "ʼ": None, "ʻ": None, "`": None, "´": None}
)  # fmt: skip
_LONGEST = 320


class _Folding(dict[int, str | int | None]):
    """What becomes of each character once taken apart, worked out when it is first met; rare ones are not kept."""

    def __missing__(self, code: int) -> str | int | None:
        char = chr(code)
        is_dropped = unicodedata.category(char) in {"Mn", "Cf", "Cc"} and not char.isspace()
        found = None if is_dropped else _PLAIN.get(code, code)
        if code < _COMMON:
            self[code] = found
        return found


#: Characters of the scripts in use come before this one.
_COMMON = 0x10000
_FOLDING = _Folding()
#: What stands before or after a name and is no part of it. Degrees that are short words may be names ("Ma", "Do").
_TITLES = frozenset(title.replace(".", "") for title in TITLES)
_DEGREES = frozenset({"phd", "dphil", "md", "mba", "msc", "bsc", "esq", "jr", "sr", "ii", "iii"})
#: Two words of Latin letters, written as names are. Unless the parser knows one of them to be more than a name, it finds
#: nothing else in such a name than the given and the family name, and takes a hundred times as long.
_TWO_WORDS = re.compile(r"([A-ZÀ-ÖØ-Þ][a-zß-öø-ÿ]+) ([A-ZÀ-ÖØ-Þ][a-zß-öø-ÿ]+)")


@lru_cache(maxsize=1)
def _parsers_words() -> frozenset[str]:
    """Every word the parser knows to be a title, a degree, a particle, a conjunction and so on, and numerals it recognises."""
    lexicon = Lexicon.default()
    known = (getattr(lexicon, field.name) for field in fields(lexicon))
    words = (
        word for entries in known if isinstance(entries, frozenset) for word in " ".join(entries).split()
    )
    return frozenset({*words, "vi", "vii", "viii", "ix"})


def fold(text: str) -> str:
    """Plain lower case without accents, marks or apostrophes: "Ó Briain" -> "o briain", "أَمَل" -> "امل"."""
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return " ".join(apart.translate(_FOLDING).split())


def sort_name_of(name: str, *, is_given_first: bool) -> str:
    """What a name is listed under: "Ludwig van Beethoven" -> "van Beethoven, Ludwig"; other orders as written."""
    plain = _TWO_WORDS.fullmatch(name) if is_given_first else None
    if plain is not None and _parsers_words().isdisjoint(name.lower().split()):
        return f"{plain[2]}, {plain[1]}"[:_LONGEST]
    parsed = HumanName(name) if is_given_first and " " in name.strip() else None
    if parsed is None or not parsed.last or not parsed.first:
        return name[:_LONGEST]
    rest = " ".join(part for part in (parsed.first, parsed.middle, parsed.suffix) if part)
    return f"{parsed.last}, {rest}"[:_LONGEST]


def sort_key_of(sort_name: str) -> str:
    """The folded sort name: the same order on every database."""
    return fold(sort_name)[:_LONGEST]


@lru_cache(maxsize=65_536)
def bare_words(folded: str) -> tuple[str, ...]:
    """The words of a folded name without titles and degrees: "dr. i. moreau" and "moreau, i, phd" -> ("i", "moreau")."""
    family, comma, rest = folded.partition(",")
    given = [word for word in _words(rest) if word not in _DEGREES]
    if comma and given:
        folded = f"{' '.join(given)} {family}"
    words = _words(folded)
    while len(words) > 1 and words[0] in _TITLES:
        words = words[1:]
    while len(words) > 1 and words[-1] in _DEGREES:
        words = words[:-1]
    return tuple(words)


def _words(text: str) -> list[str]:
    return [
        stripped
        for word in text.replace(",", " ").split()
        if (stripped := word.strip('.,;:()"').replace(".", ""))
    ]
