"""What the operations of this room take: frozen, checked, the same for screens and the API."""

from typing import Annotated

from flask_babel import gettext as _
from pydantic import AwareDatetime, Field, field_validator

from app.core.checked import Checked
from app.outreach.models import TouchChannel, TouchKind
from app.outreach.policies import missing_placeholders, unknown_placeholders
from app.outreach.words_letters import KEYS
from app.people.details import LanguageTag, LineText, NeededLine, NeededText, Text


class TouchDetails(Checked):
    """One contact made; `at` is now when left out, `user_id` whoever made it (default: who records it)."""

    person_id: int
    channel: TouchChannel
    kind: TouchKind = TouchKind.UNSOLICITED
    subject: NeededLine
    summary: Text = ""
    is_ask: bool = False
    is_inbound: bool = False
    at: AwareDatetime | None = None
    user_id: int | None = None
    source_kind: str = ""
    source_id: int | None = None


class ContactRuleDetails(Checked):
    """At most `n_touches` unsolicited touches in `n_days` and `n_open_asks` open asks, over all departments (G3)."""

    n_touches: Annotated[int, Field(ge=1, le=100)]
    n_days: Annotated[int, Field(ge=1, le=366)]
    n_open_asks: Annotated[int, Field(ge=1, le=20)] = 1
    effective_from_at: AwareDatetime | None = None  # now when left out


class LetterTemplateDetails(Checked):
    """The text of a letter in one language; {words} in braces come from a fixed list (`policies.PLACEHOLDERS`)."""

    key: str
    language: LanguageTag
    subject: NeededLine
    body: NeededText

    @field_validator("key")
    @classmethod
    def _known_key(cls, value: str) -> str:
        if value not in KEYS:
            raise ValueError(_("Choose one of the letters: %(keys)s.", keys=", ".join(KEYS)))
        return value

    @field_validator("subject", "body")
    @classmethod
    def _known_words(cls, value: str) -> str:
        if unknown := unknown_placeholders(value):
            raise ValueError(
                _(
                    "Nothing can stand in for %(unknown)s. Use the words listed beside the text.",
                    unknown=", ".join(unknown),
                )
            )
        return value

    @field_validator("body")
    @classmethod
    def _names_the_sender(cls, value: str) -> str:
        if missing := missing_placeholders(value):
            raise ValueError(
                _(
                    "Every letter says who writes and how to check it: add %(missing)s.",
                    missing=", ".join(missing),
                )
            )
        return value


class LetterDetails(Checked):
    """A letter to one person: which text, what stands in for its words, which batch it leaves with.

    `fields` adds to what every letter knows by itself (`policies.PLACEHOLDERS`). `language` is chosen from those the
    person reads when left out.
    """

    person_id: int
    key: str
    kind: TouchKind
    is_ask: bool = False
    fields: dict[str, str] = {}
    batch: Annotated[str, Field(min_length=1, max_length=80)]
    batch_title: LineText
    source_kind: str = ""
    source_id: int | None = None
    language: LanguageTag | None = None
    #: In whose name it is written, when that is not the owner of the relationship.
    user_id: int | None = None
