"""Forms of this room: typed words in, details of the operations out."""

from collections.abc import Sequence
from typing import Any

from flask_login import current_user
from wtforms import BooleanField, SelectChoice

from app.core.forms import BaseForm, choice, instant_of, line, moment, now_wall, prose, whole, words_of
from app.outreach.details import ContactRuleDetails, LetterTemplateDetails, TouchDetails
from app.outreach.models import ContactRule, LetterTemplate, TouchChannel, TouchKind
from app.outreach.words_letters import KEYS
from app.people.models import Person

_KINDS = [
    (TouchKind.UNSOLICITED.value, "Unsolicited: we begin"),
    (TouchKind.REPLY.value, "Reply: they wrote first"),
    (TouchKind.COURTESY.value, "Courtesy: a thank-you, a greeting, nothing asked"),
    (TouchKind.TRANSACTIONAL.value, "Necessary: a change of travel, a confirmation"),
]


class TouchForm(BaseForm):
    """One contact made by hand."""

    channel = choice("By", words_of(TouchChannel), default=TouchChannel.MAIL.value)
    is_inbound = BooleanField("They contacted us", description="What they send us is never stopped.")
    kind = choice("What kind of contact", _KINDS, default=TouchKind.UNSOLICITED.value)
    at = moment("When", zone_field=None, description="On your clock.")
    subject = line("Subject", description="A few words that other departments will see.")
    summary = prose("What was said", required=False)
    is_ask = BooleanField(
        "It asks for something",
        description="An interview, a quote, a visit. It stays open until you note the answer.",
    )

    def details(self, person_id: int) -> TouchDetails:
        return TouchDetails(
            person_id=person_id, channel=self.channel.data, kind=self.kind.data, subject=self.subject.data,
            summary=self.summary.data or "", is_ask=self.is_ask.data, is_inbound=self.is_inbound.data,
            at=instant_of(self, "at", current_user.zone),
        )  # fmt: skip

    @classmethod
    def fresh(cls) -> "TouchForm":
        """The form with the present minute filled in, on the clock of whoever types."""
        return cls.begun()

    @classmethod
    def begun(cls, **known: object) -> "TouchForm":
        """The same, with what is known already."""
        return cls(data={"at": now_wall(current_user.zone).replace(second=0, microsecond=0)} | known)


class AnswerForm(BaseForm):
    """What came back on an ask."""

    answer = prose(
        "Answer", description="Yes, no, or what they said; it closes the ask for every department."
    )


class ReasonForm(BaseForm):
    """A reason where a choice needs one; the operation says so."""

    reason = prose("Reason", required=False, description="Both departments see it, and it stays on record.")


class HoldForm(BaseForm):
    """Why a letter stays behind."""

    reason = line("Why it stays behind", description="Whoever sends the batch reads it here.")


class ContactRuleForm(BaseForm):
    """How much contact is too much."""

    n_touches = whole(
        "Unsolicited contacts", least=1, most=100, description="Over all departments and channels together."
    )
    n_days = whole("In this many days", least=1, most=366)
    n_open_asks = whole("Open asks at a time", least=1, most=20)

    def details(self) -> ContactRuleDetails:
        return ContactRuleDetails(
            n_touches=self.n_touches.data, n_days=self.n_days.data, n_open_asks=self.n_open_asks.data
        )

    @classmethod
    def of(cls, rule: ContactRule | Any, newest: ContactRule | None) -> "ContactRuleForm":
        """The form filled with what holds now; it knows which rule was set last."""
        known = {"n_touches": rule.n_touches, "n_days": rule.n_days, "n_open_asks": rule.n_open_asks}
        return cls(data=known | {"version": str(newest.id if newest is not None else 0)})


