"""What a person does about their own record: correct it, let an agent go, end a browser, say something of oneself, be erased."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from msgspec import Struct
from pydantic import ValidationError

from app.core import clock
from app.core.i18n import marked
from app.notices.models import Urgency
from app.people import operations as people_operations
from app.people import operations_representation
from app.people.details import PersonDetails
from app.people.models import Person, Representation
from app.portal import policies
from app.portal.operations_wishes import tell_owner
from app.privacy import operations as privacy
from app.privacy.models import PrivacyRequest, RequestKind
from app.programs import operations_declared
from app.programs.details_cohorts import DeclarationDetails
from app.programs.models_declared import Facet

#: What a person cannot change here stays as it is: their address is where links go, so it is changed by whoever knows them.
_KEPT = (
    "name_order", "email", "is_independent", "official_status", "official_reason", "has_equity_or_family_tie", "agency_id",
    "notes",
)  # fmt: skip


class Corrected(Struct, frozen=True):
    """Who a person says they are."""

    name: str
    phone: str
    home_country: str
    zone: str
    language: str
    known_for: str
    known_among: str


def correct(person: Person, said: Corrected, *, seen_version: int | None) -> Person:
    """Write down who the person says they are; their owner is told. Conflict if somebody changed it in between."""
    kept = {name: getattr(person, name) for name in _KEPT}
    languages = [said.language, *(tag for tag in person.languages if tag != said.language)]
    try:
        details = PersonDetails(
            **kept, name=said.name, sort_name=person.sort_name if said.name == person.name else "", phone=said.phone,
            home_country=said.home_country or None, zone=said.zone, languages=tuple(languages),
            kind=person.kind.name if person.kind else "", known_for=said.known_for, known_among=said.known_among,
        )  # fmt: skip
    except ValidationError as wrong:
        raise _in_their_words(str(wrong.errors()[0]["loc"][0])) from wrong
    changed = people_operations.edit_person(
        person, details, by=None, seen_version=seen_version, reason=marked("Said on their own page.")
    )
    tell_owner(
        person, _l("%(person)s corrected their record on their own page.", person=person.name), Urgency.INFO
    )
    return changed


def _in_their_words(field: str) -> policies.CannotCorrect:
    """What is wrong, in the person's language: the room below says it in ours."""
    if field == "phone":
        return policies.CannotCorrect(
            _("This is no telephone number that we can read. Begin with the country code, for example +44."),
            field=field,
        )
    return policies.CannotCorrect(
        _("We cannot keep this as it is written. Write it in another way."), field=field
    )


def let_agent_go(person: Person, row: Representation) -> None:
    """The agency speaks for them no more, from this moment; their owner is told (R3)."""
    operations_representation.end_representation(
        row, by=None, reason=marked("Ended by the person on their own page.")
    )
    said = _l(
        "%(person)s ended on their own page that %(organisation)s speaks for them.",
        person=person.name,
        organisation=row.organisation.name,
    )
    tell_owner(person, said, Urgency.SOON)


def declare(person: Person, facet: Facet, choice: str) -> None:
    """What a person says of themselves; nothing for one that is empty: "I would rather not say" (P7)."""
    if not choice:
        operations_declared.withdraw(person, facet=facet, by=None)
        return
    statement = f"Their own page, {clock.today():%-d %b %Y}"
    operations_declared.declare(
        facet, person, DeclarationDetails(choice=choice, statement=statement), by=None
    )


def ask_erasure(person: Person, words: str) -> PrivacyRequest | None:
    """The wish to be forgotten reaches those who answer such wishes; None if it waits already (P8)."""
    return privacy.take_own_request(person, RequestKind.ERASURE, words)
