"""Cohort rules (P5): conditions over facts of a person in all/any groups, explained line by line, read as a sentence."""

import enum
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

from flask_babel import gettext as _
from msgspec import Struct
from pydantic import Field, TypeAdapter, ValidationInfo, field_validator, model_validator

from app.core import regions
from app.core.checked import Checked
from app.core.i18n import all_marked, said, words
from app.people.details import CountryCode, LanguageTag
from app.people.models import OrganisationKind
from app.people.names import fold
from app.people.policies import VALUE_CATEGORIES
from app.programs.models import Stage

#: As many lines to a group and groups to a rule as anybody can still read.
N_CONDITIONS = 8
N_GROUPS = 8
NOT_ENROLLED = "not_enrolled"
_MOST = 100_000


class RuleField(enum.StrEnum):
    """What a cohort rule may ask about a person. Declared facets are not among them, and never will be (P7)."""

    HOME_COUNTRY = "home_country"
    LANGUAGE = "language"
    KIND = "kind"
    KNOWN_FOR = "known_for"
    CHANNEL_PLATFORM = "channel_platform"
    CHANNEL_LANGUAGE = "channel_language"
    AUDIENCE_COUNTRY = "audience_country"
    INDEPENDENT = "independent"
    AFFILIATION_KIND = "affiliation_kind"
    ORGANISATION = "organisation"
    OFFICIAL = "official"
    EVIDENCE_COUNT = "evidence_count"
    EVIDENCE_DAYS = "evidence_days"
    ACCEPTS = "accepts"
    DECLINES = "declines"
    OWNER = "owner"
    STAGE = "stage"
    SILENT_DAYS = "silent_days"


class RuleOp(enum.StrEnum):
    IS = "is"
    IS_NOT = "is_not"
    ANY_OF = "any_of"
    ALL_OF = "all_of"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    MENTIONS = "mentions"
    MENTIONS_NOT = "mentions_not"
    KNOWN = "known"
    NOT_KNOWN = "not_known"


class Shape(enum.StrEnum):
    """How the values of a field are written and compared."""

    PLACE = "place"
    LANGUAGE = "language"
    NAME = "name"
    OWNER = "owner"
    CHOICE = "choice"
    YES_NO = "yes_no"
    NUMBER = "number"
    TOPIC = "topic"


_F = RuleField
SHAPES: Mapping[RuleField, Shape] = {
    _F.HOME_COUNTRY: Shape.PLACE, _F.AUDIENCE_COUNTRY: Shape.PLACE, _F.LANGUAGE: Shape.LANGUAGE,
    _F.CHANNEL_LANGUAGE: Shape.LANGUAGE, _F.KIND: Shape.NAME, _F.CHANNEL_PLATFORM: Shape.NAME,
    _F.ORGANISATION: Shape.NAME, _F.OWNER: Shape.OWNER, _F.STAGE: Shape.CHOICE, _F.AFFILIATION_KIND: Shape.CHOICE,
    _F.ACCEPTS: Shape.CHOICE, _F.DECLINES: Shape.CHOICE, _F.INDEPENDENT: Shape.YES_NO, _F.OFFICIAL: Shape.YES_NO,
    _F.EVIDENCE_COUNT: Shape.NUMBER, _F.EVIDENCE_DAYS: Shape.NUMBER, _F.SILENT_DAYS: Shape.NUMBER,
    _F.KNOWN_FOR: Shape.TOPIC,
}  # fmt: skip

#: The values of closed lists, as they are stored.
CHOICES: Mapping[RuleField, tuple[str, ...]] = {
    _F.STAGE: (*(stage.value for stage in Stage), NOT_ENROLLED),
    _F.AFFILIATION_KIND: tuple(kind.value for kind in OrganisationKind),
    _F.ACCEPTS: VALUE_CATEGORIES,
    _F.DECLINES: VALUE_CATEGORIES,
    _F.INDEPENDENT: ("yes", "no"),
    _F.OFFICIAL: ("yes", "no"),
}

_EITHER = (RuleOp.IS, RuleOp.IS_NOT, RuleOp.ANY_OF)
_KNOWING = (RuleOp.KNOWN, RuleOp.NOT_KNOWN)
_SEVERAL = (*_EITHER, RuleOp.ALL_OF, *_KNOWING)
OPS: Mapping[Shape, tuple[RuleOp, ...]] = {
    Shape.PLACE: _SEVERAL, Shape.LANGUAGE: _SEVERAL, Shape.NAME: _SEVERAL, Shape.OWNER: (*_EITHER, *_KNOWING),
    Shape.CHOICE: _SEVERAL, Shape.YES_NO: (RuleOp.IS,), Shape.NUMBER: (RuleOp.AT_LEAST, RuleOp.AT_MOST, *_KNOWING),
    Shape.TOPIC: (RuleOp.MENTIONS, RuleOp.MENTIONS_NOT, *_KNOWING),
}  # fmt: skip
VALUELESS = frozenset({RuleOp.KNOWN, RuleOp.NOT_KNOWN})
_DENYING = frozenset({RuleOp.IS_NOT, RuleOp.MENTIONS_NOT})
_CODES: Mapping[Shape, TypeAdapter[str]] = {
    Shape.PLACE: TypeAdapter(CountryCode), Shape.LANGUAGE: TypeAdapter(LanguageTag),
}  # fmt: skip