class LetterForm(BaseForm):
    """The text of a letter in one language."""

    key = choice("Letter", list(KEYS.items()), default="invitation")
    language = line(
        "Language", longest=16, default="en", description="One language tag, for example ko or zh-Hans."
    )
    subject = line("Subject")
    body = prose("Text", longest=20_000)

    def details(self) -> LetterTemplateDetails:
        return LetterTemplateDetails(
            key=self.key.data, language=self.language.data, subject=self.subject.data, body=self.body.data
        )

    def number_seen(self) -> int | None:
        """The version these words were written over; None once another letter or language is chosen."""
        begun = (self.key.object_data, self.language.object_data)
        return self.seen_version if begun == (self.key.data, self.language.data) else None

    @classmethod
    def begun(cls, key: str, language: str, template: LetterTemplate | None) -> "LetterForm":
        """The newest version to go on from, or a text to begin with."""
        data = {"key": key or "invitation", "language": language or "en"}
        if key and language:
            data["version"] = str(template.number if template is not None else 0)
        if template is not None:
            data |= {"subject": template.subject, "body": template.body}
        elif data["language"] == "en" and data["key"] in _BEGIN:
            data |= _BEGIN[data["key"]]
        return cls(data=data)


_BEGIN_INVITATION = """Dear {person},

we would like to invite you to {event}: {dates}, {place}, {city}.

{promise}

Please answer here; the page is for you alone: {answer_link}

Whether you come, and what you publish afterwards, is yours alone to decide: we never ask to see it first.

{owner}
{department}, {company}

You can check that this letter is really from us: {verify_link} (reference {reference})
"""

_BEGIN_CHANGE = """Dear {person},

something about {event} has changed since we wrote to you:

{changes}

If this does not suit you any more, tell me, and we will find another way.

{owner}
{department}, {company}

You can check that this letter is really from us: {verify_link} (reference {reference})
"""

_BEGIN_REMINDER = """Dear {person},

we have not heard from you about {event}: {dates}, {place}, {city}. A word is enough, and a no is as welcome as a yes:

{answer_link}

{owner}
{department}, {company}

You can check that this letter is really from us: {verify_link} (reference {reference})
"""

_BEGIN_ASK_AGAIN = """Dear {person},

you had answered us about {event}. It has another time or place now: {dates}, {place}, {city}.

Please say again whether you come:

{answer_link}

{owner}
{department}, {company}

You can check that this letter is really from us: {verify_link} (reference {reference})
"""

_BEGIN_CANCELLATION = """Dear {person},

{event} ({dates}, {place}) does not take place. I am sorry for the trouble this makes for you.

What we arranged for you is undone by us; you have nothing to do.

{owner}
{department}, {company}

You can check that this letter is really from us: {verify_link} (reference {reference})
"""

_BEGIN_WITHDRAWAL = """Dear {person},

we have to take back our invitation to {event} ({dates}, {place}). I am sorry for the trouble this makes for you.

What we arranged for you is undone by us; you have nothing to do.

{owner}
{department}, {company}

You can check that this letter is really from us: {verify_link} (reference {reference})
"""

#: English texts to begin with, by letter.
_BEGIN = {
    "reminder": {"subject": "{event}: shall we keep a place for you?", "body": _BEGIN_REMINDER},
    "ask_again": {"subject": "{event} has moved: do you still come?", "body": _BEGIN_ASK_AGAIN},
    "invitation": {"subject": "Would you come to {event} in {city}?", "body": _BEGIN_INVITATION},
    "change": {"subject": "{event}: what has changed", "body": _BEGIN_CHANGE},
    "cancellation": {"subject": "{event} does not take place", "body": _BEGIN_CANCELLATION},
    "withdrawal": {"subject": "{event}: our invitation to you", "body": _BEGIN_WITHDRAWAL},
}


class MailForm(BaseForm):
    """The words of one mail before it leaves."""

    subject = line("Subject")
    text = prose("Text", longest=50_000)


def choices_of(rows: Sequence[Any]) -> list[tuple[str, str]]:
    """Rows with an id and a name, for a filter."""
    return [(str(row.id), row.name) for row in rows]


class AgencyContactForm(BaseForm):
    """A contact an agency made with somebody it represents."""

    person_id = choice("With", [])
    channel = choice("By", words_of(TouchChannel))
    subject = line("About")
    summary = prose("What was said", required=False)
    is_ask = BooleanField("It asks for something and waits for an answer")

    def offer(self, persons: Sequence[Person]) -> "AgencyContactForm":
        """Fill the choices."""
        self.person_id.choices = [SelectChoice(str(person.id), person.name) for person in persons]
        return self

    def details(self) -> TouchDetails:
        return TouchDetails(
            person_id=int(self.person_id.data), channel=self.channel.data, subject=self.subject.data,
            summary=self.summary.data or "", is_ask=self.is_ask.data,
        )  # fmt: skip
