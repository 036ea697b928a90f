"""Setting the contact rule and writing the texts of letters; both are dated and never changed afterwards."""

from collections.abc import Mapping

import sqlalchemy as sa
from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.core.i18n import said
from app.core.versions import check_number
from app.outreach import operations_letters, policies, queries, queries_outbox, words_letters
from app.outreach.details import ContactRuleDetails, LetterTemplateDetails
from app.outreach.models import ContactRule, LetterTemplate


def set_contact_rule(details: ContactRuleDetails, *, by: User, seen_id: int | None = None) -> ContactRule:
    """How much contact is too much, from an instant on; earlier rules stay on record (G3).

    `seen_id` is the rule it was written over, 0 for none. Raises Overtaken.
    """
    newest = queries.newest_rule()
    check_number(newest, newest.id if newest is not None else 0, seen_id)
    rule = ContactRule(
        n_touches=details.n_touches, n_days=details.n_days, n_open_asks=details.n_open_asks,
        effective_from_at=details.effective_from_at or clock.now(), made_by_id=by.id,
    )  # fmt: skip
    db.session.add(rule)
    audit.record("outreach.contact_rule_set", rule, by=by)
    return rule


def write_letter_template(
    details: LetterTemplateDetails, *, by: User, seen_number: int | None = None
) -> LetterTemplate:
    """A new version of a letter in one language; letters that waited for this translation get their mail (G5).

    `seen_number` is the version it was written over, 0 for none. Raises Overtaken.
    """
    known = queries_outbox.template_in_force(details.key, details.language)
    check_number(known, known.number if known is not None else 0, seen_number)
    latest = sa.select(sa.func.max(LetterTemplate.number)).where(
        LetterTemplate.key == details.key, LetterTemplate.language == details.language
    )
    template = LetterTemplate(
        number=(db.session.scalar(latest) or 0) + 1, made_at=clock.now(), **details.model_dump()
    )
    db.session.add(template)
    db.session.flush()
    operations_letters.translate_waiting(template)
    audit.record("outreach.letter_template_written", template, by=by)
    return template


def restore_letter_template(old: LetterTemplate, *, by: User) -> LetterTemplate:
    """Put the words of an earlier version in force again, as a new one; AlreadyInForce for the one that is, LetterIncomplete."""
    latest = queries_outbox.template_in_force(old.key, old.language)
    if latest is not None and (latest.subject, latest.body) == (old.subject, old.body):
        raise policies.AlreadyInForce(_("These are the words in force. Nothing was changed."))
    unknown = policies.unknown_placeholders(f"{old.subject} {old.body}")
    wrong = [*unknown, *policies.missing_placeholders(old.body)]
    if wrong:  # what may, and what must, stand in braces can be other than it was when this was written
        raise policies.LetterIncomplete(
            _("Letters are no longer written like this: look at %(wrong)s.", wrong=", ".join(wrong))
        )
    details = LetterTemplateDetails(key=old.key, language=old.language, subject=old.subject, body=old.body)
    return write_letter_template(details, by=by)


def render_letter(key: str, language: str, fields: Mapping[str, str]) -> tuple[str, str]:
    """Subject and body of a letter in a language; MissingTranslation and LetterIncomplete when it cannot be (G5)."""
    template = queries_outbox.template_in_force(key, language)
    if template is None:
        raise policies.MissingTranslation(
            _(
                "The letter “%(key)s” is not written in %(language)s. Write it, then send.",
                key=said(words_letters.KEYS.get(key, key)),
                language=language,
            )
        )
    return policies.fill(template.subject, fields), policies.fill(template.body, fields)
