"""Cohort rules in words: a condition, why it holds for somebody, a whole rule as one sentence."""

from collections.abc import Mapping, Sequence

from flask_babel import gettext as _

from app.core.i18n import colon, country_name, marked, said, words
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
_JOINING = {Match.ALL: marked(" and "), Match.ANY: marked(" or ")}


def words_of_value(field: RuleField, value: str, names: Names = _NOBODY) -> str:
    """ "CN" -> "China": a stored value as people call it."""
    shape = SHAPES[field]
    if shape is Shape.PLACE:
        return country_name(value)
    if shape is Shape.LANGUAGE:
        return language_words(value)
    if shape is Shape.OWNER:
        return names.get(value, str(_("user %(value)s", value=value)))
    return words(value).lower() if shape is Shape.CHOICE else value


def words_of_condition(line: Condition, names: Names = _NOBODY) -> str:
    """ "home country is not China"."""
    plain = _plain_words(line, names)
    if line.if_unknown is None or line.op in VALUELESS:
        return plain
    if line.if_unknown is Unknown.HOLDS:
        return str(_("%(condition)s or not known", condition=plain))
    return str(_("%(condition)s and known", condition=plain))


def _plain_words(line: Condition, names: Names) -> str:
    label = said(LABELS[line.field])
    if line.op in VALUELESS:
        is_known = line.op is RuleOp.KNOWN
        return str(
            _("%(field)s is known", field=label) if is_known else _("%(field)s is not known", field=label)
        )
    values = [words_of_value(line.field, value, names) for value in line.values]
    if SHAPES[line.field] is Shape.NUMBER:
        return f"{label}{colon()}{words(line.op).lower()} {values[0]}"
    if SHAPES[line.field] is Shape.TOPIC:
        if line.op is RuleOp.MENTIONS:
            return str(_("%(field)s mentions %(values)s", field=label, values=_any_of(values)))
        return str(_("%(field)s does not mention %(values)s", field=label, values=_any_of(values)))
    if line.op is RuleOp.IS_NOT:
        return str(_("%(field)s is not %(values)s", field=label, values=_any_of(values)))
    listed = _all_of(values) if line.op is RuleOp.ALL_OF else _any_of(values)
    return str(_("%(field)s is %(values)s", field=label, values=listed))


def words_of_reason(reason: Reason, names: Names = _NOBODY) -> str:
    """ "home country is not China (here China)": the condition, then what is known."""
    return str(
        _(
            "%(condition)s (here %(actual)s)",
            condition=words_of_condition(reason.condition, names),
            actual=words_of_actual(reason, names),
        )
    )


def words_of_actual(reason: Reason, names: Names = _NOBODY) -> str:
    """What is known of the person, or that nothing is and what that counts as."""
    field = reason.condition.field
    if reason.actual:
        return ", ".join(words_of_value(field, value, names) for value in reason.actual)
    if reason.condition.op in VALUELESS:
        return str(_("not known"))
    return str(
        _("not known, which counts as met") if reason.holds else _("not known, which counts as not met")
    )


def words_of_rule(rule: CohortRule, names: Names = _NOBODY) -> str:
    """The rule as one sentence of the reader's language, with no capital and no stop: "home country is not China"."""
    if not rule.groups:
        return str(_("everybody"))
    parts = [words_of_group(group, names) for group in rule.groups]
    if len(parts) == 1:
        return parts[0]
    bracketed = [
        f"({part})" if len(group.lines) > 1 else part for part, group in zip(parts, rule.groups, strict=True)
    ]
    return said(_JOINING[rule.match]).join(bracketed)


def words_of_group(group: Group, names: Names = _NOBODY) -> str:
    """The lines of a group, joined by and, or by or."""
    return said(_JOINING[group.match]).join(words_of_condition(line, names) for line in group.lines)


def words_of_explanation(found: Explanation, names: Names = _NOBODY) -> str:
    """Why somebody is in, or why out, in one line; "the rule has no lines" where it has none."""
    lines = found.carrying if found.holds else found.broken
    return "; ".join(words_of_reason(line, names) for line in lines) or str(_("the rule has no lines"))


def _any_of(values: Sequence[str]) -> str:
    """ "China, Japan or Korea"."""
    if len(values) < 2:
        return "".join(values)
    return str(_("%(values)s or %(last)s", values=", ".join(values[:-1]), last=values[-1]))


def _all_of(values: Sequence[str]) -> str:
    """ "Arabic, Korean and Thai"."""
    if len(values) < 2:
        return "".join(values)
    return str(_("%(values)s and %(last)s", values=", ".join(values[:-1]), last=values[-1]))