class Unknown(enum.StrEnum):
    """What a condition says of a person about whom the fact is not known."""

    HOLDS = "holds"
    FAILS = "fails"


class Match(enum.StrEnum):
    ALL = "all"
    ANY = "any"


class Condition(Checked):
    """One line of a rule; `is` takes one value, the others several, "known" none."""

    field: RuleField
    op: RuleOp
    values: tuple[str, ...] = Field(default=(), max_length=100, validate_default=True)
    #: Left out: "is not" holds for somebody of whom it is not known, everything else fails.
    if_unknown: Unknown | None = None

    @field_validator("op")
    @classmethod
    def _op_fits(cls, op: RuleOp, info: ValidationInfo) -> RuleOp:
        field = info.data.get("field")
        if field is not None and op not in OPS[SHAPES[field]]:
            raise ValueError(
                _(
                    "%(field)s cannot be compared by “%(replace)s”.",
                    field=label_of(field),
                    replace=words(op).lower(),
                )
            )
        return op

    @field_validator("values")
    @classmethod
    def _values_fit(cls, values: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        """Codes are written as codes, numbers as numbers, closed lists by their words, each value once."""
        field, op = info.data.get("field"), info.data.get("op")
        if field is None or op is None:
            return values
        if op in VALUELESS:
            return ()
        values = tuple(dict.fromkeys(_checked(field, value.strip()) for value in values if value.strip()))
        if not values:
            raise ValueError(_("Say which value is meant."))
        if op is RuleOp.IS and len(values) != 1:
            raise ValueError(_("“Is” takes one value; use “any of” for several."))
        if SHAPES[field] is Shape.NUMBER and len(values) != 1:
            raise ValueError(_("Give one number."))
        return values

    @property
    def unknown_holds(self) -> bool:
        """Whether somebody of whom the fact is not known passes."""
        if self.if_unknown is not None:
            return self.if_unknown is Unknown.HOLDS
        return self.op in _DENYING


def _checked(field: RuleField, value: str) -> str:
    shape = SHAPES[field]
    if len(value) > 320:
        raise ValueError(_("At most 320 characters."))
    if shape is Shape.PLACE and value in regions.region_codes():
        return value
    if shape in _CODES:
        return _CODES[shape].validate_python(value)
    if shape in {Shape.CHOICE, Shape.YES_NO}:
        value = value.lower()
        if value not in CHOICES[field]:
            raise ValueError(
                _("%(field)s is yes or no.", field=label_of(field))
                if shape is Shape.YES_NO
                else _("%(field)s is one of the list.", field=label_of(field))
            )
    if shape in {Shape.NUMBER, Shape.OWNER}:
        if not (value.isascii() and value.isdecimal() and int(value[:9]) <= _MOST and len(value) < 9):
            raise ValueError(_("Give a whole number up to %(most)s.", most=f"{_MOST:,}"))
        value = str(int(value))
    return value


class Group(Checked):
    """Lines that belong together: all of them must hold, or any one."""

    match: Match = Match.ALL
    lines: tuple[Condition, ...] = Field(min_length=1, max_length=N_CONDITIONS)


class CohortRule(Checked):
    """Groups of lines, all or any of which must hold; a rule without any lets everybody in."""

    match: Match = Match.ALL
    groups: tuple[Group, ...] = Field(default=(), max_length=N_GROUPS)

    @model_validator(mode="before")
    @classmethod
    def _plain_list(cls, given: Any) -> Any:
        """`{"all": [...]}` and `{"any": [...]}` are rules of one group."""
        if isinstance(given, dict):
            for match in Match:
                if match.value in given:
                    rest = {key: value for key, value in given.items() if key not in set(Match)}
                    lines = given[match.value]
                    return rest | {"groups": ({"match": match, "lines": lines},) if lines else ()}
        return given

    @classmethod
    def of(cls, *lines: Condition, match: Match = Match.ALL) -> Self:
        """A rule of one group."""
        return cls(groups=(Group(match=match, lines=lines),) if lines else ())

    @property
    def lines(self) -> tuple[Condition, ...]:
        return tuple(line for group in self.groups for line in group.lines)


# -- weighing --------------------------------------------------------------------------------------

Facts = Mapping[RuleField, frozenset[str]]


class Reason(Struct, frozen=True):
    """One condition and how a person stands to it; `actual` is empty where the fact is not known."""

    condition: Condition
    actual: tuple[str, ...]
    holds: bool


class GroupReason(Struct, frozen=True):
    """A group of lines and whether the person passes it."""

    match: Match
    reasons: Sequence[Reason]
    holds: bool


class Explanation(Struct, frozen=True):
    """A rule against one person: group by group, line by line."""

    match: Match
    groups: Sequence[GroupReason]
    holds: bool

    def __iter__(self) -> Iterator[Reason]:
        return (reason for group in self.groups for reason in group.reasons)

    @property
    def broken(self) -> list[Reason]:
        """The lines that keep somebody out; none when the rule lets them in."""
        if self.holds:
            return []
        return [line for group in self.groups if not group.holds for line in group.reasons if not line.holds]

    @property
    def carrying(self) -> list[Reason]:
        """The lines that let somebody in; none when the rule does not."""
        if not self.holds:
            return []
        return [line for group in self.groups if group.holds for line in group.reasons if line.holds]


def explain(rule: CohortRule, facts: Facts) -> Explanation:
    """Each condition of a rule with what is known of the person and whether it holds (P5)."""
    groups = []
    for group in rule.groups:
        reasons = [_weigh(line, facts.get(line.field, frozenset())) for line in group.lines]
        groups.append(
            GroupReason(group.match, reasons, _together(group.match, [one.holds for one in reasons]))
        )
    return Explanation(rule.match, groups, _together(rule.match, [group.holds for group in groups]))


def fits(rule: CohortRule, facts: Facts) -> bool:
    """Whether the rule lets somebody in."""
    return explain(rule, facts).holds


def _together(match: Match, held: Sequence[bool]) -> bool:
    return not held or (all(held) if match is Match.ALL else any(held))


def _weigh(line: Condition, actual: frozenset[str]) -> Reason:
    shown = tuple(sorted(actual))
    if line.op in VALUELESS:
        return Reason(line, shown, bool(actual) is (line.op is RuleOp.KNOWN))
    if not actual:
        return Reason(line, (), line.unknown_holds)
    return Reason(line, shown, _compares(line, actual))


def _compares(line: Condition, actual: frozenset[str]) -> bool:
    shape = SHAPES[line.field]
    if shape is Shape.NUMBER:
        number, limit = int(next(iter(actual))), int(line.values[0])
        return number >= limit if line.op is RuleOp.AT_LEAST else number <= limit
    if shape is Shape.TOPIC:
        text = fold(" ".join(sorted(actual)))
        found = any(fold(value) in text for value in line.values)
        return found is (line.op is RuleOp.MENTIONS)
    known = _comparable(shape, actual)
    wanted = [_wanted(shape, value) for value in line.values]
    if line.op is RuleOp.ALL_OF:
        return all(one & known for one in wanted)
    return any(one & known for one in wanted) is not (line.op is RuleOp.IS_NOT)


def _comparable(shape: Shape, actual: frozenset[str]) -> frozenset[str]:
    folded = frozenset(value.casefold() for value in actual)
    if shape is Shape.LANGUAGE:  # whoever writes pt-BR writes pt
        return folded | {value.split("-")[0] for value in folded}
    return folded


def _wanted(shape: Shape, value: str) -> frozenset[str]:
    """What satisfies a value: a region is satisfied by each of its countries."""
    if shape is Shape.PLACE:
        return frozenset(code.casefold() for code in regions.countries_of(value))
    return frozenset({value.casefold()})


def label_of(field: RuleField) -> str:
    """The field as it begins a sentence."""
    label = said(LABELS[field])
    return label[0].upper() + label[1:]


LABELS: Mapping[RuleField, str] = all_marked({
    _F.HOME_COUNTRY: "home country", _F.LANGUAGE: "language", _F.KIND: "kind", _F.KNOWN_FOR: "known for",
    _F.CHANNEL_PLATFORM: "channel platform", _F.CHANNEL_LANGUAGE: "channel language", _F.AUDIENCE_COUNTRY: "audience country",
    _F.INDEPENDENT: "independent", _F.AFFILIATION_KIND: "kind of affiliation", _F.ORGANISATION: "organisation",
    _F.OFFICIAL: "public official", _F.EVIDENCE_COUNT: "pieces of evidence in force",
    _F.EVIDENCE_DAYS: "days since the newest evidence", _F.ACCEPTS: "may accept", _F.DECLINES: "may not accept",
    _F.OWNER: "owner", _F.STAGE: "stage in this program", _F.SILENT_DAYS: "days without a word",
})  # fmt: skip


def matching(reason: Reason) -> tuple[str, ...]:
    """The known values that satisfy a line: of somebody's five languages, the one that is asked for."""
    shape = SHAPES[reason.condition.field]
    wanted = frozenset[str]().union(*(_wanted(shape, value) for value in reason.condition.values))
    return tuple(value for value in reason.actual if _comparable(shape, frozenset({value})) & wanted)
