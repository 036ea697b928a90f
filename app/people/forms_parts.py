"""Forms of the parts of a record: evidence, channels, affiliations, what somebody may accept; and of the lists behind them."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from wtforms import BooleanField, SelectChoice

from app.core.forms import (
    BaseForm,
    amount,
    choice,
    codes,
    currency,
    day,
    line,
    money_of,
    prose,
    whole,
    words_of,
)
from app.people.details import (
    AffiliationDetails,
    ChannelDetails,
    EvidenceDetails,
    KindDetails,
    MayAcceptDetails,
    PlatformDetails,
)
from app.people.forms import offer_rows, plain_choices
from app.people.models import (
    AcceptAnswer,
    Affiliation,
    Channel,
    Evidence,
    EvidenceKind,
    MayAccept,
    Organisation,
)
from app.people.policies import VALUE_CATEGORIES

_COUNTRIES_HELP = "Two-letter codes with commas between, for example AE, SA."


class EvidenceForm(BaseForm):
    """Something dated that shows influence."""

    kind = choice("Kind", words_of(EvidenceKind), default=EvidenceKind.TALK.value)
    on = day("On")
    summary = prose("What happened", description="What and where, in a line or two.")
    url = line("Link", required=False, longest=2000)
    note = prose("Note", required=False, description="Why it says something about their influence.")
    expires_on = day("Counts until", required=False, description="Left empty, it does not expire.")

    def details(self) -> EvidenceDetails:
        return EvidenceDetails(
            kind=self.kind.data, summary=self.summary.data, on=self.on.data, url=self.url.data or "",
            note=self.note.data or "", expires_on=self.expires_on.data,
        )  # fmt: skip


class ChannelForm(BaseForm):
    """Where a person publishes."""

    platform = choice("Platform", [])
    handle = line("Handle or title")
    url = line("Link", required=False, longest=2000)
    language = line("Language", longest=16, default="en", description="One language tag, for example ar.")
    audience_countries = line("Where its audience is", required=False, description=_COUNTRIES_HELP)
    audience_size = whole(
        "Audience",
        required=False,
        most=2_000_000_000,
        description="Optional. It never sorts a list and never ranks anybody.",
    )
    audience_read_on = day(
        "Read on", required=False, description="The day this number was seen; today when left empty."
    )

    def offer(self, platforms: Sequence[tuple[str, str]]) -> "ChannelForm":
        """Fill the choices: platforms as (code, words)."""
        self.platform.choices = [
            SelectChoice("", _("Choose a platform")),
            *(SelectChoice(*one) for one in platforms),
        ]
        return self

    def details(self) -> ChannelDetails:
        return ChannelDetails(
            platform=self.platform.data, handle=self.handle.data, url=self.url.data or "", language=self.language.data,
            audience_countries=tuple(codes(self.audience_countries.data)), audience_size=self.audience_size.data,
            audience_read_on=self.audience_read_on.data,
        )  # fmt: skip


class EndChannelForm(BaseForm):
    """The last day somebody published on a channel."""

    ended_on = day("Last day")


class AffiliationForm(BaseForm):
    """Where a person works or belongs."""

    organisation_id = choice("Organisation", [])
    role = line("As", required=False, description="For example research director.")
    from_on = day("From")
    to_on = day("Until", required=False, description="Left empty while it lasts.")
    is_employment = BooleanField(
        "Employed there", default=True, description="An employer's rules hold for its people."
    )
    is_consent_given = BooleanField("The employer has agreed to the relationship")
    consented_on = day("Agreed on", required=False)

    def offer(self, organisations: Sequence[Organisation]) -> "AffiliationForm":
        """Fill the choices."""
        offer_rows(self.organisation_id, organisations)
        return self

    def details(self) -> AffiliationDetails:
        return AffiliationDetails(
            organisation_id=self.organisation_id.data, role=self.role.data or "", from_on=self.from_on.data,
            to_on=self.to_on.data, is_employment=self.is_employment.data, is_consent_given=self.is_consent_given.data,
            consented_on=self.consented_on.data,
        )  # fmt: skip


class EndForm(BaseForm):
    """The last day of an affiliation."""

    to_on = day("Last day")


class MayAcceptForm(BaseForm):
    """What a person says they may accept of one category."""

    category = choice("Of", plain_choices(VALUE_CATEGORIES))
    answer = choice("They may accept", [("yes", "Yes"), ("no", "No"), ("up_to", "Up to an amount")])
    limit = amount("Up to", required=False)
    currency = currency(default="GBP")
    said_on = day("They said so on", required=False, description="Today when left empty.")
    source = line(
        "Who said so",
        required=False,
        description="The person in a mail, their employer's policy, their agent …",
    )

    def details(self) -> MayAcceptDetails:
        limit = money_of(self, "limit") if self.answer.data == AcceptAnswer.UP_TO.value else None
        return MayAcceptDetails(
            category=self.category.data, answer=self.answer.data, limit=limit, said_on=self.said_on.data,
            source=self.source.data or "",
        )  # fmt: skip


class KindForm(BaseForm):
    """A word for what somebody is."""

    name = line("Name", description="One word or two, as it stands on records: “Podcaster”.")

    def details(self) -> KindDetails:
        return KindDetails(name=self.name.data)


class PlatformForm(BaseForm):
    """Where people publish."""

    name = line("Name", longest=40)
    hosts = line(
        "Its addresses",
        required=False,
        longest=2000,
        description="Hosts with commas between, for example youtube.com, youtu.be: a link says the platform by them.",
    )

    def details(self) -> PlatformDetails:
        return PlatformDetails(name=self.name.data, hosts=tuple(codes(self.hosts.data)))


class RestoreForm(BaseForm):
    """Bringing a value of the history back."""

    reason = line("Why", required=False, description="Kept in the history beside your name.")


# -- what is there, as its form shows it ---------------------------------------------------------------------


def typed_evidence(row: Evidence) -> dict[str, Any]:
    """A piece of evidence as its form shows it."""
    names = ("summary", "on", "url", "note", "expires_on")
    return {name: getattr(row, name) for name in names} | {
        "kind": row.kind.value,
        "version": str(row.version),
    }


def typed_channel(row: Channel) -> dict[str, Any]:
    """A channel as its form shows it."""
    names = ("platform", "handle", "url", "language", "audience_size", "audience_read_on")
    shown = {name: getattr(row, name) for name in names}
    return shown | {"audience_countries": ", ".join(row.audience_countries), "version": str(row.version)}


def typed_affiliation(row: Affiliation) -> dict[str, Any]:
    """An affiliation as its form shows it."""
    names = ("role", "from_on", "to_on", "is_employment", "is_consent_given", "consented_on")
    shown = {name: getattr(row, name) for name in names}
    return shown | {"organisation_id": str(row.organisation_id), "version": str(row.version)}


def typed_answer(row: MayAccept) -> dict[str, Any]:
    """An answer as its form shows it."""
    limit = {"limit": str(row.limit.amount), "currency": row.limit.currency} if row.limit else {}
    return {
        "category": row.category,
        "answer": row.answer.value,
        "said_on": row.said_on,
        "source": row.source,
        "version": str(row.version),
    } | limit
