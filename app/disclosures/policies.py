"""Decisions of disclosure: what a label is worth, which policies apply, what may be published as a policy."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from app.core.errors import DomainError
from app.disclosures.models import EVERYWHERE, LabelVerdict, Medium, Placement, PolicyVersion

#: The 27 members; the Union's policy applies beside that of the country (D1).
EU_MEMBERS: Final = frozenset(
    {
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MT",
        "NL", "PL", "PT", "RO", "SE", "SI", "SK",
    }
)  # fmt: skip
EU: Final = "EU"

#: How many characters of a post are seen before "more"; 125 is what the narrowest big platform shows.
FOLD: Final = 125
N_FIRST_TAGS: Final = 3

#: Kinds of value a policy may name as triggers: values of ledger.models.Category (a test holds the two together).
KINDS_OF_VALUE: Final = tuple(
    (kind, kind.replace("_", " ").capitalize())
    for kind in (
        "travel_air", "travel_ground", "lodging", "meal", "event_pass", "entertainment", "gift", "product_loan", "early_access",
        "exec_access", "media_exposure", "advisory_fee", "speaking_fee", "workshop_fee", "content_fee", "research_fee",
        "honorarium", "fee_expenses", "affiliate_commission", "discount", "donation_for", "other",
    )
)  # fmt: skip

#: Words people use as labels, right or wrong: when no list of the policy knows them, they are still a try.
TRIED_LABELS: Final = (
    "ad", "ads", "advert", "advertisement", "advertising", "affiliate", "ambassador", "anzeige", "brandambassador", "collab",
    "collaboration commerciale", "ee", "gifted", "partner", "partnership", "paid partnership", "pr", "prtrip", "presstrip",
    "publicidad", "publicité", "sp", "spon", "sponsored", "sponsor", "thanks to", "werbung", "إعلان", "広告", "广告", "광고",
)  # fmt: skip

#: Languages whose readers cannot be expected to read a Latin label.
_OTHER_SCRIPT: Final = frozenset({"ar", "fa", "he", "hi", "ja", "ko", "ru", "th", "uk", "ur", "zh"})


# -- which policies apply ----------------------------------------------------------------------------


def jurisdictions_of(countries: Collection[str]) -> frozenset[str]:
    """The jurisdictions of an audience: its countries, and the Union if one of them is a member (D1)."""
    found = frozenset(country.upper() for country in countries)
    return found | {EU} if found & EU_MEMBERS else found


def applicable(versions: Iterable[PolicyVersion], jurisdictions: Collection[str]) -> list[PolicyVersion]:
    """The versions of an audience, or the one for everywhere when none is specific; by jurisdiction.

    Of several versions of one policy the newest number counts.
    """
    newest: dict[str, PolicyVersion] = {}
    for version in versions:
        place = version.policy.jurisdiction
        if place not in newest or newest[place].number < version.number:
            newest[place] = version
    specific = sorted(set(newest) & set(jurisdictions))
    if specific:
        return [newest[place] for place in specific]
    return [newest[EVERYWHERE]] if EVERYWHERE in newest else []


# -- labels (D5) ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a label is worth under one version: the verdict, why, and the label with its place."""

    verdict: LabelVerdict
    reason: str
    label: str = ""
    position: str = ""


@dataclass(frozen=True, slots=True)
class _Found:
    label: str
    start: int


def judge_label(version: PolicyVersion, medium: Medium, text: str, language: str = "en") -> Judgement:
    """Evidenced, deficient or missing, by the lists and the placement of a version (D5); pure.

    `text` is what the reader meets, from the first word on (of a video or a talk: what is shown or said).
    """
    plain = _plain(text)
    accepted = _find(plain, version.accepted_labels)
    if not accepted:
        return _judge_without(version, plain)
    judged = [_judge_place(version, medium, plain, found) for found in accepted]
    best = min(judged, key=_rank)
    if best.verdict is LabelVerdict.EVIDENCED and not _is_readable(best.label, version.language):
        reason = f"“{best.label}” is not a word of the audience, who read {version.language}."
        return Judgement(LabelVerdict.DEFICIENT, reason, best.label, best.position)
    return best


def strictest(judgements: Sequence[Judgement]) -> Judgement:
    """The worst of several; several policies may apply and the strictest wins (D1)."""
    if not judgements:
        return Judgement(LabelVerdict.EVIDENCED, "No policy asks for a label here.")
    return max(judgements, key=_rank)


_ORDER = (LabelVerdict.EVIDENCED, LabelVerdict.DEFICIENT, LabelVerdict.MISSING)


