"""Decisions about the history of a record: what a reader may see of it, and which value may be brought back (P4, R3)."""

from collections.abc import Mapping

from flask_babel import gettext as _

from app.accounts import permissions
from app.accounts.models import User
from app.accounts.policies import words_of_action, words_of_column
from app.core.errors import DomainError
from app.core.i18n import all_marked, said

#: Columns that follow from others or mean nothing to a reader.
_SILENT = frozenset(
    {"id", "person_id", "version", "search_text", "sort_key", "surrogate", "made_at", "changed_at", "file_id", "by_id",
     "hand_over_id", "from_at", "to_at", "at", "added_at", "removed_by_id", "ended_by_id", "is_pseudonymous", "code"}
)  # fmt: skip

#: What a whole table needs beyond the page's own permission, and what single fields need.
TABLE_NEEDS: Mapping[str, str] = {"may_accept": "amounts:read"}
_FIELD_NEEDS: Mapping[tuple[str, str], str] = {
    ("person", "notes"): "notes:read",
    ("person", "official_reason"): "ledger:approve",
}

#: Column -> field of the details its edit operation takes. What is not here is not restored.
RESTORABLE: Mapping[str, Mapping[str, str]] = {
    "person": {
        **{name: name for name in (
            "name", "sort_name", "name_order", "email", "phone", "languages", "home_country", "zone", "known_for",
            "known_among", "is_independent", "has_equity_or_family_tie", "notes",
        )},
        "kind_id": "kind",
    },
    "channel": {name: name for name in (
        "platform", "handle", "url", "language", "audience_countries", "audience_size", "audience_read_on",
    )},
    "evidence": {name: name for name in ("kind", "summary", "url", "note", "on", "expires_on")},
    "affiliation": {name: name for name in ("organisation_id", "role", "from_on", "to_on", "is_employment")},
    "may_accept": {name: name for name in ("answer", "said_on", "source")},
    "organisation": {name: name for name in (
        "name", "kind", "country", "is_state_body", "is_gift_allowed", "is_vendor_travel_allowed",
        "is_invoice_to_employer_only", "max_class", "rule_text", "rule_url",
    )},
}  # fmt: skip

#: What somebody wished or agreed to: only they can say it again.
_CONSENTS = frozenset(
    {("person", "is_opted_out"), ("person", "quiet_until_on"), ("affiliation", "is_consent_given"),
     ("affiliation", "consented_on")}
)  # fmt: skip

_LABELS = all_marked({
    "is_opted_out": "wants no contact", "quiet_until_on": "wants quiet until", "kind_id": "kind", "agency_id": "represented by",
    "zone": "time zone", "email": "e-mail", "phone": "telephone", "sort_name": "listed under", "name_order": "order of the name",
    "has_equity_or_family_tie": "tie to us", "official_reason": "how the official status is known",
    "organisation_id": "organisation", "is_employment": "employed there", "is_consent_given": "the employer agrees",
    "consented_on": "agreed on", "audience_countries": "audience in", "audience_size": "audience",
    "audience_read_on": "audience read on", "url": "link", "ended_on": "last day", "on": "day", "expires_on": "counts until",
    "from_on": "from", "to_on": "until",
    "said_on": "said on", "source": "who said so", "user_id": "who", "is_gift_allowed": "gifts allowed",
    "is_vendor_travel_allowed": "travel paid by us allowed", "is_invoice_to_employer_only": "invoice to employer only",
    "max_class": "highest class", "rule_text": "rule in words", "rule_url": "where the rule is written",
    "merged_into_id": "merged into", "removed_at": "taken away", "remove_reason": "why", "audience": "who may open it",
    "category": "what it is", "known_among": "among", "name": "name", "languages": "languages", "home_country": "home country",
    "known_for": "known for", "is_independent": "independent", "notes": "notes", "platform": "platform", "handle": "handle",
    "language": "language", "kind": "kind", "summary": "summary", "note": "note", "role": "role", "answer": "answer",
    "country": "country", "is_state_body": "state body", "official_status": "official status",
})  # fmt: skip


#: What a line of the trail says of a person's record; others are read from the action itself.
_DONE = all_marked({
    "person_added": "added the person", "person_edited": "edited", "wishes_set": "noted their wishes",
    "merged": "merged another record",
    "official_status_set": "set the official status", "evidence_added": "added evidence:", "evidence_edited": "edited evidence:",
    "channel_added": "added the channel", "channel_edited": "edited the channel", "channel_ended": "ended the channel",
    "channel_resumed": "resumed the channel", "affiliation_added": "added the affiliation with",
    "affiliation_edited": "edited the affiliation with", "affiliation_ended": "ended the affiliation with",
    "may_accept_set": "noted what they may accept of", "handed_over": "handed over to",
    "representation_begun": "noted the agency",
    "representation_ended": "ended the agency", "file_kept": "added the file", "file_edited": "edited the file",
    "file_removed": "took away the file", "merge_undone": "undid the merge", "organisation_added": "added the organisation",
    "organisation_edited": "edited the organisation", "hospitality_set": "wrote down what those who serve need to know",
    "hospitality_forgotten": "deleted what those who serve knew", "hospitality_purged": "deleted what those who serve knew",
    "contact_wishes_set": "noted their wishes about contact:",
    "deputy_ended": "ended the time as deputy of", "hand_over_taken_back": "took back the hand-over to",
})  # fmt: skip


def done_words(action: str) -> str:
    """ "people.channel_added" -> "added the channel"."""
    return said(_DONE.get(action.partition(".")[2], "")) or words_of_action(action)


class NotRestorable(DomainError):
    """P4: a consent, a wish, or something with a page and a history of its own."""


class NothingToRestore(DomainError):
    """The value is what it was, or there was none before."""


def label_of(column: str) -> str:
    """ "kind_id" -> "kind"."""
    return said(_LABELS.get(column, "")) or words_of_column(column.removeprefix("is_"))


def may_see(by: User, table: str, column: str) -> bool:
    """Whether a reader may see values of a column in the history."""
    if column in _SILENT:
        return False
    needed = (TABLE_NEEDS.get(table), _FIELD_NEEDS.get((table, column)))
    return all(permissions.may(by, one) for one in needed if one)


def is_restorable(table: str, column: str) -> bool:
    """Whether a column can be brought back at all."""
    return column in RESTORABLE.get(table, {})


def require_restorable(table: str, column: str) -> None:
    """Raise NotRestorable for consents and wishes (P4), and for what has a page of its own."""
    if (table, column) in _CONSENTS:
        raise NotRestorable(
            _(
                "A wish or a consent is never brought back from the history: only the person can say it again. "
                "Note it on its own page when they do."
            )
        )
    if not is_restorable(table, column):
        raise NotRestorable(
            _(
                "“%(column)s” is not changed here: it has a page of its own, where the change is explained.",
                column=label_of(column).capitalize(),
            )
        )
