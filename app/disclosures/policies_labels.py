"""What a label is worth: found as its audience would meet it, judged by the lists and places of a policy (D5); pure."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

from flask_babel import gettext as _
from msgspec import Struct

from app.core.i18n import marked, said
from app.disclosures.models import EVERYWHERE, LabelVerdict, Medium, Placement, PolicyVersion
from app.disclosures.words import PLACES

#: How many characters of a post are seen before "more"; 125 is what the narrowest big platform shows.
FOLD: Final = 125
N_FIRST_TAGS: Final = 3
#: How much of a text is looked at: a label behind so many characters is read by nobody.
N_READ: Final = 10_000

#: Words people use as labels, right or wrong: when no list of the policy knows them, they are still a try.
TRIED_LABELS: Final = (
    "ad", "ads", "advert", "advertisement", "advertising", "affiliate", "ambassador", "anzeige", "brandambassador", "collab",
    "collaboration commerciale", "ee", "gifted", "partner", "partnership", "paid partnership", "pr", "prtrip", "presstrip",
    "publicidad", "publicité", "sp", "spon", "sponsored", "sponsor", "thanks to", "werbung", "إعلان", "広告", "广告", "광고",
)  # fmt: skip

#: Languages whose readers cannot be expected to read a Latin label.
_OTHER_SCRIPT: Final = frozenset({"ar", "fa", "he", "hi", "ja", "ko", "ru", "th", "uk", "ur", "zh"})

#: Letters of other scripts that are drawn like Latin ones, as Unicode's list of confusables has them.
_LOOK_ALIKE: Final = str.maketrans(
    "аеорсухіјѕԁһӏԛԝαοιικνυρ", "aeopcyxijsdhlqwaoiikvup"
)  # fmt: skip
_HIDDEN: Final = frozenset({"Cf", "Mn", "Me"})


class Judgement(Struct, frozen=True):
    """What a label is worth under one version: the verdict, why, and the label with its place."""

    verdict: LabelVerdict
    reason: str
    label: str = ""
    position: str = ""


class _Found(Struct, frozen=True):
    label: str
    start: int


def judge_label(version: PolicyVersion, medium: Medium, text: str, language: str = "en") -> Judgement:
    """Evidenced, deficient or missing, by the lists and the placement of a version (D5); pure.

    `text` is what the reader meets, from the first word on (of a video or a talk: what is shown or said).
    """
    plain = _plain(text[:N_READ])
    accepted = _find(plain, version.accepted_labels)
    if not accepted:
        return _judge_disguised(version, text[:N_READ]) or _judge_without(version, plain)
    judged = [_judge_place(version, medium, plain, found) for found in accepted]
    readable = [one for one in judged if _is_readable(one.label, _read_by(version, language))]
    best = min(readable or judged, key=_rank)
    if not readable:
        read = _read_by(version, language)
        reason = _(
            "“%(label)s” is not a word of the audience, who read %(language)s.",
            label=best.label,
            language=read,
        )
        return Judgement(LabelVerdict.DEFICIENT, reason, best.label, best.position)
    return best


def strictest(judgements: Sequence[Judgement]) -> Judgement:
    """The worst of several; several policies may apply and the strictest wins (D1)."""
    if not judgements:
        return Judgement(LabelVerdict.EVIDENCED, _("No policy asks for a label here."))
    return max(judgements, key=_rank)


_ORDER = (LabelVerdict.EVIDENCED, LabelVerdict.DEFICIENT, LabelVerdict.MISSING)


def _rank(judgement: Judgement) -> int:
    return _ORDER.index(judgement.verdict)


def _judge_disguised(version: PolicyVersion, text: str) -> Judgement | None:
    """An accepted label that only looks like one: hidden characters in it, marks over it, letters of another script."""
    bare = _bare(text)
    found = _find(bare, version.accepted_labels)
    if not found:
        return None
    label = found[0].label
    reason = _(
        "“%(label)s” is there to the eye only: it holds hidden signs, marks or letters of another script. Type it plainly.",
        label=label,
    )
    return Judgement(LabelVerdict.DEFICIENT, reason, label, _position(bare, found[0]))


def _judge_without(version: PolicyVersion, plain: str) -> Judgement:
    """No accepted label: was one tried that is not accepted, or none at all?"""
    place = version.policy.jurisdiction
    wanted = _listed(version.accepted_labels)
    tried = _find(plain, version.rejected_labels) or _find(plain, TRIED_LABELS)
    if not tried:
        return Judgement(
            LabelVerdict.MISSING,
            _("There is no label; for %(place)s use %(wanted)s.", place=_name(place), wanted=wanted),
        )
    # Show a tag as it was typed.
    label = (
        plain[tried[0].start - 1] + tried[0].label
        if plain[: tried[0].start].endswith("#")
        else tried[0].label
    )
    reason = _(
        "“%(label)s” is not accepted for %(place)s; use %(wanted)s.",
        label=label,
        place=_name(place),
        wanted=wanted,
    )
    return Judgement(LabelVerdict.DEFICIENT, reason, label, _position(plain, tried[0]))


def _judge_place(version: PolicyVersion, medium: Medium, plain: str, found: _Found) -> Judgement:
    wanted = Placement(version.placement.get(medium.value, Placement.FIRST_WORDS))
    position = _position(plain, found)
    if _stands(plain, found, wanted):
        return Judgement(
            LabelVerdict.EVIDENCED,
            _("“%(label)s” stands where it must.", label=found.label),
            found.label,
            position,
        )
    reason = _(
        "“%(label)s” stands %(position)s; for %(place)s it must stand %(wanted)s.",
        label=found.label,
        position=said(position),
        place=_name(version.policy.jurisdiction),
        wanted=said(PLACES[wanted]),
    )
    return Judgement(LabelVerdict.DEFICIENT, reason, found.label, position)


def _stands(plain: str, found: _Found, wanted: Placement) -> bool:
    is_first = not re.search(r"\w", plain[: found.start].replace("#", ""))
    is_before_fold = found.start + len(found.label) <= FOLD
    if wanted is Placement.FIRST_WORDS:
        return is_first
    if wanted is Placement.BEFORE_FOLD:
        return is_before_fold
    if wanted is Placement.FIRST_TAGS:
        tags = [match.start() for match in re.finditer(r"#\w", plain)]
        return is_before_fold or found.start in tags[:N_FIRST_TAGS] or found.start - 1 in tags[:N_FIRST_TAGS]
    return True


def _position(plain: str, found: _Found) -> str:
    if _stands(plain, found, Placement.FIRST_WORDS):
        return marked("in the first words")
    return (
        marked("before the fold")
        if _stands(plain, found, Placement.BEFORE_FOLD)
        else marked("after the fold")
    )


def _find(plain: str, labels: Iterable[str]) -> list[_Found]:
    """Every place where one of the labels stands as a word or a tag of its own, the earliest first."""
    found = []
    for label in labels:
        for pattern in _patterns(label):
            found += [_Found(label, match.start()) for match in pattern.finditer(plain)]
    return sorted(found, key=lambda one: (one.start, -len(one.label)))


@lru_cache(maxsize=2048)
def _patterns(label: str) -> tuple[re.Pattern[str], ...]:
    """How a label is met: as itself, and without its accents, which many leave out in a tag."""
    words = {_plain(label).strip(), _without_accents(_plain(label).strip())} - {""}
    return tuple(_pattern(word) for word in sorted(words))


def _pattern(word: str) -> re.Pattern[str]:
    # "#ad" is met as "#ad" only, "ad" also as "#ad"; neither inside "adventure" or "had".
    before, after = (r"(?<!\w)" if not word.startswith("#") else ""), r"(?!\w)"
    if not _is_latin(word):  # scripts without spaces have no word borders
        before = after = ""
    # A mark after the last letter belongs to that letter: "ad" with a stroke through it is not "ad".
    return re.compile(before + re.escape(word) + after + r"(?![\u0300-\u036f\u20d0-\u20ff\u200b-\u200d])")


def _plain(text: str) -> str:
    """One spelling for all widths and cases: a full-width hash is a hash, "AD" is "ad"."""
    return unicodedata.normalize("NFKC", text).casefold().lstrip()


def _bare(text: str) -> str:
    """What the eye takes it for: no hidden characters, no marks, look-alikes as the Latin letter they imitate."""
    apart = unicodedata.normalize("NFKD", text).casefold().translate(_LOOK_ALIKE)
    return unicodedata.normalize(
        "NFC", "".join(sign for sign in apart if unicodedata.category(sign) not in _HIDDEN)
    ).lstrip()


def _without_accents(word: str) -> str:
    if not _is_latin(word):
        return word
    return "".join(sign for sign in unicodedata.normalize("NFD", word) if unicodedata.category(sign) != "Mn")


def _is_latin(word: str) -> bool:
    return all(unicodedata.name(sign, "").startswith("LATIN") for sign in word if sign.isalpha())


def _read_by(version: PolicyVersion, language: str) -> str:
    """Whose eyes it must meet: a country's readers, or where a policy is for many, those the piece is made for."""
    is_for_many = version.policy.jurisdiction in (EVERYWHERE, "EU")
    return language if is_for_many and language else version.language


def _is_readable(label: str, language: str) -> bool:
    return (language.split("-")[0].lower() in _OTHER_SCRIPT) != _is_latin(label)


def _listed(labels: Sequence[str]) -> str:
    return ", ".join(f"“{label}”" for label in labels[:4]) or str(_("no label yet"))


def _name(jurisdiction: str) -> str:
    return str(_("other countries")) if jurisdiction == EVERYWHERE else jurisdiction