def _rank(judgement: Judgement) -> int:
    return _ORDER.index(judgement.verdict)


def _judge_without(version: PolicyVersion, plain: str) -> Judgement:
    """No accepted label: was one tried that is not accepted, or none at all?"""
    place = version.policy.jurisdiction
    wanted = _listed(version.accepted_labels)
    tried = _find(plain, version.rejected_labels) or _find(plain, TRIED_LABELS)
    if not tried:
        return Judgement(LabelVerdict.MISSING, f"There is no label; for {_name(place)} use {wanted}.")
    # Show a tag as it was typed.
    label = (
        plain[tried[0].start - 1] + tried[0].label
        if plain[: tried[0].start].endswith("#")
        else tried[0].label
    )
    reason = f"“{label}” is not accepted for {_name(place)}; use {wanted}."
    return Judgement(LabelVerdict.DEFICIENT, reason, label, _position(plain, tried[0]))


def _judge_place(version: PolicyVersion, medium: Medium, plain: str, found: _Found) -> Judgement:
    wanted = Placement(version.placement.get(medium.value, Placement.FIRST_WORDS))
    position = _position(plain, found)
    if _stands(plain, found, wanted):
        return Judgement(
            LabelVerdict.EVIDENCED, f"“{found.label}” stands where it must.", found.label, position
        )
    reason = f"“{found.label}” stands {position}; for {_name(version.policy.jurisdiction)} it must stand {PLACES[wanted]}."
    return Judgement(LabelVerdict.DEFICIENT, reason, found.label, position)


PLACES: Final = {
    Placement.FIRST_WORDS: "in the first words",
    Placement.BEFORE_FOLD: "before the fold",
    Placement.FIRST_TAGS: "among the first three tags or before the fold",
    Placement.ANYWHERE: "anywhere in it",
}


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
        return "in the first words"
    return "before the fold" if _stands(plain, found, Placement.BEFORE_FOLD) else "after the fold"


def _find(plain: str, labels: Iterable[str]) -> list[_Found]:
    """Every place where one of the labels stands as a word or a tag of its own, the earliest first."""
    found = []
    for label in labels:
        word = _plain(label).strip()
        if not word:
            continue
        # "#ad" is met as "#ad" only, "ad" also as "#ad"; neither inside "adventure" or "had".
        before = r"(?<!\w)" if not word.startswith("#") else ""
        after = r"(?!\w)"
        if not word.isascii():  # scripts without spaces have no word borders
            before = after = ""
        found += [
            _Found(label, match.start()) for match in re.finditer(before + re.escape(word) + after, plain)
        ]
    return sorted(found, key=lambda one: (one.start, -len(one.label)))


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().lstrip()


def _is_readable(label: str, language: str) -> bool:
    return language.split("-")[0] not in _OTHER_SCRIPT or not label.isascii()


def _listed(labels: Sequence[str]) -> str:
    return ", ".join(f"“{label}”" for label in labels[:4]) or "no label yet"


def _name(jurisdiction: str) -> str:
    return "other countries" if jurisdiction == EVERYWHERE else jurisdiction


# -- what may be published (c26) -----------------------------------------------------------------------


class PolicyIncomplete(DomainError):
    """A version lacks what it needs to be published (c26); the message names all of it."""


class PolicyIsPublished(DomainError):
    """A published version never changes; a change is a new version (c26)."""


class PolicyRefused(DomainError):
    """A policy or version that contradicts itself or another one."""


def check_publishable(version: PolicyVersion) -> None:
    """Refuse to publish without labels, placement, language, effective date, owner, triggers or source (c26)."""
    if version.published_at is not None:
        raise PolicyIsPublished(
            "This version is already published; it will not change. Make a new version instead."
        )
    needed = {
        "accepted labels": version.accepted_labels,
        "the placement of the label": version.placement,
        "the language": version.language,
        "the day it takes effect": version.effective_from_on,
        "an owner": version.policy.owner_id,
        "a source": version.sources,
        "the kinds of value that trigger it": version.triggers,
        "its text": version.text.strip(),
    }
    missing = [words for words, value in needed.items() if not value]
    if missing:
        raise PolicyIncomplete(f"This version cannot be published yet. It lacks {'; '.join(missing)}.")


def is_web_address(url: str) -> bool:
    """Whether a link may be stored and shown: http or https, with a host, without a password in it."""
    try:
        parts = urlsplit(url)
    except ValueError:  # "https://[::1"
        return False
    return (
        parts.scheme in {"http", "https"}
        and bool(parts.hostname)
        and "@" not in parts.netloc
        and url.isprintable()
    )
