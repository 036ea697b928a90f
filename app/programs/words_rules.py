"""Cohort rules in words: a condition, why it holds for somebody, a whole rule as one sentence."""

from collections.abc import Mapping, Sequence

from app.core.i18n import country_name, words
from app.people.languages import language_words
from app.programs.policies_rules import (
    LABELS,
    SHAPES,
    VALUELESS,
    CohortRule,
    Condition,
    Explanation,
    Group,
    Match,
    Reason,
    RuleField,
    RuleOp,
    Shape,
    Unknown,
)

#: What numbers of users stand for; rules keep the number, because names change.
Names = Mapping[str, str]

_NOBODY: Names = {}
_JOINING = {Match.ALL: " and ", Match.ANY: " or "}


def words_of_value(field: RuleField, value: str, names: Names = _NOBODY) -> str:
    """ "CN" -> "China": a stored value as people call it."""
    shape = SHAPES[field]
    if shape is Shape.PLACE:
        return country_name(value)
    if shape is Shape.LANGUAGE:
        return language_words(value)
    if shape is Shape.OWNER:
        return names.get(value, f"user {value}")
    return words(value).lower() if shape is Shape.CHOICE else value


def words_of_condition(line: Condition, names: Names = _NOBODY) -> str:
    """ "home country is not China"."""
    said = _plain_words(line, names)
    if line.if_unknown is None or line.op in VALUELESS:
        return said
    return f"{said}{' or not known' if line.if_unknown is Unknown.HOLDS else ' and known'}"


def _plain_words(line: Condition, names: Names) -> str:
    label = LABELS[line.field]
    if line.op in VALUELESS:
        return f"{label} is {'known' if line.op is RuleOp.KNOWN else 'not known'}"
    values = [words_of_value(line.field, value, names) for value in line.values]
    if SHAPES[line.field] is Shape.NUMBER:
        return f"{label}: {line.op.value.replace('_', ' ')} {values[0]}"
    if SHAPES[line.field] is Shape.TOPIC:
        verb = "mentions" if line.op is RuleOp.MENTIONS else "does not mention"
        return f"{label} {verb} {_listed(values, 'or')}"
    if line.op is RuleOp.ALL_OF:
        return f"{label} is {_listed(values, 'and')}"
    verb = "is not" if line.op is RuleOp.IS_NOT else "is"
    return f"{label} {verb} {_listed(values, 'or')}"


def words_of_reason(reason: Reason, names: Names = _NOBODY) -> str:
    """ "home country is not China (here China)": the condition, then what is known."""
    return f"{words_of_condition(reason.condition, names)} (here {words_of_actual(reason, names)})"


def words_of_actual(reason: Reason, names: Names = _NOBODY) -> str:
    """What is known of the person, or that nothing is and what that counts as."""
    field = reason.condition.field
    if reason.actual:
        return ", ".join(words_of_value(field, value, names) for value in reason.actual)
    if reason.condition.op in VALUELESS:
        return "not known"
    return f"not known, which {'counts as met' if reason.holds else 'counts as not met'}"


def words_of_rule(rule: CohortRule, names: Names = _NOBODY) -> str:
    """The rule as one English sentence, with no capital and no stop: "home country is not China"."""
    if not rule.groups:
        return "everybody"
    parts = [words_of_group(group, names) for group in rule.groups]
    if len(parts) == 1:
        return parts[0]
    bracketed = [
        f"({part})" if len(group.lines) > 1 else part for part, group in zip(parts, rule.groups, strict=True)
    ]
    return _JOINING[rule.match].join(bracketed)


def words_of_group(group: Group, names: Names = _NOBODY) -> str:
    """The lines of a group, joined by and, or by or."""
    return _JOINING[group.match].join(words_of_condition(line, names) for line in group.lines)


def words_of_explanation(found: Explanation, names: Names = _NOBODY) -> str:
    """Why somebody is in, or why out, in one line; "the rule has no lines" where it has none."""
    lines = found.carrying if found.holds else found.broken
    return "; ".join(words_of_reason(line, names) for line in lines) or "the rule has no lines"


def _listed(values: Sequence[str], last: str) -> str:
    """ "China, Japan or Korea"."""
    if len(values) < 2:
        return "".join(values)
    return f"{', '.join(values[:-1])} {last} {values[-1]}"
