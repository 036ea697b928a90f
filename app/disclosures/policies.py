"""Decisions of disclosure: which policies apply, what may be published as a policy."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from typing import Final
from urllib.parse import urlsplit

from flask_babel import gettext as _

from app.core.errors import DomainError
from app.core.i18n import words
from app.core.money import Money
from app.disclosures.models import EVERYWHERE, PolicyVersion

#: The 27 members; the Union's policy applies beside that of the country (D1).
EU_MEMBERS: Final = frozenset(
    {
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MT",
        "NL", "PL", "PT", "RO", "SE", "SI", "SK",
    }
)  # fmt: skip
EU: Final = "EU"

#: Kinds of value a policy may name as triggers: values of ledger.models.Category (a test holds the two together).
KINDS_OF_VALUE: Final = tuple(
    (kind, words(kind))
    for kind in (
        "travel_air", "travel_ground", "lodging", "meal", "event_pass", "entertainment", "gift", "product_loan", "early_access",
        "exec_access", "media_exposure", "advisory_fee", "speaking_fee", "workshop_fee", "content_fee", "research_fee",
        "honorarium", "fee_expenses", "affiliate_commission", "discount", "donation_for", "other",
    )
)  # fmt: skip


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


def last_days(versions: Iterable[PolicyVersion]) -> dict[int, date]:
    """The last day on which each version counted before a newer one of the same policy took its place, by id.

    The days written on a published version never change, so that it was superseded shows only here.
    """
    published = [one for one in versions if one.published_at is not None]
    found: dict[int, date] = {}
    for one in published:
        later = [other.effective_from_on for other in published if other.number > one.number]
        if later and (one.effective_to_on is None or min(later) <= one.effective_to_on):
            found[one.id] = min(later) - timedelta(days=1)
    return found


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
            _("This version is already published; it will not change. Make a new version instead.")
        )
    needed = {
        _("accepted labels"): version.accepted_labels,
        _("the placement of the label"): version.placement,
        _("the language"): version.language,
        _("the day it takes effect"): version.effective_from_on,
        _("an owner"): version.policy.owner_id,
        _("a source"): version.sources,
        _("the kinds of value that trigger it"): version.triggers,
        _("its text"): version.text.strip(),
    }
    missing = [said for said, value in needed.items() if not value]
    if missing:
        raise PolicyIncomplete(
            _("This version cannot be published yet. It lacks %(missing)s.", missing="; ".join(missing))
        )


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


def check_words(statements: Mapping[str, str], accepted: Collection[str]) -> None:
    """Ready words are for a known kind of value, and a ready label is one that would be accepted."""
    kinds = {kind for kind, _ in KINDS_OF_VALUE} | {"", "label"}
    for key, sentence in statements.items():
        kind = key.partition("@")[0]
        if kind not in kinds:
            raise PolicyRefused(_("“%(kind)s” is no kind of value.", kind=kind), field="statements")
        if kind == "label" and sentence not in accepted:
            raise PolicyRefused(
                _("The label “%(sentence)s” is not among the accepted ones.", sentence=sentence),
                field="statements",
            )


def is_below_threshold(version: PolicyVersion, value: Money | None) -> bool:
    """Whether a policy lets so little pass; only in its own currency can that be said."""
    if version.threshold_minor is None or value is None or value.currency != version.threshold_currency:
        return False
    return value.minor < version.threshold_minor
