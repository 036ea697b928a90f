"""The rule editor: typed lines in, a rule out; every line keeps what was typed and says what is wrong with it."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from babel import Locale
from flask_babel import gettext as _
from msgspec import Struct, field
from pydantic import ValidationError
from werkzeug.datastructures import MultiDict

from app.core import regions
from app.core.i18n import all_marked, country_name, locale_tag, said
from app.programs.policies_rules import (
    CHOICES,
    N_CONDITIONS,
    N_GROUPS,
    OPS,
    SHAPES,
    VALUELESS,
    CohortRule,
    Condition,
    Group,
    Match,
    RuleField,
    RuleOp,
    Shape,
    Unknown,
    label_of,
)
from app.programs.words_rules import Names, words_of_value

Typed = MultiDict[str, str]

_OP_WORDS: Mapping[RuleOp, str] = all_marked({
    RuleOp.IS: "is", RuleOp.IS_NOT: "is not", RuleOp.ANY_OF: "is any of", RuleOp.ALL_OF: "is all of",
    RuleOp.AT_LEAST: "at least", RuleOp.AT_MOST: "at most", RuleOp.MENTIONS: "mentions any of",
    RuleOp.MENTIONS_NOT: "mentions none of", RuleOp.KNOWN: "is known", RuleOp.NOT_KNOWN: "is not known",
})  # fmt: skip
_HELP: Mapping[Shape, str] = {
    Shape.PLACE: "Countries or regions, with commas between: China, South Asia",
    Shape.LANGUAGE: "Languages, with commas between: Arabic, Korean",
    Shape.NAME: "Names, with commas between",
    Shape.OWNER: "Names of users, with commas between",
    Shape.TOPIC: "Words, with commas between: private 5G, mining",
    Shape.NUMBER: "A whole number",
}


class DraftLine(Struct):
    """One line as it was typed."""

    about: RuleField
    op: str = ""
    values: list[str] = field(default_factory=list)
    if_unknown: str = ""
    error: str = ""

    @property
    def shape(self) -> Shape:
        return SHAPES[self.about]

    @property
    def label(self) -> str:
        return label_of(self.about)

    @property
    def text(self) -> str:
        """The values of an open list as one line."""
        return ("; " if any("," in value for value in self.values) else ", ").join(self.values)

    @property
    def help(self) -> str:
        return said(_HELP.get(self.shape, ""))

    @property
    def ops(self) -> list[tuple[str, str]]:
        """What the field can be compared by, as (value, words)."""
        return [(op.value, said(_OP_WORDS[op])) for op in OPS[self.shape]]

    @property
    def choices(self) -> list[tuple[str, str]]:
        """The values of a closed list, as (value, words)."""
        return [(value, words_of_value(self.about, value)) for value in CHOICES.get(self.about, ())]


class DraftGroup(Struct):
    """Lines that belong together, as they were typed."""

    match: str = Match.ALL.value
    lines: list[DraftLine] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        return len(self.lines) >= N_CONDITIONS


class Draft(Struct):
    """A rule being written."""

    match: str = Match.ALL.value
    groups: list[DraftGroup] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        return len(self.groups) >= N_GROUPS

    @property
    def errors(self) -> list[str]:
        return [f"{line.label}: {line.error}" for group in self.groups for line in group.lines if line.error]

    def change(self, do: str, typed: Typed) -> None:
        """Add or remove a line or a group, as the pressed button says; a button nobody offered does nothing."""
        verb, _, place = do.partition(":")
        numbers = [int(part) for part in place.split(".") if part.isdecimal() and len(part) < 3]
        group = self.groups[numbers[0]] if numbers and numbers[0] < len(self.groups) else None
        if verb == "group" and not self.is_full:
            self.groups.append(DraftGroup())
        elif verb == "add" and group is not None and not group.is_full:
            about = typed.get(f"g{numbers[0]}_new", "")
            if about in set(RuleField):
                ops = OPS[SHAPES[RuleField(about)]]
                op = RuleOp.ANY_OF if RuleOp.ANY_OF in ops else ops[0]
                group.lines.append(DraftLine(RuleField(about), op=op.value))
        elif verb == "remove" and group is not None:
            if len(numbers) == 2 and numbers[1] < len(group.lines):
                del group.lines[numbers[1]]
            if len(numbers) == 1 or not group.lines:
                self.groups.remove(group)
        self.groups = self.groups or [DraftGroup()]

    def rule(self, names: Names) -> CohortRule | None:
        """The rule that was typed; None when a line is wrong, and the line says why."""
        groups = []
        for group in self.groups:
            lines = [line for one in group.lines if (line := _read(one, names)) is not None]
            if lines:
                groups.append(
                    Group(
                        match=Match.ANY if group.match == Match.ANY.value else Match.ALL, lines=tuple(lines)
                    )
                )
        if self.errors:
            return None
        return CohortRule(
            match=Match.ANY if self.match == Match.ANY.value else Match.ALL, groups=tuple(groups)
        )


def draft_of(rule: CohortRule, names: Names) -> Draft:
    """A stored rule as the editor shows it; an empty one has an empty group to begin with."""
    groups = [
        DraftGroup(group.match.value, [_typed_line(line, names) for line in group.lines])
        for group in rule.groups
    ]
    return Draft(rule.match.value, groups or [DraftGroup()])


def _typed_line(line: Condition, names: Names) -> DraftLine:
    is_closed = SHAPES[line.field] in {Shape.CHOICE, Shape.YES_NO}
    values = [value if is_closed else words_of_value(line.field, value, names) for value in line.values]
    unknown = line.if_unknown.value if line.if_unknown else ""
    return DraftLine(line.field, line.op.value, values, unknown)


def draft_typed(typed: Typed) -> Draft:
    """What was sent, as the editor shows it again; fields nobody offers are passed over."""
    groups = []
    for g in range(N_GROUPS):
        if f"g{g}_match" not in typed:
            break
        lines = [_sent_line(typed, f"g{g}_{n}") for n in range(N_CONDITIONS)]
        groups.append(DraftGroup(typed[f"g{g}_match"], [line for line in lines if line is not None]))
    return Draft(typed.get("match", Match.ALL.value), groups or [DraftGroup()])


def _sent_line(typed: Typed, prefix: str) -> DraftLine | None:
    about = typed.get(f"{prefix}_field", "")
    if about not in set(RuleField):
        return None
    one = RuleField(about)
    sent = typed.getlist(f"{prefix}_values")[:200]
    values = sent if SHAPES[one] in {Shape.CHOICE, Shape.YES_NO} else _split(" ".join(sent)[:5000])
    return DraftLine(one, typed.get(f"{prefix}_op", ""), values, typed.get(f"{prefix}_unknown", ""))


def _split(text: str) -> list[str]:
    """ "China, Japan"; a list with semicolons may have commas in its names."""
    return [part.strip() for part in re.split(";" if ";" in text else ",", text) if part.strip()]


def _read(line: DraftLine, names: Names) -> Condition | None:
    try:
        values = (
            () if line.op in VALUELESS else tuple(_code(line.shape, value, names) for value in line.values)
        )
        return Condition.model_validate(
            {"field": line.about, "op": line.op, "values": values, "if_unknown": line.if_unknown or None}
        )
    except ValidationError as error:
        line.error = " ".join(str(one["msg"]).removeprefix("Value error, ") for one in error.errors())
    except ValueError as error:
        line.error = str(error)
    return None


def _code(shape: Shape, value: str, names: Names) -> str:
    if shape is Shape.PLACE:
        place = regions.find_place(value)
        if place is None:
            raise ValueError(_("%(value)s is not a country or region.", value=value[:60]))
        return place.code
    if shape is Shape.LANGUAGE:
        return language_code(value)
    if shape is Shape.OWNER:
        found = [id for id, name in names.items() if name.casefold() == value.casefold()]
        if not found:
            raise ValueError(_("Nobody who looks after people is called %(value)s.", value=value[:60]))
        return found[0]
    return value


def language_code(text: str) -> str:
    """ "Korean" -> "ko"; what names no language stays as it is."""
    return _language_names(locale_tag()).get(regions.plain(text), text)


@lru_cache(maxsize=8)
def _language_names(tag: str) -> dict[str, str]:
    """Names of languages, in English and the reader's language, as they are compared."""
    found: dict[str, str] = {}
    for locale in (Locale("en"), Locale.parse(tag, sep="-")):
        found |= {regions.plain(name): code.replace("_", "-") for code, name in locale.languages.items()}
    return found


def known_places() -> Sequence[str]:
    """Names of regions and countries, for suggestions."""
    codes = [*regions.region_codes(), *sorted(regions.countries_of("001"))]
    return [name for code in codes if len(name := country_name(code)) > 2]


def unknown_choices() -> list[tuple[str, str]]:
    """What a line may say of somebody about whom the fact is not known."""
    return [
        ("", _("as usual")),
        (Unknown.HOLDS.value, _("counts as met")),
        (Unknown.FAILS.value, _("counts as not met")),
    ]
