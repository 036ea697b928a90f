"""Who is missing from a cohort: the lines of a wanted audience, how far they are met, and who would close a gap.

Nobody is ever chosen by reach: candidates come in the order of how many gaps they close, then by name.
"""

from collections.abc import Mapping, Sequence

from flask_babel import gettext as _
from msgspec import Struct

from app.core import regions
from app.core.i18n import country_name, said
from app.people.languages import language_words
from app.people.models import Person
from app.programs.models_cohorts import WishAbout
from app.programs.policies_rules import (
    LABELS,
    Condition,
    Explanation,
    Group,
    Match,
    RuleField,
    RuleOp,
    matching,
)
from app.programs.words_rules import words_of_value

#: What a goal's market wants where no number is given: one voice is nobody to compare with.
N_VOICES = 2

_FIELDS: Mapping[WishAbout, tuple[RuleField, ...]] = {
    WishAbout.MARKET: (RuleField.HOME_COUNTRY,),
    WishAbout.AUDIENCE: (RuleField.AUDIENCE_COUNTRY,),
    WishAbout.LANGUAGE: (RuleField.LANGUAGE, RuleField.CHANNEL_LANGUAGE),
    WishAbout.ROLE: (RuleField.KIND,),
    WishAbout.CHANNEL: (RuleField.CHANNEL_PLATFORM,),
}
#: Everything a wanted audience may ask about.
FIELDS = frozenset(field for fields in _FIELDS.values() for field in fields)
ORDER = tuple(_FIELDS)


class Wish(Struct, frozen=True):
    """One thing wanted: of the market of a goal, or of the audience of the program."""

    about: WishAbout
    values: tuple[str, ...]
    n_wanted: int
    label: str = ""
    #: The row it comes from; None for the market of a goal.
    wish_id: int | None = None
    goal_id: int | None = None

    @property
    def key(self) -> str:
        return f"{self.about.value}-{'-'.join(self.values)}".replace(" ", "_")[:80]

    @property
    def group(self) -> Group:
        """The wish as lines of a rule: whoever passes counts."""
        lines = (Condition(field=one, op=RuleOp.ANY_OF, values=self.values) for one in _FIELDS[self.about])
        return Group(match=Match.ANY, lines=tuple(lines))

    @property
    def name(self) -> str:
        """ "PK audience", "Korean-language", "video channels"."""
        if self.label:
            return self.label
        if self.about is WishAbout.LANGUAGE:
            return str(_("%(languages)s-language", languages=", ".join(map(language_words, self.values))))
        if self.about is WishAbout.AUDIENCE:
            return str(_("%(places)s audience", places=", ".join(map(_short, self.values))))
        if self.about is WishAbout.CHANNEL:
            return str(_("%(platforms)s channels", platforms=", ".join(self.values)))
        if self.about is WishAbout.MARKET:
            return ", ".join(country_name(value) for value in self.values)
        return ", ".join(self.values)


def _short(code: str) -> str:
    return country_name(code) if regions.place_of(code).is_region else code


class Closing(Struct, frozen=True):
    """Somebody who would close a gap: why, and which others as well."""

    person: Person
    why: str
    also: Sequence[str]

    @property
    def id(self) -> int:
        return self.person.id

    @property
    def name(self) -> str:
        return self.person.name


class Gap(Struct, frozen=True):
    """A wish with who in the cohort meets it, and who outside would."""

    wish: Wish
    members: Sequence[tuple[Person, str]]
    candidates: Sequence[Closing] = ()

    @property
    def n(self) -> int:
        return len(self.members)

    @property
    def is_short(self) -> bool:
        return self.n < self.wish.n_wanted

    @property
    def words(self) -> str:
        """ "South Asia 1 (IN)": for a region, with the countries that are there."""
        said = f"{self.wish.name} {self.n}"
        if self.wish.about is not WishAbout.MARKET or not self.members:
            return said
        if not any(regions.place_of(value).is_region for value in self.wish.values):
            return said
        countries = sorted({person.home_country for person, _ in self.members if person.home_country})
        return f"{said} ({', '.join(countries)})"


def words_of_gaps(gaps: Sequence[Gap]) -> str:
    """ "South Asia 1 (IN), PK audience 0, Korean-language 0, video channels 1": what is short, nothing else."""
    return ", ".join(gap.words for gap in gaps if gap.is_short)


def why_counted(found: Explanation) -> str:
    """ "audience country Pakistan": by what somebody meets a wish."""
    lines = [line for line in found.carrying if matching(line)]
    found_words = (
        f"{said(LABELS[line.condition.field])} {', '.join(words_of_value(line.condition.field, one) for one in matching(line))}"
        for line in lines
    )
    return "; ".join(found_words)


def closings(met: Mapping[int, tuple[Person, Sequence[tuple[Wish, str]]]], wish: Wish) -> list[Closing]:
    """Who would close a gap, those first who close most; `met` are for each candidate the gaps they close and why."""
    found = []
    for person, closed in met.values():
        why = next((why for one, why in closed if one == wish), None)
        if why is not None:
            found.append(Closing(person, why, [one.name for one, _ in closed if one != wish]))
    return sorted(found, key=lambda one: (-len(one.also), one.person.sort_key, one.id))
